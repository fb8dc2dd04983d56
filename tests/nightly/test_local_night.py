"""Every organisation has one night for each date of its own clock, whatever the clock does."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.nightly.local_night import LocalNight, beginning, due_night, newest_night, next_due_at

HOUR, MINUTE, DAY, TICK = (
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(days=1),
    timedelta(microseconds=1),
)
AUDIT, COMPUTATION = time(1), time(3)
ZONES = sorted(name for name in available_timezones() if name not in ("Factory", "localtime"))

zones = st.sampled_from(ZONES).map(ZoneInfo)
hours = st.sampled_from((AUDIT, COMPUTATION))
instants = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 the strategy adds the zone
    max_value=datetime(2032, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(hour=hours, zone=zones, now=instants)
def test_a_night_has_begun_and_the_next_one_has_not(
    hour: time, zone: ZoneInfo, now: datetime
) -> None:
    night = newest_night(hour, zone, now)
    following = next_due_at(hour, zone, night)
    assert night.due_at <= now < following
    # A day of a clock that is put back or forward has 22 to 26 hours.
    assert abs(following - night.due_at - DAY) <= 2 * HOUR
    assert newest_night(hour, zone, night.due_at) == night
    assert newest_night(hour, zone, night.due_at - TICK).day == night.day - DAY
    local = now.astimezone(zone)
    assert night.day in (local.date(), local.date() - DAY)


def called(
    hour: time, calls: list[datetime], zone_at: list[tuple[datetime, ZoneInfo]]
) -> list[LocalNight]:
    """The nights that are done by these calls, under the zone in force at each."""
    done: list[LocalNight] = []
    for now in calls:
        zone = [zone for since, zone in zone_at if since <= now][-1]
        due = due_night(hour, zone, now, done[-1] if done else None)
        if due:
            done.append(due)
    return done


@given(
    hour=hours,
    start=instants,
    minute=st.integers(0, 59),
    moves=st.lists(st.tuples(st.integers(0, 24 * 9), zones), max_size=4),
    first=zones,
    missed=st.sets(st.integers(0, 24 * 10), max_size=20),
)
def test_hourly_calls_do_each_local_date_once_whatever_zone_it_is_in(
    hour: time,
    start: datetime,
    minute: int,
    moves: list[tuple[int, ZoneInfo]],
    first: ZoneInfo,
    missed: set[int],
) -> None:
    start = start.replace(minute=minute, second=0, microsecond=0)
    calls = [start + number * HOUR for number in range(24 * 10) if number not in missed]
    zone_at = [(start - DAY, first)]
    zone_at += sorted(
        ((start + hours_later * HOUR, zone) for hours_later, zone in moves),
        key=lambda move: move[0],
    )
    nights = called(hour, calls, zone_at)
    days = [night.day for night in nights]
    assert days == sorted(set(days)), "no date twice"
    for earlier, later in pairwise(nights):
        assert later.due_at > earlier.due_at
    if not missed:
        assert not moves or all((later - earlier).days <= 2 for earlier, later in pairwise(days))
        if not moves:
            assert days == [days[0] + number * DAY for number in range(len(days))]
            assert len(days) in (10, 11)


@given(hour=hours, zone=zones, now=instants, late=st.integers(1, 22))
def test_a_call_that_was_missed_is_made_up_for_by_the_next(
    hour: time, zone: ZoneInfo, now: datetime, late: int
) -> None:
    done = newest_night(hour, zone, now)
    at = next_due_at(hour, zone, done)
    assert due_night(hour, zone, at - TICK, done) is None
    assert due_night(hour, zone, at, done) == due_night(hour, zone, at + late * HOUR, done)


@pytest.mark.parametrize(
    ("zone", "day", "hour", "utc"),
    [
        ("America/Los_Angeles", date(2026, 3, 10), COMPUTATION, "2026-03-10 10:00"),
        ("Pacific/Honolulu", date(2026, 3, 10), COMPUTATION, "2026-03-10 13:00"),
        ("Asia/Kathmandu", date(2026, 3, 10), COMPUTATION, "2026-03-09 21:15"),
        ("Pacific/Auckland", date(2026, 3, 10), COMPUTATION, "2026-03-09 14:00"),
        ("Pacific/Chatham", date(2026, 3, 10), AUDIT, "2026-03-09 11:15"),
        # London skips 01:00 to 02:00, and shows 01:00 to 02:00 twice.
        ("Europe/London", date(2026, 3, 29), AUDIT, "2026-03-29 01:00"),
        ("Europe/London", date(2026, 10, 25), AUDIT, "2026-10-25 00:00"),
        # Berlin skips 02:00 to 03:00, and shows 02:00 to 03:00 twice.
        ("Europe/Berlin", date(2026, 3, 29), COMPUTATION, "2026-03-29 01:00"),
        ("Europe/Berlin", date(2026, 10, 25), COMPUTATION, "2026-10-25 02:00"),
        # Troll in Antarctica skips 01:00 to 03:00.
        ("Antarctica/Troll", date(2026, 3, 29), AUDIT, "2026-03-29 01:00"),
    ],
)
def test_when_a_night_begins(zone: str, day: date, hour: time, utc: str) -> None:
    assert f"{beginning(day, hour, ZoneInfo(zone)):%Y-%m-%d %H:%M}" == utc


def test_a_shop_that_moves_is_neither_skipped_for_a_date_nor_done_twice_for_one() -> None:
    los_angeles, new_york = ZoneInfo("America/Los_Angeles"), ZoneInfo("America/New_York")
    tuesday, wednesday = date(2026, 3, 10), date(2026, 3, 11)
    done = newest_night(COMPUTATION, new_york, datetime(2026, 3, 10, 8, tzinfo=UTC))
    assert done.day == tuesday
    # West: at 03:00 in Los Angeles the date has been done in New York.
    in_the_west = datetime(2026, 3, 10, 10, tzinfo=UTC)
    assert due_night(COMPUTATION, los_angeles, in_the_west, done) is None
    assert next_due_at(COMPUTATION, los_angeles, done) == in_the_west + DAY
    # East: it is 03:00 in New York already, before it is in Los Angeles.
    done = newest_night(COMPUTATION, los_angeles, in_the_west)
    in_the_east = datetime(2026, 3, 11, 7, tzinfo=UTC)
    due = due_night(COMPUTATION, new_york, in_the_east, done)
    assert due == LocalNight(day=wednesday, due_at=in_the_east)


def test_a_move_of_a_day_eastwards_is_due_later_than_what_was_done() -> None:
    """From Pago Pago to Apia the same instants are another date."""
    done = newest_night(
        COMPUTATION, ZoneInfo("Pacific/Pago_Pago"), datetime(2026, 3, 10, 14, tzinfo=UTC)
    )
    now = datetime(2026, 3, 10, 15, tzinfo=UTC)
    due = due_night(COMPUTATION, ZoneInfo("Pacific/Apia"), now, done)
    assert due == LocalNight(day=done.day + DAY, due_at=now)
