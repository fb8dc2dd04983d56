"""The nightly fit of one organisation: the model to publish and its evidence.

A history too short or too strange for a model falls back in steps, each with its reason: to the
base rate, to no predicted value, to no model at all. No data of customers makes it raise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.predictions.candidates import fit_candidates
from shared.predictions.evidence.backtest import Backtest, Choice, Trial, backtest, choose_model
from shared.predictions.evidence.calibration import ReliabilityBin, reliability_bins
from shared.predictions.evidence.refit import Decision, decide
from shared.predictions.evidence.value_quality import ValueQuality, value_quality
from shared.predictions.forecast import (
    Expected,
    Interval,
    PastForecast,
    expected_revenue,
    interval_of,
    past_forecasts,
)
from shared.predictions.model import Evidence, ModelKind, PublishedModel
from shared.predictions.prior import ShippedPrior, shipped_prior
from shared.predictions.samples import Sample, Window
from shared.predictions.value import fit_value, predicted

NO_WINDOW = "No customer has been followed for one horizon yet: nothing is known of who returns."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The models fitted for one organisation."""

    model: PublishedModel | None
    """None if no model can be fitted; `decision` has the reason."""
    decision: Decision
    """Whether to publish it."""
    trials: tuple[Trial, ...] = ()
    bins: tuple[ReliabilityBin, ...] = ()
    """Of the kind of model served, at the newest cutoff it was tried at."""
    value_quality: ValueQuality | None = None
    """Of the predicted revenue of one horizon, at the newest cutoff it was tried at."""
    expected: tuple[Expected, ...] = ()
    """One for each of the ends asked for; empty if no value is predicted."""
    interval: Interval | None = None
    past_forecasts: tuple[PastForecast, ...] = ()


def fit(
    now: Window,
    past: Sequence[Window],
    *,
    fitted_at: datetime,
    in_force: PublishedModel | None = None,
    forecast_ends: Sequence[int] = (),
    prior: ShippedPrior | None = None,
) -> Fit:
    """Fit, test and choose an organisation's models.

    `past` are the windows with known outcomes, newest first, `now` the customers as of
    `data_until`. `forecast_ends` are days from now on until which revenue is forecast, up to 365.
    """
    prior = prior or shipped_prior()
    past = [window for window in past if len(window.sample)]
    samples = [window.sample for window in past]
    if not samples:
        return Fit(model=None, decision=Decision(publish=False, reason=NO_WINDOW))
    backtest_result = backtest(samples, prior)
    choice = choose_model(backtest_result)
    candidates = fit_candidates(samples, prior)
    if choice.kind not in candidates:
        choice = Choice(
            kind=ModelKind.BASE_RATE,
            reason=f"The fit of {choice.kind} to all windows is degenerate.",
        )
    value = fit_value(now.sample, samples, prior)
    model = PublishedModel(
        horizon_days=samples[0].horizon_days,
        churn=candidates[choice.kind],
        reason=choice.reason,
        value=value,
        evidence=_evidence(backtest_result, choice.kind),
        fitted_at=fitted_at,
        data_until=now.sample.cutoff_at,
    )
    forecasts = past_forecasts(past, prior)
    return Fit(
        model=model,
        decision=_decision(in_force, model, samples, prior, fitted_at),
        trials=backtest_result.trials,
        bins=_bins(backtest_result, choice.kind),
        value_quality=_value_quality(samples, prior),
        expected=() if value is None else tuple(expected_revenue(value, now, forecast_ends)),
        interval=interval_of(forecasts),
        past_forecasts=tuple(forecasts),
    )


def _decision(
    in_force: PublishedModel | None,
    model: PublishedModel,
    samples: Sequence[Sample],
    prior: ShippedPrior,
    now: datetime,
) -> Decision:
    earlier = [sample.known_to_horizon() for sample in samples[1:]]
    candidate = fit_candidates(earlier, prior).get(model.kind) if earlier and in_force else None
    return decide(in_force, model, candidate, samples[0], now)


def _evidence(backtest_result: Backtest, kind: ModelKind) -> Evidence:
    served_quality, base = backtest_result.newest(kind), backtest_result.newest(ModelKind.BASE_RATE)
    return Evidence(
        origins=backtest_result.origins,
        customers=served_quality.customers if served_quality else 0,
        log_loss=served_quality.log_loss if served_quality else None,
        brier=served_quality.brier if served_quality else None,
        base_log_loss=base.log_loss if base else None,
        base_brier=base.brier if base else None,
        auc=served_quality.auc if served_quality else None,
        calibration_slope=served_quality.slope if served_quality else None,
        calibration_intercept=served_quality.intercept if served_quality else None,
        ece=served_quality.ece if served_quality else None,
        ece_perfect=served_quality.ece_perfect if served_quality else None,
    )


def _bins(backtest_result: Backtest, kind: ModelKind) -> tuple[ReliabilityBin, ...]:
    if backtest_result.origins == 0 or kind not in backtest_result.scored:
        return ()
    return tuple(reliability_bins(backtest_result.scored[kind][0], backtest_result.outcomes[0]))


def _value_quality(samples: Sequence[Sample], prior: ShippedPrior) -> ValueQuality | None:
    if len(samples) < 2:
        return None
    newest, *earlier = samples
    training = [sample.known_to_horizon() for sample in earlier]
    model = fit_value(newest, training, prior, days=newest.horizon_days, yearly_discount=0.0)
    return None if model is None else value_quality(*predicted(model, newest), newest.window_cents)
