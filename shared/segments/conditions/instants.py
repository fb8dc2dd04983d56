"""Number of instants at which time alone changes a condition for one customer, and its limit.

Each change of a custom segment is a transition that is stored, and a late order makes all
transitions since its date at once. Pure.
"""

from collections.abc import Iterable, Sequence

from shared.segments.conditions.fields import FIELDS, NEGATIONS, FieldType, Operator
from shared.segments.conditions.nodes import (
    Condition,
    EventCondition,
    FieldCondition,
    ReceivedCondition,
)

MAX_INSTANTS = 24
"""Changes by time alone of one condition on days, for one customer and without further orders."""
MAX_TOTAL_INSTANTS = 200
"""The limit of one definition: that of MAX_CONDITIONS single days or ranges."""


def day_edges(operator: Operator, values: Sequence[int]) -> tuple[bool, list[int]]:
    """Return whether a comparison of days holds on day 0, and the later days on which that changes.

    The same goes for other numbers that only grow with time.

    Days in a row have two edges however many they are.
    """
    if operator in NEGATIONS:
        holds, edges = day_edges(NEGATIONS[operator], values)
        return not holds, edges
    # No end for what holds for ever.
    value, last = values[0], values[-1]
    spans: Iterable[tuple[int, int | None]]
    match operator:
        case Operator.GREATER_THAN:
            spans = [(value + 1, None)]
        case Operator.LESS_THAN:
            spans = [(0, value)]
        case Operator.AT_LEAST:
            spans = [(value, None)]
        case Operator.AT_MOST:
            spans = [(0, value + 1)]
        case Operator.BETWEEN:
            spans = [(value, last + 1)]
        case _:
            spans = [(one, one + 1) for one in set(values)]
    ends: set[int | None] = set()
    for start, end in spans:
        # A day that ends one span and begins the next is no edge.
        ends ^= {start} ^ {end}
    return 0 in ends, sorted(day for day in ends if day)


def instants(condition: Condition) -> frozenset[tuple[object, int]]:
    """Return the instants at which time alone may change a condition; equal ones are the same
    instant.

    A window of orders or messages closes or opens once. A condition on one of the eight segments
    changes with a transition that is stored anyway, and one on custom segments with those of the
    other segment.
    """
    if isinstance(condition, EventCondition | ReceivedCondition):
        return frozenset({(condition, 0)} if condition.when is not None else ())
    growing = FIELDS[condition.field].type in (FieldType.DAYS, FieldType.PERCENT)
    if not growing or not condition.values:
        return frozenset()
    return frozenset((condition.field, day) for day in _edges(condition))


def _edges(condition: FieldCondition) -> list[int]:
    days = [value for value in condition.values if isinstance(value, int)]
    return day_edges(condition.operator, days)[1]
