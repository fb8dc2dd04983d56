"""Conditions as functions: each returns whether it holds at an instant, and until when for sure.

Every condition is constant between a few instants that follow from the customer's orders, so that
the functions themselves give the next instant at which a whole tree may change.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import pairwise
from operator import itemgetter

from shared.predictions.risk import LEVEL_FROM_PERCENT
from shared.segments.conditions.evaluation import FOREVER, Evaluation, Result
from shared.segments.conditions.fields import Operator
from shared.segments.conditions.instants import day_edges
from shared.segments.conditions.nodes import (
    BetweenDates,
    EventCondition,
    InTheLastDays,
    MoreThanDaysAgo,
    ReceivedCondition,
    Value,
)
from shared.segments.conditions.order_index import CompiledOrderFilter, micros

Evaluator = Callable[[Evaluation, int], Result]
"""Returns whether a customer meets a condition at an instant in microseconds, and until when."""

ALWAYS: Result = (True, FOREVER)
NEVER: Result = (False, FOREVER)
_UNKNOWN: Result = (False, -FOREVER)
"""Certain up to no instant."""

_DAY = 86_400 * 1_000_000


def constant(holds: Callable[[Evaluation], bool]) -> Evaluator:
    """Return a condition that time does not change."""

    def evaluate(evaluation: Evaluation, at: int) -> Result:
        return ALWAYS if holds(evaluation) else NEVER

    return evaluate


def negated(inner: Evaluator) -> Evaluator:
    """True if the other condition is not."""

    def evaluate(evaluation: Evaluation, at: int) -> Result:
        holds, until = inner(evaluation, at)
        return not holds, until

    return evaluate


def group(number: int, children: Sequence[Evaluator], *, decisive: bool) -> Evaluator:
    """All children (one False decides) or any of them (one True decides).

    A decided group stays so at least until the last of the children that decide it may change.
    An undecided one may change with the first of its children.
    """

    def evaluate(evaluation: Evaluation, at: int) -> Result:
        results = evaluation.groups.get(number)
        if results is None:
            results = evaluation.groups[number] = [_UNKNOWN] * len(children)
        first, last = FOREVER, -FOREVER
        for position, result in enumerate(results):
            if result[1] <= at:
                result = results[position] = children[position](evaluation, at)  # noqa: PLW2901
            if result[0] is decisive:
                last = max(last, result[1])
                if last == FOREVER:
                    return result
            elif result[1] < first:
                first = result[1]
        return (decisive, last) if last > -FOREVER else (not decisive, first)

    return evaluate


def _compares(operator: Operator, values: tuple[int, ...]) -> Callable[[int], bool]:
    value, last = values[0], values[-1]
    match operator:
        case Operator.GREATER_THAN:
            return lambda number: number > value
        case Operator.LESS_THAN:
            return lambda number: number < value
        case Operator.AT_LEAST:
            return lambda number: number >= value
        case Operator.AT_MOST:
            return lambda number: number <= value
        case Operator.BETWEEN:
            return lambda number: value <= number <= last
        case _:
            return lambda number: number in values


def value_evaluator(operator: Operator, values: tuple[int, ...]) -> Evaluator:
    """Compares the predicted value, which silence changes at a few instants."""
    meets = _compares(operator, values)

    def evaluate(evaluation: Evaluation, at: int) -> Result:
        steps = evaluation.predicted.value_cents if evaluation.predicted else []
        if not steps:
            return NEVER
        position = bisect_right(steps, at, key=itemgetter(0))
        until = steps[position][0] if position < len(steps) else FOREVER
        return meets(steps[position - 1][1]), until

    return evaluate


def percent_evaluator(operator: Operator, values: tuple[int, ...]) -> Evaluator:
    """Compares the probability of churn, which only grows while a customer is silent."""
    held_at_0, edges = day_edges(operator, values)
    return _rising(held_at_0, edges)


def risk_evaluator(names: frozenset[str]) -> Evaluator:
    """Whether the customer's level of churn risk is one of some."""
    truth = [(level.value in names, percent) for level, percent in LEVEL_FROM_PERCENT.items()]
    edges = [percent for (before, _), (now, percent) in pairwise(truth) if before is not now]
    return _rising(truth[0][0], edges)


def _rising(held_at_0: bool, edges: Sequence[int]) -> Evaluator:
    """Return an evaluator that flips each time the probability of churn reaches one of some
    percents."""

    def evaluate(evaluation: Evaluation, at: int) -> Result:
        if evaluation.predicted is None:
            return NEVER
        edges_passed, until = 0, FOREVER
        for percent in edges:
            until = evaluation.predicted.since(percent)
            if until > at:
                break
            edges_passed, until = edges_passed + 1, FOREVER
        return held_at_0 is (edges_passed % 2 == 0), until

    return evaluate


