"""Forecast of an organisation's revenue: from today's customers, and from new ones.

The two are never mixed: new customers are in nobody's predicted value. New customers are expected
to arrive as in the last `NEW_DAYS` days, to spend as much on their first day as those did, and to
continue as Pareto/NBD expects of customers at large. The interval comes from the errors of past
forecasts, not from adding up customers: most of the error moves all customers at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy.stats import t as student

from shared.predictions.buy_till_you_die import RULE, pareto_purchases
from shared.predictions.model import ValueModel
from shared.predictions.prior import ShippedPrior
from shared.predictions.samples import NEW_DAYS, Window
from shared.predictions.scoring import daily_discount
from shared.predictions.value import fit_value, pareto_expected, predicted

MIN_ORIGINS = 3
"""Past forecasts that an interval takes."""
_CONFIDENCE = 0.9
"""Upper end of an 80 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Net revenue, undiscounted, of some days from the cutoff on."""

    days: int
    existing_cents: int
    """From customers with an order by the cutoff."""
    new_cents: int
    """From future customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastForecast:
    """A forecast as it would have been made at a past cutoff, and what happened."""

    cutoff_at: datetime
    expected: Expected
    """Of one horizon."""
    existing_cents: int
    """Actual revenue."""
    new_cents: int

    @property
    def log_error(self) -> float | None:
        """Log of observed ÷ expected total; None if either is not above 0."""
        actual_cents = self.existing_cents + self.new_cents
        forecast = self.expected.existing_cents + self.expected.new_cents
        return float(np.log(actual_cents / forecast)) if actual_cents > 0 and forecast > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """80 % interval of a total, as factors on it."""

    low: float
    high: float


def expected_revenue(model: ValueModel, now: Window, ends: Sequence[int]) -> list[Expected]:
    """Revenue from the cutoff until each of some days after it, each at most the model's days."""
    sample = now.sample
    share = sample.population / len(sample)
    rate = daily_discount(model.yearly_discount)
    total = float(predicted(model, sample)[0].sum()) * share
    silent = sample.silent_days

    def expected_of(days: float, discount: float) -> float:
        if model.purchases is not None:
            return float(pareto_expected(model.purchases, sample, silent, days, discount).sum())
        return float(-np.expm1(-discount * days)) / discount if discount else days

    whole = expected_of(model.days, rate)
    return [
        Expected(
            days=days,
            existing_cents=round(total * expected_of(days, 0.0) / whole),
            new_cents=round(_new_cents(model, now, days)),
        )
        for days in ends
    ]


def past_forecasts(windows: Sequence[Window], prior: ShippedPrior) -> list[PastForecast]:
    """The forecast of one horizon at every past window that has an earlier one to be fitted to."""
    forecasts = []
    for place, window in enumerate(windows[:-1]):
        training = [earlier.sample.known_to_horizon() for earlier in windows[place + 1 :]]
        model = fit_value(window.sample, training, prior)
        if model is None:
            continue
        (expected,) = expected_revenue(model, window, [window.sample.horizon_days])
        forecasts.append(
            PastForecast(
                cutoff_at=window.sample.cutoff_at,
                expected=expected,
                existing_cents=window.totals.window_cents,
                new_cents=window.totals.new_window_cents,
            )
        )
    return forecasts


def interval_of(past: Sequence[PastForecast]) -> Interval | None:
    """Return the interval of a total, from the root mean square of past log errors.

    None with fewer than `MIN_ORIGINS` past forecasts. It holds for a horizon, and is taken for
    other lengths as well.
    """
    errors = [each.log_error for each in past if each.log_error is not None]
    if len(errors) < MIN_ORIGINS:
        return None
    spread = float(np.sqrt(np.mean(np.square(errors)) * (1 + 1 / len(errors))))
    width = float(student.ppf(_CONFIDENCE, len(errors))) * spread
    return Interval(low=float(np.exp(-width)), high=float(np.exp(width)))


def _new_cents(model: ValueModel, now: Window, days: int) -> float:
    """Revenue of future customers: first days, and what follows until the end."""
    observed_days = min(NEW_DAYS, now.sample.history_days + 1)
    daily = now.totals.new_customers / observed_days
    first = now.totals.first_cents / max(now.totals.new_customers, 1)
    follow_up = 0.0
    for node, weight in RULE:
        days_remaining = days * (1 + node) / 2
        follow_up += weight * _repeats(model, days_remaining) * days / 2
    return daily * (first * days + model.spend_mean_cents * follow_up)


def _repeats(model: ValueModel, days: float) -> float:
    """Purchase days that a new customer adds within some days of the first one."""
    if model.purchases is None:
        return 0.0
    return pareto_purchases(model.purchases, 0, 0, 0, days, 0.0)
