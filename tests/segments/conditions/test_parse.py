"""Definitions from JSON: what is understood, and what is refused where and why."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.kernel.errors import DefinitionError
from shared.segments.conditions.fields import FIELDS, FieldType, Operator
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
    cycle,
    references,
    uses_history,
)
from shared.segments.conditions.parse import (
    MAX_CONDITIONS,
    definition_json,
    parse_definition,
    parse_filters,
)

SPENT = {"field": "totalSpent", "operator": "greater_than", "value": 100}


def condition(field: str, operator: str, *value: object) -> dict[str, object]:
    tree: dict[str, object] = {"field": field, "operator": operator}
    return {**tree, "value": value[0]} if value else tree


def refusal(tree: object) -> tuple[str, str]:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(tree)
    assert str(caught.value) == f"{caught.value.pointer}: {caught.value.detail}"
    return caught.value.pointer, caught.value.detail


def nested(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = SPENT
    for _ in range(levels):
        tree = {"not": tree}
    return tree


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


KINDS = "must have exactly one of: all, any, not, field, event"
MONEY = "must be an amount of money from 0 to 10000000000"
INSTANT = (
    "must be a date such as 2026-01-31, or an instant with its offset such as "
    "2026-01-31T18:00:00Z, from 1980-01-01 to before 2200-01-01"
)
EVENT_WORDS = "must be one of: ordered, did_not_order, received, did_not_receive"
EVENT = {"event": "ordered"}


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
    found_at, found = refusal(tree)

    assert found_at == f"/definition{pointer}"
    assert detail is None or found == detail


@pytest.mark.parametrize("name", FIELDS)
def test_each_operator_of_each_field_is_taken_and_every_other_refused(name: str) -> None:
    field = FIELDS[name]
    one: object = {
        FieldType.MONEY: 5,
        FieldType.COUNT: 5,
        FieldType.DAYS: 5,
        FieldType.DATE: "2026-01-31",
        FieldType.PERCENT: 5,
        FieldType.TEXT: {"tier": "gold", "churnRisk": "high"}.get(name, "vip"),
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


def test_depth_is_bounded_however_deep() -> None:
    assert definition_json(parse_definition(nested(9))) == nested(9)
    for levels in (10, 11, 1_000, 50_000):
        pointer, detail = refusal(nested(levels))
        assert pointer == "/definition" + "/not" * 10
        assert detail == "must not be nested deeper than 10 levels"


def test_depth_is_bounded_where_something_holds_itself() -> None:
    tree: dict[str, Any] = {}
    tree["all"] = [tree]

    assert refusal(tree)[0] == "/definition" + "/all/0" * 10


def test_the_number_of_conditions_is_bounded_across_groups() -> None:
    half = {"any": [SPENT] * 49 + [EVENT]}

    assert MAX_CONDITIONS == 100
    parse_definition({"all": [half, half]})
    assert refusal({"all": [half, half, SPENT]}) == (
        "/definition/all/2",
        "exceeds the limit: a definition has at most 100",
    )


def test_size_is_refused_before_it_is_read() -> None:
    assert refusal({"all": [object()] * 1_000_000})[0] == "/definition/all"
    assert refusal(condition("product", "in", [object()] * 1_000_000))[0] == "/definition/value"


def test_other_types_are_refused() -> None:
    for value in (object(), b"p1", {"p1"}, 1j, datetime.now(UTC), lambda: 1):
        refusal(value)
        refusal({"all": value})
        refusal({"not": value})
        refusal({"event": value})
        for name, field in FIELDS.items():
            if field.type is not FieldType.PRESENCE:
                assert refusal(condition(name, "equals", value))[0] == "/definition/value"


def test_the_place_begins_where_the_caller_says() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_definition({"all": [{}]}, at="/segments/3/definition")
    assert caught.value.pointer == "/segments/3/definition/all/0"
    with pytest.raises(DefinitionError) as caught:
        parse_filters([SPENT, {}])
    assert (caught.value.pointer, caught.value.detail) == ("/filters/1/field", "is missing")


@pytest.mark.parametrize("filters", [[], None, {}, "x", [SPENT] * 101])
def test_filters_are_a_list_that_holds_something(filters: object) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_filters(filters)
    assert caught.value.pointer == "/filters"
    assert caught.value.detail == "must be a list of 1 to 100 filters"


def test_filters_hold_conditions_on_fields_only() -> None:
    refused: tuple[object, ...] = ({"all": [SPENT]}, EVENT, None, [])
    for inner in refused:
        with pytest.raises(DefinitionError):
            parse_filters([inner])
    assert definition_json(parse_filters([SPENT])) == {"all": [SPENT]}


def test_references_are_found_anywhere() -> None:
    node = parse_definition(
        {
            "any": [
                {"not": condition("customSegment", "equals", "cs_a")},
                {"all": [SPENT, condition("customSegment", "not_in", ["cs_b", "cs_c"])]},
                condition("product", "contains", "cs_d"),
            ]
        }
    )

    assert references(node) == {"cs_a", "cs_b", "cs_c"}


def test_what_needs_single_orders() -> None:
    assert not uses_history(parse_definition({"all": [SPENT, condition("segment", "exists")]}))
    assert not uses_history(parse_definition(condition("preferredCategories", "exists")))
    for tree in (EVENT, condition("product", "exists"), condition("channel", "exists")):
        assert uses_history(parse_definition({"not": tree}))


def test_circles_are_found() -> None:
    def asks(*ids: str) -> Any:
        return parse_definition(condition("customSegment", "in", list(ids)) if ids else SPENT)

    assert cycle({}) is None
    assert cycle({"a": asks("b", "c"), "b": asks("c"), "c": asks(), "d": asks("a")}) is None
    assert cycle({"a": asks("unknown")}) is None
    assert cycle({"a": asks("a")}) == ("a",)
    circle = cycle({"a": asks("b"), "b": asks("d", "c"), "c": asks("b"), "d": asks()})
    assert circle is not None
    assert sorted(circle) == ["b", "c"]
    ring = {f"s{number}": asks(f"s{(number + 1) % 5_000}") for number in range(5_000)}
    circle = cycle(ring)
    assert circle is not None
    assert len(circle) == len(ring)
    for id, following in zip(circle, (*circle[1:], circle[0]), strict=True):
        assert references(ring[id]) == {following}


def test_values_are_counted_over_the_whole_definition() -> None:
    def lists(count: int) -> dict[str, object]:
        days = list(range(500))
        condition = {"field": "daysSinceLastOrder", "operator": "in", "value": days}
        return {"any": [condition] * count}

    parse_definition(lists(4))
    with pytest.raises(DefinitionError) as raised:
        parse_definition({"any": [lists(4), {"event": "ordered", "product": "p1"}]})

    assert raised.value.pointer == "/definition/any/1/product"
    assert "2000 values" in raised.value.detail