def predicted_evaluator(*, value: bool) -> Evaluator:
    """Whether churn, or value, is predicted at all."""

    def holds(evaluation: Evaluation) -> bool:
        predictions = evaluation.predicted
        return predictions is not None and (not value or bool(predictions.value_cents))

    return constant(holds)


def number_evaluator(
    read: Callable[[Evaluation], int],
    unit: Callable[[Evaluation], int],
    operator: Operator,
    values: tuple[int, ...],
) -> Evaluator:
    """Compares a number with multiples of a unit, so that a mean is compared without dividing."""
    value, last = values[0], values[-1]
    match operator:
        case Operator.GREATER_THAN:
            return constant(lambda evaluation: read(evaluation) > value * unit(evaluation))
        case Operator.LESS_THAN:
            return constant(lambda evaluation: read(evaluation) < value * unit(evaluation))
        case Operator.AT_LEAST:
            return constant(lambda evaluation: read(evaluation) >= value * unit(evaluation))
        case Operator.AT_MOST:
            return constant(lambda evaluation: read(evaluation) <= value * unit(evaluation))
        case Operator.BETWEEN:
            return constant(
                lambda evaluation: (
                    value * unit(evaluation) <= read(evaluation) <= last * unit(evaluation)
                )
            )
        case _:
            return constant(
                lambda evaluation: any(read(evaluation) == one * unit(evaluation) for one in values)
            )


def date_evaluator(first: bool, operator: Operator, values: tuple[Value, ...]) -> Evaluator:
    """Compares the first or the latest order with days of the organisation, or with instants."""
    by_instant = [isinstance(value, datetime) for value in values]
    bounds = [micros(value) if isinstance(value, datetime) else _ordinal(value) for value in values]
    pairs = list(zip(by_instant, bounds, strict=True))

    def holds(evaluation: Evaluation) -> bool:
        end = evaluation.first if first else evaluation.last
        if end is None:
            return False
        signs = [(end.instant if precise else end.day) - bound for precise, bound in pairs]
        match operator:
            case Operator.GREATER_THAN:
                return signs[0] > 0
            case Operator.LESS_THAN:
                return signs[0] < 0
            case Operator.AT_LEAST:
                return signs[0] >= 0
            case Operator.AT_MOST:
                return signs[0] <= 0
            case Operator.BETWEEN:
                return signs[0] >= 0 >= signs[1]
            case _:
                return 0 in signs

    return constant(holds)


