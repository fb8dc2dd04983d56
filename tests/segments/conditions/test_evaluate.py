"""Who is in a custom segment: conditions at their edges, groups, references, changes in time."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.errors import DefinitionError
from shared.segments.classify import OrderTotals
from shared.segments.conditions.evaluate import CustomSegments, Membership, Subject
from shared.segments.conditions.parse import parse_definition
from shared.segments.history import OrderHistory, PastLine, PastOrder
from shared.segments.thresholds import Thresholds
from shared.segments.touch import EventKind, Touch
from tests.segments.segment_fold import category_cents

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
NEW_YORK = ZoneInfo("America/New_York")


def order(
    days_ago: float,
    cents: int = 10_00,
    *lines: tuple[str, str, int],
    channel: str = "online",
    campaign: str = "",
) -> PastOrder:
    """An order so many days before now, with lines of a product, a category and cents."""
    ordered_at = NOW - timedelta(days=days_ago)
    return PastOrder(
        ordered_at=ordered_at,
        local_date=ordered_at.astimezone(NEW_YORK).date(),
        amount_cents=cents,
        channel=channel,
        campaign_id=campaign,
        lines=tuple(PastLine(id, category, 1_000, amount) for id, category, amount in lines),
    )


def somebody(*orders: PastOrder, **known: bool) -> Subject:
    instants = [order.ordered_at for order in orders]
    return Subject(
        totals=OrderTotals(
            order_count=len(orders),
            lifetime_value_cents=sum(order.amount_cents for order in orders),
            first_ordered_at=min(instants, default=None),
            last_ordered_at=max(instants, default=None),
        ),
        category_cents=category_cents(orders),
        history=OrderHistory.of(orders),
        has_email=known.get("email", False),
        has_phone=known.get("phone", False),
        has_display_name=known.get("name", False),
    )


def segments(**trees: Any) -> CustomSegments:
    definitions = {id: parse_definition(tree) for id, tree in trees.items()}
    return CustomSegments(definitions, Thresholds(), NEW_YORK)


def membership(tree: object, subject: Subject, at: datetime = NOW) -> Membership:
    return segments(s=tree).memberships(subject, at)


def met(tree: object, subject: Subject, at: datetime = NOW) -> bool:
    holds = membership(tree, subject, at).segment_ids == ("s",)
    assert segments().matches(parse_definition(tree))(subject, at) is holds
    return holds


def field(name: str, operator: str, *value: object) -> dict[str, object]:
    tree: dict[str, object] = {"field": name, "operator": operator}
    return {**tree, "value": value[0]} if value else tree


ALL_ORDERED = ("equals", "greater_than", "less_than", "at_least", "at_most")


def holding(name: str, value: object, subject: Subject) -> set[str]:
    """The ordered operators that hold."""
    found = {operator for operator in ALL_ORDERED if met(field(name, operator, value), subject)}
    assert met(field(name, "not_equals", value), subject) is ("equals" not in found)
    assert met(field(name, "in", [value]), subject) is ("equals" in found)
    assert met(field(name, "not_in", [value]), subject) is ("equals" not in found)
    assert met(field(name, "between", [value, value]), subject) is ("equals" in found)
    return found


THREE = somebody(order(40.5, 33_33), order(20, 33_33), order(10.25, 33_34))
EQUAL = {"equals", "at_least", "at_most"}
ABOVE = {"greater_than", "at_least"}
BELOW = {"less_than", "at_most"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("totalSpent", 99.99, ABOVE),
        ("totalSpent", 100, EQUAL),
        ("totalSpent", 100.01, BELOW),
        ("lifetimeValue", 100, EQUAL),
        ("orderCount", 2, ABOVE),
        ("orderCount", 3, EQUAL),
        ("orderCount", 4, BELOW),
        # The average is 33.333…: it equals no amount of cents.
        ("avgOrderValue", 33.33, ABOVE),
        ("avgOrderValue", 33.34, BELOW),
        ("daysSinceLastOrder", 9, ABOVE),
        ("daysSinceLastOrder", 10, EQUAL),
        ("daysSinceLastOrder", 11, BELOW),
        ("daysSinceFirstOrder", 40, EQUAL),
        # The first order was at midnight UTC, which is the day before in New York.
        ("firstOrderDate", "2026-10-12", ABOVE),
        ("firstOrderDate", "2026-10-13", EQUAL),
        ("firstOrderDate", "2026-10-14", BELOW),
        ("firstOrderDate", "2026-10-13T23:59:59.999999Z", ABOVE),
        ("firstOrderDate", "2026-10-14T00:00:00Z", EQUAL),
        ("firstOrderDate", "2026-10-13T20:00:00-04:00", EQUAL),
        ("firstOrderDate", "2026-10-14T00:00:00.000001Z", BELOW),
        ("lastOrderDate", "2026-11-13", EQUAL),
    ],
)
def test_ordered_fields_at_their_edges(name: str, value: object, expected: set[str]) -> None:
    assert holding(name, value, THREE) == expected


def test_ranges_hold_both_ends() -> None:
    for ends, expected in (
        ([3, 4], True),
        ([2, 3], True),
        ([0, 2], False),
        ([4, 1_000_000], False),
    ):
        assert met(field("orderCount", "between", ends), THREE) is expected
    assert met(field("avgOrderValue", "between", [33.33, 33.34]), THREE)
    assert met(field("firstOrderDate", "between", ["2026-10-13", "2026-10-31"]), THREE)
    assert met(field("daysSinceLastOrder", "between", [10, 11]), THREE)
    assert met(field("daysSinceLastOrder", "in", [1, 10, 11]), THREE)
    assert not met(field("daysSinceLastOrder", "in", [1, 9, 11]), THREE)


def test_days_to_come_are_0() -> None:
    subject = somebody(order(-3))

    assert holding("daysSinceLastOrder", 0, subject) == EQUAL
    assert membership(field("daysSinceLastOrder", "equals", 0), subject) == Membership(
        segment_ids=("s",), next_change_at=NOW + 4 * DAY
    )
    assert membership(field("daysSinceLastOrder", "less_than", 0), subject) == Membership()


def test_a_missing_date_makes_comparisons_false_and_their_negations_true() -> None:
    subject = Subject(
        totals=OrderTotals(order_count=1, lifetime_value_cents=5_00),
        category_cents=(),
        history=OrderHistory.of(()),
        has_email=False,
        has_phone=False,
        has_display_name=False,
    )

    for name, value in (
        ("firstOrderDate", "2026-01-01"),
        ("lastOrderDate", "2026-01-01T00:00:00Z"),
        ("daysSinceFirstOrder", 0),
        ("daysSinceLastOrder", 36_500),
    ):
        assert holding(name, value, subject) == set()
        assert not met(field(name, "exists"), subject)
        assert met(field(name, "not_exists"), subject)
    assert met(field("totalSpent", "exists"), subject)
    assert met(field("segment", "equals", "new"), subject)


@pytest.mark.parametrize(
    ("cents", "tier"),
    [(500_00, "bronze"), (500_01, "silver"), (2_000_00, "silver"), (2_000_01, "gold")],
)
def test_tiers_begin_above_their_bounds(cents: int, tier: str) -> None:
    subject = somebody(order(1, cents))

    found = [
        name for name in ("bronze", "silver", "gold") if met(field("tier", "equals", name), subject)
    ]

    assert found == [tier]
    assert met(field("tier", "in", ["Gold", "SILVER", "Bronze"]), subject)
    assert not met(field("tier", "not_in", [tier.upper()]), subject)


def test_built_in_segments_follow_time() -> None:
    subject = somebody(order(50), order(29))
    slipping = field("segment", "equals", "slipping")

    assert membership(slipping, subject) == Membership(segment_ids=(), next_change_at=NOW + DAY)
    assert membership(slipping, subject, NOW + DAY) == Membership(
        segment_ids=("s",), next_change_at=NOW + 31 * DAY
    )
    lapsed = field("segment", "in", ["slipping", "At Risk", "churned"])
    assert membership(lapsed, subject, NOW + DAY).next_change_at is None
    assert (
        membership(field("segment", "not_equals", "Risk"), subject).next_change_at == NOW + 31 * DAY
    )


BASKET = somebody(
    order(9, 60_00, ("p1", "Flower", 30_00), ("p2", "Edibles", 30_00), channel="in_store"),
    order(5, 30_00, ("p1", "Flower", 10_00), ("p3", "Pre-Rolls", 20_00), campaign="spring"),
    order(2, 7_00, ("p4", "Merch Items", 0), ("P1", "Vape", 7_00)),
)


@pytest.mark.parametrize(
    ("name", "operator", "value", "expected"),
    [
        ("product", "contains", "p1", True),
        ("product", "contains", "p5", False),
        ("product", "not_contains", "p5", True),
        ("product", "in", ["p5", "p4"], True),
        ("product", "in", ["p5", "p6"], False),
        ("product", "not_in", ["p5", "p6"], True),
        ("product", "contains", "P2", False),
        ("product", "equals", "p1", False),
        ("product", "equals", ["P1", "p1", "p2", "p3", "p4"], True),
        ("product", "equals", ["P1", "p1", "p2", "p3", "p4", "p5"], False),
        ("product", "equals", ["P1", "p1", "p2", "p3"], False),
        ("product", "not_equals", ["P1", "p1", "p2", "p3"], True),
        ("product", "contains", ".*", False),
        ("category", "contains", "flower", True),
        ("category", "contains", "Gummies", True),
        ("category", "contains", "pre rolls", True),
        ("category", "contains", "MERCH_ITEMS", True),
        ("category", "contains", "Beverages", False),
        ("category", "equals", ["flower", "vape", "gummies", "joints", "merch items"], True),
        ("channel", "equals", ["online", "pos"], True),
        ("channel", "equals", "online", False),
        ("channel", "in", ["unknown"], False),
        ("preferredCategories", "equals", ["flower", "edibles", "pre-rolls"], True),
        ("preferredCategories", "contains", "vape", False),
    ],
)
def test_sets(name: str, operator: str, value: object, expected: bool) -> None:
    assert met(field(name, operator, value), BASKET) is expected


def test_an_empty_set_is_no_value() -> None:
    subject = somebody(order(1))

    for name in ("product", "category", "preferredCategories"):
        assert met(field(name, "exists"), BASKET)
        assert met(field(name, "not_exists"), subject)
        for operator, value in (("equals", "x"), ("in", ["x"]), ("contains", "x")):
            assert not met(field(name, operator, value), subject)
            assert met(field(name, f"not_{operator}", value), subject)
    free = somebody(order(1, 0, ("p1", "Flower", 0)))
    assert met(field("category", "contains", "Flower"), free)
    assert met(field("preferredCategories", "not_exists"), free)


def test_whether_a_person_can_be_reached_and_nothing_more() -> None:
    for name, known in (("email", "email"), ("phone", "phone"), ("displayName", "name")):
        assert met(field(name, "exists"), somebody(order(1), **{known: True}))
        assert not met(field(name, "exists"), somebody(order(1)))
        assert met(field(name, "not_exists"), somebody(order(1)))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, True),
        ({"product": "p1"}, True),
        ({"product": "p9"}, False),
        ({"product": ["p9", "p3"]}, True),
        ({"category": "flower"}, True),
        ({"category": ["beverages", "gummies"]}, True),
        # One line must meet both: p1 is Flower, and Edibles were in the same order.
        ({"product": "p1", "category": "flower"}, True),
        ({"product": "p1", "category": "edibles"}, False),
        ({"product": ["p1", "p2"], "category": "edibles"}, True),
        ({"channel": "pos"}, True),
        ({"channel": "unknown"}, False),
        ({"product": "p3", "channel": "pos"}, False),
        ({"campaign": "spring"}, True),
        ({"campaign": "Spring"}, False),
        ({"campaign": ["spring", "summer"], "product": "p2"}, False),
        ({"atLeastTimes": 3}, True),
        ({"atLeastTimes": 4}, False),
        # Two lines of one order are one time.
        ({"product": ["p1", "p2"], "atLeastTimes": 2}, True),
        ({"product": ["p1", "p2"], "atLeastTimes": 3}, False),
        ({"atLeastAmount": 97}, True),
        ({"atLeastAmount": 97.01}, False),
        ({"atLeastAmount": 0, "product": "p9"}, False),
        ({"atLeastAmount": 0, "product": "p4"}, True),
        ({"product": "p1", "atLeastAmount": 40}, True),
        ({"product": "p1", "atLeastAmount": 40.01}, False),
        ({"product": ["p1", "p2"], "atLeastAmount": 70}, True),
        ({"category": ["flower", "FLOWER", "edibles"], "atLeastAmount": 70.01}, False),
        ({"channel": "online", "atLeastAmount": 37}, True),
        ({"channel": "online", "atLeastAmount": 37.01}, False),
        ({"product": "p1", "atLeastTimes": 2, "atLeastAmount": 40}, True),
        ({"when": {"inTheLastDays": 2}}, False),
        ({"when": {"inTheLastDays": 3}}, True),
        ({"when": {"moreThanDaysAgo": 9}}, True),
        ({"when": {"moreThanDaysAgo": 10}}, False),
        ({"product": "p2", "when": {"inTheLastDays": 9}}, False),
        ({"atLeastTimes": 2, "when": {"inTheLastDays": 6}}, True),
        ({"atLeastTimes": 2, "when": {"inTheLastDays": 5}}, False),
        ({"atLeastAmount": 90, "when": {"moreThanDaysAgo": 5}}, True),
        ({"atLeastAmount": 90, "when": {"moreThanDaysAgo": 6}}, False),
        ({"product": "p1", "atLeastAmount": 40, "when": {"inTheLastDays": 10}}, True),
        ({"product": "p1", "atLeastAmount": 40, "when": {"inTheLastDays": 9}}, False),
        ({"when": {"between": ["2026-11-18", "2026-11-18"]}}, True),
        ({"when": {"between": ["2026-11-19", "2026-11-20"]}}, False),
        ({"atLeastTimes": 2, "when": {"between": ["2026-11-14", "2026-11-18"]}}, True),
        ({"atLeastAmount": 97, "when": {"between": ["2026-11-15", "2026-12-31"]}}, False),
    ],
)
def test_events(event: dict[str, object], expected: bool) -> None:
    assert met({"event": "ordered", **event}, BASKET) is expected
    assert met({"event": "did_not_order", **event}, BASKET) is not expected


def test_windows_slide_at_exact_instants() -> None:
    subject = somebody(order(0), order(3))
    recent = {"event": "ordered", "when": {"inTheLastDays": 7}}
    twice = {"event": "ordered", "atLeastTimes": 2, "when": {"inTheLastDays": 7}}
    old = {"event": "ordered", "when": {"moreThanDaysAgo": 7}}

    assert membership(recent, subject) == Membership(
        segment_ids=("s",), next_change_at=NOW + 7 * DAY
    )
    assert met(recent, subject, NOW + 7 * DAY - TICK)
    assert membership(recent, subject, NOW + 7 * DAY) == Membership()
    assert membership(twice, subject).next_change_at == NOW + 4 * DAY
    assert membership(old, subject) == Membership(next_change_at=NOW + 4 * DAY)
    assert not met(old, subject, NOW + 4 * DAY - TICK)
    assert membership(old, subject, NOW + 4 * DAY) == Membership(segment_ids=("s",))


def test_orders_to_come_are_in_every_window_and_not_long_ago() -> None:
    subject = somebody(order(-5))

    assert membership({"event": "ordered", "when": {"inTheLastDays": 1}}, subject) == Membership(
        segment_ids=("s",), next_change_at=NOW + 6 * DAY
    )
    assert membership({"event": "ordered", "when": {"moreThanDaysAgo": 1}}, subject) == Membership(
        next_change_at=NOW + 6 * DAY
    )


def test_a_window_of_dates_takes_the_day_on_which_the_order_was_counted() -> None:
    # Counted while the organisation's days were those of Tokyo; never dated anew.
    counted = order(0)._replace(local_date=(NOW + DAY).date())

    assert met(
        {"event": "ordered", "when": {"between": ["2026-11-24", "2026-11-24"]}}, somebody(counted)
    )


def test_the_next_change_is_one_of_the_whole_tree_and_not_of_its_parts() -> None:
    subject = somebody(order(0))

    def since(operator: str, days: int | list[int]) -> dict[str, object]:
        return field("daysSinceLastOrder", operator, days)

    always = {"any": [since("less_than", 5), since("at_least", 5)]}
    assert membership(always, subject) == Membership(segment_ids=("s",))
    assert membership({"not": always}, subject) == Membership()
    never = {"all": [since("less_than", 5), since("at_least", 5)]}
    assert membership(never, subject) == Membership()
    later = {"all": [since("at_least", 5), since("at_least", 9), since("at_most", 20)]}
    assert membership(later, subject).next_change_at == NOW + 9 * DAY
    assert membership(later, subject, NOW + 9 * DAY).next_change_at == NOW + 21 * DAY
    unequal = {"not": since("in", [0, 1, 2, 4])}
    assert membership(unequal, subject).next_change_at == NOW + 3 * DAY


def test_the_next_change_is_that_of_any_segment() -> None:
    found = segments(
        cs_b=field("daysSinceLastOrder", "at_least", 9),
        cs_a=field("daysSinceLastOrder", "less_than", 5),
        cs_c=field("orderCount", "at_least", 1),
    )

    assert found.ids == ("cs_a", "cs_b", "cs_c")
    assert found.memberships(somebody(order(0)), NOW) == Membership(
        segment_ids=("cs_a", "cs_c"), next_change_at=NOW + 5 * DAY
    )


def test_segments_of_other_segments() -> None:
    found = segments(
        cs_a=field("customSegment", "not_in", ["cs_b", "cs_c"]),
        cs_b=field("daysSinceLastOrder", "equals", 3),
        cs_c={"all": [field("customSegment", "contains", "cs_d")]},
        cs_d={"event": "ordered", "when": {"moreThanDaysAgo": 5}},
    )
    subject = somebody(order(0))

    changes = []
    at: datetime | None = NOW
    while at is not None:
        membership = found.memberships(subject, at)
        changes.append(((at - NOW).days, membership.segment_ids))
        at = membership.next_change_at

    assert changes == [
        (0, ("cs_a",)),
        (3, ("cs_b",)),
        (4, ("cs_a",)),
        (5, ("cs_c", "cs_d")),
    ]
    preview = found.matches(parse_definition(field("customSegment", "equals", "cs_c")))
    assert [preview(subject, NOW + n * DAY) for n in (4, 5)] == [False, True]


def test_a_previewed_definition_keeps_apart_from_the_stored_ones() -> None:
    stored = segments(
        cs_a={"all": [{"event": "ordered", "product": "p1"}, field("orderCount", "at_least", 1)]}
    )
    tree = {
        "all": [
            field("customSegment", "equals", "cs_a"),
            {"any": [{"event": "ordered", "product": "p9"}, field("orderCount", "at_least", 9)]},
        ]
    }

    assert not stored.matches(parse_definition(tree))(BASKET, NOW)
    assert stored.matches(parse_definition({"not": tree}))(BASKET, NOW)


def test_unknown_references_and_circles_are_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        segments(cs_a=field("customSegment", "equals", "cs_gone"))
    assert caught.value.pointer == "/cs_a"
    assert caught.value.detail == "refers to unknown custom segments: cs_gone"
    with pytest.raises(DefinitionError) as caught:
        segments(
            cs_a=field("customSegment", "equals", "cs_b"),
            cs_b={"not": field("customSegment", "equals", "cs_a")},
        )
    assert caught.value.pointer in ("/cs_a", "/cs_b")
    assert caught.value.detail.startswith("must not refer to itself: ")
    with pytest.raises(DefinitionError) as caught:
        segments().matches(parse_definition(field("customSegment", "equals", "cs_gone")))
    assert caught.value.pointer == "/definition"


def test_nobody_without_orders_is_in_a_segment() -> None:
    nobody = somebody(email=True)

    for tree in (
        {"event": "did_not_order"},
        field("email", "exists"),
        field("totalSpent", "at_least", 0),
    ):
        assert not met(tree, nobody)
        assert membership(tree, nobody) == Membership()
    assert segments().memberships(somebody(order(1)), NOW) == Membership()


def test_orders_left_out_of_a_history_still_count_in_the_totals() -> None:
    kept = somebody(order(1))
    subject = Subject(
        totals=OrderTotals(
            order_count=9_000,
            lifetime_value_cents=9_000_00,
            first_ordered_at=NOW - 900 * DAY,
            last_ordered_at=kept.totals.last_ordered_at,
        ),
        category_cents=(),
        history=kept.history,
        has_email=False,
        has_phone=False,
        has_display_name=False,
    )

    assert met(field("orderCount", "equals", 9_000), subject)
    assert not met({"event": "ordered", "atLeastTimes": 2}, subject)


def test_a_long_chain_of_references_is_no_deep_recursion() -> None:
    chain: dict[str, Any] = {"s0": field("daysSinceLastOrder", "at_least", 3)}
    for number in range(1, 3_000):
        chain[f"s{number}"] = {"not": field("customSegment", "equals", f"s{number - 1}")}
    found = segments(**chain)

    membership = found.memberships(somebody(order(0)), NOW)

    assert len(membership.segment_ids) == 1_500
    assert membership.next_change_at == NOW + 3 * DAY


def test_many_flickering_conditions_are_swept_in_bounded_time() -> None:
    """Lists of days that never meet: every one of them changes, and the whole never does."""

    def listed(first: int) -> dict[str, object]:
        return field("daysSinceLastOrder", "in", list(range(first, 2_000, 4)))

    # As many values as a definition may have.
    pairs = [{"all": [listed(number), listed(number + 2)]} for number in range(2)]
    found = segments(
        **{f"s{number}": {"any": pairs[number % 2 :] + pairs[: number % 2]} for number in range(20)}
    )
    started = time.process_time()

    assert found.memberships(somebody(order(0)), NOW) == Membership()
    assert time.process_time() - started < 10


def test_a_customer_with_thousands_of_orders_is_evaluated() -> None:
    lines = [(f"p{number}", "Flower", 1_00) for number in range(10)]
    orders = [order(number / 10, 10_00, *lines) for number in range(2_000)]
    tree = {
        "all": [
            {
                "event": "ordered",
                "product": f"p{number % 10}",
                "atLeastTimes": 5,
                "atLeastAmount": 5,
                "when": {"inTheLastDays": number + 1},
            }
            for number in range(100)
        ]
    }
    started = time.process_time()

    assert membership(tree, somebody(*orders)) == Membership(
        segment_ids=("s",), next_change_at=orders[4].ordered_at + DAY
    )
    assert time.process_time() - started < 5


def touched(*days_ago: float, campaign: str = "sc_1", kind: EventKind = EventKind.SENT) -> Subject:
    """Somebody who ordered long ago and was sent something so many days before now."""
    touches = tuple(
        Touch(campaign_id=campaign, channel=str(number), window_days=7).with_event(
            kind, NOW - timedelta(days=days)
        )
        for number, days in enumerate(days_ago)
    )
    return replace(somebody(order(400)), touches=touches)


def test_a_message_is_received_in_its_window_and_leaves_it_at_the_instant() -> None:
    recently = {"event": "received", "campaign": "sc_1", "when": {"inTheLastDays": 7}}
    found = membership(recently, touched(5, 3))
    assert found.segment_ids == ("s",)
    assert found.next_change_at == NOW + timedelta(days=4)
    at = found.next_change_at
    assert met(recently, touched(5, 3), at - timedelta(microseconds=1))
    assert not met(recently, touched(5, 3), at)

    long_ago = {"event": "received", "when": {"moreThanDaysAgo": 7}}
    assert membership(long_ago, touched(5, 3)).next_change_at == NOW + timedelta(days=2)
    assert met({**long_ago, "event": "did_not_receive"}, touched(5, 3))
    assert met(long_ago, touched(7))


def test_only_what_was_sent_is_received() -> None:
    received = {"event": "received"}
    assert not met(received, somebody(order(1)))
    assert not met(received, touched(3, kind=EventKind.OPENED))
    assert met(received, touched(3))
    assert not met({**received, "campaign": ["sc_2", "sc_3"]}, touched(3))
    assert met(field("campaignReceived", "in", ["sc_1", "sc_2"]), touched(3))
    assert met(field("campaignReceived", "not_contains", "sc_2"), touched(3))
    assert not met(field("campaignReceived", "exists"), touched(3, kind=EventKind.CLICKED))


def test_days_of_messages_are_those_of_the_organisation() -> None:
    sent = touched(0)
    day = NOW.astimezone(NEW_YORK).date()
    for days, held in ((0, True), (1, False), (-1, False)):
        on = (day + timedelta(days=days)).isoformat()
        assert met({"event": "received", "when": {"between": [on, on]}}, sent) is held
