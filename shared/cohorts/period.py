"""Periods of local days for cohorts: labels, numbers and distances."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.instants import EARLIEST, LATEST

_DAYS_OF_WEEK = 7
_MONTHS = 12
_QUARTERS = 4


class Granularity(StrEnum):
    """Length of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


PERIODS: Mapping[Granularity, int] = MappingProxyType(
    {
        Granularity.DAY: 120,
        Granularity.WEEK: 120,
        Granularity.MONTH: 120,
        Granularity.QUARTER: 60,
    }
)
"""Latest cohorts that are kept, the one of the current period included, and so k stays below it."""

_UNITS: Mapping[Granularity, tuple[str, int]] = MappingProxyType(
    {
        Granularity.DAY: ("day", 1),
        Granularity.WEEK: ("day", _DAYS_OF_WEEK),
        Granularity.MONTH: ("month", 1),
        Granularity.QUARTER: ("month", 3),
    }
)
"""Unit that the query counts periods in, and the number of units per period."""

_FORMS: Mapping[Granularity, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        Granularity.DAY: (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), "2026-01-31"),
        Granularity.WEEK: (re.compile(r"\d{4}-W\d{2}", re.ASCII), "2026-W05"),
        Granularity.MONTH: (re.compile(r"\d{4}-\d{2}", re.ASCII), "2026-01"),
        Granularity.QUARTER: (re.compile(r"\d{4}-Q\d", re.ASCII), "2026-Q1"),
    }
)

_FIRST_YEAR, _LAST_YEAR = EARLIEST.year, LATEST.year
"""Years of accepted orders, and of dates in conditions."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A day, week, month or quarter.

    >>> week = Period.of(date(2027, 1, 1), Granularity.WEEK)
    >>> week.label, week.first_day, week.last_day, week.plus(1).label
    ('2026-W53', datetime.date(2026, 12, 28), datetime.date(2027, 1, 3), '2027-W01')
    """

    number: int
    """Whole periods since 0001-01-01, which is a Monday; so it is in `cohorts.sql`."""
    granularity: Granularity

    @classmethod
    def of(cls, day: date, granularity: Granularity) -> "Period":
        """The period that a day is in."""
        match granularity:
            case Granularity.DAY:
                number = day.toordinal() - 1
            case Granularity.WEEK:
                number = (day.toordinal() - 1) // _DAYS_OF_WEEK
            case Granularity.MONTH:
                number = (day.year - 1) * _MONTHS + day.month - 1
            case Granularity.QUARTER:
                number = (day.year - 1) * _QUARTERS + (day.month - 1) // 3
        return cls(number, granularity)

    @classmethod
    def labelled(cls, label: str, granularity: Granularity) -> "Period":
        """The period with this label. Raises ValueError, with words for people, where none has."""
        form, example = _FORMS[granularity]
        if form.fullmatch(label):
            year = int(label[:4])
            try:
                match granularity:
                    case Granularity.DAY:
                        day = date.fromisoformat(label)
                    case Granularity.WEEK:
                        day = date.fromisocalendar(year, int(label[6:]), 1)
                    case Granularity.MONTH:
                        day = date(year, int(label[5:]), 1)
                    case Granularity.QUARTER:
                        day = date(year, int(label[6:]) * 3 - 2, 1)
            except ValueError:  # a month 13
                day = date.min
            if _FIRST_YEAR <= day.year < _LAST_YEAR:
                return cls.of(day, granularity)
        raise ValueError(
            f"must be a valid {granularity}, such as {example}, of the years {_FIRST_YEAR} "
            f"to {_LAST_YEAR - 1}"
        )

    def plus(self, periods: int) -> "Period":
        """The period this many later."""
        return Period(self.number + periods, self.granularity)

    @property
    def first_day(self) -> date:
        """Its first day."""
        match self.granularity:
            case Granularity.DAY:
                return date.fromordinal(self.number + 1)
            case Granularity.WEEK:
                return date.fromordinal(self.number * _DAYS_OF_WEEK + 1)
            case Granularity.MONTH:
                return date(self.number // _MONTHS + 1, self.number % _MONTHS + 1, 1)
            case Granularity.QUARTER:
                return date(self.number // _QUARTERS + 1, self.number % _QUARTERS * 3 + 1, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.plus(1).first_day - timedelta(days=1)

    @property
    def label(self) -> str:
        """Its name, which sorts as the periods do; weeks are named by ISO year and week."""
        first = self.first_day
        match self.granularity:
            case Granularity.DAY:
                return first.isoformat()
            case Granularity.WEEK:
                year, week, _ = first.isocalendar()
                return f"{year:04}-W{week:02}"
            case Granularity.MONTH:
                return f"{first.year:04}-{first.month:02}"
            case Granularity.QUARTER:
                return f"{first.year:04}-Q{first.month // 3 + 1}"
