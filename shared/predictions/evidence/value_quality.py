"""Quality of predicted values, once the revenue is known."""

from dataclasses import dataclass

import numpy as np

from shared.predictions.design import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueQuality:
    """Measures of predicted against observed revenue; amounts in cents per customer."""

    customers: int
    total_error: float
    """Predicted ÷ observed total, less 1."""
    gini: float
    """Normalised: 1 for the true ranking, 0 for none."""
    mean_absolute_error: float
    scaled_mean_absolute_error: float
    """After scaling the predictions to the true total, so that forecasting little earns nothing."""
    below_q10: float
    """Share of customers below the 10 % quantile."""
    up_to_q90: float
    """Share of customers at or below the 90 % quantile."""


def value_quality(value: Array, q10: Array, q90: Array, observed: Array) -> ValueQuality | None:
    """All measures; None if the observed or the predicted total is not above 0."""
    total, expected = float(observed.sum()), float(value.sum())
    if total <= 0 or expected <= 0:
        return None
    return ValueQuality(
        customers=len(observed),
        total_error=expected / total - 1,
        gini=_gini(observed, value) / _gini(observed, observed),
        mean_absolute_error=float(np.abs(value - observed).mean()),
        scaled_mean_absolute_error=float(np.abs(value * total / expected - observed).mean()),
        below_q10=float((observed < q10).mean()),
        up_to_q90=float((observed <= q90).mean()),
    )


def _gini(observed: Array, ranking: Array) -> float:
    """Area between the cumulated share of the observed, best ranked first, and the diagonal."""
    order = np.argsort(-ranking, kind="stable")
    shares = np.cumsum(observed[order]) / observed.sum()
    count = len(observed)
    return float(shares.sum() - (count + 1) / 2) / count or 1e-12
