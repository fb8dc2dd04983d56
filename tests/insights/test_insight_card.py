"""Cards as they are shown: their shape, what they hold behind it, and what they never hold."""

import json
from dataclasses import asdict, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from shared.insights.insight_card import (
    InsightCard,
    Trend,
    WordingSource,
    insight_card,
    shown_facts,
)
from shared.insights.numbers import SegmentEntries, ShopNumbers, counter_source
from shared.insights.templates import CardKind
from shared.kernel.facts import Name
from shared.segments.segment import Segment
from tests.insights.answers import by_hand, from_grammar
from tests.insights.rendered import HOSTILE_NAMES
from tests.insights.shop import CARDS, SHOP, every_card
from tools.insight_examples import NOW, campaigns, pair, products, segments


def shown(kind: CardKind, numbers: ShopNumbers = SHOP) -> InsightCard:
    card = every_card(numbers)[kind]
    return insight_card(
        card,
        card.wording,
        WordingSource.RULES,
        org_id=numbers.org_id,
        style=numbers.style,
        generated_at=NOW,
    )


def test_the_churn_card_in_full() -> None:
    card = shown(CardKind.CHURN_RISK)

    assert card.headline == "130 customers who are At Risk could use a reminder"
    assert card.subtext == (
        "At stake: $40,300 in lifetime value from At Risk customers, 21% of the lifetime value of "
        "customers who are not Churned. You also have 54 customers who became Churned in the last "
        "30 days, up 13% on the 30 days before. Worth a personal call: 26 customers with the top "
        "score in amount and a low one in recency."
    )
    assert (card.value, card.unit) == ("130", "customers")
    assert (card.trend, card.trend_value) == (Trend.UP, "up 13% on the 30 days before")
    assert card.segment == {
        "name": "At Risk customers",
        "description": Segment.AT_RISK.description,
        "filters": [{"field": "segment", "operator": "equals", "value": "at_risk"}],
    }
    assert [fact.id for fact in card.facts] == [
        "at_risk",
        "at_risk_value",
        "churned_30d",
        "churn_rate_30d",
        "won_back_30d",
        "big_spenders_away",
    ]
    assert card.facts[0].query == {"segment": "at_risk"}


@pytest.mark.parametrize("kind", CardKind)
def test_every_number_of_a_card_is_behind_it(kind: CardKind) -> None:
    card = shown(kind)

    assert card.facts
    assert card.id == kind.value
    assert card.value in card.facts[0].shown
    json.dumps(asdict(card), default=str)


@pytest.mark.parametrize(
    ("before", "trend"),
    [(40, Trend.UP), (54, Trend.STABLE), (60, Trend.DOWN), (4, None), (None, None)],
)
def test_the_trend_is_that_of_the_fact(before: int | None, trend: Trend | None) -> None:
    was = None if before is None else {Segment.CHURNED: before}
    entered = SegmentEntries(current={Segment.CHURNED: 54}, before=was)

    card = shown(
        CardKind.CHURN_RISK, replace(SHOP, transitions=counter_source("s", "d", entered, at=NOW))
    )

    assert card.trend is trend
    assert (card.trend_value is None) is (trend is None)


# --- what is hashed


def test_what_nobody_sees_changes_nothing() -> None:
    cards = every_card(
        replace(
            SHOP,
            as_of=NOW + timedelta(hours=1),
            segments=replace(SHOP.segments, computed_at=NOW + timedelta(hours=1)),
            churn=replace(SHOP.churn, computed_at=NOW + timedelta(hours=1)),
        )
    )
    shares = tuple(
        replace(each, lifetime_value_cents=each.lifetime_value_cents + 1)
        for each in SHOP.segments.content or ()
    )
    cent = every_card(replace(SHOP, segments=replace(SHOP.segments, content=shares)))

    for kind, card in CARDS.items():
        assert shown_facts(cards[kind], SHOP.style) == shown_facts(card, SHOP.style)
        assert shown_facts(cent[kind], SHOP.style) == shown_facts(card, SHOP.style)


def test_what_people_see_changes_it() -> None:
    one_more = every_card(
        replace(SHOP, segments=replace(SHOP.segments, content=segments(at_risk=131)))
    )
    kind = CardKind.CHURN_RISK

    assert shown_facts(one_more[kind], SHOP.style) != shown_facts(CARDS[kind], SHOP.style)
    euros = replace(SHOP.style, currency="EUR")
    assert shown_facts(CARDS[kind], euros) != shown_facts(CARDS[kind], SHOP.style)


# --- hostile names


@pytest.mark.parametrize("text", HOSTILE_NAMES, ids=lambda text: ascii(text[:20]))
def test_a_hostile_name_changes_no_more_than_its_own_slot(text: str) -> None:
    numbers = replace(
        SHOP,
        affinity=replace(SHOP.affinity, content=(pair(a=text),)),
        products=replace(SHOP.products, content=products(name=text)),
        campaigns=replace(
            SHOP.campaigns, content=tuple(replace(each, name=text) for each in campaigns())
        ),
    )
    for kind in (
        CardKind.BUNDLE,
        CardKind.PRODUCT_SLOWING,
        CardKind.CAMPAIGN_PAID,
        CardKind.CAMPAIGN_UNCLEAR,
    ):
        card, usual = shown(kind, numbers), shown(kind)
        names = {"Sourdough Loaf", "Pumpkin Soup", "Autumn Win-back", "Flash Sale"}
        for said, plain in ((card.headline, usual.headline), (card.subtext, usual.subtext)):
            for name in names:
                before, actual, behind = plain.partition(f"“{name}”")
                if actual:
                    assert said.startswith(before)
                    assert said.endswith(behind)
        assert replace(card, headline="", subtext="") == replace(usual, headline="", subtext="")


def test_names_are_in_their_slots_alone() -> None:
    secret = "Zebra Nectar 3000"
    numbers = replace(
        SHOP,
        affinity=replace(SHOP.affinity, content=(pair(a=secret, b=secret + " II"),)),
        products=replace(SHOP.products, content=products(name=secret + " III")),
    )
    for card in every_card(numbers).values():
        texts: list[Any] = [card.wording, card.audience, card.call_to_action]
        for each in card.subjects.values():
            texts.append(replace(each, text="") if isinstance(each, Name) else each)
        assert "Zebra" not in repr(texts)


def test_no_answer_makes_a_card_say_what_its_facts_do_not() -> None:
    random = Random(7)
    for answer in [*by_hand(), *(from_grammar(random) for _ in range(200))]:
        card = insight_card(
            answer.card,
            answer.wording,
            WordingSource.CLAUDE,
            org_id=SHOP.org_id,
            style=SHOP.style,
            generated_at=NOW,
        )
        assert card.source is WordingSource.CLAUDE
        assert "[[" not in card.headline + card.subtext
        assert card.headline[0] == card.headline[0].upper()
