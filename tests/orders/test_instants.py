import math
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.instants import end_of_day, parse_instant

INSTANT = datetime(2026, 3, 14, 18, 30, 5, 250_000, tzinfo=UTC)
SECONDS = 1_773_513_005


class DatetimeWithNanoseconds(datetime):
    """Return type of the Firestore client: a datetime with nanoseconds."""


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


@pytest.mark.parametrize(
    ("text", "time_zone", "expected"),
    [
        # A date is that day, where it is meant.
        ("2026-07-01", "America/New_York", "2026-07-01T04:00:00"),
        ("2026-01-01", "America/New_York", "2026-01-01T05:00:00"),
        ("2026-07-01", "Asia/Tokyo", "2026-06-30T15:00:00"),
        ("2026/07/01", "America/New_York", "2026-07-01T04:00:00"),
        ("2026.07.01", "America/New_York", "2026-07-01T04:00:00"),
        ("\u200e2026-\u200e07-01\ufeff", "America/New_York", "2026-07-01T04:00:00"),
        # A time without an offset is what the clock on the wall shows.
        ("2026-07-01T10:00", "America/New_York", "2026-07-01T14:00:00"),
        ("2026-07-01 10:00:00.5", "America/New_York", "2026-07-01T14:00:00.500000"),
        ("2026/07/01 10:00", "America/New_York", "2026-07-01T14:00:00"),
        # One with an offset is that instant anywhere.
        ("2026-07-01T10:00Z", "America/New_York", "2026-07-01T10:00:00"),
        ("2026-07-01 10:00 UTC", "America/New_York", "2026-07-01T10:00:00"),
        ("2026-07-01T10:00+02:00", "America/New_York", "2026-07-01T08:00:00"),
        # Shown twice: the first.
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00"),
        # Skipped: the instant after it.
        ("2026-03-08T02:00", "America/New_York", "2026-03-08T07:00:00"),
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:00:00"),
        ("2026-03-08T02:59:59.9", "America/New_York", "2026-03-08T07:00:00"),
        ("2026-03-08T03:00", "America/New_York", "2026-03-08T07:00:00"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00"),  # no midnight
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00"),  # no such day
        ("2011-12-30 18:00", "Pacific/Apia", "2011-12-30T10:00:00"),
    ],
)
def test_a_date_without_an_offset_is_one_of_the_organisation(
    text: str, time_zone: str, expected: str
) -> None:
    instant = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert parse_instant(text, ZoneInfo(time_zone)) == instant


@given(
    shown=st.datetimes(datetime(1981, 1, 1), datetime(2150, 1, 1)),  # noqa: DTZ001
    time_zone=st.timezone_keys().map(ZoneInfo),
)
def test_the_clock_shows_it_or_has_just_skipped_it(shown: datetime, time_zone: ZoneInfo) -> None:
    instant = parse_instant(shown.isoformat(), time_zone)
    assert instant is not None
    local = instant.astimezone(time_zone)
    if local.replace(tzinfo=None) != shown:
        assert local.replace(tzinfo=None) > shown
        just_before = (instant - timedelta(microseconds=1)).astimezone(time_zone)
        assert just_before.replace(tzinfo=None) < shown
    else:
        assert local.fold == 0


@given(
    day=st.dates(datetime(1981, 1, 1).date(), datetime(2150, 1, 1).date()),  # noqa: DTZ001
    time_zone=st.timezone_keys().map(ZoneInfo),
)
def test_a_date_begins_where_the_day_before_ends(day: date, time_zone: ZoneInfo) -> None:
    instant = parse_instant(day.isoformat(), time_zone)
    assert instant is not None
    local = instant.astimezone(time_zone)
    assert local.date() >= day
    assert end_of_day(instant - timedelta(microseconds=1), time_zone) == instant
