"""Definitions as tests send them, and how they are refused."""

import pytest

from shared.kernel.errors import DefinitionError
from shared.segments.conditions.parse import (
    parse_definition,
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


EVENT = {"event": "ordered"}
