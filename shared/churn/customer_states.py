"""Customers' segments at the opening and closing of periods, from the warehouse."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.nightly.question import Row

SQL = "customer_states"
TEXT_COLUMNS = frozenset({"org_id", "from_segment", "to_segment"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Customers who were in one place at the opening and in one at the closing of a period."""

    origin: str
    """Id of a segment, or `none`: not a customer yet."""
    target: str
    """Id of a segment."""
    customers: int
    lapsed: int
    """Those of them who became churned in the period, whether or not they have come back in it."""


def asked_period(question: str, unit: str, period: int) -> str:
    """Return a period of a question in the form of the query, in JSON."""
    return json.dumps({"question": question, "unit": unit, "period": period})


def moves_by_period(rows: Iterable[Row]) -> Mapping[int, tuple[Move, ...]]:
    """The moves of one organisation, by the number of the period."""
    moves: defaultdict[int, list[Move]] = defaultdict(list)
    for row in rows:
        moves[int(row["period"])].append(_move(row))
    return {period: tuple(moves_of_period) for period, moves_of_period in moves.items()}


def _move(row: Mapping[str, Any]) -> Move:
    return Move(
        origin=row["from_segment"],
        target=row["to_segment"],
        customers=row["customers"],
        lapsed=row["lapsed"],
    )
