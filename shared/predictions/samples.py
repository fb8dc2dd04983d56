"""Samples for fitting the models: customers as of past instants, and their later orders.

With a horizon of H days, cutoff n lies n × H × 24 hours before now; cutoff 0 is now itself, whose
outcomes are still to come. One query (`prediction_samples.sql`) answers for all cutoffs of all
organisations, from the orders placed up to and including each cutoff; later orders are outcomes and
change nothing else. It returns, for each cutoff, the customers with an order by then: a sample of
at most `MAX_ROWS` of them, drawn by the beginning of their key, which is uniform, and the purchase
statistics of all of them, grouped. Purchase days are distinct local dates with an order that is no
return, as in `shared.predictions.features`, whose terms the sample has under the same names.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

MAX_ROWS = 50_000
"""Customers of a sample, at most."""
_GROUPED_BY_DAY = 5_000
"""Customers up to whom days are kept."""
NEW_DAYS = 84
"""New customers are expected to arrive as they did in this many days."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PurchaseGroups:
    """Sufficient statistics of the buy-till-you-die models; one entry per group of customers."""

    purchase_days: NDArray[np.float64]
    span_days: NDArray[np.float64]
    """Days from the first purchase day to the last."""
    age_days: NDArray[np.float64]
    """Days from the first purchase day to the cutoff."""
    customers: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Customers of one organisation as of a cutoff; columns of equal length, an entry each."""

    cutoff_at: datetime
    horizon_days: int
    known_days: int
    """Days after the cutoff whose orders are known: n × H; 0 for the cutoff that is now."""
    population: int
    """Customers with an order by the cutoff, of whom these are a uniform part."""
    purchase_days: NDArray[np.float64]
    """Distinct local dates with an order; at least 1."""
    span_days: NDArray[np.float64]
    """Days from the first of these dates to the last."""
    squared_gap_days: NDArray[np.float64]
    """Sum of the squared days between neighbouring dates."""
    recent_weight: NDArray[np.float64]
    """Sum over the dates of exp(-(last date - date) / H), in days; at least 1."""
    silent_days: NDArray[np.float64]
    """Whole 24-hour days from the last order to the cutoff."""
    spend_cents: NDArray[np.float64]
    """Net revenue up to the cutoff, returns included."""
    window_days: NDArray[np.float64]
    """Purchase days within H days after the cutoff; 0 means that the customer stayed away."""
    window_cents: NDArray[np.float64]
    """Net revenue within H days after the cutoff, returns included."""
    later_days: NDArray[np.float64]
    """Purchase days within `known_days` after the cutoff."""
    later_cents: NDArray[np.float64]
    """Net revenue within `known_days` after the cutoff, returns included."""
    statistics: PurchaseGroups | None = None
    """Purchases of all customers, sampled or not; None if the sample's own have to do."""

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in COLUMNS}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The columns of a sample differ in length: {lengths}")
        if len(self) and self.purchase_days.min() < 1:
            raise ValueError("purchase_days: everybody in a sample has at least one")

    def __len__(self) -> int:
        return len(self.purchase_days)

    @property
    def stayed_away(self) -> NDArray[np.float64]:
        """1 for customers without an order within the horizon, else 0."""
        return np.where(self.window_days == 0, 1.0, 0.0)

    @property
    def history_days(self) -> int:
        """Days from the earliest first purchase to the cutoff."""
        return int((self.span_days + self.silent_days).max()) if len(self) else 0

    def known_to_horizon(self) -> "Sample":
        """Return the sample without knowledge beyond the horizon: as it was one horizon later."""
        return replace(
            self,
            known_days=self.horizon_days,
            later_days=self.window_days,
            later_cents=self.window_cents,
        )

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "Sample":
        """Some of its rows, standing for the same share of the population."""
        columns = {name: getattr(self, name)[chosen] for name in COLUMNS}
        size = len(columns["purchase_days"])
        return Sample(
            cutoff_at=self.cutoff_at,
            horizon_days=self.horizon_days,
            known_days=self.known_days,
            population=round(self.population * size / len(self)) if len(self) else 0,
            **columns,
        )

    def purchase_groups(self) -> PurchaseGroups:
        """Purchases of all customers, or of the sample; by weeks where there are many customers.

        Days make nearly as many groups as customers, and weeks nearly the same fit.
        """
        every = self.statistics or PurchaseGroups(
            purchase_days=self.purchase_days,
            span_days=self.span_days,
            age_days=self.span_days + self.silent_days,
            customers=np.ones(len(self)),
        )
        span, age = every.span_days, every.age_days
        if every.customers.sum() > _GROUPED_BY_DAY:
            span, age = np.round(span / 7) * 7, np.round(age / 7) * 7
        # Whole numbers in one are grouped many times as fast as rows of three.
        beyond = age.max(initial=0) + 1
        number = (every.purchase_days * beyond + span) * beyond + age
        _, first, group = np.unique(number, return_index=True, return_inverse=True)
        customers = np.bincount(group, weights=every.customers, minlength=len(first))
        return PurchaseGroups(
            purchase_days=every.purchase_days[first],
            span_days=span[first],
            age_days=age[first],
            customers=np.asarray(customers, dtype=np.float64),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over all customers at a cutoff, sampled or not, for the organisation's forecast."""

    new_customers: int
    """Customers whose first order came within `NEW_DAYS` before the cutoff."""
    first_cents: int
    """Their spend on first purchase days."""
    window_cents: int
    """Net revenue within H days after the cutoff from customers with an order by the cutoff."""
    new_window_cents: int
    """Net revenue within H days after the cutoff from customers whose first order came later."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """The samples of a cutoff."""

    sample: Sample
    totals: Totals


COLUMNS = tuple(
    field.name
    for field in fields(Sample)
    if field.name not in ("cutoff_at", "horizon_days", "known_days", "population", "statistics")
)
"""Names of the columns, as the query names them."""
