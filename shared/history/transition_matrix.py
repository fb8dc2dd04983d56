"""Transition matrix: customers by segment at an opening and at a closing. Pure.

Rows are where customers are at the opening, columns where they are at the closing; `none` is in no
segment: not yet, or no longer. Customers who are in none at both are not in the matrix.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.history.segment_history import CountedTransition
from shared.segments.places import NONE
from shared.segments.segment import Segment

PLACES = (*(segment.value for segment in Segment), NONE)
"""Rows and columns: the segments in display order, then none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionMatrix:
    """Customers by segment at the opening and at the closing."""

    cells: Mapping[tuple[str, str], int]
    """By place at the opening and place at the closing; all but none to none are there."""

    def opening(self, place: str) -> int:
        """Sum of a row: for none, customers who were in no segment and are in one."""
        return sum(self.cells.get((place, to), 0) for to in PLACES)

    def closing(self, place: str) -> int:
        """Sum of a column: for none, customers who were in a segment and are in none."""
        return sum(self.cells.get((origin, place), 0) for origin in PLACES)

    def agrees_with(self, opening: Mapping[str, int], closing: Mapping[str, int]) -> bool:
        """Whether rows and columns sum up to counts taken on their own, and no cell is negative."""
        return min(self.cells.values()) >= 0 and all(
            (self.opening(segment), self.closing(segment))
            == (opening.get(segment, 0), closing.get(segment, 0))
            for segment in Segment
        )


def matrix_of_moves(moves: Iterable[tuple[str, str]]) -> TransitionMatrix:
    """The matrix of all customers, each given by place at the opening and place at the closing."""
    counts = Counter(moves)
    return TransitionMatrix(
        cells={
            (origin, to): counts[origin, to]
            for origin in PLACES
            for to in PLACES
            if (origin, to) != (NONE, NONE)
        }
    )


def matrix_of_transitions(
    opening: Mapping[str, int], transitions: Iterable[CountedTransition]
) -> TransitionMatrix:
    """The matrix from the counts at the opening and all transitions between opening and closing.

    Customers without a transition stay in their segment. A transition that changes custom segments
    alone leads from a place to itself. Counts that do not go with the transitions give a matrix
    that does not agree with the counts at the closing, or has a negative cell: see `agrees_with`.
    """
    first: dict[str, CountedTransition] = {}
    last: dict[str, CountedTransition] = {}
    for transition in transitions:
        key = transition.customer_key
        if key not in first or transition.number < first[key].number:
            first[key] = transition
        if key not in last or transition.number > last[key].number:
            last[key] = transition
    matrix = matrix_of_moves((first[key].from_place, last[key].to_place) for key in first)
    stayed = {
        (segment.value, segment.value): opening.get(segment, 0) - matrix.opening(segment)
        for segment in Segment
    }
    return TransitionMatrix(
        cells={cell: count + stayed.get(cell, 0) for cell, count in matrix.cells.items()}
    )
