"""Definitions of custom segments from JSON and back.

    {"all": [...]}, {"any": [...]}, {"not": {...}}           groups
    {"field": ..., "operator": ..., "value": ...}            a condition on a field
    {"event": "ordered" | "did_not_order", ...}              a condition on orders
    {"event": "received" | "did_not_receive", ...}           a condition on messages of campaigns

Whatever is not understood is refused with the place and the reason; nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.kernel.errors import DefinitionError
from shared.segments.conditions.fields import (
    FIELDS,
    Field,
    FieldType,
    Operator,
    Vocabulary,
)
from shared.segments.conditions.nodes import (
    All,
    AnyOf,
    BetweenDates,
    EventCondition,
    FieldCondition,
    InTheLastDays,
    MoreThanDaysAgo,
    Node,
    Not,
    OrderFilter,
    ReceivedCondition,
    Value,
    When,
    cycle,
    references,
    uses_history,
)
from shared.segments.conditions.values import (
    MAX_DAYS,
    MAX_TEXT_LENGTH,
    MAX_TIMES,
    cents,
    field_value,
    local_date,
    money_json,
    text,
    value_json,
    whole,
)

__all__ = [
    "MAX_CHILDREN",
    "MAX_CONDITIONS",
    "MAX_DEPTH",
    "MAX_TOTAL_VALUES",
    "MAX_VALUES",
    "DefinitionError",
    "Node",
    "cycle",
    "definition_json",
    "parse_definition",
    "parse_filters",
    "references",
    "uses_history",
]

MAX_CONDITIONS = 100
"""Conditions in one definition, on fields and on orders together."""

MAX_DEPTH = 10
"""Levels of a definition, that of the conditions included."""

MAX_CHILDREN = 100
MAX_VALUES = 500
"""Values in one list."""
MAX_TOTAL_VALUES = 2_000
"""Values in one definition: each may be an instant at which something changes."""

ORDERED = "ordered"
DID_NOT_ORDER = "did_not_order"
EVENTS = (ORDERED, DID_NOT_ORDER)
RECEIVED = "received"
DID_NOT_RECEIVE = "did_not_receive"
MESSAGE_EVENTS = (RECEIVED, DID_NOT_RECEIVE)

_KINDS = ("all", "any", "not", "field", "event")
_FIELD_KEYS = frozenset({"field", "operator", "value"})
ORDER_PARTS: Mapping[str, Vocabulary] = {
    "product": Vocabulary.PRODUCT,
    "category": Vocabulary.CATEGORY,
    "channel": Vocabulary.CHANNEL,
    "campaign": Vocabulary.CAMPAIGN,
}
"""Names of orders' parts in conditions, with their vocabularies."""
_EVENT_KEYS = frozenset({"event", "atLeastTimes", "atLeastAmount", "when", *ORDER_PARTS})
_MESSAGE_KEYS = frozenset({"event", "campaign", "when"})
WINDOWS = ("ever", "inTheLastDays", "moreThanDaysAgo", "between")
_NO_VALUE = frozenset({Operator.EXISTS, Operator.NOT_EXISTS})
_LISTS = frozenset({Operator.IN, Operator.NOT_IN})
_SETS_TOO = frozenset({Operator.EQUALS, Operator.NOT_EQUALS})
_BOUNDS = 2


def parse_definition(tree: object, *, at: str = "/definition") -> Node:
    """Parse the definition in a JSON value; raises DefinitionError with the place of the fault.

    Any value is refused in bounded time and depth, however large or deep it is.
    """
    return _Parser().node(tree, at, 1)


def parse_filters(filters: object, *, at: str = "/filters") -> Node:
    """The definition in the dashboard's flat list of field conditions, all of which must hold."""
    parser = _Parser()
    items = _items(filters, MAX_CHILDREN, at, "filters")
    return All(
        children=tuple(
            parser.field_condition(_object(item, f"{at}/{index}"), f"{at}/{index}")
            for index, item in enumerate(items)
        )
    )


def definition_json(node: Node) -> dict[str, object]:
    """The definition as JSON, in the one form for its meaning; `parse_definition` reads it back."""
    match node:
        case All():
            return {"all": [definition_json(child) for child in node.children]}
        case AnyOf():
            return {"any": [definition_json(child) for child in node.children]}
        case Not():
            return {"not": definition_json(node.child)}
        case FieldCondition():
            return _field_json(node)
        case EventCondition():
            return _event_json(node)
        case ReceivedCondition():
            return _received_json(node)


