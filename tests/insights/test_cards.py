"""Selection, urgency, ranking and retirement of cards."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.insights.cards import MAX_CARDS, Severity, choose_cards, retired
from shared.insights.checker import check_wording
from shared.insights.facts.sheet import fact_sheet
from shared.insights.numbers import (
    AuditOutcome,
    Availability,
    Group,
    ShopNumbers,
    counter_source,
    uncounted,
)
from shared.insights.templates import CardKind
from shared.segments.conditions.parse import parse_definition, parse_filters
from shared.segments.segment import Segment
from shared.segments.summary import SegmentShare
from shared.segments.thresholds import Thresholds
from tests.insights.shop import CARDS, SHOP, every_card
from tools.insight_examples import NOW, cohorts, predicted, segments

OF_RESULTS = (
    "churn",
    "cohorts",
    "affinity",
    "rfm",
    "products",
    "quality",
    "campaigns",
    "predictions",
)


def severity(numbers: ShopNumbers, kind: CardKind) -> Severity | None:
    card = every_card(numbers).get(kind)
    return card.severity if card else None


def with_segments(shares: tuple[SegmentShare, ...]) -> ShopNumbers:
    return replace(SHOP, segments=counter_source("segment_counts", "d", shares, at=NOW))


def shop_of(of: dict[Segment, tuple[int, int]]) -> ShopNumbers:
    """Customers and lifetime value in cents by segment; nobody in the others."""
    shares = tuple(
        replace(
            each,
            customers=of.get(each.segment, (0, 0))[0],
            lifetime_value_cents=of.get(each.segment, (0, 0))[1],
        )
        for each in segments()
    )
    return with_segments(shares)


def without(availability: Availability, names: tuple[str, ...]) -> ShopNumbers:
    """The example without some of its sources."""
    gone: dict[str, Any] = {
        name: replace(getattr(SHOP, name), availability=availability) for name in names
    }
    return replace(SHOP, **gone)


# --- severities


@pytest.mark.parametrize(
    ("customers", "cents", "expected"),
    [
        (4, 900_00, None),
        (5, 9, Severity.INFO),
        (99, 99_99, Severity.INFO),
        (100, 99_99, Severity.WARNING),
        (99, 100_00, Severity.WARNING),
        (199, 900_00, Severity.WARNING),
        (200, 199_99, Severity.WARNING),
        (200, 200_00, Severity.CRITICAL),
    ],
)
def test_churn_risk_by_share_and_value(
    customers: int, cents: int, expected: Severity | None
) -> None:
    numbers = shop_of(
        {
            Segment.AT_RISK: (customers, cents),
            Segment.LOYAL: (1_000 - customers, 1_000_00 - cents),
            Segment.CHURNED: (5_000, 9_000_00),
        }
    )

    assert severity(numbers, CardKind.CHURN_RISK) is expected


@pytest.mark.parametrize(
    ("established", "expected"),
    [
        (4, None),
        (39, Severity.WARNING),
        (40, Severity.INFO),
        (59, Severity.INFO),
        (60, Severity.SUCCESS),
        (100, Severity.SUCCESS),
    ],
)
def test_customer_mix_by_share_of_active_customers(
    established: int, expected: Severity | None
) -> None:
    numbers = shop_of(
        {
            Segment.LOYAL: (established, 100),
            Segment.NEW: (100 - established, 100),
            Segment.AT_RISK: (300, 100),
        }
    )

    assert severity(numbers, CardKind.CUSTOMER_MIX) is expected


@pytest.mark.parametrize(
    ("vips", "cents", "expected"),
    [
        (4, 900_00, None),
        (50, 499_99, Severity.SUCCESS),
        (50, 500_00, Severity.WARNING),
        (51, 500_00, Severity.SUCCESS),
        (5, 999_00, Severity.WARNING),
    ],
)
def test_loyalty_warns_where_few_hold_half(
    vips: int, cents: int, expected: Severity | None
) -> None:
    numbers = shop_of({Segment.VIP: (vips, cents), Segment.LOYAL: (1_000 - vips, 1_000_00 - cents)})

    card = every_card(numbers).get(CardKind.LOYALTY_PERFORMANCE)

    assert (card.severity if card else None) is expected
    if card:
        assert card.at_stake_cents == (cents if expected is Severity.WARNING else 0)


@pytest.mark.parametrize(
    ("customers", "cents", "expected"),
    [(4, 500_00, None), (5, 99_99, Severity.INFO), (5, 100_00, Severity.WARNING)],
)
def test_slipping_soon_by_value(customers: int, cents: int, expected: Severity | None) -> None:
    numbers = replace(
        shop_of({Segment.LOYAL: (100, 1_000_00), Segment.AT_RISK: (500, 9_000_00)}),
        about_to_slip=counter_source(
            "s", "d", Group(customers=customers, lifetime_value_cents=cents), at=NOW
        ),
    )

    assert severity(numbers, CardKind.SLIPPING_SOON) is expected


@pytest.mark.parametrize(
    ("customers", "cents", "expected"),
    [(4, 50_000_00, None), (5, 9_649_99, Severity.INFO), (5, 9_650_00, Severity.WARNING)],
)
def test_predicted_churn_by_expected_revenue(
    customers: int, cents: int, expected: Severity | None
) -> None:
    actual = predicted(critical=customers, critical_cents=cents)
    numbers = replace(SHOP, predictions=counter_source("predictions", "d", actual, at=NOW))

    assert severity(numbers, CardKind.PREDICTED_CHURN) is expected


@pytest.mark.parametrize(
    ("orders", "remaining", "expected"),
    [
        (100, 0, None),
        (101, 1, Severity.WARNING),
        (100, 1, Severity.CRITICAL),
        (0, 1, Severity.CRITICAL),
    ],
)
def test_audit_drift_by_order(orders: int, remaining: int, expected: Severity | None) -> None:
    outcome = AuditOutcome(orders=orders, repaired=0, remaining=remaining)
    numbers = replace(SHOP, quality=counter_source("quality", "d", outcome, at=NOW))

    assert severity(numbers, CardKind.AUDIT_DRIFT) is expected


@pytest.mark.parametrize(
    ("returned", "expected"), [(12, Severity.WARNING), (60, Severity.SUCCESS), (36, None)]
)
def test_a_cohort_that_came_back_less_is_a_warning(
    returned: int, expected: Severity | None
) -> None:
    numbers = replace(SHOP, cohorts=counter_source("s", "d", cohorts(worse=returned), at=NOW))

    assert severity(numbers, CardKind.COHORT_BREAK) is expected


# --- choice and order


def test_at_most_six_by_money_at_stake() -> None:
    chosen = choose_cards(SHOP, fact_sheet(SHOP))

    assert len(CARDS) == len(CardKind)
    assert len(chosen) == MAX_CARDS == 6
    stakes = [card.at_stake_cents for card in chosen]
    assert stakes == sorted(stakes, reverse=True)
    behind = [card for card in CARDS.values() if card.kind not in {each.kind for each in chosen}]
    assert all(card.at_stake_cents <= stakes[-1] for card in behind)


def test_the_order_is_the_same_whatever_order_numbers_come_in() -> None:
    expected = choose_cards(SHOP, fact_sheet(SHOP))
    for order in list(permutations(SHOP.products.content or ()))[:6]:
        numbers = replace(
            SHOP,
            products=replace(SHOP.products, content=order),
            cohorts=replace(SHOP.cohorts, content=tuple(reversed(SHOP.cohorts.content or ()))),
            segments=replace(SHOP.segments, content=tuple(reversed(SHOP.segments.content or ()))),
        )
        actual = choose_cards(numbers, fact_sheet(numbers))
        assert [card.kind for card in actual] == [card.kind for card in expected]
        assert [card.wording for card in actual] == [card.wording for card in expected]


def test_of_equal_stakes_the_more_urgent_comes_first() -> None:
    nothing = dict.fromkeys(Segment, (100, 0))
    nothing[Segment.NEW] = (1_000, 0)
    numbers = replace(
        shop_of(nothing),
        about_to_slip=counter_source("s", "d", Group(customers=9, lifetime_value_cents=0), at=NOW),
        cohorts=replace(SHOP.cohorts, availability=Availability.STALE),
        products=replace(SHOP.products, availability=Availability.STALE),
    )
    cards = [card for card in every_card(numbers).values() if card.at_stake_cents == 0]

    severities = [list(Severity).index(card.severity) for card in cards]

    assert len(cards) >= 4
    assert severities == sorted(severities)


# --- retirement


def test_without_results_the_same_cards_come_without_those_facts() -> None:
    numbers = without(Availability.NOT_COMPUTED, OF_RESULTS)

    cards = every_card(numbers)

    assert set(cards) == {
        CardKind.CHURN_RISK,
        CardKind.CUSTOMER_MIX,
        CardKind.LOYALTY_PERFORMANCE,
        CardKind.SLIPPING_SOON,
    }
    for card in cards.values():
        assert check_wording(card.wording, card.subjects) is None


def test_without_numbers_there_are_no_cards_and_all_stored_ones_go() -> None:
    counts = ("segments", "transitions", "about_to_slip")
    numbers = without(Availability.FAILED, (*OF_RESULTS, *counts))

    cards = choose_cards(numbers, fact_sheet(numbers))

    assert cards == ()
    stored = ["churn-risk", "bundle", "org_example:customer:churn_risk_alert"]
    assert retired(stored, cards) == {"churn-risk", "bundle"}


def test_an_organisation_without_customers_has_no_cards() -> None:
    empty = replace(
        shop_of({}),
        about_to_slip=counter_source("s", "d", Group(customers=0, lifetime_value_cents=0), at=NOW),
        cohorts=counter_source("s", "d", (), at=NOW),
        affinity=counter_source("s", "d", (), at=NOW),
        products=counter_source("s", "d", (), at=NOW),
        rfm=counter_source("s", "d", (), at=NOW),
        quality=counter_source("s", "d", AuditOutcome(orders=0, repaired=0, remaining=0), at=NOW),
        campaigns=counter_source("s", "d", (), at=NOW),
        predictions=uncounted("s", "d", at=NOW),
    )

    assert choose_cards(empty, fact_sheet(empty)) == ()


def test_a_card_that_is_justified_still_stays() -> None:
    cards = choose_cards(SHOP, fact_sheet(SHOP))

    assert retired((card.kind.value for card in cards), cards) == frozenset()


@given(kinds=st.sets(st.sampled_from(list(CardKind))))
def test_exactly_what_is_no_longer_justified_goes(kinds: set[CardKind]) -> None:
    cards = [card for kind, card in CARDS.items() if kind in kinds]

    gone = retired([*(kind.value for kind in CardKind), "of-somebody-else"], cards)

    assert gone == {kind.value for kind in CardKind if kind not in kinds}


def test_a_card_is_valid_for_as_long_as_its_facts_and_a_day_at_most() -> None:
    for card in CARDS.values():
        assert NOW < card.valid_until <= NOW + timedelta(hours=24)
    soon = replace(SHOP.churn, valid_until=NOW + timedelta(minutes=5))

    cards = every_card(replace(SHOP, churn=soon))

    assert cards[CardKind.CHURN_RISK].valid_until == NOW + timedelta(minutes=5)
    assert cards[CardKind.BUNDLE].valid_until == CARDS[CardKind.BUNDLE].valid_until


# --- audiences


@pytest.mark.parametrize("kind", CardKind)
def test_an_audience_is_a_custom_segment_that_is_accepted(kind: CardKind) -> None:
    audience = CARDS[kind].audience
    if audience is None:
        assert kind in (
            CardKind.BUNDLE,
            CardKind.PRODUCT_SLOWING,
            CardKind.CAMPAIGN_PAID,
            CardKind.CAMPAIGN_UNCLEAR,
            CardKind.AUDIT_DRIFT,
        )
        return
    body = audience.body

    assert body["name"] == audience.name
    if "filters" in body:
        parse_filters(body["filters"])
    else:
        parse_definition(body["definition"])


def test_nobody_new_is_nobody_to_welcome() -> None:
    numbers = shop_of({Segment.LOYAL: (100, 100), Segment.NEW: (4, 100)})

    card = every_card(numbers)[CardKind.CUSTOMER_MIX]

    assert card.audience is None
    assert card.at_stake_cents == 0
    assert card.call_to_action == "Look at Your Segments"
    assert check_wording(card.wording, card.subjects) is None


@given(slipping=st.integers(1, 400))
def test_who_slips_soon_is_active_until_then(slipping: int) -> None:
    thresholds = Thresholds(
        slipping_min_days=slipping, at_risk_min_days=slipping + 1, churned_min_days=slipping + 2
    )

    card = every_card(replace(SHOP, thresholds=thresholds))[CardKind.SLIPPING_SOON]

    assert card.audience is not None
    _, days = card.audience.body["filters"]
    first, last = days["value"]
    assert 0 <= first <= last == slipping - 1
    assert last - first < 7
