"""Sessions from events, and the funnel from sessions."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.funnel.funnel import (
    KEPT_FOR,
    OLDEST_EVENT,
    FunnelDay,
    FunnelDelta,
    Session,
    funnel,
    is_counted_at,
    shop_event,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def event(kind: object = "cart.updated", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": NOW, "data": {"sessionId": "s1"}, **fields}


@pytest.mark.parametrize(
    ("kind", "began", "started", "paid"),
    [
        ("reach.entry", True, False, False),
        ("recommendation.shown", True, False, False),
        ("cart.updated", True, False, False),
        ("checkout.started", True, True, False),
        ("checkout.intentCreated", True, True, False),
        ("checkout.failed", True, True, False),
        ("checkout.paid", True, True, True),
        (" Checkout.Paid ", True, True, True),
        ("order.completed", False, True, True),
    ],
)
def test_what_each_type_tells(kind: str, began: bool, started: bool, paid: bool) -> None:
    actual = shop_event(event(kind), LONG_AGO)

    assert actual is not None
    session = actual.session
    assert (session.began_at is not None, session.checkout_started, session.paid) == (
        began,
        started,
        paid,
    )


@pytest.mark.parametrize(
    "kind",
    ["order.readyForPickup", "subscription.updated", "subscription.planSelected", "", None, 7],
)
def test_other_types_are_not_about_shopping(kind: object) -> None:
    assert shop_event(event(kind), LONG_AGO) is None


@pytest.mark.parametrize(
    ("fields", "identity"),
    [
        ({"data": {"sessionId": "s1", "cartId": "c1"}, "refId": "r1"}, "s1"),
        ({"data": {"sessionId": " ", "cartId": "c1"}, "refId": "r1"}, "c1"),
        ({"data": {"session_id": 7}, "refId": "r1"}, "7"),
        ({"data": {"sessionId": "undefined"}, "refId": "r1"}, "r1"),
        ({"data": {"orderId": "o1"}, "refId": None}, "o1"),
        ({"data": "text", "refId": "r1"}, "r1"),
        ({"data": None}, None),
        ({"data": {"sessionId": True, "cartId": ["c1"], "orderId": "null"}}, None),
    ],
)
def test_the_session_of_an_event(fields: dict[str, Any], identity: str | None) -> None:
    actual = shop_event(event(**fields), LONG_AGO)

    assert actual is not None
    assert actual.identity == identity
    assert actual.session.without_id is (identity is None)


@pytest.mark.parametrize(
    "written",
    [
        *(0, "0", 0.0, -1, "-1", "true", "false", "[object Object]", "''", '""'),
        *("N/A", "(null)", "nil", "NaN", "Undefined", "guest"),
    ],
)
def test_what_a_script_writes_where_it_has_no_id_makes_no_session_of_all_shoppers(
    written: object,
) -> None:
    actual = shop_event(event(data={"sessionId": written}), LONG_AGO)

    assert actual is not None
    assert actual.identity is None


def test_an_order_that_is_completed_without_naming_anything_tells_nothing() -> None:
    assert shop_event(event("order.completed", data={}), LONG_AGO) is None


def test_an_identity_is_not_shown_in_texts() -> None:
    assert "s1" not in repr(shop_event(event(), LONG_AGO))


@pytest.mark.parametrize("timestamp", [None, "soon", {"seconds": "x"}])
def test_an_event_without_a_time_happened_when_it_was_written(timestamp: object) -> None:
    actual = shop_event(event(timestamp=timestamp), LONG_AGO)
    assert actual is not None
    assert actual.at == LONG_AGO


@pytest.mark.parametrize(
    ("details", "channel"),
    [
        ({"channel": "web"}, "online"),
        ({"channel": "Somebody Somewhere", "source": "In-Store"}, "in_store"),
        ({"platform": "app"}, "online"),
        ({"channel": "ada@example.org"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_channels_are_the_known_ones(details: dict[str, Any], channel: str) -> None:
    actual = shop_event(event(data={"sessionId": "s1", **details}), LONG_AGO)
    assert actual is not None
    assert actual.session.channel == channel


@given(st.timedeltas(timedelta(days=-700), timedelta(days=700)))
def test_whatever_is_counted_finds_its_session_kept(distance: timedelta) -> None:
    at = NOW + distance
    actual = shop_event(event(timestamp=at), LONG_AGO)

    assert actual is not None
    assert at + KEPT_FOR < actual.session.keep_until <= at + KEPT_FOR + timedelta(days=32)
    forgotten_at = actual.session.keep_until
    assert KEPT_FOR > OLDEST_EVENT
    assert not is_counted_at(actual, forgotten_at)


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (NOW, True),
        (NOW - timedelta(days=365), True),
        (NOW - timedelta(days=365, seconds=1), False),
        (NOW + timedelta(days=1), True),
        (NOW + timedelta(days=1, seconds=1), False),
    ],
)
def test_events_too_old_or_ahead_are_not_counted(at: datetime, counted: bool) -> None:
    actual = shop_event(event(timestamp=at), LONG_AGO)
    assert actual is not None
    assert is_counted_at(actual, NOW) is counted


events = st.builds(
    lambda kind, session, minutes, channel: event(
        kind,
        timestamp=NOW - timedelta(minutes=minutes),
        data={"sessionId": session, "channel": channel},
    ),
    st.sampled_from(
        ["reach.entry", "cart.updated", "checkout.started", "checkout.paid", "order.completed"]
    ),
    st.sampled_from(["s1", "s2", "s3"]),
    st.integers(0, 6) | st.integers(0, 3 * 24 * 60),
    st.sampled_from([None, "web", "store", "?"]),
)


def counted(deliveries: list[dict[str, Any]]) -> tuple[FunnelDelta, dict[str, Session]]:
    """Each delivery merged by itself, and the counters moved by the difference."""
    known: dict[str, Session] = {}
    counters = FunnelDelta()
    for data in deliveries:
        actual = shop_event(data, LONG_AGO)
        assert actual is not None
        assert actual.identity is not None
        before = known.get(actual.identity)
        after = before.merged(actual.session) if before else actual.session
        if before:
            counters.add(before, day_of(before), -1)
        counters.add(after, day_of(after), 1)
        known[actual.identity] = after
    return counters.without_zeros(), known


def day_of(session: Session) -> date | None:
    return session.began_at.date() if session.began_at else None


def expected(deliveries: list[dict[str, Any]]) -> dict[date, dict[str, Counter[str]]]:
    """The definition, over all events of each session at once."""
    days: dict[date, dict[str, Counter[str]]] = {}
    for session in ("s1", "s2", "s3"):
        its = [data for data in deliveries if data["data"]["sessionId"] == session]
        shopping = [data["timestamp"] for data in its if data["type"] != "order.completed"]
        if not shopping:
            continue
        words = {"web": "online", "store": "in_store"}
        named = sorted(
            (data["timestamp"], words[data["data"]["channel"]])
            for data in its
            if data["data"]["channel"] in words
        )
        kinds = {data["type"] for data in its}
        paid = bool(kinds & {"checkout.paid", "order.completed"})
        counts = days.setdefault(min(shopping).date(), {}).setdefault(
            named[0][1] if named else "unknown", Counter()
        )
        counts.update(sessions=1)
        if paid or "checkout.started" in kinds:
            counts.update(checkouts_started=1)
        if paid:
            counts.update(paid=1)
    return days


@given(st.lists(events, max_size=12), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_counts_the_same(
    happened: list[dict[str, Any]], random: Random
) -> None:
    deliveries = happened + [data for data in happened if random.random() < 0.5]
    random.shuffle(deliveries)

    counters, _ = counted(deliveries)

    actual = {day: dict(change.channels) for day, change in counters.days.items()}
    assert actual == expected(happened)


sessions = st.lists(events, min_size=1, max_size=3).map(
    lambda events: reduce(
        Session.merged,
        [found.session for data in events if (found := shop_event(data, LONG_AGO))],
    )
)


@given(sessions, sessions, sessions)
def test_merging_is_commutative_associative_and_idempotent(
    a: Session, b: Session, c: Session
) -> None:
    assert a.merged(b) == b.merged(a)
    assert a.merged(b).merged(c) == a.merged(b.merged(c))
    assert a.merged(b).merged(b) == a.merged(b)


def day(sessions: int, started: int = 0, paid: int = 0, channel: str = "online") -> FunnelDay:
    counts = Counter(sessions=sessions, checkouts_started=started, paid=paid)
    return FunnelDay(channels={channel: counts})


def test_the_days_add_up_to_the_stages_and_the_channels() -> None:
    days = {
        TODAY: day(4, 2, 1),
        TODAY - timedelta(days=3): day(6, 3, 2, "in_store"),
        TODAY - timedelta(days=5): replace_events(day(1), 7),
    }
    orders = {"online": Counter(orders=9, revenue_cents=500), "kiosk": Counter(orders=1)}

    page = funnel(days, orders, TODAY - timedelta(days=6), TODAY, measured_before=False)

    assert page.stages == (11, 5, 3)
    assert page.events_without_session == 7
    assert page.measured_from == TODAY - timedelta(days=5)
    assert page.on(TODAY - timedelta(days=6)) is None
    assert page.on(TODAY - timedelta(days=4)) == (0, 0, 0)
    assert page.on(TODAY) == (4, 2, 1)
    assert [(line.channel, line.sessions, line.orders) for line in page.channels] == [
        ("in_store", 6, 0),
        ("online", 5, 9),
        ("kiosk", 0, 1),
    ]
    assert [line.conversion_rate for line in page.channels] == [2 / 6, 1 / 5, None]


def replace_events(day: FunnelDay, events_without_session: int) -> FunnelDay:
    return replace(day, events_without_session=events_without_session)


def test_nothing_measured_is_not_zero() -> None:
    page = funnel({}, {}, TODAY, TODAY, measured_before=False)

    assert (page.stages, page.events_without_session, page.on(TODAY)) == (None, None, None)


def test_no_sessions_of_late_are_zero_where_there_were_some_before() -> None:
    page = funnel({}, {}, TODAY, TODAY, measured_before=True)

    assert (page.stages, page.events_without_session, page.on(TODAY)) == ((0, 0, 0), 0, (0, 0, 0))
