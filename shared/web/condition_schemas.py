"""Conditions of custom segments, as the API's description has them.

They are checked by `shared.segments.conditions`, which reports the place and the reason of a fault;
a model here would only say that none of many alternatives fits.
"""

from typing import Any

from shared.segments.conditions.fields import FIELDS, Operator
from shared.segments.conditions.instants import MAX_INSTANTS
from shared.segments.conditions.parse import MAX_CONDITIONS, MAX_DEPTH, MAX_VALUES

_REFERENCE = "#/components/schemas/"


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": _REFERENCE + name}


_TEXTS: dict[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
}

_FIELD_CONDITION: dict[str, Any] = {
    "type": "object",
    "description": "A condition on a field of the customer.",
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
            "anyOf": [
                {"type": "number"},
                {"type": "string"},
                {"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "string"}]}},
            ],
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
    "description": "A condition on orders.",
    "required": ["event"],
    "properties": {
        "event": {
            "type": "string",
            "enum": ["ordered", "did_not_order"],
            "description": "Whether such orders must be there.",
        },
        **{
            name: {**_TEXTS, "description": f"{what}: one or a list, any of which matches."}
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
            "description": "Number of orders; 1 if omitted.",
        },
        "atLeastAmount": {
            "type": "number",
            "description": (
                "Sum of the matching lines; of whole orders if neither product nor category is "
                "given."
            ),
        },
        "when": {**_ref("When"), "description": "When it was; at any time if omitted."},
    },
}


_MESSAGE_CONDITION: dict[str, Any] = {
    "type": "object",
    "description": "A condition on messages of campaigns.",
    "required": ["event"],
    "properties": {
        "event": {
            "type": "string",
            "enum": ["received", "did_not_receive"],
            "description": "Whether such messages must be there.",
        },
        "campaign": {
            **_TEXTS,
            "description": "Ids of campaigns: one or a list, any of which matches; all if omitted.",
        },
        "when": {**_ref("When"), "description": "When it was; at any time if omitted."},
    },
}


def _window(name: str, value: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name],
        "properties": {name: {**value, "description": description}},
        "additionalProperties": False,
    }


_WHEN: dict[str, Any] = {
    "description": "When it happened; at any time if omitted.",
    "oneOf": [
        _window("ever", {"type": "boolean", "const": True}, "At any time."),
        _window(
            "inTheLastDays",
            {"type": "integer", "minimum": 1},
            "From the event up to n × 24 hours after it.",
        ),
        _window("moreThanDaysAgo", {"type": "integer", "minimum": 1}, "From then on."),
        _window(
            "between",
            {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
            "First and last day in the organisation's time zone, both included.",
        ),
    ],
}


def _group(name: str, children: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": [name],
        "properties": {name: {**children, "description": description}},
        "additionalProperties": False,
    }


_CHILDREN = {"type": "array", "minItems": 1, "items": _ref("Condition")}

COMPONENTS: dict[str, dict[str, Any]] = {
    "Condition": {
        "description": "A tree of conditions: groups `all`, `any` and `not` over conditions on "
        f"fields, on orders and on messages. At most {MAX_CONDITIONS} conditions and {MAX_DEPTH} "
        "levels.",
        "oneOf": [
            _ref(name)
            for name in (
                *("AllOf", "AnyOf", "Not"),
                *("FieldCondition", "OrderCondition", "MessageCondition"),
            )
        ],
    },
    "AllOf": _group("all", _CHILDREN, "All of these must hold."),
    "AnyOf": _group("any", _CHILDREN, "At least one of these must hold."),
    "Not": _group("not", _ref("Condition"), "This must not hold."),
    "FieldCondition": _FIELD_CONDITION,
    "OrderCondition": _EVENT_CONDITION,
    "MessageCondition": _MESSAGE_CONDITION,
    "When": _WHEN,
}
"""Schemas of their own in the API's description."""

DEFINITION_SCHEMA: dict[str, Any] = {"format": "condition"}
"""For `json_schema_extra` of a field that holds a tree."""
FILTERS_SCHEMA: dict[str, Any] = {"format": "filters"}
"""For `json_schema_extra` of a field that holds conditions on fields, all of which must hold."""
OPTIONAL_FILTERS_SCHEMA: dict[str, Any] = {"format": "optional-filters"}
"""The same where there may be none."""
THRESHOLDS_SCHEMA: dict[str, Any] = {"format": "thresholds"}
"""For `json_schema_extra` of a field that holds thresholds, which are checked elsewhere."""

_FILTERS: dict[str, Any] = {"type": "array", "minItems": 1, "items": _ref("FieldCondition")}
_NAMED: dict[str, dict[str, Any]] = {
    "condition": _ref("Condition"),
    "filters": _FILTERS,
    "optional-filters": {"anyOf": [_FILTERS, {"type": "null"}]},
    "thresholds": _ref("ThresholdValues"),
}


def with_named_schemas(document: Any) -> Any:
    """The description with the schemas that its fields name: a model cannot refer to itself by
    more than its own name, and none of these is checked by a model.
    """
    if isinstance(document, list):
        return [with_named_schemas(each) for each in document]
    if not isinstance(document, dict):
        return document
    if (name := document.get("format")) in _NAMED:
        return {**_NAMED[name], "description": document["description"]}
    return {name: with_named_schemas(each) for name, each in document.items()}
