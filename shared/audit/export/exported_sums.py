"""Months in which the sums of ledger and export differ, found without reading either in full."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from shared.audit.later_changes import LaterChanges
from shared.audit.ports import UNDATED, DayRange, ExportedEntry, LedgerDocument
from shared.audit.sums import LedgerSums, Sum

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentChanges:
    """Orders that may have changed since the tables of the night were made.

    Both sides exclude them before the rest is compared.
    """

    ids: Collection[str]
    ledger: Mapping[str, LedgerDocument]
    """Their ledger entries now, by id."""
    exported: Mapping[str, ExportedEntry]
    """Their exported rows in the tables, by id."""

    def later_changes(self) -> LaterChanges:
        """The customers and days that they concern, now and before."""
        later_changes = LaterChanges(order_ids=set(self.ids))
        for document in self.ledger.values():
            fact = document.entry.fact if document.entry else None
            if fact:
                later_changes.add(fact.customer_key, fact.local_date.isoformat())
        later_changes.add_exported(self.exported.values())
        return later_changes

    def agree(self, ledger: LedgerSums, exported: LedgerSums, days: DayRange | None = None) -> bool:
        """Whether the sums of all others agree, of some days or of all."""
        stored = (each.data for each in self.ledger.values() if each.data is not None)
        unchanged = _without(ledger, _sums(_documents(stored), days))
        rows = (each.data for each in self.exported.values())
        return unchanged == _without(exported, _sums(_documents(rows), days))


def month_ranges(months: Collection[date | None], today: date) -> list[DayRange]:
    """Every month from the first of some to the last, all days before and after; and no day."""
    known_months = [month for month in months if month is not None] or [today.replace(day=1)]
    bounds = [min(known_months)]
    while bounds[-1] <= max(known_months):
        bounds.append(_next(bounds[-1]))
    within = [DayRange(first=first, end=end) for first, end in pairwise(bounds)]
    return [
        UNDATED,
        DayRange(first=None, end=bounds[0]),
        *within,
        DayRange(first=bounds[-1], end=None),
    ]


def exported_sums(months: Mapping[date | None, LedgerSums], days: DayRange) -> LedgerSums:
    """The sums of a range that `month_ranges` gave; nothing outside of the months."""
    is_one = days == UNDATED or (days.first is not None and days.end is not None)
    return months.get(days.first, NOTHING) if is_one else NOTHING


NOTHING = LedgerSums(counted=Sum(), others=Sum())


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _documents(texts: Iterable[str]) -> Iterator[Document]:
    for text in texts:
        document = json.loads(text)
        if isinstance(document, dict):
            yield document


def _sums(documents: Iterable[Document], days: DayRange | None) -> LedgerSums:
    numbers, totals = {True: 0, False: 0}, {True: 0, False: 0}
    for document in documents:
        if days is not None and not _is_in(document.get("local_date"), days):
            continue
        is_counted = document.get("counted") is True
        numbers[is_counted] += 1
        totals[is_counted] += document.get("amount_cents") or 0
    return LedgerSums(
        counted=Sum(number=numbers[True], total=totals[True]),
        others=Sum(number=numbers[False], total=totals[False]),
    )


def _is_in(day: object, days: DayRange) -> bool:
    if days == UNDATED or not isinstance(day, str):
        return days == UNDATED and day is None
    return (days.first is None or day >= days.first.isoformat()) and (
        days.end is None or day < days.end.isoformat()
    )


def _without(whole: LedgerSums, part: LedgerSums) -> tuple[int, ...]:
    return (
        whole.counted.number - part.counted.number,
        whole.counted.total - part.counted.total,
        whole.others.number - part.others.number,
        whole.others.total - part.others.total,
    )
