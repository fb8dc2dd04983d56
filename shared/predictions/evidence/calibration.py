"""Quality of predicted probabilities, once the outcomes are known."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata

from shared.predictions.design import Array

BINS = 10
_NORMAL_95 = 1.959963984540054
_CLIP = 1e-4
"""Probabilities have four decimals: one of 0 or 1 is as good as this far off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Customers of similar probability, and their outcomes."""

    customers: int
    predicted: float
    """Mean probability."""
    observed: float
    """Share that stayed away."""
    low: float
    """95 % interval of the observed share (Wilson)."""
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Measures of probabilities against outcomes."""

    customers: int
    log_loss: float
    brier: float
    auc: float | None
    """None if the outcomes are all the same; so are slope and intercept."""
    slope: float | None
    """Of a logistic regression of the outcome on the log odds; 1 is calibrated, less too bold."""
    intercept: float | None
    """Of the log odds with the slope held at 1; 0 is calibrated in the large."""
    ece: float
    ece_perfect: float


def quality(probabilities: Array, outcomes: Array) -> Quality:
    """All measures; at least one customer."""
    slope, intercept = calibration_line(probabilities, outcomes)
    return Quality(
        customers=len(outcomes),
        log_loss=float(log_losses(probabilities, outcomes).mean()),
        brier=float(((probabilities - outcomes) ** 2).mean()),
        auc=auc(probabilities, outcomes),
        slope=slope,
        intercept=intercept,
        ece=expected_calibration_error(probabilities, outcomes),
        ece_perfect=perfect_calibration_error(probabilities),
    )


def log_losses(probabilities: Array, outcomes: Array) -> Array:
    """The loss of each customer."""
    clipped = np.clip(probabilities, _CLIP, 1 - _CLIP)
    return np.asarray(-np.where(outcomes > 0, np.log(clipped), np.log1p(-clipped)))


def auc(scores: Array, outcomes: Array) -> float | None:
    """P(a customer with the outcome scores above one without), ties counting half."""
    positive = float(outcomes.sum())
    negative = len(outcomes) - positive
    if positive == 0 or negative == 0:
        return None
    ranks = float(rankdata(scores)[outcomes > 0].sum())
    return (ranks - positive * (positive + 1) / 2) / (positive * negative)


def calibration_line(probabilities: Array, outcomes: Array) -> tuple[float | None, float | None]:
    """Slope, and intercept at slope 1, by Newton's method (Cox 1958)."""
    positive = float(outcomes.sum())
    if positive in (0.0, float(len(outcomes))):
        return None, None
    odds = logit(np.clip(probabilities, _CLIP, 1 - _CLIP))
    alone = np.ones((len(odds), 1))
    intercept = float(_newton(alone, odds, outcomes)[0])
    if float(np.ptp(odds)) < 1e-9:
        return None, intercept
    both = np.stack([odds, np.ones(len(odds))], axis=1)
    return float(_newton(both, np.zeros(len(odds)), outcomes)[0]), intercept


def reliability_bins(probabilities: Array, outcomes: Array) -> list[ReliabilityBin]:
    """Ten bins of equal numbers of customers, lowest probability first; less with few customers."""
    bins = []
    for members in _bins(probabilities):
        count, share = len(members), float(outcomes[members].mean())
        square = _NORMAL_95**2
        middle = (share + square / (2 * count)) / (1 + square / count)
        spread = _NORMAL_95 / (1 + square / count)
        spread *= np.sqrt(share * (1 - share) / count + square / (4 * count * count))
        bins.append(
            ReliabilityBin(
                customers=count,
                predicted=float(probabilities[members].mean()),
                observed=share,
                low=max(float(middle - spread), 0.0),
                high=min(float(middle + spread), 1.0),
            )
        )
    return bins


def expected_calibration_error(probabilities: Array, outcomes: Array) -> float:
    """Mean distance between predicted and observed share over ten bins of equal size."""
    gaps = [
        len(members) * abs(float(probabilities[members].mean() - outcomes[members].mean()))
        for members in _bins(probabilities)
    ]
    return sum(gaps) / len(outcomes)


def perfect_calibration_error(probabilities: Array) -> float:
    """The expected calibration error of a model that is right, from the chance in the outcomes.

    The observed share of a bin of n is off by its standard error; the mean absolute deviation of a
    normal variable is sqrt(2 / pi) of that.
    """
    total = 0.0
    for members in _bins(probabilities):
        within = probabilities[members]
        total += float(np.sqrt((within * (1 - within)).sum()))
    return float(np.sqrt(2 / np.pi)) * total / len(probabilities)


def _bins(probabilities: Array) -> list[np.ndarray[tuple[int], np.dtype[np.intp]]]:
    order = np.argsort(probabilities, kind="stable")
    return [members for members in np.array_split(order, BINS) if len(members)]


def _newton(columns: Array, offset: Array, outcomes: Array) -> Array:
    coefficients = np.zeros(columns.shape[1])
    for _ in range(50):
        share = expit(offset + columns @ coefficients)
        weight = np.maximum(share * (1 - share), 1e-9)
        step = np.linalg.lstsq(
            columns.T @ (columns * weight[:, None]), columns.T @ (outcomes - share), rcond=None
        )[0]
        coefficients = coefficients + np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-9:
            break
    return coefficients
