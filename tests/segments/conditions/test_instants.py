"""Number of changes of a condition by time alone."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.segments.conditions.fields import OPERATORS, FieldType, Operator
from shared.segments.conditions.instants import day_edges, instants
from shared.segments.conditions.nodes import Condition, conditions
from shared.segments.conditions.parse import parse_definition

_HOLDS: dict[Operator, Callable[[int, list[int]], bool]] = {
    Operator.EQUALS: lambda day, values: day in values,
    Operator.NOT_EQUALS: lambda day, values: day not in values,
    Operator.IN: lambda day, values: day in values,
    Operator.NOT_IN: lambda day, values: day not in values,
    Operator.GREATER_THAN: lambda day, values: day > values[0],
    Operator.LESS_THAN: lambda day, values: day < values[0],
    Operator.AT_LEAST: lambda day, values: day >= values[0],
    Operator.AT_MOST: lambda day, values: day <= values[0],
    Operator.BETWEEN: lambda day, values: values[0] <= day <= values[-1],
}
_LISTS = (Operator.IN, Operator.NOT_IN)


def test_every_operator_that_compares_days_is_tried() -> None:
    presence = {Operator.EXISTS, Operator.NOT_EXISTS}
    assert _HOLDS.keys() == set(OPERATORS[FieldType.DAYS]) - presence


@given(st.sampled_from(sorted(_HOLDS)), st.lists(st.integers(0, 30), min_size=1, unique=True))
def test_edges_are_exactly_the_days_on_which_a_comparison_changes(
    operator: Operator, values: list[int]
) -> None:
    values = sorted(values) if operator in (*_LISTS, Operator.BETWEEN) else values[:1]
    days = [_HOLDS[operator](day, values) for day in range(40)]

    held, edges = day_edges(operator, values)

    assert held is days[0]
    assert edges == [day for day in range(1, 40) if days[day] is not days[day - 1]]


def condition(tree: dict[str, Any]) -> Condition:
    (actual,) = conditions(parse_definition(tree))
    return actual


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"field": "daysSinceLastOrder", "operator": "in", "value": list(range(0, 1000, 2))}, 999),
        ({"field": "daysSinceLastOrder", "operator": "not_in", "value": [1, 3, 5]}, 6),
        ({"field": "daysSinceLastOrder", "operator": "in", "value": list(range(20, 320))}, 2),
        ({"field": "daysSinceFirstOrder", "operator": "between", "value": [3, 9]}, 2),
        ({"field": "daysSinceFirstOrder", "operator": "not_equals", "value": 0}, 1),
        ({"field": "daysSinceFirstOrder", "operator": "at_least", "value": 0}, 0),
        ({"field": "daysSinceLastOrder", "operator": "exists"}, 0),
        ({"field": "orderCount", "operator": "in", "value": list(range(0, 100, 2))}, 0),
        ({"field": "lastOrderDate", "operator": "in", "value": ["2026-01-01", "2026-01-09"]}, 0),
        ({"event": "ordered", "atLeastTimes": 3, "when": {"inTheLastDays": 30}}, 1),
        ({"event": "did_not_order", "when": {"moreThanDaysAgo": 30}}, 1),
        ({"event": "ordered", "atLeastTimes": 3}, 0),
    ],
)
def test_instants_of_a_condition(tree: dict[str, Any], expected: int) -> None:
    assert len(instants(condition(tree))) == expected
