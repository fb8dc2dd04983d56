"""Cohorts: customers by the period of their first counted order, and their retention. Pure.

A period is a day, week (from Monday), month or quarter in the organisation's time zone, and k is
how many periods one is after the cohort's own. Anonymous orders are left out.

* Mode `in`: retention[k] = customers of the cohort with an order in period k ÷ its size.
* Mode `onOrAfter`: retention[k] = those with an order in period k or in any later one ÷ its size.

k = 0 is 1 by definition. Cells of periods that are not over yet are incomplete and left out of
means; those of periods to come are not there. The mean at k is weighted by size, over the cohorts
whose cell k is complete: their customers retained ÷ their customers.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from shared.cohorts.period import _UNITS, PERIODS, Granularity, Period
from shared.nightly.question import ComputedOrganization, Parameter, Row
from shared.nightly.result import KEY, Result
from shared.segments.first_order import first_order, largest_category
from shared.segments.history import OrderHistory

BREAKDOWN_VALUES = 30
"""Number of values that a breakdown distinguishes: the most frequent ones."""
OVERVIEW_COHORTS = 12
OVERVIEW_PERIODS = 12

NO_BREAKDOWN = "none"
_SEPARATOR = "|"
_TITLED_CHARACTERS = 50
"""Length of a breakdown's value in a title, which is the name of a custom segment."""


class Mode(StrEnum):
    """Condition under which a customer counts as retained."""

    IN = "in"
    ON_OR_AFTER = "onOrAfter"


class Breakdown(StrEnum):
    """Breakdowns of a cohort, by an attribute of the first order."""

    CATEGORY = "category"
    CHANNEL = "channel"
    CAMPAIGN = "campaign"


