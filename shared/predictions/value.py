"""Fit of the predicted value: purchase days, spend per purchase day and their quantiles.

Purchase days are the mean of two models that err to different sides: the regression ranks customers
better, Pareto/NBD knows how purchases fade over longer than was observed. The regression is fitted
to the window that is nearest to the days to predict, and carried to them by the ratio that
Pareto/NBD expects for the whole population; without Pareto/NBD by the ratio of the days.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import gammainc
from scipy.stats import nbinom

from shared.predictions.btyd import fit_gamma_gamma, fit_pareto_nbd
from shared.predictions.buy_till_you_die import RULE
from shared.predictions.design import Array, as_array, design, typical_spend_cents
from shared.predictions.likelihoods import pareto_odds_of_death
from shared.predictions.model import (
    VALUE_DAYS,
    VALUE_GRID_DAYS,
    ParetoNbd,
    Terms,
    ValueModel,
)
from shared.predictions.prior import ShippedPrior
from shared.predictions.regression import fit_log_linear
from shared.predictions.samples import Sample
from shared.predictions.scoring import daily_discount, middle_of_step

YEARLY_DISCOUNT = 0.1
_KNOTS = np.geomspace(0.01, 200.0, 24)
_DISPERSIONS = (0.05, 50.0)
_VARIANCES = (0.01, 4.0)
_MAX_LOG_DAYS = 8.0


def fit_value(
    today: Sample,
    windows: Sequence[Sample],
    prior: ShippedPrior,
    *,
    days: int = VALUE_DAYS,
    yearly_discount: float = YEARLY_DISCOUNT,
) -> ValueModel | None:
    """The model of the revenue of the next `days`; None if nothing was ever bought again.

    `windows` are past cutoffs with known outcomes, newest first.
    """
    window = _nearest(windows, days)
    if window is None or len(today) == 0 or float(window.later_days.sum()) == 0:
        return None
    typical = typical_spend_cents(window)
    terms = design(window, typical)
    per_horizon = window.later_days * window.horizon_days / window.known_days
    coefficients = fit_log_linear(terms, per_horizon, np.ones(len(window)), prior.value)
    observed_share = window.known_days / window.horizon_days
    expected = observed_share * np.exp(
        np.minimum(coefficients.intercept + terms @ as_array(coefficients), _MAX_LOG_DAYS)
    )
    purchases = fit_pareto_nbd(today.purchase_groups())
    scale = observed_share * _carried(purchases, today, window.known_days, days, yearly_discount)
    mean, weight = _spend(today)
    spend = _spend_cents(window, mean, weight)
    q10, q90 = _quantiles(
        _dispersion(expected, window.later_days), _spend_variances(window, spend), days
    )
    return ValueModel(
        coefficients=_with_intercept_raised(coefficients, float(np.log(scale))),
        typical_spend_cents=typical,
        purchases=purchases,
        days=days,
        yearly_discount=yearly_discount,
        spend_mean_cents=mean,
        spend_weight=weight,
        expected_days=tuple(round(float(knot), 6) for knot in _KNOTS),
        q10=q10,
        q90=q90,
    )


def predicted(model: ValueModel, sample: Sample) -> tuple[Array, Array, Array]:
    """Value, q10 and q90 of each customer in cents, by step of the silence as they are served."""
    days = purchase_days(model, sample)
    spend = _spend_cents(sample, model.spend_mean_cents, model.spend_weight)
    place = np.log(np.clip(days, model.expected_days[0], model.expected_days[-1]))
    knots = np.log(model.expected_days)
    low, high = (np.interp(place, knots, each) for each in (model.q10, model.q90))
    return days * spend, low * spend, high * spend


def purchase_days(model: ValueModel, sample: Sample) -> Array:
    """Expected purchase days of each customer, discounted."""
    middles = np.array([middle_of_step(step) for step in range(len(VALUE_GRID_DAYS))], dtype=float)
    silent = middles[np.searchsorted(VALUE_GRID_DAYS, sample.silent_days, side="right") - 1]
    terms = design(sample, model.typical_spend_cents, silent)
    line = model.coefficients.intercept + terms @ as_array(model.coefficients)
    days = np.exp(np.minimum(line, _MAX_LOG_DAYS))
    if model.purchases is None:
        return np.asarray(days)
    rate = daily_discount(model.yearly_discount)
    expected = pareto_expected(model.purchases, sample, silent, model.days, rate)
    return np.asarray((days + expected) / 2)


def pareto_expected(
    model: ParetoNbd, sample: Sample, silent: Array, days: float, discount: float
) -> Array:
    """Vectorised form of `buy_till_you_die.pareto_purchases`."""
    x, t_x = sample.purchase_days - 1, sample.span_days
    age = t_x + silent
    scale = model.beta + age
    total = np.zeros(len(x))
    longest = np.log1p(days / scale)
    for node, weight in RULE:
        place = longest * (1 + node) / 2
        total += weight * np.exp((1 - model.s) * place - discount * scale * np.expm1(place))
    alive = 1 / (1 + pareto_odds_of_death(model, x, t_x, age))
    return np.asarray(alive * (model.r + x) / (model.alpha + age) * total * scale * longest / 2)


def _nearest(windows: Sequence[Sample], days: int) -> Sample | None:
    """The window with the longest known time up to `days` and as much history before it."""
    fitting = [
        window
        for place, window in enumerate(windows)
        if len(window)
        and window.known_days <= max(days, window.horizon_days)
        and (place == 0 or window.history_days >= window.known_days)
    ]
    return max(fitting, key=lambda window: window.known_days, default=None)


def _carried(
    purchases: ParetoNbd | None, today: Sample, known_days: int, days: int, yearly_discount: float
) -> float:
    """Return the discounted expectation for `days` per purchase of the known days."""
    rate = daily_discount(yearly_discount)
    if purchases is None:
        average = float(-np.expm1(-rate * days)) / (rate * days) if rate else 1.0
        return days / known_days * average
    silent = today.silent_days
    ahead = float(pareto_expected(purchases, today, silent, days, rate).sum())
    return ahead / float(pareto_expected(purchases, today, silent, known_days, 0.0).sum())


def _with_intercept_raised(terms: Terms, offset: float) -> Terms:
    values = {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
    return Terms(**values | {"intercept": round(terms.intercept + offset, 6)})


def _spend(sample: Sample) -> tuple[float, float]:
    """Mean spend per purchase day over customers, and its weight against a customer's own."""
    own = np.maximum(sample.spend_cents, 0) / sample.purchase_days
    model = fit_gamma_gamma(sample.purchase_days, own)
    if model is None:
        return float(own.mean()), 1.0
    share = float((own > 0).mean())
    return round(model.mean * share, 4), round(model.weight, 6)


