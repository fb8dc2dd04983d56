"""Transitions between segments for each of the last full months. Pure.

All months are restated: computed from the orders known now, under the current thresholds. A month
is a calendar month in the organisation's time zone; it opens at the last instant before it and
closes at its own last instant, so that the closing of one is the opening of the next.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shared.churn.customer_states import SQL, TEXT_COLUMNS, asked_period, moves_by_period
from shared.history.transition_matrix import TransitionMatrix
from shared.nightly.question import MONTHS, ComputedOrganization, Parameter, Row
from shared.nightly.result import Result
from shared.reconciliation.flows import ends, flow

NAME = "state_transitions"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMonth:
    """One month."""

    first: date
    """Its first day."""
    matrix: TransitionMatrix
    """Cells without customers are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTransitionsQuestion:
    """Monthly transitions of each organisation. One entry per month, its key being `YYYY-MM`."""

    name: str = NAME
    scan: str = SQL
    sql: str = SQL
    text_columns: Collection[str] = TEXT_COLUMNS

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The months."""
        return {"periods": [asked_period(NAME, "month", back) for back in range(1, MONTHS + 1)]}

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """One result, `state_transitions`."""
        moves = moves_by_period(rows)
        yield Result(
            name=NAME,
            entries=[
                {
                    "key": f"{first:%Y-%m}",
                    "cells": {
                        flow(move.origin, move.target): move.customers
                        for move in moves.get(back, ())
                    },
                }
                for back, first in months_before(organization.today)
            ],
            summary={
                "thresholds_version": organization.thresholds.version,
                "time_zone": organization.time_zone.key,
            },
        )


def months_before(today: date) -> list[tuple[int, date]]:
    """The last full months, oldest first: how many back each is, and its first day."""
    months = []
    first = today.replace(day=1)
    for back in range(1, MONTHS + 1):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append((back, first))
    return months[::-1]


def stored_month(entry: Mapping[str, Any]) -> StoredMonth:
    """A month from its entry."""
    cells = {ends(name): customers for name, customers in entry["cells"].items()}
    return StoredMonth(
        first=date.fromisoformat(f"{entry['key']}-01"), matrix=TransitionMatrix(cells=cells)
    )
