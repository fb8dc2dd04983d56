"""Limits of definitions, checked before they are evaluated."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.kernel.errors import DefinitionError
from shared.segments.conditions.fields import FIELDS, FieldType
from shared.segments.conditions.nodes import (
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
from tests.segments.conditions.definitions import EVENT, SPENT, condition, refusal


def nested(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = SPENT
    for _ in range(levels):
        tree = {"not": tree}
    return tree


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
