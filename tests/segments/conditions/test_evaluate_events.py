"""Conditions on orders and messages, and when they change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.segments.conditions.evaluate import Membership, Subject
from shared.segments.touch import EventKind, Touch
from tests.segments.conditions.subjects import (
    BASKET,
    DAY,
    NEW_YORK,
    NOW,
    field,
    membership,
    met,
    order,
    segments,
    somebody,
)

TICK = timedelta(microseconds=1)


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
    # Counted while the organisation was in the time zone of Tokyo; it keeps that date.
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
    actual = segments(
        cs_b=field("daysSinceLastOrder", "at_least", 9),
        cs_a=field("daysSinceLastOrder", "less_than", 5),
        cs_c=field("orderCount", "at_least", 1),
    )

    assert actual.ids == ("cs_a", "cs_b", "cs_c")
    assert actual.memberships(somebody(order(0)), NOW) == Membership(
        segment_ids=("cs_a", "cs_c"), next_change_at=NOW + 5 * DAY
    )


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
    actual = membership(recently, touched(5, 3))
    assert actual.segment_ids == ("s",)
    assert actual.next_change_at == NOW + timedelta(days=4)
    at = actual.next_change_at
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
