"""Definitions that are refused, each with the place and the reason."""

import pytest

from shared.segments.conditions.fields import FIELDS, FieldType, Operator
from shared.segments.conditions.nodes import (
    FieldCondition,
)
from shared.segments.conditions.parse import (
    definition_json,
    parse_definition,
)
from tests.segments.conditions.definitions import EVENT, SPENT, condition, refusal

KINDS = "must have exactly one of: all, any, not, field, event"
MONEY = "must be an amount of money from 0 to 10000000000"
INSTANT = (
    "must be a date such as 2026-01-31, or an instant with its offset such as "
    "2026-01-31T18:00:00Z, from 1980-01-01 to before 2200-01-01"
)


@pytest.mark.parametrize(
    ("tree", "pointer", "detail"),
    [
        (None, "", "must be an object"),
        ([], "", "must be an object"),
        ("totalSpent > 100", "", "must be an object"),
        (True, "", "must be an object"),
        ({1: 2}, "", "must be an object"),
        ({}, "", KINDS),
        ({"and": []}, "", KINDS),
        ({"all": [SPENT], "any": [SPENT]}, "", KINDS),
        ({**SPENT, "event": "ordered"}, "", KINDS),
        ({"all": []}, "/all", "must be a list of 1 to 100 conditions"),
        ({"any": []}, "/any", "must be a list of 1 to 100 conditions"),
        ({"all": [SPENT] * 101}, "/all", "must be a list of 1 to 100 conditions"),
        ({"all": {"0": SPENT}}, "/all", "must be a list of 1 to 100 conditions"),
        ({"all": "ab"}, "/all", "must be a list of 1 to 100 conditions"),
        ({"all": [SPENT, None]}, "/all/1", "must be an object"),
        ({"not": [SPENT]}, "/not", "must be an object"),
        ({"not": {}}, "/not", KINDS),
        ({"all": [SPENT], "a/b~c": 1}, "/a~1b~0c", "is unknown here; known are: all"),
        ({**SPENT, "x": 1}, "/x", "is unknown here; known are: field, operator, value"),
        ({**SPENT, "x" * 129: 1}, "", "has an unknown key; known are: field, operator, value"),
        ({"field": "totalSpent"}, "/operator", "is missing"),
        (condition("totalSpent", "equals"), "/value", "is missing"),
        (condition("email", "exists", True), "/value", "must be omitted with exists"),
        (condition("email", "not_exists", None), "/value", "must be omitted with not_exists"),
        (condition("lastname", "exists"), "/field", f"must be one of: {', '.join(FIELDS)}"),
        (condition("TotalSpent", "exists"), "/field", f"must be one of: {', '.join(FIELDS)}"),
        ({**SPENT, "field": None}, "/field", f"must be one of: {', '.join(FIELDS)}"),
        ({**SPENT, "field": ["totalSpent"]}, "/field", f"must be one of: {', '.join(FIELDS)}"),
        (
            condition("email", "equals", "ada@example.org"),
            "/operator",
            "must be one that email takes: exists, not_exists",
        ),
        (
            condition("tier", "greater_than", 100),
            "/operator",
            "must be one that tier takes: equals, not_equals, in, not_in, exists, not_exists",
        ),
        (
            {**SPENT, "operator": ["equals"]},
            "/operator",
            "must be one that totalSpent takes: equals, not_equals, greater_than, less_than, "
            "at_least, at_most, between, in, not_in, exists, not_exists",
        ),
        (condition("totalSpent", "equals", True), "/value", MONEY),
        (condition("totalSpent", "equals", None), "/value", MONEY),
        (condition("totalSpent", "equals", -1), "/value", MONEY),
        (condition("totalSpent", "equals", float("nan")), "/value", MONEY),
        (condition("totalSpent", "equals", float("inf")), "/value", MONEY),
        (condition("totalSpent", "equals", 1e308), "/value", MONEY),
        (condition("totalSpent", "equals", 10**400), "/value", MONEY),
        (condition("totalSpent", "equals", 10**10 + 0.01), "/value", MONEY),
        (condition("totalSpent", "equals", "9" * 10_000), "/value", MONEY),
        (condition("totalSpent", "equals", "a lot"), "/value", MONEY),
        (condition("totalSpent", "equals", {"$gt": 1}), "/value", MONEY),
        (
            condition("totalSpent", "equals", 0.005),
            "/value",
            "must be an amount of money with at most two decimals",
        ),
        (
            condition("totalSpent", "equals", 1e-8),
            "/value",
            "must be an amount of money with at most two decimals",
        ),
        (
            condition("orderCount", "equals", 2.5),
            "/value",
            "must be a whole number from 0 to 1000000",
        ),
        (
            condition("orderCount", "equals", -1),
            "/value",
            "must be a whole number from 0 to 1000000",
        ),
        (
            condition("orderCount", "equals", True),
            "/value",
            "must be a whole number from 0 to 1000000",
        ),
        (
            condition("orderCount", "equals", 1e300),
            "/value",
            "must be a whole number from 0 to 1000000",
        ),
        (
            condition("orderCount", "equals", "٣"),
            "/value",
            "must be a whole number from 0 to 1000000",
        ),
        (
            condition("daysSinceLastOrder", "at_least", 36_501),
            "/value",
            "must be a whole number from 0 to 36500",
        ),
        (condition("lastOrderDate", "equals", "2026-02-30"), "/value", None),
        (condition("lastOrderDate", "equals", "2026-01-31T18:00:00"), "/value", INSTANT),
        (condition("lastOrderDate", "equals", "2026-01-31T25:00:00Z"), "/value", INSTANT),
        (condition("lastOrderDate", "equals", "20260131"), "/value", INSTANT),
        (condition("lastOrderDate", "equals", "2026-W05-1"), "/value", INSTANT),
        (condition("lastOrderDate", "equals", "1979-12-31"), "/value", None),
        (condition("lastOrderDate", "equals", "2200-01-01"), "/value", None),
        (condition("lastOrderDate", "equals", 1_767_225_600), "/value", INSTANT),
        (condition("lastOrderDate", "equals", "٢٠٢٦-01-31"), "/value", INSTANT),
        (
            condition("tier", "equals", "platinum"),
            "/value",
            "must be one of: bronze, silver, gold",
        ),
        (
            condition("segment", "equals", "regular"),
            "/value",
            "must be one of: vip, loyal, new, at_risk, slipping, churned, high_value, frequent",
        ),
        (
            condition("channel", "contains", "fax"),
            "/value",
            "must be one of: in_store, online, unknown",
        ),
        (condition("product", "contains", 17), "/value", "must be text"),
        (condition("product", "contains", "  \n "), "/value", "must not be blank"),
        (condition("product", "contains", "\ud800"), "/value", "must not be blank"),
        (
            condition("product", "contains", "x" * 129),
            "/value",
            "must be text of at most 128 characters",
        ),
        (
            condition("product", "contains", ["p1"]),
            "/value",
            "must be one value, not a list, with contains",
        ),
        (
            condition("totalSpent", "equals", [1]),
            "/value",
            "must be one value, not a list, with equals",
        ),
        (condition("product", "in", "p1"), "/value", "must be a list of 1 to 500 values"),
        (condition("product", "in", []), "/value", "must be a list of 1 to 500 values"),
        (condition("product", "equals", []), "/value", "must be a list of 1 to 500 values"),
        (
            condition("product", "in", ["p"] * 501),
            "/value",
            "must be a list of 1 to 500 values",
        ),
        (condition("product", "in", ["p1", 2]), "/value/1", "must be text"),
        (condition("orderCount", "in", [1, None]), "/value/1", None),
        (
            condition("orderCount", "between", 1),
            "/value",
            "must be a list of two values, the smaller first",
        ),
        (
            condition("orderCount", "between", [1]),
            "/value",
            "must be a list of two values, the smaller first",
        ),
        (
            condition("orderCount", "between", [1, 2, 3]),
            "/value",
            "must be a list of two values, the smaller first",
        ),
        (
            condition("orderCount", "between", [2, 1]),
            "/value",
            "must be a list of two values, the smaller first",
        ),
        (
            condition("lastOrderDate", "between", ["2026-01-01", "2026-01-31T18:00:00Z"]),
            "/value",
            "must be two dates or two instants, not one of each",
        ),
        (
            {"event": "visited"},
            "/event",
            "must be one of: ordered, did_not_order, received, did_not_receive",
        ),
        (
            {"event": ["ordered"]},
            "/event",
            "must be one of: ordered, did_not_order, received, did_not_receive",
        ),
        (
            {**EVENT, "days": 3},
            "/days",
            "is unknown here; known are: atLeastAmount, atLeastTimes, campaign, category, channel, "
            "event, product, when",
        ),
        ({**EVENT, "product": []}, "/product", "must be a list of 1 to 500 values"),
        ({**EVENT, "product": None}, "/product", "must be text"),
        ({**EVENT, "category": ["a", ""]}, "/category/1", "must not be blank"),
        ({**EVENT, "channel": "fax"}, "/channel", "must be one of: in_store, online, unknown"),
        ({**EVENT, "campaign": 5}, "/campaign", "must be text"),
        ({**EVENT, "atLeastTimes": 0}, "/atLeastTimes", "must be a whole number from 1 to 1000000"),
        (
            {**EVENT, "atLeastTimes": True},
            "/atLeastTimes",
            "must be a whole number from 1 to 1000000",
        ),
        ({**EVENT, "atLeastAmount": -5}, "/atLeastAmount", MONEY),
        ({**EVENT, "when": "ever"}, "/when", "must be an object"),
        (
            {**EVENT, "when": {}},
            "/when",
            "must have exactly one of: ever, inTheLastDays, moreThanDaysAgo, between",
        ),
        (
            {**EVENT, "when": {"ever": True, "inTheLastDays": 3}},
            "/when",
            "must have exactly one of: ever, inTheLastDays, moreThanDaysAgo, between",
        ),
        ({**EVENT, "when": {"ever": False}}, "/when/ever", "must be true"),
        ({**EVENT, "when": {"ever": 1}}, "/when/ever", "must be true"),
        (
            {**EVENT, "when": {"days": 3}},
            "/when/days",
            "is unknown here; known are: between, ever, inTheLastDays, moreThanDaysAgo",
        ),
        (
            {**EVENT, "when": {"inTheLastDays": 0}},
            "/when/inTheLastDays",
            "must be a whole number from 1 to 36500",
        ),
        (
            {**EVENT, "when": {"between": ["2026-01-02", "2026-01-01"]}},
            "/when/between",
            "must be a list of two dates, the earlier first",
        ),
        (
            {**EVENT, "when": {"between": "2026-01-02"}},
            "/when/between",
            "must be a list of two dates, the earlier first",
        ),
        (
            {**EVENT, "when": {"between": ["2026-01-02", "2026-01-03T00:00:00Z"]}},
            "/when/between/1",
            "must be a date such as 2026-01-31, from 1980-01-01 to before 2200-01-01",
        ),
    ],
)
def test_what_is_invalid_is_refused_by_place(
    tree: object, pointer: str, detail: str | None
) -> None:
    found_at, actual = refusal(tree)

    assert found_at == f"/definition{pointer}"
    assert detail is None or actual == detail


