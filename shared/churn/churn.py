"""Customers lost in a period, by the segment they were in before. Pure.

A period is the last n × 24 hours up to the instant of the computation. Everything is restated:
computed from the orders known now, under the current thresholds.

churn rate = customers not churned at the opening who are churned at the closing
             ÷ customers not churned at the opening

Whoever became a customer in the period is in neither. Customers who were churned at some time in
between and came back are not lost; they are counted beside.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from shared.churn.customer_states import SQL, TEXT_COLUMNS, Move, asked_period, moves_by_period
from shared.nightly.question import ComputedOrganization, Parameter, Row
from shared.nightly.result import Result
from shared.segments.places import NONE
from shared.segments.segment import Segment

NAME = "churn"
PERIODS = (7, 14, 30, 60, 90, 180, 365)
"""Days of the periods."""
DEFAULT_PERIOD = 30

ACTIVE = tuple(segment for segment in Segment if segment is not Segment.CHURNED)
"""The segments that customers can be lost from, in display order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Customers who were not churned at the opening, and their state at the closing."""

    not_churned_at_start: int = 0
    churned: int = 0
    """Customers who are churned at the closing."""
    churned_and_won_back: int = 0
    """Customers who were churned at some time in the period and not at the closing."""

    @property
    def rate(self) -> float | None:
        """The churn rate, 0 to 1; None if nobody could churn."""
        return self.churned / self.not_churned_at_start if self.not_churned_at_start else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """Losses of one period, by segment, and reactivations."""

    segments: Mapping[Segment, Losses]
    """By segment at the opening: each that is not churned."""
    churned_at_start: int
    won_back: int
    """Customers of `churned_at_start` who are not churned at the closing."""
    new_customers: int
    """Customers whose first order was placed in the period."""
    new_customers_churned: int
    """New customers who are churned at the closing."""

    @property
    def total(self) -> Losses:
        """All segments together."""
        return _sum(self.segments.values())


def churn(moves: Iterable[Move]) -> Churn:
    """Compute churn from the moves of a period."""
    all_moves = list(moves)
    return Churn(
        segments={segment: _losses(all_moves, segment) for segment in ACTIVE},
        churned_at_start=_customers(all_moves, Segment.CHURNED),
        won_back=_customers(all_moves, Segment.CHURNED)
        - _customers_lost(all_moves, Segment.CHURNED),
        new_customers=_customers(all_moves, NONE),
        new_customers_churned=_customers_lost(all_moves, NONE),
    )


def churn_summary(churned: Churn) -> dict[str, Any]:
    """Return a period in stored form; segments without customers are left out."""
    return {
        "segments": {
            segment.value: asdict(losses)
            for segment, losses in churned.segments.items()
            if losses.not_churned_at_start
        },
        "churned_at_start": churned.churned_at_start,
        "won_back": churned.won_back,
        "new_customers": churned.new_customers,
        "new_customers_churned": churned.new_customers_churned,
    }


def stored_churn(summary: Mapping[str, Any], days: int) -> Churn:
    """The period of that many days from the summary of the result."""
    stored = summary["periods"][str(days)]
    return Churn(
        segments={
            segment: Losses(**stored["segments"].get(segment.value, {})) for segment in ACTIVE
        },
        churned_at_start=stored["churned_at_start"],
        won_back=stored["won_back"],
        new_customers=stored["new_customers"],
        new_customers_churned=stored["new_customers_churned"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChurnQuestion:
    """Customers lost by each organisation. All of it is in the summary of its result."""

    name: str = NAME
    scan: str = SQL
    sql: str = SQL
    text_columns: Collection[str] = TEXT_COLUMNS

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The periods."""
        return {"periods": [asked_period(NAME, "day", days) for days in PERIODS]}

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """One result, `churn`."""
        moves = moves_by_period(rows)
        yield Result(
            name=NAME,
            entries=(),
            summary={
                "thresholds_version": organization.thresholds.version,
                "periods": {
                    str(days): churn_summary(churn(moves.get(days, ()))) for days in PERIODS
                },
            },
        )


def _losses(moves: Iterable[Move], segment: Segment) -> Losses:
    own = [move for move in moves if move.origin == segment]
    return Losses(
        not_churned_at_start=_customers(own, segment),
        churned=_customers_lost(own, segment),
        churned_and_won_back=sum(move.lapsed for move in own if move.target != Segment.CHURNED),
    )


def _customers(moves: Iterable[Move], origin: str) -> int:
    return sum(move.customers for move in moves if move.origin == origin)


def _customers_lost(moves: Iterable[Move], origin: str) -> int:
    return sum(
        move.customers for move in moves if move.origin == origin and move.target == Segment.CHURNED
    )


def _sum(losses: Iterable[Losses]) -> Losses:
    parts = list(losses)
    return Losses(
        not_churned_at_start=sum(each.not_churned_at_start for each in parts),
        churned=sum(each.churned for each in parts),
        churned_and_won_back=sum(each.churned_and_won_back for each in parts),
    )
