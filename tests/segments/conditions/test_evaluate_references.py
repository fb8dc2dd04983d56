"""Segments that refer to segments, and evaluation in bounded time."""

import time
from datetime import datetime
from typing import Any

import pytest

from shared.kernel.errors import DefinitionError
from shared.segments.classify import OrderTotals
from shared.segments.conditions.evaluate import Membership, Subject
from shared.segments.conditions.parse import parse_definition
from tests.segments.conditions.subjects import (
    BASKET,
    DAY,
    NOW,
    field,
    membership,
    met,
    order,
    segments,
    somebody,
)


def test_segments_of_other_segments() -> None:
    actual = segments(
        cs_a=field("customSegment", "not_in", ["cs_b", "cs_c"]),
        cs_b=field("daysSinceLastOrder", "equals", 3),
        cs_c={"all": [field("customSegment", "contains", "cs_d")]},
        cs_d={"event": "ordered", "when": {"moreThanDaysAgo": 5}},
    )
    subject = somebody(order(0))

    changes = []
    at: datetime | None = NOW
    while at is not None:
        membership = actual.memberships(subject, at)
        changes.append(((at - NOW).days, membership.segment_ids))
        at = membership.next_change_at

    assert changes == [
        (0, ("cs_a",)),
        (3, ("cs_b",)),
        (4, ("cs_a",)),
        (5, ("cs_c", "cs_d")),
    ]
    preview = actual.matches(parse_definition(field("customSegment", "equals", "cs_c")))
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
    actual = segments(**chain)

    membership = actual.memberships(somebody(order(0)), NOW)

    assert len(membership.segment_ids) == 1_500
    assert membership.next_change_at == NOW + 3 * DAY


def test_many_flickering_conditions_are_swept_in_bounded_time() -> None:
    """Lists of days that never meet: every one of them changes, and the whole never does."""

    def listed(first: int) -> dict[str, object]:
        return field("daysSinceLastOrder", "in", list(range(first, 2_000, 4)))

    # As many values as a definition may have.
    pairs = [{"all": [listed(number), listed(number + 2)]} for number in range(2)]
    actual = segments(
        **{f"s{number}": {"any": pairs[number % 2 :] + pairs[: number % 2]} for number in range(20)}
    )
    started = time.process_time()

    assert actual.memberships(somebody(order(0)), NOW) == Membership()
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
