"""Intervals cover their days once, and histories conserve every count."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.history.segment_history import (
    CountedTransition,
    Flows,
    Unit,
    conserves,
    flows_by_day,
    history,
    intervals,
)
from shared.kernel.days import before, end_of, start_of
from shared.segments.places import NONE

FAR = date(2100, 1, 1)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))
IDS = ("new", "loyal", "vip", "cs_1")


@given(first=days, length=st.integers(0, 400), unit=st.sampled_from(Unit))
def test_every_day_is_in_exactly_one_interval(first: date, length: int, unit: Unit) -> None:
    last = first + timedelta(days=length)

    spans = intervals(first, last, unit, today=FAR)

    covered = [
        span.first + timedelta(days=n)
        for span in spans
        for n in range((span.last - span.first).days + 1)
    ]
    assert covered == [first + timedelta(days=n) for n in range(length + 1)]
    for span in spans:
        assert span.partial is not is_whole(span.first, span.last, unit)
    assert not any(span.partial for span in spans[1:-1])


def is_whole(first: date, last: date, unit: Unit) -> bool:
    if unit is Unit.WEEK:
        return first.weekday() == 0 and last.weekday() == 6
    if unit is Unit.MONTH:
        return first.day == 1 and (last + timedelta(days=1)).day == 1
    return first == last


def test_an_interval_with_today_in_it_is_partial() -> None:
    monday, sunday = date(2026, 11, 16), date(2026, 11, 22)
    for today, partial in ((sunday, True), (sunday + timedelta(days=1), False)):
        (span,) = intervals(monday, sunday, Unit.WEEK, today=today)
        assert span.partial is partial


flows = st.dictionaries(
    st.tuples(st.sampled_from((*IDS, NONE)), st.sampled_from((*IDS, NONE))), st.integers(1, 9)
).map(Flows)


@given(
    opening=st.dictionaries(st.sampled_from(IDS), st.integers(0, 50)),
    daily=st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 3, 1)), flows, max_size=9),
    unit=st.sampled_from(Unit),
)
def test_every_count_is_conserved(
    opening: dict[str, int], daily: dict[date, Flows], unit: Unit
) -> None:
    spans = intervals(date(2026, 1, 1), date(2026, 3, 1), unit, today=FAR)

    actual = history(opening, daily, spans, IDS)

    closing = Counter({id: opening.get(id, 0) for id in IDS})
    for of_day in daily.values():
        for (origin, target), steps in of_day.items():
            closing[origin] -= steps
            closing[target] += steps
    assert conserves(actual, closing, IDS)
    for id in IDS:
        assert not conserves(actual, {**closing, id: closing[id] + 1}, IDS)


def test_a_step_to_the_same_segment_is_no_movement() -> None:
    day = date(2026, 1, 1)
    spans = intervals(day, day, Unit.DAY, today=FAR)
    (moved,) = history({"vip": 3}, {day: Flows({("vip", "vip"): 5})}, spans, IDS)
    assert (moved["vip"].entered, moved["vip"].left, moved["vip"].closing) == (0, 0, 3)


def test_steps_are_put_on_their_local_day() -> None:
    step = CountedTransition(
        customer_key="k",
        number=1,
        from_place=NONE,
        to_place="new",
        effective_at=datetime(2026, 1, 1, 23, 30, tzinfo=UTC),
        entered=("cs_1",),
        left=("cs_2",),
    )
    assert flows_by_day([step], ZoneInfo("Europe/Berlin")) == {
        date(2026, 1, 2): {(NONE, "new"): 1, (NONE, "cs_1"): 1, ("cs_2", NONE): 1}
    }


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00:00+00:00", 23),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00:00+00:00", 25),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00+00:00", 23),
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00:00+00:00", 25),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00+00:00", 0),
    ],
)
def test_a_local_day_is_as_long_as_its_clocks_say(
    zone: str, day: date, start: str, hours: int
) -> None:
    began, ended = start_of(day, ZoneInfo(zone)), end_of(day, ZoneInfo(zone))
    assert began == datetime.fromisoformat(start)
    assert ended - before(began) == timedelta(hours=hours)
    if hours:
        assert began.astimezone(ZoneInfo(zone)).date() == day
        assert before(began).astimezone(ZoneInfo(zone)).date() < day
        assert ended.astimezone(ZoneInfo(zone)).date() == day
