"""Compilation of definitions to functions that evaluate them."""

from collections.abc import Callable, Mapping

from shared.orders.category import canonical_category
from shared.segments.conditions.evaluation import Evaluation
from shared.segments.conditions.evaluators import (
    Evaluator,
    constant,
    date_evaluator,
    days_evaluator,
    event_evaluator,
    group,
    negated,
    number_evaluator,
    percent_evaluator,
    predicted_evaluator,
    received_evaluator,
    reference_evaluator,
    risk_evaluator,
    segment_evaluator,
    set_evaluator,
    value_evaluator,
)
from shared.segments.conditions.fields import (
    FIELDS,
    NEGATIONS,
    Field,
    FieldType,
    Operator,
    Vocabulary,
)
from shared.segments.conditions.nodes import (
    All,
    AnyOf,
    EventCondition,
    FieldCondition,
    Node,
    Not,
    OrderFilter,
    ReceivedCondition,
    Value,
    uses_history,
)
from shared.segments.conditions.order_index import CompiledOrderFilter, category_key
from shared.segments.crm_profile import tag_key
from shared.segments.tier import tier_of

_NUMBERS: Mapping[str, Callable[[Evaluation], int]] = {
    "totalSpent": lambda evaluation: evaluation.spent,
    "lifetimeValue": lambda evaluation: evaluation.spent,
    "avgOrderValue": lambda evaluation: evaluation.spent,
    "orderCount": lambda evaluation: evaluation.count,
}
_SETS: Mapping[str, Callable[[Evaluation], frozenset[str]]] = {
    "preferredCategories": lambda evaluation: evaluation.preferred,
    "product": lambda evaluation: evaluation.products,
    "category": lambda evaluation: evaluation.categories,
    "channel": lambda evaluation: evaluation.orders.channels,
    "firstOrderCategory": lambda evaluation: evaluation.orders.first_category,
    "firstOrderChannel": lambda evaluation: evaluation.orders.first_channel,
    "firstOrderCampaign": lambda evaluation: evaluation.orders.first_campaign,
    "campaignReceived": lambda evaluation: evaluation.campaigns,
    "tags": lambda evaluation: evaluation.subject.profile.tag_keys,
}
_WORDS: Mapping[str, Callable[[Evaluation], str | None]] = {
    "tier": lambda evaluation: tier_of(evaluation.spent),
    "loyaltyTier": lambda evaluation: evaluation.subject.profile.tier,
    "emailConsent": lambda evaluation: evaluation.subject.profile.email_allowed,
    "smsConsent": lambda evaluation: evaluation.subject.profile.sms_allowed,
}
_PRESENCE: Mapping[str, Callable[[Evaluation], bool]] = {
    "email": lambda evaluation: evaluation.subject.has_email,
    "phone": lambda evaluation: evaluation.subject.has_phone,
    "displayName": lambda evaluation: evaluation.subject.has_display_name,
    "firstOrderDate": lambda evaluation: evaluation.first is not None,
    "daysSinceFirstOrder": lambda evaluation: evaluation.first is not None,
    "lastOrderDate": lambda evaluation: evaluation.last is not None,
    "daysSinceLastOrder": lambda evaluation: evaluation.last is not None,
}
_PREDICTED = frozenset({"churnRisk", "churnProbability", "predictedLtv"})
_OF_FIRST_ORDER = frozenset({"firstOrderDate", "daysSinceFirstOrder"})