BREAKDOWN_PERIODS = 60
"""Latest cohorts that are kept with a breakdown."""
BROKEN_DOWN = (Granularity.MONTH, Granularity.QUARTER)
"""Lengths of periods that support breakdowns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Retention and revenue of one cohort; the lists are by k and end with the current period."""

    period: Period
    value: str
    """Value of the breakdown; empty for a first order that has none, and without a breakdown."""
    size: int
    customers: tuple[int, ...]
    """Customers with an order in period k."""
    customers_on_or_after: tuple[int, ...]
    """Customers with an order in period k or later."""
    orders: tuple[int, ...]
    revenue_cents: tuple[int, ...]

    def retained(self, mode: Mode) -> tuple[int, ...]:
        """Customers by k."""
        return self.customers if mode is Mode.IN else self.customers_on_or_after

    def is_complete(self, k: int) -> bool:
        """Whether period k was over; the last one with a cell was not."""
        return k < len(self.customers) - 1

    def may_grow(self, k: int, mode: Mode) -> bool:
        """Whether the customers retained in cell k may still increase."""
        retained = self.retained(mode)[k]
        return retained < self.size and (mode is Mode.ON_OR_AFTER or not self.is_complete(k))


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortCell:
    """The customers of a cohort who are retained in one period, or those who are not."""

    cohort: Period
    k: int
    mode: Mode
    returned: bool
    breakdown: Breakdown | None = None
    value: str = ""
    """Value of the breakdown; empty for a first order that has none."""

    @property
    def period(self) -> Period:
        """Return the period in question."""
        return self.cohort.plus(self.k)

    def includes(self, history: OrderHistory) -> bool:
        """Whether it holds a customer of the cohort with these orders."""
        if self.breakdown is not None and self.value != _first_value(history, self.breakdown):
            return False
        first, last = self.period.first_day, self.period.last_day
        if self.mode is Mode.ON_OR_AFTER:
            last = date.max
        has_order = any(
            first <= order.local_date <= last for order in history.orders if not order.is_return
        )
        return has_order is self.returned

    @property
    def definition(self) -> dict[str, Any]:
        """Return the cell as the definition of a custom segment, in JSON."""
        period, cohort = self.period, self.cohort
        retained: dict[str, Any]
        if self.mode is Mode.ON_OR_AFTER:
            retained = {
                "field": "lastOrderDate",
                "operator": "at_least" if self.returned else "less_than",
                "value": period.first_day.isoformat(),
            }
        else:
            retained = {
                "event": "ordered" if self.returned else "did_not_order",
                "when": {"between": [period.first_day.isoformat(), period.last_day.isoformat()]},
            }
        acquired = {
            "field": "firstOrderDate",
            "operator": "between",
            "value": [cohort.first_day.isoformat(), cohort.last_day.isoformat()],
        }
        return {"all": [acquired, *self._of_value(), retained]}

    def _of_value(self) -> list[dict[str, Any]]:
        if self.breakdown is None:
            return []
        field = {"field": f"firstOrder{self.breakdown.capitalize()}"}
        if not self.value:
            return [{**field, "operator": "not_exists"}]
        return [{**field, "operator": "contains", "value": self.value}]

    @property
    def title(self) -> str:
        """Return the cell in a few words."""
        value = self._value
        if len(value) > _TITLED_CHARACTERS:
            value = value[: _TITLED_CHARACTERS - 1] + "…"
        return f"Cohort {self.cohort.label}{value}: {self._did} {self.period.label}"

    @property
    def description(self) -> str:
        """Return the cell in a sentence."""
        return f"First order in {self.cohort.label}{self._value}, {self._did} {self.period.label}."

    @property
    def _value(self) -> str:
        if self.breakdown is None:
            return ""
        return f" ({self.breakdown} {self.value})" if self.value else f" (no {self.breakdown})"

    @property
    def _did(self) -> str:
        what = "ordered" if self.returned else "no order"
        return what + (" in" if self.mode is Mode.IN else " in or after")


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortQuestion:
    """Cohorts by one length of period, with or without a breakdown: one result."""

    granularity: Granularity
    breakdown: Breakdown | None = None
    sql: str = field(default="cohorts", init=False)
    text_columns: Collection[str] = frozenset({"org_id", "value"})

    @property
    def name(self) -> str:
        """Name of the question and of its result."""
        return result_name(self.granularity, self.breakdown)

    @property
    def periods(self) -> int:
        """Latest cohorts that are kept."""
        return periods_kept(self.granularity, self.breakdown)

    @property
    def scan(self) -> str:
        """Return the scan, shared by all questions with periods of days, or of months."""
        return f"cohorts_by_{_UNITS[self.granularity][0]}s"

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Parameters of the query."""
        unit, length = _UNITS[self.granularity]
        cohorts = {
            "question": self.name,
            "length": length,
            "periods": self.periods,
            "breakdown": self.breakdown or NO_BREAKDOWN,
        }
        return {
            "unit": unit,
            "cohorts": [json.dumps(cohorts)],
            "breakdown_values": BREAKDOWN_VALUES,
        }

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """Return the cohorts as entries; the summary holds:

        * `current`: label of the period that was not over;
        * `mean` by mode, by k: over all entries, None if no cell k is complete;
        * `values`, with a breakdown: each value with its customers and its own `mean`, by value;
          `values_found` of which these are the largest;
        * `latest`, without: the newest cohorts as the analytics page shows them.
        """
        current = Period.of(organization.today, self.granularity)
        all_rows = list(rows)
        cohorts = cohorts_of(all_rows, current)
        summary: dict[str, Any] = {
            "current": current.label,
            "mean": _stored_means(cohorts, self.periods),
        }
        if self.breakdown:
            by_value: defaultdict[str, list[Cohort]] = defaultdict(list)
            for cohort in cohorts:
                by_value[cohort.value].append(cohort)
            summary["values_found"] = max((int(row["values_found"]) for row in all_rows), default=0)
            summary["values"] = [
                {
                    "value": value,
                    "customers": sum(cohort.size for cohort in own),
                    "mean": _stored_means(own, self.periods),
                }
                for value, own in sorted(by_value.items())
            ]
        else:
            summary["latest"] = [
                {
                    "cohort": cohort.period.label,
                    "size": cohort.size,
                    "customers": list(cohort.customers[:OVERVIEW_PERIODS]),
                }
                for cohort in reversed(cohorts[-OVERVIEW_COHORTS:])
            ]
        entries = sorted((_entry(cohort, self.breakdown) for cohort in cohorts), key=_key)
        yield Result(name=self.name, entries=entries, summary=summary)


QUESTIONS = (
    *(CohortQuestion(granularity=granularity) for granularity in Granularity),
    *(
        CohortQuestion(granularity=granularity, breakdown=breakdown)
        for granularity in BROKEN_DOWN
        for breakdown in Breakdown
    ),
)
"""Every question about cohorts."""


def periods_kept(granularity: Granularity, breakdown: Breakdown | None) -> int:
    """Latest cohorts that are kept; k stays below it."""
    return BREAKDOWN_PERIODS if breakdown else PERIODS[granularity]


def kept_from(current: str, granularity: Granularity, breakdown: Breakdown | None) -> str:
    """Label of the first period kept where this is the current one.

    >>> kept_from("2026-11", Granularity.MONTH, None)
    '2016-12'
    """
    periods = periods_kept(granularity, breakdown)
    return Period.labelled(current, granularity).plus(1 - periods).label


def _first_value(history: OrderHistory, breakdown: Breakdown) -> str:
    """Return the value of a breakdown in a customer's first order; empty for none."""
    order = first_order(history)
    if order is None:
        return ""
    match breakdown:
        case Breakdown.CATEGORY:
            return largest_category(order)
        case Breakdown.CHANNEL:
            return order.channel
        case Breakdown.CAMPAIGN:
            return order.campaign_id


