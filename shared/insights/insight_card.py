"""Cards as they are stored and shown, every slot filled in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.insights.audiences import Audience
from shared.insights.cards import Card, Severity
from shared.insights.checker import Wording
from shared.insights.rendering import Style, change, quantity
from shared.insights.slots import Form, forms, render, rendered
from shared.insights.templates import TEMPLATES
from shared.kernel.facts import Fact, FactUnit

AGENT_ID = "smokey"
AGENT_NAME = "Smokey"
CATEGORY = "customer"
DATA_SOURCE = "insights"


class WordingSource(StrEnum):
    """Author of a card's wording."""

    CLAUDE = "claude"
    RULES = "rules"


class Trend(StrEnum):
    """Direction of a card's trend."""

    UP = "up"
    DOWN = "down"
    STABLE = "stable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFact:
    """A fact as a card lists it."""

    id: str
    label: str
    value: int | float
    unit: FactUnit
    shown: str
    """In words: the form `phrase`."""
    change: str | None
    definition: str
    source: str
    computed_at: datetime
    page: str
    api: str
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightCard:
    """A card in the dashboard's shape, with its facts behind it."""

    id: str
    """Of the document, too."""
    org_id: str
    category: str
    agent_id: str
    agent_name: str
    title: str
    headline: str
    subtext: str
    value: str
    unit: str
    trend: Trend | None
    trend_value: str | None
    severity: Severity
    actionable: bool
    cta_label: str
    segment: Mapping[str, Any] | None
    """Body of `POST /v1/custom-segments`."""
    facts: tuple[ShownFact, ...]
    at_stake_cents: int
    data_source: str
    source: WordingSource
    generated_at: datetime
    valid_until: datetime


def insight_card(
    card: Card,
    wording: Wording,
    source: WordingSource,
    *,
    org_id: str,
    style: Style,
    generated_at: datetime,
) -> InsightCard:
    """Return the card in its own wording, or one that has passed `check_wording`."""
    return InsightCard(
        id=card.kind.value,
        org_id=org_id,
        category=CATEGORY,
        agent_id=AGENT_ID,
        agent_name=AGENT_NAME,
        title=TEMPLATES[card.kind].title,
        headline=render(wording.headline, card.subjects, style),
        subtext=render(wording.subtext, card.subjects, style),
        value=quantity(card.value.value, card.value.unit, style),
        unit=card.value.unit.value,
        trend=_trend(card.trend),
        trend_value=change(card.trend) if card.trend else None,
        severity=card.severity,
        actionable=True,
        cta_label=card.call_to_action,
        segment=_body(card.audience),
        facts=tuple(
            _shown_fact(fact, style) for fact in card.subjects.values() if isinstance(fact, Fact)
        ),
        at_stake_cents=card.at_stake_cents,
        data_source=DATA_SOURCE,
        source=source,
        generated_at=generated_at,
        valid_until=card.valid_until,
    )


def shown_facts(card: Card, style: Style) -> dict[str, Any]:
    """Everything about a card that people see, rounded as they see it: for a hash.

    A changed cent that is not visible changes nothing here, and neither does a later
    computation.
    """
    return {
        "kind": card.kind.value,
        "severity": card.severity.value,
        "segment": _body(card.audience),
        "facts": {
            id: {
                form.value: rendered(subject, form, style)
                for form in forms(subject)
                if form is not Form.AS_OF
            }
            for id, subject in sorted(card.subjects.items())
        },
    }


def _shown_fact(fact: Fact, style: Style) -> ShownFact:
    if fact.origin is None:
        raise ValueError(f"{fact.id} has no origin")
    return ShownFact(
        id=fact.id,
        label=fact.label,
        value=fact.value,
        unit=fact.unit,
        shown=rendered(fact, Form.PHRASE, style),
        change=change(fact) if fact.comparison else None,
        definition=fact.origin.definition,
        source=fact.origin.source,
        computed_at=fact.origin.computed_at,
        page=fact.origin.link.page,
        api=fact.origin.link.api,
        query=fact.origin.link.query,
    )


def _trend(fact: Fact | None) -> Trend | None:
    if fact is None or fact.comparison is None:
        return None
    if fact.value == fact.comparison.value:
        return Trend.STABLE
    return Trend.UP if fact.value > fact.comparison.value else Trend.DOWN


def _body(audience: Audience | None) -> dict[str, Any] | None:
    return audience.body if audience else None
