"""First and last instants of local days."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


def start_of(day: date, time_zone: tzinfo) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime.combine(day, time.min, time_zone).astimezone(UTC)


def end_of(day: date, time_zone: tzinfo) -> datetime:
    """The last instant of a local day, in UTC; instants here have whole microseconds."""
    return before(start_of(day + _DAY, time_zone))


def before(at: datetime) -> datetime:
    """The instant before; instants here have whole microseconds."""
    return at - _MICROSECOND