def result_name(granularity: Granularity, breakdown: Breakdown | None = None) -> str:
    """Name of a result.

    >>> result_name(Granularity.MONTH, Breakdown.CHANNEL)
    'cohorts_month_by_channel'
    """
    return f"cohorts_{granularity}" + (f"_by_{breakdown}" if breakdown else "")


def keys_of(value: str) -> tuple[str, str]:
    """Keys between which the entries of a breakdown's value are, maybe among others."""
    return value + _SEPARATOR, value + _SEPARATOR + "\U0010ffff"


def cohorts_of(rows: Iterable[Row], current: Period) -> list[Cohort]:
    """The cohorts behind the rows of `cohorts.sql`, by value and age, oldest first.

    A row is missing for a period in which no customer of a cohort ordered.
    """
    by_cohort: defaultdict[tuple[str, int], dict[int, Row]] = defaultdict(dict)
    for row in rows:
        by_cohort[str(row["value"]), int(row["cohort"])][int(row["k"])] = row
    return [
        _cohort(value, number, by_cohort[value, number], current)
        for value, number in sorted(by_cohort)
    ]


def mean_retention(cohorts: Sequence[Cohort], mode: Mode, periods: int) -> list[float | None]:
    """By k, weighted by size over complete cells; None if there are none."""
    means: list[float | None] = []
    for k in range(periods):
        complete = [cohort for cohort in cohorts if cohort.is_complete(k)]
        size = sum(cohort.size for cohort in complete)
        retained = sum(cohort.retained(mode)[k] for cohort in complete)
        means.append(retained / size if size else None)
    return means


def stored_cohort(entry: Mapping[str, Any], granularity: Granularity) -> Cohort:
    """The cohort behind an entry of a result."""
    return Cohort(
        period=Period.labelled(entry["cohort"], granularity),
        value=entry.get("value", ""),
        size=entry["size"],
        customers=tuple(entry["customers"]),
        customers_on_or_after=tuple(entry["customers_on_or_after"]),
        orders=tuple(entry["orders"]),
        revenue_cents=tuple(entry["revenue_cents"]),
    )


def _cohort(value: str, number: int, rows: Mapping[int, Row], current: Period) -> Cohort:
    count = current.number - number + 1
    on_or_after = [0] * count
    later = 0
    # Orders that are dated ahead are in rows behind the current period.
    for k in range(max(count - 1, *rows), -1, -1):
        later = int(rows[k]["customers_on_or_after"]) if k in rows else later
        if k < count:
            on_or_after[k] = later

    def by_period(column: str) -> tuple[int, ...]:
        return tuple(int(rows[k][column]) if k in rows else 0 for k in range(count))

    customers = by_period("customers")
    return Cohort(
        period=Period(number, current.granularity),
        value=value,
        size=customers[0],
        customers=customers,
        customers_on_or_after=tuple(on_or_after),
        orders=by_period("orders"),
        revenue_cents=by_period("revenue_cents"),
    )


def _stored_means(cohorts: Sequence[Cohort], periods: int) -> dict[str, list[float | None]]:
    return {mode.value: mean_retention(cohorts, mode, periods) for mode in Mode}


def _entry(cohort: Cohort, breakdown: Breakdown | None) -> dict[str, Any]:
    label = cohort.period.label
    of_value = {"value": cohort.value} if breakdown else {}
    return {
        KEY: f"{cohort.value}{_SEPARATOR}{label}" if breakdown else label,
        **of_value,
        "cohort": label,
        "size": cohort.size,
        "customers": list(cohort.customers),
        "customers_on_or_after": list(cohort.customers_on_or_after),
        "orders": list(cohort.orders),
        "revenue_cents": list(cohort.revenue_cents),
    }


def _key(entry: Mapping[str, Any]) -> str:
    return str(entry[KEY])
