import math
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.instants import end_of_day, parse_instant

INSTANT = datetime(2026, 3, 14, 18, 30, 5, 250_000, tzinfo=UTC)
SECONDS = 1_773_513_005


class DatetimeWithNanoseconds(datetime):
    """What the Firestore client returns: a datetime with more to it."""


@pytest.mark.parametrize(
    "value",
    [
        INSTANT,
        INSTANT.replace(tzinfo=None),
        INSTANT.astimezone(timezone(timedelta(hours=-7))),
        {"_seconds": SECONDS, "_nanoseconds": 250_000_999},
        {"seconds": SECONDS, "nanoseconds": 250_000_000},
        {"seconds": SECONDS, "nanos": 250_000_000},
        {"seconds": float(SECONDS), "nanos": 250_000_000},
        "2026-03-14T18:30:05.250Z",
        "2026-03-14t18:30:05.250z",
        "2026-03-14T18:30:05.250000999Z",
        "2026-03-14T11:30:05.250-07:00",
        "2026-03-14 18:30:05.25",
        " 2026-03-14 18:30:05.250+00 ",
        SECONDS * 1000 + 250,
        float(SECONDS * 1000 + 250),
        SECONDS + 0.25,
        "1773513005250",
    ],
)
def test_every_stored_form_is_the_same_instant(value: object) -> None:
    assert parse_instant(value) == INSTANT


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SECONDS, datetime(2026, 3, 14, 18, 30, 5, tzinfo=UTC)),
        (str(SECONDS), datetime(2026, 3, 14, 18, 30, 5, tzinfo=UTC)),
        ({"_seconds": SECONDS}, datetime(2026, 3, 14, 18, 30, 5, tzinfo=UTC)),
        ("2026-03-14", datetime(2026, 3, 14, tzinfo=UTC)),
        ("2026-03-14T18:30", datetime(2026, 3, 14, 18, 30, tzinfo=UTC)),
        (315_532_800, datetime(1980, 1, 1, tzinfo=UTC)),
        (7_258_118_399_999, datetime(2199, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)),
    ],
)
def test_coarser_forms_and_the_ends_of_the_range(value: object, expected: datetime) -> None:
    assert parse_instant(value) == expected


def test_a_datetime_of_a_client_library_becomes_a_plain_one_in_utc() -> None:
    stored = DatetimeWithNanoseconds(2026, 3, 14, 18, 30, 5, 250_000, tzinfo=UTC)
    instant = parse_instant(stored)
    assert type(instant) is datetime
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, "", "now", "yesterday"),
        *("14/03/2026", "2026-13-01", "2026-03-14T25:00"),
        *("2026-03-14x18:30", "2026-03-14T18:30+99:00", "123", "17735130052500", "٢٠٢٦-٠٣-١٤"),
        *(0, -1, 1e15, 10**400, math.nan, math.inf, -math.inf, "0000000000", "9999999999"),
        *({}, {"_seconds": "x"}, {"_seconds": None}, {"_seconds": True}, {"_seconds": 10**30}),
        *({"_seconds": SECONDS, "_nanoseconds": -1}, {"seconds": SECONDS, "nanos": 10**9}),
        *({"seconds": SECONDS, "nanos": "x"}, {"seconds": SECONDS + 0.5}, {"seconds": math.nan}),
        *(b"2026-03-14", [SECONDS], "\ud800", "1" * 1_000_000),
    ],
)
def test_what_is_no_instant_is_none(value: object) -> None:
    assert parse_instant(value) is None


@pytest.mark.parametrize(
    "value",
    [
        datetime(1979, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2200, 1, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_an_instant_that_no_order_can_have_is_none(value: object) -> None:
    assert parse_instant(value) is None


@pytest.mark.parametrize(
    ("now", "time_zone", "end"),
    [
        ("2026-11-23T12:00:00", "UTC", "2026-11-24T00:00:00"),
        ("2026-11-24T04:59:59", "America/New_York", "2026-11-24T05:00:00"),
        ("2026-11-24T05:00:00", "America/New_York", "2026-11-25T05:00:00"),
        ("2026-11-01T05:30:00", "America/New_York", "2026-11-02T05:00:00"),  # a day of 25 hours
        ("2018-11-03T12:00:00", "America/Sao_Paulo", "2018-11-04T03:00:00"),  # there is no midnight
        ("2011-12-30T09:00:00", "Pacific/Apia", "2011-12-30T10:00:00"),  # the next day is left out
    ],
)
def test_a_day_ends_where_the_next_one_begins(now: str, time_zone: str, end: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert end_of_day(at, ZoneInfo(time_zone)) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@given(
    now=st.integers(946_684_800, 2_524_608_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
    time_zone=st.timezone_keys().map(ZoneInfo),
    part=st.floats(0, 1, exclude_max=True),
)
def test_until_then_it_is_the_same_day(now: datetime, time_zone: ZoneInfo, part: float) -> None:
    end = end_of_day(now, time_zone)
    today = now.astimezone(time_zone).date()

    before = now + (end - now) * part
    if before < end:
        assert before.astimezone(time_zone).date() == today
    assert end > now
    assert end.astimezone(time_zone).date() > today
