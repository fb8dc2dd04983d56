"""The models on public data, trained on the past alone, with the prior of the other data."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from shared.predictions.candidates import (
    fit_base_rate,
    fit_churn_logistic,
    fit_recency_rule,
    probabilities,
)
from shared.predictions.design import NAMES, Array, as_terms
from shared.predictions.evidence.calibration import Quality, log_losses, quality
from shared.predictions.evidence.value_quality import ValueQuality, value_quality
from shared.predictions.fitting import fit
from shared.predictions.model import BaseRate, ChurnModel, ModelKind, RecencyRule, ValueModel
from shared.predictions.prior import ShippedPrior, from_values
from shared.predictions.regression import Prior
from shared.predictions.samples import Sample
from shared.predictions.value import fit_value, predicted
from tests.predictions.public_purchases import Purchases, cdnow, complete_journey, window, windows
from tests.predictions.samples import shop

DATA_SETS: dict[str, Callable[[], Purchases]] = {
    "cdnow": cdnow,
    "complete_journey": complete_journey,
}
KIND_NAMES = {
    ModelKind.BASE_RATE: "base rate",
    ModelKind.RECENCY_RULE: "recency rule",
    ModelKind.BG_NBD: "BG/NBD",
    ModelKind.MBG_NBD: "MBG/NBD",
    ModelKind.PARETO_NBD: "Pareto/NBD",
    ModelKind.LOGISTIC: "logistic",
}
VALUE_DAYS = 273
"""39 weeks: the published period of CDNOW."""


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
        """Return the prior fitted on the other data set."""
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
    """Return the file of the prior of one data set alone."""
    return Path(__file__).with_name("priors") / f"{data_set}.json"


@cache
def prior_alone(data_set: str) -> ShippedPrior:
    """The prior of one data set alone."""
    return from_values(json.loads(prior_path(data_set).read_text("utf-8")))


@cache
def regression_at(cutoff: Cutoff) -> Quality:
    """Return the quality of the product's regression at a cutoff."""
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
    """Return the quality of a model on the next 39 weeks of CDNOW."""
    sample = CUTOFFS[0].followed(VALUE_DAYS)
    return value_quality_of(*predicted(model, sample), sample)


def value_quality_of(
    value: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    q10: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    q90: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    sample: Sample,
) -> ValueQuality:
    """The quality of predicted revenue of the days that a sample knows."""
    actual = value_quality(value, q10, q90, sample.later_cents)
    assert actual is not None
    return actual


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Quality of the chosen model on an unseen window, beside the best baseline there."""

    kind: ModelKind
    log_loss: float
    baseline: ModelKind
    baseline_log_loss: float
    behind: float
    """Mean of log loss less that of the baseline."""
    error: float
    """Standard error of that mean."""


SHAPE_DAYS, SHAPE_HORIZON = 1_440, 90
SHAPES: dict[str, Callable[[], Purchases]] = {
    "long irregular gaps": lambda: shop(1, 3_000, days=SHAPE_DAYS, gap_days=150, regularity=0.6),
    "short regular gaps": lambda: shop(2, 3_000, days=SHAPE_DAYS, gap_days=12, regularity=6.0),
}
"""Made-up shops."""


def served_on(data: Purchases) -> Served:
    """Return the quality of predictions in a made-up shop's last days."""
    at = SHAPE_DAYS - 1 - SHAPE_HORIZON
    now, past = windows(data, at, SHAPE_HORIZON)
    actual = fit(now, past, fitted_at=now.sample.cutoff_at + timedelta(hours=1)).model
    assert actual is not None
    tested = window(data, at, SHAPE_HORIZON, SHAPE_HORIZON).sample
    outcomes = tested.stayed_away
    served = log_losses(probabilities(actual.churn, tested), outcomes)
    baselines: dict[ModelKind, BaseRate | RecencyRule] = {
        ModelKind.BASE_RATE: fit_base_rate(past[0].sample),
        ModelKind.RECENCY_RULE: fit_recency_rule(past[0].sample),
    }
    losses = {
        kind: log_losses(probabilities(model, tested), outcomes)
        for kind, model in baselines.items()
    }
    best = min(losses, key=lambda kind: float(losses[kind].mean()))
    behind = served - losses[best]
    return Served(
        kind=actual.kind,
        log_loss=float(served.mean()),
        baseline=best,
        baseline_log_loss=float(losses[best].mean()),
        behind=float(behind.mean()),
        error=float(behind.std()) / float(np.sqrt(len(behind))),
    )


