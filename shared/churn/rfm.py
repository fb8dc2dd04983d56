"""RFM: recency, frequency and monetary value of customers, in fifths of all customers. Pure.

Over all counted orders up to the instant of the computation. A score, from 1 to 5, is

    1 + the whole part of 5 × customers who are worse ÷ all customers of the organisation

where worse is: ordered longer ago (in whole 24-hour days), less often, or for less. Equal values
have equal scores. Where many customers share a value, some scores do not occur.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from shared.nightly.question import ComputedOrganization, Parameter, Row
from shared.nightly.result import Result

NAME = "rfm"
SCORES = (1, 2, 3, 4, 5)


class Dimension(StrEnum):
    """The scored dimension."""

    RECENCY = "recency"
    FREQUENCY = "frequency"
    MONETARY = "monetary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Customers with the same three scores; at least one."""

    recency: int
    frequency: int
    monetary: int
    customers: int
    recency_days: int
    """Sum over the customers."""
    orders: int
    revenue_cents: int

    @property
    def key(self) -> str:
        """The three scores as three digits."""
        return f"{self.recency}{self.frequency}{self.monetary}"

    @property
    def mean_recency_days(self) -> float:
        """Whole days since the last order, on average."""
        return self.recency_days / self.customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Customers with one score in one dimension; at least one."""

    dimension: Dimension
    score: int
    customers: int
    least: int
    """Smallest value that has the score: days, orders or cents."""
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RfmQuestion:
    """RFM scores of each organisation's customers. One entry per cell, its key being the scores."""

    name: str = NAME
    scan: str = NAME
    sql: str = "rfm"
    text_columns: Collection[str] = frozenset({"org_id"})

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """None."""
        return {}

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """One result, `rfm`."""
        all_rows = list(rows)
        cells = sorted(map(_cell, all_rows), key=lambda cell: cell.key)
        yield Result(
            name=NAME,
            entries=[{"key": cell.key, **asdict(cell)} for cell in cells],
            summary={
                "customers": sum(cell.customers for cell in cells),
                "bands": [
                    {**asdict(band), "dimension": band.dimension.value} for band in _bands(all_rows)
                ],
            },
        )


def stored_cell(entry: Mapping[str, Any]) -> Cell:
    """A stored cell."""
    return Cell(**{name: value for name, value in entry.items() if name != "key"})


def stored_bands(summary: Mapping[str, Any]) -> list[Band]:
    """The bands from the summary of the result, by dimension and score."""
    return [
        Band(**{**band, "dimension": Dimension(band["dimension"])}) for band in summary["bands"]
    ]


def _cell(row: Row) -> Cell:
    return Cell(
        recency=row["recency_score"],
        frequency=row["frequency_score"],
        monetary=row["monetary_score"],
        customers=row["customers"],
        recency_days=row["recency_days"],
        orders=row["orders"],
        revenue_cents=row["revenue_cents"],
    )


_VALUES = {
    Dimension.RECENCY: "recency_days",
    Dimension.FREQUENCY: "orders",
    Dimension.MONETARY: "revenue_cents",
}


def _bands(rows: Sequence[Row]) -> Iterable[Band]:
    for dimension, value in _VALUES.items():
        for score in SCORES:
            own = [row for row in rows if row[f"{dimension}_score"] == score]
            if own:
                yield Band(
                    dimension=dimension,
                    score=score,
                    customers=sum(row["customers"] for row in own),
                    least=min(row[f"least_{value}"] for row in own),
                    most=max(row[f"most_{value}"] for row in own),
                )
