"""Evaluation of custom segments: a customer's memberships, and their next change by time alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.kernel.errors import DefinitionError
from shared.predictions.model import PublishedModel
from shared.segments.conditions.compile import Compiler
from shared.segments.conditions.evaluation import FOREVER, Evaluation, Subject
from shared.segments.conditions.nodes import Node, cycle, dependencies, references
from shared.segments.conditions.order_index import instant_of, micros
from shared.segments.thresholds import Thresholds

__all__ = ["CustomSegments", "Membership", "Predicate", "Subject"]

Predicate = Callable[[Subject, datetime], bool]
"""Whether a customer meets a definition at an instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The custom segments that a customer is in at an instant."""

    segment_ids: tuple[str, ...] = ()
    """Sorted."""
    next_change_at: datetime | None = None
    """First later instant at which `segment_ids` differ by time alone; None for never."""


class CustomSegments:
    """The custom segments of one organisation, compiled for the evaluation of many customers.

    Equal for equal arguments, and without memory of the customers asked about. A customer none of
    whose orders counts is in no segment.
    """

    def __init__(
        self,
        definitions: Mapping[str, Node],
        thresholds: Thresholds,
        time_zone: ZoneInfo,
        model: PublishedModel | None = None,
    ) -> None:
        """Raise DefinitionError if a definition refers to an unknown segment, or to itself."""
        for id in sorted(definitions):
            _refuse_unknown(definitions[id], definitions, f"/{id}")
        circle = cycle(definitions)
        if circle is not None:
            path = " → ".join((*circle, circle[0]))
            raise DefinitionError(f"/{circle[0]}", f"must not refer to itself: {path}")
        self._definitions = dict(definitions)
        self._thresholds = thresholds
        self._time_zone = time_zone
        self._model = model
        # Segments are evaluated after those they refer to, so that a long chain of them is no
        # deep recursion, and each is evaluated once per customer.
        ids_in_order = list(dependencies(definitions).static_order())
        self._numbers = {id: number for number, id in enumerate(ids_in_order)}
        self._compiler = Compiler(self._numbers)
        self._evaluators = [self._compiler.compiled(definitions[id]) for id in ids_in_order]
        self.ids = tuple(sorted(definitions))
        """Ids of all segments, sorted."""

    def memberships(self, subject: Subject, at: datetime) -> Membership:
        """The segments a customer is in at an instant, and when that next changes."""
        if subject.totals.order_count <= 0 or not self._evaluators:
            return Membership()
        evaluation = self._evaluation(subject)
        moment = micros(at)
        roots = evaluation.roots
        for number, evaluator in enumerate(self._evaluators):
            roots[number] = evaluator(evaluation, moment)
        holding = [holds for holds, _ in roots]
        return Membership(
            segment_ids=tuple(id for id in self.ids if holding[self._numbers[id]]),
            next_change_at=self._next_change(evaluation, holding),
        )

    def matches(self, node: Node) -> Predicate:
        """A definition that need not be stored, as a predicate; it may refer to stored segments.

        Raises DefinitionError if it refers to any other.
        """
        _refuse_unknown(node, self._definitions, "/definition")
        evaluator = Compiler(self._numbers, after=self._compiler).compiled(node)
        numbers = sorted(self._numbers[id] for id in self._all_references(node))

        def holds(subject: Subject, at: datetime) -> bool:
            if subject.totals.order_count <= 0:
                return False
            evaluation = self._evaluation(subject)
            moment = micros(at)
            for number in numbers:
                evaluation.roots[number] = self._evaluators[number](evaluation, moment)
            return evaluator(evaluation, moment)[0]

        return holds

    def _evaluation(self, subject: Subject) -> Evaluation:
        return Evaluation(
            subject, self._thresholds, self._time_zone, len(self._evaluators), self._model
        )

    def _next_change(self, evaluation: Evaluation, holding: list[bool]) -> datetime | None:
        """Goes from one instant at which something may change to the next until something does."""
        roots = evaluation.roots
        moment = min(until for _, until in roots)
        while moment < FOREVER:
            any_change = False
            for number, evaluator in enumerate(self._evaluators):
                if roots[number][1] <= moment:
                    roots[number] = evaluator(evaluation, moment)
                    any_change = any_change or roots[number][0] is not holding[number]
            if any_change:
                return instant_of(moment)
            moment = min(until for _, until in roots)
        return None

    def _all_references(self, node: Node) -> set[str]:
        """The segments that a definition refers to, directly or through others."""
        ids: set[str] = set()
        waiting = list(references(node))
        while waiting:
            id = waiting.pop()
            if id not in ids:
                ids.add(id)
                waiting.extend(references(self._definitions[id]))
        return ids


def _refuse_unknown(node: Node, definitions: Mapping[str, Node], at: str) -> None:
    unknown = references(node) - definitions.keys()
    if unknown:
        raise DefinitionError(
            at, f"refers to unknown custom segments: {', '.join(sorted(unknown))}"
        )
