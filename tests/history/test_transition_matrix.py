"""A matrix of transitions equals that of all customers' paths, and a wrong one is detected."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shared.history.segment_history import CountedTransition
from shared.history.transition_matrix import matrix_of_moves, matrix_of_transitions
from shared.segments.places import NONE, PLACES

AT = datetime(2026, 1, 1, tzinfo=UTC)
ways = st.lists(st.lists(st.sampled_from(PLACES), min_size=1, max_size=5), max_size=30)
"""For each customer the place at the opening and those that steps led to."""


def transitions_of(customers: list[list[str]]) -> list[CountedTransition]:
    return [
        CountedTransition(
            customer_key=str(key), number=number, from_place=origin, to_place=to, effective_at=AT
        )
        for key, way in enumerate(customers)
        for number, (origin, to) in enumerate(pairwise(way))
    ]


def counted(places: list[str]) -> Counter[str]:
    return Counter(place for place in places if place != NONE)


@given(customers=ways, random=st.randoms(use_true_random=False))
def test_it_is_everybodys_first_and_last_place(customers: list[list[str]], random: Random) -> None:
    steps = transitions_of(customers)
    random.shuffle(steps)
    opening = counted([way[0] for way in customers])
    closing = counted([way[-1] for way in customers])

    matrix = matrix_of_transitions(opening, steps)

    assert matrix == matrix_of_moves((way[0], way[-1]) for way in customers)
    assert matrix.agrees_with(opening, closing)
    assert sum(map(matrix.opening, PLACES)) == sum(map(matrix.closing, PLACES))
    assert (NONE, NONE) not in matrix.cells
    assert len(matrix.cells) == 80


@given(customers=ways, place=st.sampled_from(PLACES[:-1]))
def test_counts_that_do_not_go_with_it_are_noticed(customers: list[list[str]], place: str) -> None:
    opening = counted([way[0] for way in customers])
    closing = counted([way[-1] for way in customers])
    matrix = matrix_of_transitions(opening, transitions_of(customers))
    for change in (-1, 1):
        wrong = Counter(closing)
        wrong[place] += change
        assert not matrix.agrees_with(opening, wrong)


def test_more_leavers_than_customers_are_noticed() -> None:
    steps = transitions_of([["vip", "loyal"]])
    matrix = matrix_of_transitions({}, steps)
    assert matrix.cells["vip", "vip"] == -1
    assert not matrix.agrees_with({}, {"loyal": 1})
