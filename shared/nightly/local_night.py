"""The nights of organisations, each by its own clock: once for every local date.

A night is named by its local date and begins when the organisation's clock first shows the hour of
the job on that date, or skips it. A clock that is turned back does not begin it twice. The newest
night that has begun is due, unless it or a later date is done: a missed call is made up for by the
next, and dates that passed meanwhile are skipped.

An organisation whose time zone changes keeps its dates. One that moves east may have a night at
once; one that moves west waits until its clock comes to a date that is not done: 47 hours at most,
across the date line.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.kernel.instants import on_the_clock

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalNight:
    """A night of one organisation."""

    day: date
    """Its local date."""
    due_at: datetime
    """Beginning of the night. Later for each night of an organisation, even if its zone changes."""


def beginning(day: date, hour: time, time_zone: ZoneInfo) -> datetime:
    """Return when the night of a date begins, in UTC.

    >>> beginning(date(2026, 3, 29), time(1), ZoneInfo("Europe/London")).isoformat()
    '2026-03-29T01:00:00+00:00'
    """
    return on_the_clock(datetime.combine(day, hour), time_zone)


def newest_night(hour: time, time_zone: ZoneInfo, now: datetime) -> LocalNight:
    """The night that began last."""
    day = now.astimezone(time_zone).date()
    due_at = beginning(day, hour, time_zone)
    if due_at > now:
        day -= _DAY
        due_at = beginning(day, hour, time_zone)
    return LocalNight(day=day, due_at=due_at)


def due_night(
    hour: time, time_zone: ZoneInfo, now: datetime, last: LocalNight | None
) -> LocalNight | None:
    """Return the night that is due; None if the last completed one is as new.

    The newest one where none was done.
    """
    night = newest_night(hour, time_zone, now)
    if last is None:
        return night
    if night.day <= last.day:
        return None
    # A move of a day's length eastwards: the next date began when the last one did, or before.
    return night if night.due_at > last.due_at else replace(night, due_at=now)


def next_due_at(hour: time, time_zone: ZoneInfo, last: LocalNight) -> datetime:
    """Return when the next night begins, if the time zone stays."""
    return beginning(last.day + _DAY, hour, time_zone)
