"""Members of custom segments: conditions at their edges, groups, references, changes in time."""

import pytest

from shared.segments.classify import OrderTotals
from shared.segments.conditions.evaluate import Membership, Subject
from shared.segments.history import OrderHistory
from tests.segments.conditions.subjects import (
    BASKET,
    DAY,
    NOW,
    field,
    membership,
    met,
    order,
    somebody,
)

ALL_ORDERED = ("equals", "greater_than", "less_than", "at_least", "at_most")


def holding(name: str, value: object, subject: Subject) -> set[str]:
    """The ordered operators that hold."""
    actual = {operator for operator in ALL_ORDERED if met(field(name, operator, value), subject)}
    assert met(field(name, "not_equals", value), subject) is ("equals" not in actual)
    assert met(field(name, "in", [value]), subject) is ("equals" in actual)
    assert met(field(name, "not_in", [value]), subject) is ("equals" not in actual)
    assert met(field(name, "between", [value, value]), subject) is ("equals" in actual)
    return actual


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

    actual = [
        name for name in ("bronze", "silver", "gold") if met(field("tier", "equals", name), subject)
    ]

    assert actual == [tier]
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
