"""The churn models that compete for an organisation, fitted to past windows, and their
probabilities over samples, which agree with `shared.predictions.scoring`."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from shared.predictions.btyd import (
    fit_bg_nbd,
    fit_mbg_nbd,
    fit_pareto_nbd,
)
from shared.predictions.buy_till_you_die import RULE
from shared.predictions.design import Array, as_array, as_terms, design, typical_spend_cents
from shared.predictions.likelihoods import pareto_odds_of_death
from shared.predictions.model import (
    VALUE_GRID_DAYS,
    BaseRate,
    BgNbd,
    ChurnModel,
    Logistic,
    MbgNbd,
    ModelKind,
    ParetoNbd,
    RecencyRule,
)
from shared.predictions.prior import ShippedPrior
from shared.predictions.regression import fit_logistic
from shared.predictions.samples import Sample

NEWEST_COUNTS = 0.5
"""Weight of a window relative to the next newer one."""
_SMOOTHING = 5.0
"""Customers at the base rate that are added to each step of the recency rule."""
_MAX_SILENT_DAYS = 3_650


def fit_candidates(windows: Sequence[Sample], prior: ShippedPrior) -> dict[ModelKind, ChurnModel]:
    """Every model that can be fitted to windows with known outcomes, newest first.

    The buy-till-you-die models take the purchases up to the cutoff of the newest window. A
    degenerate fit is left out.
    """
    newest = windows[0]
    candidates: dict[ModelKind, ChurnModel] = {
        ModelKind.BASE_RATE: fit_base_rate(newest),
        ModelKind.RECENCY_RULE: fit_recency_rule(newest),
        ModelKind.LOGISTIC: fit_churn_logistic(windows, prior),
    }
    groups = newest.purchase_groups()
    models: dict[ModelKind, ChurnModel | None] = {
        ModelKind.BG_NBD: fit_bg_nbd(groups),
        ModelKind.MBG_NBD: fit_mbg_nbd(groups),
        ModelKind.PARETO_NBD: fit_pareto_nbd(groups),
    }
    return candidates | {kind: model for kind, model in models.items() if model is not None}


def fit_churn_logistic(windows: Sequence[Sample], prior: ShippedPrior) -> Logistic:
    """The regression on all windows, each weighing half of the next newer one.

    Older windows with less than two horizons of history are left out: their customers had no time
    to show a rhythm.
    """
    newest = windows[0]
    fit_windows = [newest] + [
        window for window in windows[1:] if window.history_days >= 2 * window.horizon_days
    ]
    typical = typical_spend_cents(newest)
    blocks = [design(window, typical) for window in fit_windows]
    weights = [np.full(len(window), NEWEST_COUNTS**age) for age, window in enumerate(fit_windows)]
    coefficients = fit_logistic(
        np.concatenate(blocks),
        np.concatenate([window.stayed_away for window in fit_windows]),
        np.concatenate(weights),
        prior.churn,
        len(newest),
    )
    return Logistic(
        coefficients=coefficients,
        means=as_terms(1.0, blocks[0].mean(axis=0)),
        typical_spend_cents=typical,
    )


def probabilities(model: ChurnModel, sample: Sample) -> Array:
    """The churn probability of each customer at the sample's cutoff."""
    silent = np.minimum(sample.silent_days, _MAX_SILENT_DAYS)
    if isinstance(model, BaseRate):
        return np.full(len(sample), model.probability)
    if isinstance(model, RecencyRule):
        return np.array(model.probabilities)[_steps(silent)]
    if isinstance(model, Logistic):
        terms = design(sample, model.typical_spend_cents, silent)
        predictor = model.coefficients.intercept + terms @ as_array(model.coefficients)
        return np.asarray(expit(predictor))
    x, t_x = sample.purchase_days - 1, sample.span_days
    age = t_x + silent
    horizon = sample.horizon_days
    if isinstance(model, ParetoNbd):
        alive = 1 / (1 + pareto_odds_of_death(model, x, t_x, age))
        return 1 - alive * _pareto_returning(model, x, age, horizon)
    returning = -np.expm1(-(model.r + x) * np.log1p(horizon / (model.alpha + age)))
    return np.asarray(1 - _geometric_alive(model, x, t_x, age) * returning)


def fit_base_rate(window: Sample) -> BaseRate:
    """The share that stayed away, half a customer added for each outcome."""
    share = (float(window.stayed_away.sum()) + 0.5) / (len(window) + 1)
    return BaseRate(probability=round(share, 6))


def fit_recency_rule(window: Sample) -> RecencyRule:
    """Return shares by step of the silence, made to never fall by pooling neighbours (isotonic
    fit)."""
    base = float(window.stayed_away.mean())
    steps = _steps(window.silent_days)
    count = len(VALUE_GRID_DAYS)
    customers = np.bincount(steps, minlength=count) + _SMOOTHING
    away = np.bincount(steps, weights=window.stayed_away, minlength=count) + _SMOOTHING * base
    pools: list[list[float]] = []
    for total, part in zip(customers, away, strict=True):
        pools.append([float(total), float(part), 1])
        while len(pools) > 1 and pools[-2][1] * pools[-1][0] > pools[-1][1] * pools[-2][0]:
            last = pools.pop()
            pools[-1] = [old + new for old, new in zip(pools[-1], last, strict=True)]
    shares = [round(part / total, 6) for total, part, size in pools for _ in range(int(size))]
    return RecencyRule(probabilities=tuple(shares))


def _steps(silent: Array) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.searchsorted(VALUE_GRID_DAYS, silent, side="right") - 1


def _geometric_alive(model: BgNbd | MbgNbd, x: Array, t_x: Array, age: Array) -> Array:
    first = isinstance(model, BgNbd)
    chances = np.maximum(model.b + x - (1 if first else 0), 1e-300)
    odds = np.log(model.a / chances) + (model.r + x) * np.log(
        (model.alpha + age) / (model.alpha + t_x)
    )
    alive = expit(-odds)
    return np.asarray(np.where(x > 0, alive, 1.0) if first else alive)


def _pareto_returning(model: ParetoNbd, x: Array, age: Array, horizon: int) -> Array:
    """Vectorised form of the function in `buy_till_you_die` for one customer."""
    shape, rate, scale = model.r + x, model.alpha + age, model.beta + age
    total = np.zeros(len(x))
    within = -np.expm1(-shape * np.log1p(horizon / rate))
    for node, weight in RULE:
        rest = (1 - node) / 2
        days = rate * np.expm1(-np.log1p(-within * (1 - rest * rest)) / shape)
        total += weight * rest * np.exp(-model.s * np.log1p(days / scale))
    return np.asarray(within * total)
