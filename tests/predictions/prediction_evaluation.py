"""The models on public data, trained on the past alone, with the prior of the other data."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from shared.predictions.candidates import fit_churn_logistic, probabilities
from shared.predictions.evidence.calibration import Quality, quality
from shared.predictions.evidence.value_quality import ValueQuality, value_quality
from shared.predictions.model import ChurnModel, ValueModel
from shared.predictions.prior import ShippedPrior, from_values
from shared.predictions.samples import Sample
from shared.predictions.value import fit_value, predicted
from tests.predictions.public_purchases import Purchases, cdnow, complete_journey, window, windows

DATA_SETS: dict[str, Callable[[], Purchases]] = {
    "cdnow": cdnow,
    "complete_journey": complete_journey,
}
VALUE_DAYS = 273
"""39 weeks: what was published of CDNOW."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """A cutoff on public data, and what the product's model has to reach there."""

    data_set: str
    title: str
    when: date
    """The last day that is known."""
    shown: date
    """The cutoff as it is named."""
    horizon_days: int
    min_auc: float
    max_brier: float

    @property
    def known(self) -> list[Sample]:
        """Past windows, newest first."""
        data = DATA_SETS[self.data_set]()
        _, past = windows(data, data.day_of(self.when), self.horizon_days)
        return [each.sample for each in past]

    @property
    def tested(self) -> Sample:
        """The customers of the cutoff, and what they did within the horizon."""
        return self.followed(self.horizon_days)

    def followed(self, days: int) -> Sample:
        """The customers of the cutoff, and what they did within some days."""
        data = DATA_SETS[self.data_set]()
        return window(data, data.day_of(self.when), self.horizon_days, days).sample

    @property
    def prior(self) -> ShippedPrior:
        """That of the other data set."""
        (other,) = set(DATA_SETS) - {self.data_set}
        return prior_alone(other)


def _cdnow(when: date, auc: float, brier: float) -> Cutoff:
    return Cutoff(
        data_set="cdnow",
        title="CDNOW",
        when=when,
        shown=when,
        horizon_days=91,
        min_auc=auc,
        max_brier=brier,
    )


def _complete_journey(month: int, auc: float, brier: float) -> Cutoff:
    """A cutoff on the first of a month is at its beginning."""
    shown = date(2017, month, 1)
    return Cutoff(
        data_set="complete_journey",
        title="Complete Journey",
        when=date.fromordinal(shown.toordinal() - 1),
        shown=shown,
        horizon_days=28,
        min_auc=auc,
        max_brier=brier,
    )


CUTOFFS = (
    _cdnow(date(1997, 9, 30), 0.777, 0.1170),
    _cdnow(date(1997, 12, 31), 0.807, 0.1045),
    _cdnow(date(1998, 3, 31), 0.839, 0.0895),
    _complete_journey(6, 0.877, 0.0990),
    _complete_journey(9, 0.875, 0.1035),
    _complete_journey(12, 0.885, 0.0985),
)
MAX_ECE = 0.025
"""On CDNOW."""


def prior_path(data_set: str) -> Path:
    """Where the prior of one data set alone is kept."""
    return Path(__file__).with_name("priors") / f"{data_set}.json"


@cache
def prior_alone(data_set: str) -> ShippedPrior:
    """The prior of one data set alone."""
    return from_values(json.loads(prior_path(data_set).read_text("utf-8")))


@cache
def regression_at(cutoff: Cutoff) -> Quality:
    """How the product's regression does at a cutoff."""
    return scored(fit_churn_logistic(cutoff.known, cutoff.prior), cutoff.tested)


def scored(model: ChurnModel, sample: Sample) -> Quality:
    """The quality of a model on a sample."""
    return quality(probabilities(model, sample), sample.stayed_away)


@cache
def value_model() -> ValueModel:
    """The model of 39 weeks of revenue on CDNOW, as of 39 weeks."""
    cutoff = CUTOFFS[0]
    model = fit_value(
        cutoff.followed(0), cutoff.known, cutoff.prior, days=VALUE_DAYS, yearly_discount=0.0
    )
    assert model is not None
    return model


def value_at_39_weeks(model: ValueModel) -> ValueQuality:
    """How a model does on the next 39 weeks of CDNOW."""
    sample = CUTOFFS[0].followed(VALUE_DAYS)
    return value_quality_of(*predicted(model, sample), sample)


def value_quality_of(
    value: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    q10: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    q90: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    sample: Sample,
) -> ValueQuality:
    """The quality of predicted revenue of the days that a sample knows."""
    found = value_quality(value, q10, q90, sample.later_cents)
    assert found is not None
    return found


def churn_row(cutoff: Cutoff, name: str, found: Quality) -> str:
    """A row of the table of churn models."""
    auc = "–" if found.auc is None else f"{found.auc:.4f}"
    slope = "–" if found.slope is None else f"{found.slope:.2f}"
    intercept = "–" if found.intercept is None else f"{found.intercept:+.2f}"
    return (
        f"| {cutoff.title} {cutoff.shown} | {name} | {auc} | {found.brier:.4f} "
        f"| {found.log_loss:.4f} | {slope} | {intercept} | {found.ece:.4f} "
        f"| {found.ece_perfect:.4f} |"
    )


def value_row(name: str, found: ValueQuality, *, quantiles: bool) -> str:
    """A row of the table of predicted revenue."""
    shares = f"{found.up_to_q90:.1%} | {found.below_q10:.1%}" if quantiles else "– | –"
    return (
        f"| {name} | {found.gini:.3f} | {found.total_error:+.1%} | "
        f"{found.mean_absolute_error / 100:.2f} | {found.scaled_mean_absolute_error / 100:.2f} | "
        f"{shares} |"
    )
