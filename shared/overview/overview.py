"""The numbers of the analytics page, from an organisation's counters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from shared.kernel.money import mean_cents

PERIOD_DAYS = 30
"""Days of the current period, today included, and of the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day in the organisation's time zone."""

    date: date
    revenue_cents: int
    orders: int
    new_customers: int
    """Customers whose first order was on this day."""
    returning_orders: int
    """Orders by customers other than their first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Some days in a row, added up."""

    revenue_cents: int
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """See the fields. All of it is over orders that count."""

    revenue_cents: int
    orders: int
    customers: int
    """Customers with at least one order."""
    repeat_customers: int
    """Customers with at least two orders."""
    current: Period
    """Today and the 29 days before."""
    previous: Period
    """The 30 days before those."""
    days: tuple[Day, ...]
    """The days of the current period, oldest first, days without orders included."""

    @property
    def average_order_value_cents(self) -> int | None:
        """None if there are no orders."""
        return mean_cents(self.revenue_cents, self.orders)

    @property
    def repeat_customer_rate(self) -> float | None:
        """Part of the customers who came back, 0 to 1; None if there are no customers."""
        return self.repeat_customers / self.customers if self.customers > 0 else None

    @property
    def note(self) -> str:
        """Basis of the all-time numbers, for people."""
        if self.orders <= 0:
            return "No data yet"
        return f"Based on {self.orders:,} order{'' if self.orders == 1 else 's'} (all-time)"


def window_start(today: date) -> date:
    """The first day of the period before the current one."""
    return today - timedelta(days=2 * PERIOD_DAYS - 1)


def overview(
    totals: Mapping[str, int],
    daily: Mapping[date, Mapping[str, int]],
    today: date,
) -> Overview:
    """Build the page.

    `totals` are the organisation's all-time totals, and `daily` the numbers of the days from
    `window_start(today)` to today that have any.
    """
    days = [
        _day(window_start(today) + timedelta(days=offset), daily)
        for offset in range(2 * PERIOD_DAYS)
    ]
    previous, current = days[:PERIOD_DAYS], days[PERIOD_DAYS:]
    return Overview(
        revenue_cents=totals.get("revenue_cents", 0),
        orders=totals.get("orders", 0),
        customers=totals.get("customers", 0),
        repeat_customers=totals.get("repeat_customers", 0),
        current=_period(current),
        previous=_period(previous),
        days=tuple(current),
    )


def _day(day: date, daily: Mapping[date, Mapping[str, int]]) -> Day:
    counts = daily.get(day, {})
    new_customers = counts.get("new_customers", 0)
    return Day(
        date=day,
        revenue_cents=counts.get("revenue_cents", 0),
        orders=counts.get("orders", 0),
        new_customers=new_customers,
        returning_orders=counts.get("identified_orders", 0) - new_customers,
    )


def _period(days: list[Day]) -> Period:
    return Period(
        revenue_cents=sum(day.revenue_cents for day in days),
        orders=sum(day.orders for day in days),
    )
