"""Samples as the definitions have them, folded from orders one by one, and parsed from answers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import exp
from typing import Any

from shared.nightly.question import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An order that counts, or a return, whose amount is below 0."""

    customer: str
    ordered_at: datetime
    local_date: date
    cents: int


def folded(
    orders: Iterable[Placed], *, now: datetime, horizon_days: int, windows: int
) -> dict[int, dict[str, Any]]:
    """By cutoff: totals, `sample` as lists of numbers by key, and `statistics` as counts."""
    by_customer: dict[str, list[Placed]] = {}
    for order in orders:
        if order.ordered_at <= now:
            by_customer.setdefault(order.customer, []).append(order)
    actual = {}
    for cutoff in range(windows + 1):
        at = now - timedelta(days=horizon_days * cutoff)
        end = now - timedelta(days=horizon_days * max(0, cutoff - 1))
        sample, statistics, totals = [], Counter[tuple[int, ...]](), Counter[str]()
        for _, theirs in sorted(by_customer.items()):
            before = [each for each in theirs if each.ordered_at <= at]
            bought = sorted(each.ordered_at for each in before if each.cents >= 0)
            if not bought:
                came = [each for each in theirs if at < each.ordered_at <= end]
                if any(each.cents >= 0 for each in came):
                    totals["new_window_cents"] += sum(each.cents for each in came)
                continue
            days = sorted({each.local_date for each in before if each.cents >= 0})
            gaps = [(b - a).days for a, b in pairwise(days)]
            window = [each for each in theirs if at < each.ordered_at <= end]
            window_days = len({each.local_date for each in window if each.cents >= 0})
            window_cents = sum(each.cents for each in window)
            later = [each for each in theirs if each.ordered_at > at]
            silent = (at - bought[-1]) // timedelta(days=1)
            span = (days[-1] - days[0]).days
            sample.append(
                [
                    len(days),
                    span,
                    sum(gap**2 for gap in gaps),
                    round(1e6 * sum(exp(-(days[-1] - day).days / horizon_days) for day in days)),
                    silent,
                    sum(each.cents for each in before),
                    window_days,
                    window_cents,
                    len({each.local_date for each in later if each.cents >= 0}),
                    sum(each.cents for each in later),
                ]
            )
            statistics[len(days), span, span + silent] += 1
            totals["customers"] += 1
            totals["buyers"] += window_days > 0
            totals["window_cents"] += window_cents
            totals["later_cents"] += sample[-1][-1]
            if span + silent < 84:
                totals["new_customers"] += 1
                # Of the whole day, as its purchase day is known from the first order on.
                totals["first_cents"] += sum(
                    each.cents for each in theirs if each.cents >= 0 and each.local_date == days[0]
                )
        if sample:
            names = ("customers", "buyers", "window_cents", "later_cents", "new_customers")
            actual[cutoff] = {
                **{name: totals[name] for name in (*names, "first_cents", "new_window_cents")},
                "sample": sample,
                "statistics": dict(statistics),
            }
    return actual


def parsed(rows: Iterable[Row]) -> dict[int, dict[str, Any]]:
    """The same from the rows of an answer."""
    return {row["cutoff"]: _parsed(row) for row in rows}


def _parsed(row: Row) -> dict[str, Any]:
    fields = {name: value for name, value in row.items() if name not in ("org_id", "cutoff")}
    fields["sample"] = _numbers(row["sample"])
    fields["statistics"] = {tuple(group[:-1]): group[-1] for group in _numbers(row["statistics"])}
    return fields


def _numbers(text: str) -> list[list[int]]:
    return [[int(number) for number in entry.split(",")] for entry in text.split(";")]