def _spend_cents(sample: Sample, mean: float, weight: float) -> Array:
    total = np.maximum(sample.spend_cents, 0) + weight * mean
    return np.asarray(total / (sample.purchase_days + weight))


def _dispersion(expected: Array, observed: Array) -> float:
    """Shape of the negative binomial, by moments: Var(N) = m + m² / shape."""
    extra = float(((observed - expected) ** 2 - expected).sum())
    square = float((expected**2).sum())
    return float(np.clip(square / extra, *_DISPERSIONS)) if extra > 0 else _DISPERSIONS[1]


def _spend_variances(window: Sample, spend: Array) -> tuple[float, float]:
    """Variance of a purchase day's spend over its expectation, within and between customers.

    Of a customer with n later purchase days, the mean of observed ÷ expected spend has the variance
    between + within / n.
    """
    buyers = (window.later_days > 0) & (spend > 0)
    if not buyers.any():
        return 0.5, 0.1
    count = window.later_days[buyers]
    ratio = np.maximum(window.later_cents[buyers], 0) / (spend[buyers] * count)
    squares = np.minimum((ratio - ratio.mean()) ** 2, 25.0)
    columns = np.stack([np.ones(len(count)), 1 / count], axis=1)
    between, within = np.linalg.lstsq(columns, squares, rcond=None)[0]
    return float(np.clip(within, *_VARIANCES)), float(np.clip(between, *_VARIANCES))


def _quantiles(
    dispersion: float, variances: tuple[float, float], days: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """10 % and 90 % quantiles of the revenue at each knot, in units of the expected spend.

    The revenue of n purchase days is gamma with mean n and variance n × within + n² × between.
    """
    within, between = variances
    counts = np.arange(1, days + 1, dtype=float)
    success = dispersion / (dispersion + _KNOTS[:, None])
    chance = np.asarray(nbinom.pmf(np.arange(days + 1)[None, :], dispersion, success))
    chance /= chance.sum(axis=1, keepdims=True)
    shape = counts**2 / (counts * within + counts**2 * between)

    revenue = np.geomspace(0.01, 30.0 * days, 400)
    below = gammainc(shape[:, None], shape[:, None] * revenue / counts[:, None])
    up_to = chance[:, :1] + chance[:, 1:] @ below

    def quantile(share: float) -> tuple[float, ...]:
        values = np.array([np.interp(share, row, revenue) for row in up_to])
        values = np.where(chance[:, 0] >= share, 0.0, values)
        return tuple(round(float(each), 4) for each in np.maximum.accumulate(values))

    return quantile(0.1), quantile(0.9)