def served_row(name: str, found: Served) -> str:
    """A row of the table of made-up shops."""
    return (
        f"| {name} | {KIND_NAMES[found.kind]} | {found.log_loss:.4f} "
        f"| {KIND_NAMES[found.baseline]} {found.baseline_log_loss:.4f} "
        f"| {found.behind:+.4f} ± {found.error:.4f} |"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallShop:
    """Brier scores on all customers of a cutoff, of models fitted to a few of them: means."""

    with_prior: float
    without_prior: float
    recency_rule: float
    base_rate: float


SMALL_SIZES = (50, 100, 200, 500)


def small_shop(cutoff: Cutoff, size: int, draws: int) -> SmallShop:
    """Models fitted to so many customers, drawn a few times."""
    data = DATA_SETS[cutoff.data_set]()
    tested, outcomes = cutoff.tested, cutoff.tested.stayed_away
    neutral = ShippedPrior(
        churn=Prior(
            coefficients=as_terms(0.0, np.zeros(len(NAMES))),
            deviations=cutoff.prior.churn.deviations,
        ),
        value=cutoff.prior.value,
    )
    fits: dict[str, Callable[[list[Sample]], Array]] = {
        "with_prior": lambda known: probabilities(fit_churn_logistic(known, cutoff.prior), tested),
        "without_prior": lambda known: probabilities(fit_churn_logistic(known, neutral), tested),
        "recency_rule": lambda known: probabilities(fit_recency_rule(known[0]), tested),
        "base_rate": lambda known: probabilities(fit_base_rate(known[0]), tested),
    }
    everybody = np.unique(data.customer)
    draw = np.random.default_rng(size)
    scores: dict[str, list[float]] = {name: [] for name in fits}
    for _ in range(draws):
        some = data.of_customers(draw.choice(everybody, size, replace=False))
        _, past = windows(some, data.day_of(cutoff.when), cutoff.horizon_days)
        known = [each.sample for each in past if len(each.sample)]
        for name, actual in fits.items():
            scores[name].append(float(((actual(known) - outcomes) ** 2).mean()))
    return SmallShop(**{name: float(np.mean(each)) for name, each in scores.items()})


def forecast_rows() -> list[str]:
    """Complete Journey as of December: what past months had been forecast, and the next one."""
    data, cutoff = complete_journey(), CUTOFFS[5]
    now, past = windows(data, data.day_of(cutoff.when), cutoff.horizon_days)
    found = fit(now, past, fitted_at=now.sample.cutoff_at, prior=cutoff.prior, forecast_ends=(28,))
    rows = []
    for each in found.past_forecasts:
        expected, observed = each.expected, each.existing_cents + each.new_cents
        total = expected.existing_cents + expected.new_cents
        rows.append(
            f"| {each.cutoff_at.date()} | {expected.existing_cents / 100:,.0f} "
            f"| {expected.new_cents / 100:,.0f} | {observed / 100:,.0f} "
            f"| {total / observed - 1:+.1%} |"
        )
    actual = window(data, data.day_of(cutoff.when), cutoff.horizon_days, cutoff.horizon_days)
    (ahead,) = found.expected
    assert found.interval is not None
    total = ahead.existing_cents + ahead.new_cents
    observed = actual.totals.window_cents + actual.totals.new_window_cents
    rows += [
        "",
        f"The next one, of {total / 100:,.0f} with an 80 % interval of "
        f"{total * found.interval.low / 100:,.0f} to {total * found.interval.high / 100:,.0f}, was "
        f"met by {observed / 100:,.0f}.",
    ]
    return rows
