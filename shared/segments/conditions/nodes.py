"""Definitions of custom segments: trees of conditions on a customer's fields and orders."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from graphlib import CycleError, TopologicalSorter

from shared.segments.conditions.fields import FIELDS, FieldType, Operator

Value = int | str | date | datetime
"""A number (money in cents), a text, a local date or an instant in UTC."""

_HISTORY_FIELDS = frozenset(
    {"product", "category", "channel"}
    | {"firstOrderCategory", "firstOrderChannel", "firstOrderCampaign"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCondition:
    """Compares a field of the customer."""

    field: str
    operator: Operator
    values: tuple[Value, ...] = ()
    """None for `exists`, two for `between`, one or more for lists, else one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InTheLastDays:
    """Orders placed less than n times 24 hours ago, those still to come included."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreThanDaysAgo:
    """Orders placed n times 24 hours ago or earlier: all that are not in the last n days."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenDates:
    """Orders of days in the organisation's time zone, both ends included."""

    first: date
    last: date


When = InTheLastDays | MoreThanDaysAgo | BetweenDates


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Filter of orders. A filter without entries takes every order.

    Where both products and categories are named, one line of the order must meet both.
    """

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCondition:
    """Whether the customer ordered what `orders` names, often and dearly enough, in a window."""

    happened: bool
    """False for the negation: did not order."""
    orders: OrderFilter = OrderFilter()
    at_least_times: int = 1
    """Counts orders."""
    at_least_cents: int | None = None
    """Sum of the lines meant, of whole orders where neither product nor category is named."""
    when: When | None = None
    """None for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedCondition:
    """Whether a message of a campaign was sent to the customer in a window."""

    happened: bool
    """False for the negation: did not receive."""
    campaigns: tuple[str, ...] = ()
    """Ids of campaigns, any of which is meant; none for every campaign."""
    when: When | None = None
    """None for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """True if every child is."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """True if some child is."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """True if the child is not."""

    child: "Node"


Condition = FieldCondition | EventCondition | ReceivedCondition
Node = All | AnyOf | Not | Condition


def conditions(node: Node) -> Iterator[Condition]:
    """The conditions in a tree, in the order in which they are written."""
    waiting: list[Node] = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, All | AnyOf):
            waiting.extend(reversed(node.children))
        elif isinstance(node, Not):
            waiting.append(node.child)
        else:
            yield node


def placed_conditions(node: Node, at: str) -> Iterator[tuple[str, Condition]]:
    """The conditions in a tree with their places in its JSON, which is itself at `at`."""
    match node:
        case All() | AnyOf():
            kind = "all" if isinstance(node, All) else "any"
            for index, child in enumerate(node.children):
                yield from placed_conditions(child, f"{at}/{kind}/{index}")
        case Not():
            yield from placed_conditions(node.child, f"{at}/not")
        case FieldCondition() | EventCondition() | ReceivedCondition():
            yield at, node


def references(node: Node) -> frozenset[str]:
    """Ids of the custom segments that a definition asks about."""
    return frozenset(
        str(value)
        for condition in conditions(node)
        if isinstance(condition, FieldCondition)
        and FIELDS[condition.field].type is FieldType.MEMBERSHIP
        for value in condition.values
    )


def uses_history(node: Node) -> bool:
    """Whether a definition asks about single orders, and not only about sums, dates and contact."""
    return any(
        isinstance(condition, EventCondition)
        or (isinstance(condition, FieldCondition) and condition.field in _HISTORY_FIELDS)
        for condition in conditions(node)
    )


def cycle(definitions: Mapping[str, Node]) -> tuple[str, ...] | None:
    """Ids of segments that refer to each other in a circle, each to the next; None if none do.

    References to segments that are not among the definitions lead nowhere.
    """
    try:
        dependencies(definitions).prepare()
    except CycleError as error:
        # Each of these is referred to by the next one, and the first stands again at the end.
        return tuple(reversed(error.args[1][1:]))
    return None


def dependencies(definitions: Mapping[str, Node]) -> TopologicalSorter[str]:
    """The segments as a graph in which those referred to come before those that refer to them."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for id in sorted(definitions):
        sorter.add(id, *sorted(references(definitions[id]) & definitions.keys()))
    return sorter
