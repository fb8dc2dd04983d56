"""How much an organisation's custom segments may hold together."""

from datetime import UTC, datetime

import pytest

from shared.errors import RequestConflictError
from shared.segments.conditions.nodes import Node
from shared.segments.conditions.parse import MAX_CONDITIONS, MAX_VALUES, parse_definition
from shared.segments.custom_segment import MAX_VALUES_TOGETHER, CustomSegment
from shared.segments.custom_segment_changes import Draft, changed, created

AT = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = [f"p{number}" for number in range(MAX_VALUES)]
BOUGHT = {"field": "product", "operator": "in", "value": VALUES}
ORDERED = {"event": "ordered", "product": VALUES[:250], "category": VALUES[250:]}
LARGEST = parse_definition({"any": [BOUGHT, ORDERED] * (MAX_CONDITIONS // 2)})
AS_MANY_AS_MAY_BE = MAX_VALUES_TOGETHER // (MAX_VALUES * MAX_CONDITIONS)


def draft(definition: Node) -> Draft:
    return Draft(name="Any", description=None, definition=definition, filters=None)


def create(definition: Node, others: int) -> CustomSegment:
    definitions = {f"cs_{number:012x}": LARGEST for number in range(others)}
    return created("cs_ffffffffffff", draft(definition), None, definitions, by="ann", at=AT)


def test_definitions_together_stay_small_enough_to_be_read_while_orders_wait() -> None:
    small = parse_definition({"field": "orderCount", "operator": "equals", "value": 1})

    stored = create(LARGEST, AS_MANY_AS_MAY_BE - 1)

    with pytest.raises(RequestConflictError, match="100,000 values"):
        create(small, AS_MANY_AS_MAY_BE)
    definitions = {f"cs_{number:012x}": LARGEST for number in range(AS_MANY_AS_MAY_BE)}
    with pytest.raises(RequestConflictError):
        changed(stored, draft(small), definitions, by="ann", at=AT)