class _Parser:
    """Reads one definition and counts its conditions and values."""

    def __init__(self) -> None:
        self._conditions = 0
        self._values = 0

    def node(self, value: object, at: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise DefinitionError(at, f"must not be nested deeper than {MAX_DEPTH} levels")
        tree = _object(value, at)
        kinds = [kind for kind in _KINDS if kind in tree]
        if len(kinds) != 1:
            raise DefinitionError(at, f"must have exactly one of: {', '.join(_KINDS)}")
        kind = kinds[0]
        if kind == "field":
            return self.field_condition(tree, at)
        if kind == "event":
            return self._event(tree, at)
        _known_keys(tree, frozenset({kind}), at)
        if kind == "not":
            return Not(child=self.node(tree["not"], f"{at}/not", depth + 1))
        children = tuple(
            self.node(child, f"{at}/{kind}/{index}", depth + 1)
            for index, child in enumerate(
                _items(tree[kind], MAX_CHILDREN, f"{at}/{kind}", "conditions")
            )
        )
        return All(children=children) if kind == "all" else AnyOf(children=children)

    def field_condition(self, tree: Mapping[str, object], at: str) -> FieldCondition:
        self._count(at)
        _known_keys(tree, _FIELD_KEYS, at)
        field = _field(_require(tree, "field", at), f"{at}/field")
        operator = _operator(field, _require(tree, "operator", at), f"{at}/operator")
        if operator in _NO_VALUE:
            if "value" in tree:
                raise DefinitionError(f"{at}/value", f"must be omitted with {operator}")
            return FieldCondition(field=field.name, operator=operator)
        values = _values(field, operator, _require(tree, "value", at), f"{at}/value")
        self._count_values(values, f"{at}/value")
        return FieldCondition(field=field.name, operator=operator, values=values)

    def _event(self, tree: Mapping[str, object], at: str) -> EventCondition | ReceivedCondition:
        self._count(at)
        event = tree["event"]
        if not isinstance(event, str) or event not in (*EVENTS, *MESSAGE_EVENTS):
            every = ", ".join((*EVENTS, *MESSAGE_EVENTS))
            raise DefinitionError(f"{at}/event", f"must be one of: {every}")
        if event in MESSAGE_EVENTS:
            return self._received_condition(tree, at, happened=event == RECEIVED)
        _known_keys(tree, _EVENT_KEYS, at)
        named_parts = {
            key: _texts(vocabulary, tree[key], f"{at}/{key}") if key in tree else ()
            for key, vocabulary in ORDER_PARTS.items()
        }
        for key, texts in named_parts.items():
            self._count_values(texts, f"{at}/{key}")
        times, amount = 1, None
        if "atLeastTimes" in tree:
            times = whole(tree["atLeastTimes"], 1, MAX_TIMES, f"{at}/atLeastTimes")
        if "atLeastAmount" in tree:
            amount = cents(tree["atLeastAmount"], f"{at}/atLeastAmount")
        return EventCondition(
            happened=event == ORDERED,
            orders=OrderFilter(
                products=named_parts["product"],
                categories=named_parts["category"],
                channels=named_parts["channel"],
                campaigns=named_parts["campaign"],
            ),
            at_least_times=times,
            at_least_cents=amount,
            when=_when(tree["when"], f"{at}/when") if "when" in tree else None,
        )

    def _received_condition(
        self, tree: Mapping[str, object], at: str, *, happened: bool
    ) -> ReceivedCondition:
        _known_keys(tree, _MESSAGE_KEYS, at)
        campaigns: tuple[str, ...] = ()
        if "campaign" in tree:
            campaigns = _texts(Vocabulary.CAMPAIGN, tree["campaign"], f"{at}/campaign")
        self._count_values(campaigns, f"{at}/campaign")
        when = _when(tree["when"], f"{at}/when") if "when" in tree else None
        return ReceivedCondition(happened=happened, campaigns=campaigns, when=when)

    def _count(self, at: str) -> None:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise DefinitionError(
                at, f"exceeds the limit: a definition has at most {MAX_CONDITIONS}"
            )

    def _count_values(self, values: Sequence[Value], at: str) -> None:
        self._values += len(values)
        if self._values > MAX_TOTAL_VALUES:
            raise DefinitionError(
                at, f"exceeds the limit: a definition has at most {MAX_TOTAL_VALUES} values in all"
            )


def _field(name: object, at: str) -> Field:
    field = FIELDS.get(name) if isinstance(name, str) else None
    if field is None:
        raise DefinitionError(at, f"must be one of: {', '.join(FIELDS)}")
    return field


def _operator(field: Field, name: object, at: str) -> Operator:
    if isinstance(name, str) and name in field.operators:
        return Operator(name)
    raise DefinitionError(at, f"must be one that {field.name} takes: {', '.join(field.operators)}")


def _values(field: Field, operator: Operator, value: object, at: str) -> tuple[Value, ...]:
    takes_list = operator in _LISTS or operator is Operator.BETWEEN
    may_be_list = field.type is FieldType.SET and operator in _SETS_TOO
    if not takes_list and not (may_be_list and isinstance(value, list | tuple)):
        if isinstance(value, list | tuple):
            raise DefinitionError(at, f"must be one value, not a list, with {operator}")
        return (field_value(field, value, at),)
    if operator is Operator.BETWEEN and not (
        isinstance(value, list | tuple) and len(value) == _BOUNDS
    ):
        raise DefinitionError(at, "must be a list of two values, the smaller first")
    items = _items(value, MAX_VALUES, at, "values")
    values = tuple(field_value(field, item, f"{at}/{index}") for index, item in enumerate(items))
    if operator is not Operator.BETWEEN:
        return tuple(dict.fromkeys(values))
    return _ascending(values, at)


def _ascending(values: tuple[Value, ...], at: str) -> tuple[Value, ...]:
    first, last = values
    if isinstance(first, datetime) != isinstance(last, datetime):
        raise DefinitionError(at, "must be two dates or two instants, not one of each")
    if first > last:  # type: ignore[operator]
        raise DefinitionError(at, "must be a list of two values, the smaller first")
    return values


def _texts(vocabulary: Vocabulary, value: object, at: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        return (text(vocabulary, value, at),)
    items = _items(value, MAX_VALUES, at, "values")
    return tuple(
        dict.fromkeys(text(vocabulary, item, f"{at}/{index}") for index, item in enumerate(items))
    )


def _when(value: object, at: str) -> When | None:
    window = _object(value, at)
    _known_keys(window, frozenset(WINDOWS), at)
    if len(window) != 1:
        raise DefinitionError(at, f"must have exactly one of: {', '.join(WINDOWS)}")
    if "ever" in window:
        if window["ever"] is not True:
            raise DefinitionError(f"{at}/ever", "must be true")
        return None
    if "between" in window:
        return _between(window["between"], f"{at}/between")
    ((key, days),) = window.items()
    count = whole(days, 1, MAX_DAYS, f"{at}/{key}")
    return InTheLastDays(days=count) if key == "inTheLastDays" else MoreThanDaysAgo(days=count)


def _between(value: object, at: str) -> BetweenDates:
    if not isinstance(value, list | tuple) or len(value) != _BOUNDS:
        raise DefinitionError(at, "must be a list of two dates, the earlier first")
    first, last = (local_date(item, f"{at}/{index}") for index, item in enumerate(value))
    if first > last:
        raise DefinitionError(at, "must be a list of two dates, the earlier first")
    return BetweenDates(first=first, last=last)


def _object(value: object, at: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise DefinitionError(at, "must be an object")
    return value


def _items(value: object, most: int, at: str, things: str) -> list[object] | tuple[object, ...]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= most:
        raise DefinitionError(at, f"must be a list of 1 to {most} {things}")
    return value


def _require(tree: Mapping[str, object], key: str, at: str) -> object:
    if key not in tree:
        raise DefinitionError(f"{at}/{key}", "is missing")
    return tree[key]


def _known_keys(tree: Mapping[str, object], keys: frozenset[str], at: str) -> None:
    for key in tree:
        if key not in keys:
            allowed_keys = ", ".join(sorted(keys))
            if len(key) <= MAX_TEXT_LENGTH:
                place = key.replace("~", "~0").replace("/", "~1")
                raise DefinitionError(
                    f"{at}/{place}", f"is unknown here; known are: {allowed_keys}"
                )
            raise DefinitionError(at, f"has an unknown key; known are: {allowed_keys}")


def _field_json(node: FieldCondition) -> dict[str, object]:
    condition: dict[str, object] = {"field": node.field, "operator": node.operator.value}
    if node.operator in _NO_VALUE:
        return condition
    field = FIELDS[node.field]
    values = [value_json(field, value) for value in node.values]
    takes_list = node.operator in _LISTS or node.operator is Operator.BETWEEN
    condition["value"] = values if takes_list or len(values) > 1 else values[0]
    return condition


def _event_json(node: EventCondition) -> dict[str, object]:
    event: dict[str, object] = {"event": ORDERED if node.happened else DID_NOT_ORDER}
    named_parts = (
        ("product", node.orders.products),
        ("category", node.orders.categories),
        ("channel", node.orders.channels),
        ("campaign", node.orders.campaigns),
    )
    for key, texts in named_parts:
        if texts:
            event[key] = list(texts) if len(texts) > 1 else texts[0]
    if node.at_least_times != 1:
        event["atLeastTimes"] = node.at_least_times
    if node.at_least_cents is not None:
        event["atLeastAmount"] = money_json(node.at_least_cents)
    return event | _when_json(node.when)


def _received_json(node: ReceivedCondition) -> dict[str, object]:
    event: dict[str, object] = {"event": RECEIVED if node.happened else DID_NOT_RECEIVE}
    if node.campaigns:
        event["campaign"] = list(node.campaigns) if len(node.campaigns) > 1 else node.campaigns[0]
    return event | _when_json(node.when)


def _when_json(when: When | None) -> dict[str, object]:
    match when:
        case InTheLastDays(days=days):
            return {"when": {"inTheLastDays": days}}
        case MoreThanDaysAgo(days=days):
            return {"when": {"moreThanDaysAgo": days}}
        case BetweenDates(first=first, last=last):
            return {"when": {"between": [first.isoformat(), last.isoformat()]}}
        case None:
            return {}