@pytest.mark.parametrize("name", FIELDS)
def test_each_operator_of_each_field_is_taken_and_every_other_refused(name: str) -> None:
    field = FIELDS[name]
    one: object = {
        FieldType.MONEY: 5,
        FieldType.COUNT: 5,
        FieldType.DAYS: 5,
        FieldType.DATE: "2026-01-31",
        FieldType.PERCENT: 5,
        FieldType.TEXT: {
            "tier": "gold",
            "loyaltyTier": "platinum",
            "emailConsent": "granted",
            "smsConsent": "denied",
            "churnRisk": "high",
        }.get(name, "vip"),
        FieldType.SET: "online",
        FieldType.MEMBERSHIP: "cs_0123456789ab",
        FieldType.PRESENCE: None,
    }[field.type]
    for operator in Operator:
        value: tuple[object, ...] = (one,)
        if operator in (Operator.IN, Operator.NOT_IN):
            value = ([one],)
        elif operator is Operator.BETWEEN:
            value = ([one, one],)
        elif operator in (Operator.EXISTS, Operator.NOT_EXISTS):
            value = ()
        tree = condition(name, operator, *value)
        if operator in field.operators:
            assert definition_json(parse_definition(tree)) == tree
        else:
            assert refusal(tree)[0] == "/definition/operator"


def test_no_value_of_a_definition_is_repeated() -> None:
    for tree in (
        condition("email", "equals", "ada@example.org"),
        condition("totalSpent", "equals", "ada@example.org"),
        condition("lastOrderDate", "equals", "ada@example.org"),
        condition("segment", "equals", "ada@example.org"),
        condition("ada@example.org", "exists"),
        condition("email", "ada@example.org"),
    ):
        assert "ada" not in "".join(refusal(tree))


def test_patterns_are_plain_text() -> None:
    pattern = "(a+)+$|.*\\"

    node = parse_definition(condition("product", "contains", pattern))

    assert node == FieldCondition(field="product", operator=Operator.CONTAINS, values=(pattern,))
