"""Cohorts by the definition alone: sets of customers, one cell at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from shared.cohorts.cohorts import Breakdown
from shared.cohorts.period import Granularity


@dataclass(frozen=True, kw_only=True)
class Bought:
    """A counted order; a return where its amount is negative."""

    order_id: str
    customer: str | None
    ordered_at: datetime
    day: date
    cents: int = 1000
    channel: str = "online"
    campaign: str | None = None
    categories: tuple[tuple[str, int], ...] = field(default=())
    """Categories with the spend in each."""


def start_of(day: date, granularity: Granularity) -> date:
    """The first day of the period that a day is in."""
    match granularity:
        case Granularity.DAY:
            return day
        case Granularity.WEEK:
            return day - timedelta(days=day.weekday())
        case Granularity.MONTH:
            return day.replace(day=1)
        case Granularity.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)


def label_of(start: date, granularity: Granularity) -> str:
    """The name of a period."""
    match granularity:
        case Granularity.DAY:
            return start.isoformat()
        case Granularity.WEEK:
            return start.strftime("%G-W%V")
        case Granularity.MONTH:
            return start.strftime("%Y-%m")
        case Granularity.QUARTER:
            return f"{start.year}-Q{(start.month + 2) // 3}"


def starts(last: date, count: int, granularity: Granularity) -> list[date]:
    """First days of that many periods in a row, the last one being that of a day."""
    actual = [start_of(last, granularity)]
    while len(actual) < count:
        actual.insert(0, start_of(actual[0] - timedelta(days=1), granularity))
    return actual


def fold(
    orders: Sequence[Bought],
    today: date,
    granularity: Granularity,
    breakdown: Breakdown | None = None,
    *,
    periods: int,
) -> dict[str, dict[str, Any]]:
    """The entries of a result by key."""
    spans = starts(today, periods, granularity)
    by_customer: dict[str, list[Bought]] = {}
    returns: dict[str, list[Bought]] = {}
    for order in sorted(orders, key=lambda order: (order.ordered_at, order.order_id)):
        if order.customer is not None:
            kind = returns if order.cents < 0 else by_customer
            kind.setdefault(order.customer, []).append(order)
    actual: dict[str, dict[str, Any]] = {}
    for number, start in enumerate(spans):
        members = {
            customer: own
            for customer, own in by_customer.items()
            if min(start_of(order.day, granularity) for order in own) == start
        }
        for value in {_value(own[0], breakdown) for own in members.values()}:
            kept = [own for own in members.values() if _value(own[0], breakdown) == value]
            returned = [each for own in kept for each in returns.get(own[0].customer or "", ())]
            label = label_of(start, granularity)
            cells = [
                [order for own in kept for order in own if start_of(order.day, granularity) == span]
                for span in spans[number:]
            ]
            actual[f"{value}|{label}" if breakdown else label] = {
                "cohort": label,
                **({"value": value} if breakdown else {}),
                "size": len(kept),
                "customers": [len({order.customer for order in cell}) for cell in cells],
                "customers_on_or_after": [
                    sum(any(order.day >= span for order in own) for own in kept)
                    for span in spans[number:]
                ],
                "orders": [len(cell) for cell in cells],
                "revenue_cents": [
                    sum(order.cents for order in cell)
                    + sum(
                        each.cents for each in returned if start_of(each.day, granularity) == span
                    )
                    for cell, span in zip(cells, spans[number:], strict=True)
                ],
            }
    return {key: {"key": key, **entry} for key, entry in actual.items()}


def fold_mean(entries: Sequence[dict[str, Any]], retained: str, periods: int) -> list[float | None]:
    """The mean row over cells of periods that are over."""
    means: list[float | None] = []
    for k in range(periods):
        over = [entry for entry in entries if k + 1 < len(entry["customers"])]
        size = sum(entry["size"] for entry in over)
        means.append(sum(entry[retained][k] for entry in over) / size if over else None)
    return means


def _value(first: Bought, breakdown: Breakdown | None) -> str:
    match breakdown:
        case None:
            return ""
        case Breakdown.CATEGORY:
            ranked = sorted(first.categories, key=lambda spent: (-spent[1], spent[0]))
            return ranked[0][0] if ranked else ""
        case Breakdown.CHANNEL:
            return first.channel
        case Breakdown.CAMPAIGN:
            return first.campaign or ""
