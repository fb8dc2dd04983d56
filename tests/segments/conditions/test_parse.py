"""Definitions from JSON: accepted ones, and refusals with place and reason."""

from datetime import UTC, date, datetime

import pytest

from shared.segments.conditions.fields import Operator
from shared.segments.conditions.nodes import (
    All,
    AnyOf,
    BetweenDates,
    EventCondition,
    FieldCondition,
    InTheLastDays,
    MoreThanDaysAgo,
    Not,
    OrderFilter,
)
from shared.segments.conditions.parse import (
    definition_json,
    parse_definition,
)
from tests.segments.conditions.definitions import SPENT, condition


def test_a_tree_of_everything() -> None:
    tree = {
        "any": [
            {"all": [SPENT, {"not": condition("email", "exists")}]},
            {
                "event": "did_not_order",
                "product": ["p1", "p2"],
                "category": "flower",
                "channel": "website",
                "campaign": "spring",
                "atLeastTimes": 2,
                "atLeastAmount": 99.5,
                "when": {"inTheLastDays": 30},
            },
        ]
    }

    assert parse_definition(tree) == AnyOf(
        children=(
            All(
                children=(
                    FieldCondition(
                        field="totalSpent", operator=Operator.GREATER_THAN, values=(100_00,)
                    ),
                    Not(child=FieldCondition(field="email", operator=Operator.EXISTS)),
                )
            ),
            EventCondition(
                happened=False,
                orders=OrderFilter(
                    products=("p1", "p2"),
                    categories=("flower",),
                    channels=("online",),
                    campaigns=("spring",),
                ),
                at_least_times=2,
                at_least_cents=99_50,
                when=InTheLastDays(days=30),
            ),
        )
    )


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"ever": True}, None),
        ({"inTheLastDays": 1}, InTheLastDays(days=1)),
        ({"moreThanDaysAgo": 36_500}, MoreThanDaysAgo(days=36_500)),
        (
            {"between": ["2026-01-31", "2026-01-31"]},
            BetweenDates(first=date(2026, 1, 31), last=date(2026, 1, 31)),
        ),
    ],
)
def test_windows(when: object, expected: object) -> None:
    assert parse_definition({"event": "ordered", "when": when}) == EventCondition(
        happened=True,
        when=expected,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("totalSpent", 0, 0),
        ("totalSpent", -0.0, 0),
        ("totalSpent", 19.99, 19_99),
        ("totalSpent", "$1,234.50", 1234_50),
        ("lifetimeValue", 10**10, 10**12),
        ("orderCount", 5.0, 5),
        ("orderCount", "5", 5),
        ("daysSinceLastOrder", 36_500, 36_500),
        ("firstOrderDate", "1980-01-01", date(1980, 1, 1)),
        ("firstOrderDate", "2199-12-31", date(2199, 12, 31)),
        ("lastOrderDate", "2026-01-31T18:00:00+02:00", datetime(2026, 1, 31, 16, tzinfo=UTC)),
        ("lastOrderDate", "2026-01-31t18:00z", datetime(2026, 1, 31, 18, tzinfo=UTC)),
        (
            "lastOrderDate",
            "2026-01-31T18:00:00.000001Z",
            datetime(2026, 1, 31, 18, 0, 0, 1, tzinfo=UTC),
        ),
        ("tier", " GOLD ", "gold"),
        ("segment", "At-Risk", "at_risk"),
        ("segment", "Risk", "at_risk"),
        ("channel", "Website", "online"),
        ("channel", "UNKNOWN", "unknown"),
        ("category", "  flower  pots ", "flower pots"),
        ("product", "x" * 128, "x" * 128),
        ("customSegment", "cs_0123456789ab", "cs_0123456789ab"),
    ],
)
def test_values(field: str, value: object, expected: object) -> None:
    node = parse_definition(condition(field, "equals", value))

    assert node == FieldCondition(field=field, operator=Operator.EQUALS, values=(expected,))  # type: ignore[arg-type]
    assert parse_definition(definition_json(node)) == node


def test_equal_values_of_a_list_are_one() -> None:
    node = parse_definition(condition("orderCount", "in", [3, 1, "3", 3.0]))

    assert definition_json(node) == condition("orderCount", "in", [3, 1])


def test_json_says_the_same_in_one_form() -> None:
    written = definition_json(
        parse_definition(
            {
                "all": [
                    condition("avgOrderValue", "between", ["10", 12.3]),
                    condition("lastOrderDate", "at_least", "2026-01-31T18:00:00+02:00"),
                    condition("product", "equals", ["p1"]),
                    {
                        "event": "ordered",
                        "atLeastTimes": 1,
                        "product": ["p1"],
                        "when": {"ever": True},
                    },
                ]
            }
        )
    )

    assert written == {
        "all": [
            condition("avgOrderValue", "between", [10, 12.3]),
            condition("lastOrderDate", "at_least", "2026-01-31T16:00:00Z"),
            condition("product", "equals", "p1"),
            {"event": "ordered", "product": "p1"},
        ]
    }
