"""Conditions of custom segments, as the API's description has them.

They are checked by `shared.segments.conditions`, which names the place and the reason of whatever
it refuses; a model here would only say that none of many alternatives fits.
"""

from typing import Any

from shared.segments.conditions.fields import FIELDS, Operator
from shared.segments.conditions.instants import MAX_INSTANTS
from shared.segments.conditions.parse import MAX_CONDITIONS, MAX_DEPTH, MAX_VALUES

_ANYTHING_IN_TREE: dict[str, Any] = {
    "type": "object",
    "description": "A nested group or condition.",
}

_FIELD_CONDITION: dict[str, Any] = {
    "type": "object",
    "title": "Condition on a field",
    "required": ["field", "operator"],
    "properties": {
        "field": {
            "type": "string",
            "enum": list(FIELDS),
            "description": "; ".join(
                f"`{name}`: {field.description.rstrip('.')}" for name, field in FIELDS.items()
            )
            + ".",
        },
        "operator": {
            "type": "string",
            "enum": [operator.value for operator in Operator],
            "description": (
                "Which ones a field accepts depends on its type; errors list them. If a customer "
                "has no value, comparisons are false and their negations true."
            ),
        },
        "value": {
            "description": "A number, a text, a date (`YYYY-MM-DD`, a day where the organisation "
            "is) or an instant; two of them for `between`, both included; a list of at most "
            f"{MAX_VALUES} for `in` and `not_in`; left out for `exists` and `not_exists`. Days may "
            f"change the condition at most {MAX_INSTANTS} times as they pass: a range does so at "
            "each of its ends, and so does each day of a list whose neighbours are not in it.",
        },
    },
}

_EVENT_CONDITION: dict[str, Any] = {
    "type": "object",
    "title": "Condition on orders",
    "required": ["event"],
    "properties": {
        "event": {"type": "string", "enum": ["ordered", "did_not_order"]},
        **{
            name: {"description": f"{what}: one or a list, any of which matches."}
            for name, what in (
                ("product", "Product ids"),
                ("category", "Category names, matched on the same line as the product"),
                ("channel", "Channels, such as `online`"),
                ("campaign", "Campaign ids on the order"),
            )
        },
        "atLeastTimes": {
            "type": "integer",
            "minimum": 1,
            "default": 1,
            "description": ("Number of orders."),
        },
        "atLeastAmount": {
            "type": "number",
            "description": (
                "Sum of the matching lines; of whole orders if neither product nor category is "
                "given."
            ),
        },
        "when": {
            "type": "object",
            "description": (
                "One of `ever: true` (the default); `inTheLastDays: n`, from the order up to n × "
                "24 hours after it; `moreThanDaysAgo: n`, from then on; `between: [first, "
                "last]`, days in the organisation's time zone, both included."
            ),
        },
    },
}


_MESSAGE_CONDITION: dict[str, Any] = {
    "type": "object",
    "title": "Condition on messages",
    "required": ["event"],
    "properties": {
        "event": {"type": "string", "enum": ["received", "did_not_receive"]},
        "campaign": {
            "description": "Ids of campaigns: one or a list, any of which matches; all if omitted."
        },
        "when": {
            "type": "object",
            "description": "As in a condition on orders, from when the message was sent.",
        },
    },
}


def _group(name: str, children: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": f"Group: {name}",
        "required": [name],
        "properties": {name: children},
        "additionalProperties": False,
    }


DEFINITION_SCHEMA: dict[str, Any] = {
    "description": "A tree of conditions: groups `all`, `any` and `not` over conditions on fields, "
    f"on orders and on messages. At most {MAX_CONDITIONS} conditions and {MAX_DEPTH} levels.",
    "oneOf": [
        _group("all", {"type": "array", "minItems": 1, "items": _ANYTHING_IN_TREE}),
        _group("any", {"type": "array", "minItems": 1, "items": _ANYTHING_IN_TREE}),
        _group("not", _ANYTHING_IN_TREE),
        _FIELD_CONDITION,
        _EVENT_CONDITION,
        _MESSAGE_CONDITION,
    ],
}
"""JSON Schema of a tree."""

FILTERS_SCHEMA: dict[str, Any] = {
    "description": "Conditions on fields, all of which must hold: the flat form that the "
    f"dashboard's builder makes. At most {MAX_CONDITIONS}.",
    "type": "array",
    "minItems": 1,
    "items": _FIELD_CONDITION,
}
"""JSON Schema of the flat form."""
