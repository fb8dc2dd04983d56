"""The customers with the most revenue at stake: churn probability × predicted value. Pure.

No document holds the product, which grows with every silent day. It is found exactly from lists by
predicted value, one for each level of risk: of a list read down to some value, nobody further down
can exceed that value times the highest probability of the level.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

from shared.predictions.risk import LEVEL_FROM_PERCENT, RiskLevel
from shared.predictions.scoring import Score

_TEN_THOUSAND = 10_000

Who = TypeVar("Who")
"""An entry of a list of customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake(Generic[Who]):
    """A customer's revenue at stake."""

    customer: Who
    cents: int
    """Churn probability × predicted value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes(Generic[Who]):
    """The customers with the most at stake, largest first."""

    customers: tuple[Stake[Who], ...]
    complete: bool
    """Whether no unread customer can belong among them."""


def stake_cents(score: Score) -> int | None:
    """Churn probability × predicted value; None if no value is predicted."""
    return None if score.value is None else round(score.probability * score.value.cents)


def most_at_stake(
    lists: Iterable[tuple[RiskLevel, Iterator[tuple[int, Who]]]],
    stake_of: Callable[[Who], int | None],
    *,
    size: int,
    max_read: int,
) -> Stakes[Who]:
    """Return the `size` largest stakes, reading at most `max_read` customers.

    `lists` hold, by level, the recorded value in cents with its customer, largest value first.
    `stake_of` returns None for customers not to show. At each turn the list with the highest bound
    is read on, and nothing more once no bound exceeds the smallest stake found.
    """
    largest: list[tuple[int, int, Who]] = []
    bounds: list[tuple[int, int, int, Who, Iterator[tuple[int, Who]]]] = []

    def read_on(upper: int, rest: Iterator[tuple[int, Who]]) -> None:
        following = next(rest, None)
        if following is not None:
            cents, customer = following
            heapq.heappush(bounds, (-cents * upper, next(order), upper, customer, rest))

    order = count()
    for level, rest in lists:
        read_on(_upper(level), rest)
    customers_read = 0
    while bounds:
        highest_bound = -bounds[0][0]
        if len(largest) == size and highest_bound <= largest[0][0] * _TEN_THOUSAND:
            break
        if customers_read == max_read:
            return Stakes(customers=_largest_stakes(largest), complete=False)
        _, _, upper, customer, rest = heapq.heappop(bounds)
        customers_read += 1
        cents = stake_of(customer)
        if cents is not None:
            heapq.heappush(largest, (cents, -customers_read, customer))
            if len(largest) > size:
                heapq.heappop(largest)
        read_on(upper, rest)
    return Stakes(customers=_largest_stakes(largest), complete=True)


def _largest_stakes(stakes: Sequence[tuple[int, int, Who]]) -> tuple[Stake[Who], ...]:
    largest = sorted(stakes, key=lambda each: each[:2], reverse=True)
    return tuple(Stake(customer=customer, cents=cents) for cents, _, customer in largest)


def _upper(level: RiskLevel) -> int:
    """The highest probability of a level, in ten thousandths."""
    following = [
        start for start in LEVEL_FROM_PERCENT.values() if start > LEVEL_FROM_PERCENT[level]
    ]
    return min(following, default=100) * 100