class Compiler:
    """Compiles definitions to functions; equal parts of definitions become one function."""

    def __init__(self, numbers: Mapping[str, int], *, after: "Compiler | None" = None) -> None:
        """`after` is a compiler whose functions are evaluated together with those of this one."""
        self._numbers = numbers
        """Of the custom segments that may be referred to, by id."""
        self._evaluators: dict[Node, Evaluator] = {}
        self._order_filters: dict[OrderFilter, CompiledOrderFilter] = {}
        self._groups: int = after._groups if after else 0
        self._filters: int = after._filters if after else 0

    def compiled(self, node: Node) -> Evaluator:
        """Return the function of a definition, all of whose references are known."""
        evaluator = self._evaluators.get(node)
        if evaluator is None:
            evaluator = self._evaluators[node] = self._compile(node)
        return evaluator

    def _compile(self, node: Node) -> Evaluator:
        match node:
            case All():
                return self._group(self._children(node), decisive=False)
            case AnyOf():
                return self._group(self._children(node), decisive=True)
            case Not():
                return negated(self.compiled(node.child))
            case EventCondition():
                evaluator = event_evaluator(node, self._order_filter(node.orders))
                return evaluator if node.happened else negated(evaluator)
            case ReceivedCondition():
                evaluator = received_evaluator(node)
                return evaluator if node.happened else negated(evaluator)
            case FieldCondition():
                field = FIELDS[node.field]
                if node.operator in NEGATIONS:
                    return negated(self._field(field, NEGATIONS[node.operator], node.values))
                return self._field(field, node.operator, node.values)

    def _children(self, group: All | AnyOf) -> list[Evaluator]:
        """Conditions that need no single orders come first: they may decide the group."""
        return [self.compiled(child) for child in sorted(group.children, key=uses_history)]

    def _group(self, children: list[Evaluator], *, decisive: bool) -> Evaluator:
        self._groups += 1
        return group(self._groups, children, decisive=decisive)

    def _field(self, field: Field, operator: Operator, values: tuple[Value, ...]) -> Evaluator:
        """Return the function of a condition whose operator is not a negation."""
        if operator is Operator.EXISTS:
            return _exists(field)
        match field.type:
            case FieldType.MONEY | FieldType.COUNT:
                numbers = tuple(value for value in values if isinstance(value, int))
                if field.name in _PREDICTED:
                    return value_evaluator(operator, numbers)
                unit = _orders if field.name == "avgOrderValue" else _one
                return number_evaluator(_NUMBERS[field.name], unit, operator, numbers)
            case FieldType.DAYS:
                days = tuple(value for value in values if isinstance(value, int))
                return days_evaluator(field.name in _OF_FIRST_ORDER, operator, days)
            case FieldType.PERCENT:
                return percent_evaluator(operator, tuple(v for v in values if isinstance(v, int)))
            case FieldType.DATE:
                return date_evaluator(field.name in _OF_FIRST_ORDER, operator, values)
            case FieldType.SET:
                keys = tuple(_keys(field.vocabulary, str(value)) for value in values)
                return set_evaluator(_SETS[field.name], operator, keys)
            case FieldType.MEMBERSHIP:
                evaluators = [reference_evaluator(self._numbers[str(value)]) for value in values]
                return (
                    evaluators[0]
                    if len(evaluators) == 1
                    else self._group(evaluators, decisive=True)
                )
            case _:
                return _word(field, frozenset(map(str, values)))

    def _order_filter(self, orders: OrderFilter) -> CompiledOrderFilter:
        order_filter = self._order_filters.get(orders)
        if order_filter is None:
            categories = (_keys(Vocabulary.CATEGORY, category) for category in orders.categories)
            self._filters += 1
            order_filter = self._order_filters[orders] = CompiledOrderFilter(
                number=self._filters,
                products=orders.products,
                categories=frozenset[str]().union(*categories),
                channels=frozenset(orders.channels),
                campaigns=frozenset(orders.campaigns),
            )
        return order_filter


def _exists(field: Field) -> Evaluator:
    if field.type is FieldType.SET:
        read_set = _SETS[field.name]
        return constant(lambda evaluation: bool(read_set(evaluation)))
    if field.name in _PREDICTED:
        return predicted_evaluator(value=field.type is FieldType.MONEY)
    if field.name in _WORDS:
        word = _WORDS[field.name]
        return constant(lambda evaluation: word(evaluation) is not None)
    # A customer that is asked about has an order that counts, and so all that follows from it.
    return constant(_PRESENCE.get(field.name, lambda evaluation: True))


def _word(field: Field, names: frozenset[str]) -> Evaluator:
    if field.vocabulary is Vocabulary.SEGMENT:
        return segment_evaluator(names)
    if field.vocabulary is Vocabulary.RISK:
        return risk_evaluator(names)
    word = _WORDS[field.name]
    return constant(lambda evaluation: word(evaluation) in names)


def _keys(vocabulary: Vocabulary | None, value: str) -> frozenset[str]:
    """Return the keys of the set elements that a value in a definition may stand for."""
    if vocabulary is Vocabulary.TAG:
        return frozenset({tag_key(value)})
    if vocabulary is not Vocabulary.CATEGORY:
        return frozenset({value})
    return frozenset({category_key(value), category_key(canonical_category(value))})


def _orders(evaluation: Evaluation) -> int:
    return evaluation.count


def _one(evaluation: Evaluation) -> int:
    return 1
