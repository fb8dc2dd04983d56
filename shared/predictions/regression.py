"""Regularised regressions with signs held and coefficients shrunk towards a prior.

Both minimise a weighted negative log-likelihood plus a ridge towards the prior's coefficients, by
L-BFGS-B, whose bounds keep the sign of the terms that grow with silence. The ridge does not grow
with the data: fifty customers lean on the prior, five thousand do not notice it. Terms are scaled
by the prior's standard deviations, so that one term does not count more for its unit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from shared.predictions.design import GROWING, NAMES, Array, as_array, as_terms
from shared.predictions.model import Terms

RIDGE = 8.0
"""Weight of the prior: that of some customers for each standard deviation off."""
_INTERCEPT_RIDGE = 0.5
_MAX_PREDICTOR = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """Starting point of a regression, and the scale of its terms."""

    coefficients: Terms
    deviations: Terms
    """Standard deviation of each term over customers; that of the intercept is unused."""


def fit_logistic(terms: Array, outcomes: Array, weights: Array, prior: Prior, newest: int) -> Terms:
    """Log odds of outcomes of 0 and 1; growing terms at least 0.

    The first `newest` rows are the newest window: the intercept is set so that the mean
    probability there is the share observed, half a customer added for each outcome.
    """

    def loss(predictor: Array) -> tuple[Array, Array]:
        return np.logaddexp(0.0, predictor) - outcomes * predictor, expit(predictor) - outcomes

    fit = _fit(loss, terms, weights, prior, sign=1)
    base_rate = (float(outcomes[:newest].sum()) + 0.5) / (newest + 1)
    offsets = terms[:newest] @ as_array(fit)
    low, high = -_MAX_PREDICTOR, _MAX_PREDICTOR
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if float(expit(middle + offsets).mean()) < base_rate else (low, middle)
        )
    return as_terms((low + high) / 2, as_array(fit))


def fit_log_linear(terms: Array, counts: Array, weights: Array, prior: Prior) -> Terms:
    """Log of the expected count (Poisson quasi-likelihood); growing terms at most 0."""

    def loss(predictor: Array) -> tuple[Array, Array]:
        expected = np.exp(np.minimum(predictor, _MAX_PREDICTOR))
        return expected - counts * predictor, expected - counts

    return _fit(loss, terms, weights, prior, sign=-1)


def _fit(
    loss: Callable[[Array], tuple[Array, Array]],
    terms: Array,
    weights: Array,
    prior: Prior,
    sign: int,
) -> Terms:
    scale = np.maximum(as_array(prior.deviations), 1e-3)
    centre = terms.mean(axis=0)
    scaled_terms = (terms - centre) / scale
    start = as_array(prior.coefficients) * scale
    first = prior.coefficients.intercept + float(centre @ as_array(prior.coefficients))
    target = np.concatenate([[first], start])
    ridge = np.concatenate([[_INTERCEPT_RIDGE], np.full(len(start), RIDGE)])
    total = float(weights.sum())

    def objective(parameters: Array) -> tuple[float, Array]:
        each, slope = loss(parameters[0] + scaled_terms @ parameters[1:])
        off = parameters - target
        value = float(weights @ each + ridge @ (off * off)) / total
        pulled = weights * slope
        gradient = np.concatenate([[pulled.sum()], scaled_terms.T @ pulled]) + 2 * ridge * off
        return value, gradient / total

    growing = (0.0, None) if sign > 0 else (None, 0.0)
    bounds = [(None, None)] + [growing if name in GROWING else (None, None) for name in NAMES]
    result = minimize(objective, target, jac=True, method="L-BFGS-B", bounds=bounds)
    coefficients = result.x[1:] / scale
    return as_terms(result.x[0] - float(centre @ coefficients), coefficients)
