"""Filters: a flat list of conditions that select customers, as suggestions use them."""

from dataclasses import dataclass
from enum import StrEnum


class FilterField(StrEnum):
    """The field that a filter compares, under its API name."""

    SEGMENT = "segment"
    TOTAL_SPENT = "totalSpent"
    ORDER_COUNT = "orderCount"
    DAYS_SINCE_LAST_ORDER = "daysSinceLastOrder"
    DAYS_SINCE_FIRST_ORDER = "daysSinceFirstOrder"


class FilterOperator(StrEnum):
    """Operator of a filter; all bounds are inclusive."""

    EQUALS = "equals"
    IN = "in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition. Segments are compared as stored.

    Days are whole 24-hour days, 0 for a future instant; money is cents; segments are ids.
    """

    field: FilterField
    operator: FilterOperator
    value: int | str | tuple[int, int] | tuple[str, ...]