def days_evaluator(first: bool, operator: Operator, values: tuple[int, ...]) -> Evaluator:
    """Compares whole days since the first or the latest order."""
    held_at_0, changes = day_edges(operator, values)

    def evaluate(evaluation: Evaluation, at: int) -> Result:
        end = evaluation.first if first else evaluation.last
        if end is None:
            return NEVER
        position = bisect_right(changes, (at - end.instant) // _DAY)
        until = end.instant + changes[position] * _DAY if position < len(changes) else FOREVER
        return held_at_0 is (position % 2 == 0), until

    return evaluate


def segment_evaluator(names: frozenset[str]) -> Evaluator:
    """Whether the customer is in one of some of the eight segments."""

    def evaluate(evaluation: Evaluation, at: int) -> Result:
        segment, until = evaluation.segment(at)
        return segment in names, until

    return evaluate


def set_evaluator(
    read: Callable[[Evaluation], frozenset[str]],
    operator: Operator,
    values: tuple[frozenset[str], ...],
) -> Evaluator:
    """Return an evaluator that compares a set of keys. Each value is given by the keys of the
    elements it may stand for."""
    members = frozenset[str]().union(*values)
    if operator is Operator.EQUALS:

        def holds(evaluation: Evaluation) -> bool:
            elements = read(evaluation)
            return elements <= members and not any(map(elements.isdisjoint, values))

        return constant(holds)
    return constant(lambda context: not members.isdisjoint(read(context)))


def reference_evaluator(number: int) -> Evaluator:
    """Whether the customer is in a stored custom segment, which is always evaluated before."""

    def evaluate(evaluation: Evaluation, at: int) -> Result:
        return evaluation.roots[number]

    return evaluate


def event_evaluator(event: EventCondition, order_filter: CompiledOrderFilter) -> Evaluator:
    """Whether the customer ordered something often and dearly enough in a window.

    Where nothing came back, a window that slides on only loses what it holds, and one that opens
    only gains: each changes at most once by time alone. What came back takes its amount off where
    its own instant is in the window, which may then change more often.
    """
    times, cents = event.at_least_times, event.at_least_cents or 0

    def ever(evaluation: Evaluation, at: int) -> Result:
        matches = evaluation.orders.matches(order_filter)
        enough = matches.counts[-1] >= times and (not cents or matches.sums[-1] >= cents)
        return ALWAYS if enough else NEVER

    def between(evaluation: Evaluation, at: int) -> Result:
        assert isinstance(event.when, BetweenDates)
        days, matches = evaluation.orders.days, evaluation.orders.matches(order_filter)
        first, last = event.when.first.toordinal(), event.when.last.toordinal()
        inside = [
            (is_order, amount)
            for position, is_order, amount in zip(
                matches.positions, matches.ordered, matches.cents, strict=True
            )
            if first <= days[position] <= last
        ]
        often = sum(is_order for is_order, _ in inside) >= times
        dearly = not cents or sum(amount for _, amount in inside) >= cents
        return ALWAYS if often and dearly else NEVER

    match event.when:
        case InTheLastDays(days=days):
            return _recently(order_filter, times, cents, days * _DAY)
        case MoreThanDaysAgo(days=days):
            return _long_ago(order_filter, times, cents, days * _DAY)
        case BetweenDates():
            return between
        case None:
            return ever


def received_evaluator(event: ReceivedCondition) -> Evaluator:
    """Whether a message of some campaigns was sent in a window: it changes once at most by time."""
    campaigns = frozenset(event.campaigns)

    def evaluate(evaluation: Evaluation, at: int) -> Result:
        sent_times = [
            message
            for message in evaluation.messages
            if not campaigns or message.campaign_id in campaigns
        ]
        if not sent_times:
            return NEVER
        match event.when:
            case InTheLastDays(days=days):
                until = sent_times[-1].instant + days * _DAY
                return (True, until) if at < until else NEVER
            case MoreThanDaysAgo(days=days):
                since = sent_times[0].instant + days * _DAY
                return ALWAYS if at >= since else (False, since)
            case BetweenDates(first=first, last=last):
                days_meant = range(first.toordinal(), last.toordinal() + 1)
                return ALWAYS if any(each.day in days_meant for each in sent_times) else NEVER
            case None:
                return ALWAYS

    return evaluate


def _recently(order_filter: CompiledOrderFilter, times: int, cents: int, window: int) -> Evaluator:
    def evaluate(evaluation: Evaluation, at: int) -> Result:
        matches = evaluation.orders.matches(order_filter)
        if not matches.only_grow:
            counts, sums = matches.counts, matches.sums
            return _sliding(
                matches.instants,
                at - window,
                window,
                lambda first: (
                    counts[-1] - counts[first] >= times
                    and (not cents or sums[-1] - sums[first] >= cents)
                ),
            )
        # The last order that must be in the window for those from it on to be enough.
        first_position = len(matches.instants) - times
        if cents:
            first_position = min(
                first_position, bisect_right(matches.sums, matches.sums[-1] - cents) - 1
            )
        if first_position < 0:
            return NEVER
        until = matches.instants[first_position] + window
        return (True, until) if at < until else NEVER

    return evaluate


def _long_ago(order_filter: CompiledOrderFilter, times: int, cents: int, window: int) -> Evaluator:
    def evaluate(evaluation: Evaluation, at: int) -> Result:
        matches = evaluation.orders.matches(order_filter)
        if not matches.only_grow:
            counts, sums = matches.counts, matches.sums
            return _sliding(
                matches.instants,
                at - window,
                window,
                lambda n: counts[n] >= times and (not cents or sums[n] >= cents),
            )
        # How many orders, from the first one on, are enough.
        least_matches = max(times, bisect_left(matches.sums, cents)) if cents else times
        if least_matches > len(matches.instants):
            return NEVER
        since = matches.instants[least_matches - 1] + window
        return ALWAYS if at >= since else (False, since)

    return evaluate


def _sliding(
    instants: Sequence[int], edge: int, window: int, enough: Callable[[int], bool]
) -> Result:
    """Apply `enough` to the number of instants at or before the edge, which moves with time."""
    matches_passed = bisect_right(instants, edge)
    holds = enough(matches_passed)
    for number in range(matches_passed + 1, len(instants) + 1):
        # Those of one instant are passed together.
        together = number < len(instants) and instants[number] == instants[number - 1]
        if not together and enough(number) is not holds:
            return holds, instants[number - 1] + window
    return holds, FOREVER


def _ordinal(value: Value) -> int:
    assert isinstance(value, date)
    return value.toordinal()
