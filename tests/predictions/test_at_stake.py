"""The most at stake: exactly the customers found by reading all, with fewer reads."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from shared.predictions.at_stake import most_at_stake
from shared.predictions.risk import RiskLevel, level_of

_Person = tuple[int, int]
"""Predicted value in cents, and the churn probability in ten thousandths."""
PEOPLE = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10_000)), max_size=60)


def lists(people: list[_Person]) -> list[tuple[RiskLevel, Iterator[tuple[int, _Person]]]]:
    return [
        (
            level,
            iter(
                sorted(
                    ((each[0], each) for each in people if level_of(each[1] // 100) is level),
                    reverse=True,
                )
            ),
        )
        for level in RiskLevel
    ]


def stake(person: _Person) -> int:
    return round(person[0] * person[1] / 10_000)


@given(people=PEOPLE, size=st.integers(1, 12))
def test_it_finds_what_a_look_at_everybody_finds(people: list[_Person], size: int) -> None:
    actual = most_at_stake(lists(people), stake, size=size, max_read=len(people))
    assert actual.complete
    assert [each.cents for each in actual.customers] == sorted(map(stake, people), reverse=True)[
        :size
    ]
    assert all(each.cents == stake(each.customer) for each in actual.customers)


@given(people=PEOPLE, max_read=st.integers(0, 30))
def test_it_says_when_it_ended_too_early_to_be_sure(people: list[_Person], max_read: int) -> None:
    seen: list[_Person] = []

    def looked_at(person: _Person) -> int:
        seen.append(person)
        return stake(person)

    actual = most_at_stake(lists(people), looked_at, size=5, max_read=max_read)
    assert len(seen) <= max_read
    if actual.complete:
        largest = sorted(map(stake, people), reverse=True)[:5]
        assert [each.cents for each in actual.customers] == largest


def test_it_stops_where_nobody_further_down_can_have_as_much() -> None:
    people = [(1_000_000 - n, 9_000) for n in range(10)] + [(n, 9_000) for n in range(500)]
    people += [(900_000 - n, 1_000) for n in range(500)]
    seen: list[_Person] = []

    def looked_at(person: _Person) -> int:
        seen.append(person)
        return stake(person)

    actual = most_at_stake(lists(people), looked_at, size=10, max_read=500)
    assert actual.complete
    assert [each.customer for each in actual.customers] == people[:10]
    assert len(seen) == 10


def test_whoever_has_no_stake_is_not_shown() -> None:
    people = [(500, 9_000), (400, 9_000)]
    actual = most_at_stake(
        lists(people), lambda each: None if each[0] == 500 else stake(each), size=5, max_read=9
    )
    assert [each.customer for each in actual.customers] == [(400, 9_000)]
