"""Insights of the example shop, made by a scripted model."""

from dataclasses import fields, replace
from typing import Any

from shared.insights.author import Author
from shared.insights.generation import (
    Outcome,
    generate,
)
from shared.insights.numbers import Availability, ShopNumbers, Source
from shared.segments.thresholds import Thresholds
from shared.suggestions.suggestions import GroupSize, Suggestion, candidates, suggestions
from tests.insights.insight_world import (
    MemoryInsights,
)
from tools.insight_examples import example_shop

SHOP = example_shop()


def suggested(customers: int = 31, cents: int = 4_120_00) -> list[Suggestion]:
    actual = candidates(Thresholds())
    nobody = GroupSize(customers=0, lifetime_value_cents=0)
    some = GroupSize(customers=customers, lifetime_value_cents=cents)
    return suggestions((each, some if each.id == "vip_appreciation" else nobody) for each in actual)


def make(
    store: MemoryInsights,
    by: Author,
    numbers: ShopNumbers = SHOP,
    suggestions: list[Suggestion] | None = None,
) -> Outcome:
    return generate(store, store.find(), numbers, suggestions or [], by)


def bare() -> ShopNumbers:
    """The shop when nothing about it can be used."""

    nothing: dict[str, Any] = {
        each.name: Source(
            name=source.name,
            document=source.document,
            availability=Availability.NOT_COMPUTED,
        )
        for each in fields(SHOP)
        if isinstance(source := getattr(SHOP, each.name), Source)
    }
    return replace(SHOP, **nothing)
