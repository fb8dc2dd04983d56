"""Instants: from every stored form of a point in time to one aware UTC datetime."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from shared.kernel.compared_text import compared

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Instants are accepted from `EARLIEST` up to, and not including, `LATEST`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_SECOND = (EARLIEST - _EPOCH).total_seconds()
_LATEST_SECOND = (LATEST - _EPOCH).total_seconds()
_EPOCH_DIGITS = (10, 13)
"""Digits of an instant of our age in seconds and in milliseconds."""
_ISO_8601 = re.compile(
    r"\d{4}([-/.])\d{2}\1\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|GMT)|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
_UTC_IN_WORDS = re.compile(r" ?(?:Z|UTC|GMT)$")
_DIGITS = re.compile(r"\d+", re.ASCII)


def parse_instant(value: object, time_zone: tzinfo = UTC) -> datetime | None:
    """Parse a stored value as an instant in UTC, to the microsecond; None if it is none.

    Accepts a datetime, `{_seconds, _nanoseconds}` and `{seconds, nanoseconds | nanos}` maps, ISO
    8601 text (also with `/` or `.` between year, month and day), epoch seconds or milliseconds as a
    number, and as text of 10 or 13 digits. Digits finer than a microsecond are cut off.

    Without an offset it is local time in `time_zone`, and a date without a time is the beginning of
    that day there. A local time that occurs twice means the first; a skipped one means the instant
    of the skip.

    >>> parse_instant("2026-07-01", ZoneInfo("America/New_York")).isoformat()
    '2026-07-01T04:00:00+00:00'
    """
    instant: datetime | None = None
    if isinstance(value, datetime):
        instant = _from_datetime(value, time_zone)
    elif isinstance(value, Mapping):
        instant = _from_map(value)
    elif isinstance(value, str):
        instant = _from_text(value, time_zone)
    elif isinstance(value, int | float):
        instant = _from_number(value)
    return instant if instant is not None and EARLIEST <= instant < LATEST else None


def _from_datetime(value: datetime, time_zone: tzinfo) -> datetime | None:
    try:
        if value.utcoffset() is None:
            return on_the_clock(datetime.combine(value.date(), value.time()), time_zone)
        instant = value.astimezone(UTC)
    except OverflowError:  # the first and the last day that a datetime can hold
        return None
    # A client library's own subclass of datetime must not travel further.
    return datetime.combine(instant.date(), instant.time(), UTC)


def on_the_clock(local_time: datetime, time_zone: tzinfo) -> datetime:
    """Return the first instant, in UTC, at which a clock shows a local time, or skips it."""
    first = local_time.replace(tzinfo=time_zone, fold=0).astimezone(UTC)
    if first.astimezone(time_zone).replace(tzinfo=None) == local_time:
        return first
    # Skipped. The offset of before gives an instant after the clock is changed, that of after one
    # before it.
    before, after = local_time.replace(tzinfo=time_zone, fold=1).astimezone(UTC), first
    new_offset = after.astimezone(time_zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(time_zone).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def _from_map(value: Mapping[object, object]) -> datetime | None:
    if "_seconds" in value:
        seconds, nanoseconds = value["_seconds"], value.get("_nanoseconds")
    else:
        seconds, nanoseconds = value.get("seconds"), value.get("nanoseconds", value.get("nanos"))
    whole_seconds = _whole(seconds)
    whole_nanoseconds = 0 if nanoseconds is None else _whole(nanoseconds)
    if whole_seconds is None or whole_nanoseconds is None:
        return None
    if not 0 <= whole_nanoseconds < 10**9:
        return None
    if not _EARLIEST_SECOND <= whole_seconds < _LATEST_SECOND:
        return None
    return _EPOCH + timedelta(seconds=whole_seconds, microseconds=whole_nanoseconds // 1000)


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def _from_text(text: str, time_zone: tzinfo) -> datetime | None:
    text = compared(text).upper()
    if _DIGITS.fullmatch(text):
        return _from_digits(text)
    iso = _ISO_8601.fullmatch(text)
    if iso is None:
        return None
    day, rest = text[:10].replace(iso[1], "-"), text[10:]
    try:
        instant = datetime.fromisoformat(day + _UTC_IN_WORDS.sub("Z", rest))
        return _from_datetime(instant, time_zone)
    except ValueError:  # a month 13, an hour 25
        return None


def _from_digits(digits: str) -> datetime | None:
    return _from_number(int(digits)) if len(digits) in _EPOCH_DIGITS else None


def _from_number(value: float) -> datetime | None:
    if isinstance(value, bool):
        return None
    # The accepted seconds and the accepted milliseconds are ranges of numbers that do not overlap.
    if _EARLIEST_SECOND <= value < _LATEST_SECOND:
        return _EPOCH + timedelta(seconds=value)
    if _EARLIEST_SECOND * 1000 <= value < _LATEST_SECOND * 1000:
        return _EPOCH + timedelta(milliseconds=value)
    return None


def end_of_day(now: datetime, time_zone: ZoneInfo) -> datetime:
    """Return when the local date of `now` ends: from that instant on it is a later date."""
    tomorrow = now.astimezone(time_zone).date() + timedelta(days=1)
    # Where the clocks skip midnight, this is the instant at which they do.
    return datetime.combine(tomorrow, time.min, time_zone).astimezone(UTC)
