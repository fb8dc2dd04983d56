"""Features of a customer for the models: frequency, regularity, recency and monetary value.

A purchase day is a local date with at least one counted order that is no return: several orders of
a day are one purchase occasion. Everything but the silence stays as it is until the next order.
Silence is counted in whole 24-hour days since the last counted order, as everywhere, so that a
score changes at exact multiples of 24 hours after it. `shared.predictions.samples` has the same
numbers from SQL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import exp
from typing import Protocol

DAY = timedelta(days=1)
MAX_SILENT_DAYS = 3_650
"""Silence beyond ten years counts as ten years: nothing is known about longer ones."""


class Totals(Protocol):
    """Counted orders, summed up."""

    @property
    def order_count(self) -> int:
        """Without returns."""
        ...

    @property
    def lifetime_value_cents(self) -> int:
        """Net of returns."""
        ...

    @property
    def first_ordered_at(self) -> datetime | None:
        """None if there is no order."""
        ...

    @property
    def last_ordered_at(self) -> datetime | None:
        """None if there is no order."""
        ...


class CountedOrder(Protocol):
    """An order, or a return, whose amount is below 0."""

    @property
    def local_date(self) -> date:
        """Its day where the organisation is."""
        ...

    @property
    def amount_cents(self) -> int:
        """Amount of the order."""
        ...


class History(Protocol):
    """Orders and returns."""

    @property
    def orders(self) -> Sequence[CountedOrder]:
        """Earliest first; the oldest may be left out."""
        ...


class Buyer(Protocol):
    """A customer whose orders are known."""

    @property
    def totals(self) -> Totals:
        """Of all counted orders."""
        ...

    @property
    def history(self) -> History:
        """The orders summed up in `totals`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A customer as of the last order; the silence since is an argument of its own."""

    purchase_days: int
    """At least 1."""
    span_days: int
    """Days from the first purchase day to the last one; 0 where there is only one."""
    squared_gap_days: float
    """Sum of the squared gaps between neighbouring purchase days, in days."""
    recent_weight: float
    """Sum over the purchase days of exp(-days before the last one / horizon); at least 1."""
    spend_cents: int
    """Net revenue so far, returns taken off; may be below 0."""
    last_ordered_at: datetime

    def silent_days(self, at: datetime) -> int:
        """Whole days since the last order as of an instant, at most `MAX_SILENT_DAYS`."""
        return min(max((at - self.last_ordered_at) // DAY, 0), MAX_SILENT_DAYS)

    def silent_since(self, days: int) -> datetime:
        """The instant from which on the silence is this many days."""
        return self.last_ordered_at + days * DAY


def features_of(customer: Buyer, horizon_days: int) -> Features | None:
    """The features of a customer; None if no order counts.

    Orders that a truncated history left out are taken as one purchase day each, evenly spread
    before those that it holds.
    """
    totals = customer.totals
    first, last = totals.first_ordered_at, totals.last_ordered_at
    if totals.order_count <= 0 or first is None or last is None:
        return None
    orders = [order for order in customer.history.orders if order.amount_cents >= 0]
    days = sorted({order.local_date.toordinal() for order in orders})
    if not days:
        days = [last.toordinal()]
    missing = max(totals.order_count - max(len(orders), 1), 0)
    before = max(days[0] - first.toordinal(), 0) if missing else 0
    squared, recent = gap_sums(days, horizon_days)
    if missing:
        squared += before**2 / missing
    return Features(
        purchase_days=len(days) + missing,
        span_days=days[-1] - days[0] + before,
        squared_gap_days=squared,
        recent_weight=recent,
        spend_cents=totals.lifetime_value_cents,
        last_ordered_at=last,
    )


def gap_sums(days: Sequence[int], horizon_days: int) -> tuple[float, float]:
    """Squared gaps and recent weight of purchase days, which are given in ascending order.

    >>> gap_sums([0, 3, 7], 90)[0]
    25.0
    """
    squared, recent = 0, 1.0
    for earlier, later in pairwise(days):
        squared += (later - earlier) ** 2
        recent = 1.0 + recent * exp((earlier - later) / horizon_days)
    return float(squared), recent
