"""Number and value of the customers that filters select, without reading any of them."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from google.cloud import firestore
from google.cloud.firestore_v1.aggregation import AggregationQuery

from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.suggestions.filters import Filter, FilterField, FilterOperator
from shared.suggestions.suggestions import GroupSize

MAX_AT_ONCE = 8

_STORED = {
    FilterField.SEGMENT: "segment",
    FilterField.TOTAL_SPENT: "lifetime_value_cents",
    FilterField.ORDER_COUNT: "order_count",
    FilterField.DAYS_SINCE_LAST_ORDER: "last_ordered_at",
    FilterField.DAYS_SINCE_FIRST_ORDER: "first_ordered_at",
}
_DAYS = (FilterField.DAYS_SINCE_LAST_ORDER, FilterField.DAYS_SINCE_FIRST_ORDER)

Condition = tuple[str, str, object]
"""A stored field, Firestore's operator and a value."""


class CustomerGroups:
    """Groups of one organisation's customers."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id

    def selected(self, groups: Sequence[Sequence[Filter]], now: datetime) -> list[GroupSize]:
        """For each group, count the customers for whom all its filters hold at `now`, and add up
        what they have spent.

        One aggregation per group, all at once: one read, and one more per further thousand
        customers.
        """
        with ThreadPoolExecutor(max_workers=MAX_AT_ONCE) as pool:
            sizes = pool.map(
                lambda filters: _group_size(self._client, self._org_id, filters, now), groups
            )
            return list(sizes)


def _group_size(
    client: firestore.Client, org_id: str, filters: Sequence[Filter], now: datetime
) -> GroupSize:
    query: firestore.Query | firestore.CollectionReference
    query = client.collection(paths.customers(org_id))
    for each in filters:
        for field, operator, value in _conditions(each, now):
            query = query.where(filter=firestore.FieldFilter(field, operator, value))
    sums = AggregationQuery(query)
    sums.count(alias="customers").sum("lifetime_value_cents", alias="value")
    (results,) = sums.stream(**READ_LIMITS)
    numbers = {result.alias: int(result.value) for result in results}
    return GroupSize(customers=numbers["customers"], lifetime_value_cents=numbers["value"])


def _conditions(each: Filter, now: datetime) -> Iterable[Condition]:
    values = each.value if isinstance(each.value, tuple) else (each.value,)
    numbers = [value for value in values if isinstance(value, int)]
    match each.operator:
        case FilterOperator.EQUALS:
            yield _STORED[each.field], "==", each.value
        case FilterOperator.IN:
            yield _STORED[each.field], "in", list(values)
        case FilterOperator.AT_LEAST:
            yield from _at_least(each.field, numbers[0], now)
        case FilterOperator.AT_MOST:
            yield from _at_most(each.field, numbers[0], now)
        case FilterOperator.BETWEEN:
            yield from _at_least(each.field, numbers[0], now)
            yield from _at_most(each.field, numbers[1], now)


def _at_least(field: FilterField, value: int, now: datetime) -> Iterable[Condition]:
    if field not in _DAYS:
        yield _STORED[field], ">=", value
    elif value > 0:  # all days are 0 or more, those to instants still to come included
        yield _STORED[field], "<=", now - timedelta(days=value)


def _at_most(field: FilterField, value: int, now: datetime) -> Iterable[Condition]:
    if field not in _DAYS:
        yield _STORED[field], "<=", value
    else:  # day n is over when n + 1 days have passed
        yield _STORED[field], ">", now - timedelta(days=value + 1)
