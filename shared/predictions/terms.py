"""The terms of the regressions for one customer, in plain Python.

The terms that grow with silence are the customer's silence in units of the own mean gap and of the
own root mean square gap, which regular customers exceed sooner, and the fading of recent purchase
days. Both gaps are shrunk: one gap of `rhythm_days` is added to the customer's own. The fit
computes the same terms over arrays (`shared.predictions.design`).
"""

from math import exp, log, log1p, sqrt
from typing import NamedTuple

from shared.predictions.features import Features
from shared.predictions.model import Terms, rhythm_days


class Line(NamedTuple):
    """A regression of one customer as a function of the silence alone."""

    constant: float
    gap_days: float
    square_gap_days: float
    recent_weight: float
    horizon_days: int
    silence: float
    irregular_silence: float
    recent: float

    def at(self, silent_days: float) -> float:
        """The linear predictor after this many silent days."""
        constant, gap, square, weight, horizon, silence, irregular, recent = self
        return (
            constant
            + silence * log1p(silent_days / gap)
            + irregular * log1p(silent_days / square)
            - recent * log1p(weight * exp(-silent_days / horizon))
        )


def line_of(
    features: Features, coefficients: Terms, typical_spend_cents: int, horizon_days: int
) -> Line:
    """The customer's line under some coefficients."""
    mean, square = gaps_days(features, horizon_days)
    constant = (
        coefficients.intercept
        + coefficients.frequency * log(features.purchase_days)
        + coefficients.spend * log1p(max(features.spend_cents, 0) / typical_spend_cents)
        + coefficients.irregularity * log(square / horizon_days)
        + coefficients.rate * sqrt(horizon_days / mean)
    )
    return Line(
        constant,
        mean,
        square,
        features.recent_weight,
        horizon_days,
        coefficients.silence,
        coefficients.irregular_silence,
        coefficients.recent,
    )


def gaps_days(features: Features, horizon_days: int) -> tuple[float, float]:
    """The customer's mean gap and root mean square gap, shrunk, in days."""
    own = rhythm_days(horizon_days)
    gaps = features.purchase_days
    mean = (features.span_days + own) / gaps
    square = sqrt((features.squared_gap_days + 2 * own * own) / gaps)
    return mean, square


def terms_of(
    features: Features, silent_days: int, typical_spend_cents: int, horizon_days: int
) -> Terms:
    """The value of each term; that of the intercept is 1."""
    mean, square = gaps_days(features, horizon_days)
    return Terms(
        intercept=1.0,
        frequency=log(features.purchase_days),
        spend=log1p(max(features.spend_cents, 0) / typical_spend_cents),
        irregularity=log(square / horizon_days),
        rate=sqrt(horizon_days / mean),
        silence=log1p(silent_days / mean),
        irregular_silence=log1p(silent_days / square),
        recent=-log1p(features.recent_weight * exp(-silent_days / horizon_days)),
    )
