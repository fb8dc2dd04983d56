"""A customer's churn probability and predicted value as of an instant, and when they next change.

Pure and in plain Python, since it runs in the commit of every order: about ten microseconds. The
probability is a whole number of ten thousandths, and percent and level follow from it, so that
the three never disagree. It never falls while a customer is silent, and changes only at whole days
since the last order: that makes every crossing an exact instant, found by bisection.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log, log1p

from shared.predictions.buy_till_you_die import pareto_purchases, staying_away
from shared.predictions.features import MAX_SILENT_DAYS, Buyer, Features, features_of
from shared.predictions.model import (
    VALUE_DAYS,
    VALUE_GRID_DAYS,
    BaseRate,
    BgNbd,
    Logistic,
    MbgNbd,
    ParetoNbd,
    PublishedModel,
    RecencyRule,
    ValueModel,
)
from shared.predictions.risk import LEVEL_FROM_PERCENT, RiskLevel, level_of
from shared.predictions.terms import line_of

_TEN_THOUSAND = 10_000
_PERCENT = 100
_LONGEST_EXPECTED_DAYS = 365
# exp of the predictor of a regression; beyond it there are no customers, only overflows.
_MAX_LOG_DAYS = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Expected net revenue of the next `VALUE_DAYS`, discounted, with an 80 % interval."""

    cents: int
    q10_cents: int
    q90_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The model's prediction for a customer from the instant asked up to `next_change_at`."""

    probability: float
    """P(no counted order within the horizon), to four decimals; as of the instant asked."""
    percent: int
    """The probability in whole percent, rounded down."""
    level: RiskLevel
    value: Value | None
    """None if the model predicts no value."""
    next_change_at: datetime | None
    """When `level` or the cents of `value` next change without an order; None for never."""
    expected_next_order_at: datetime | None
    """Mean time of the next order; None if staying away is the likelier."""


def score(model: PublishedModel, customer: Buyer, at: datetime) -> Score | None:
    """The customer's score as of an instant; None if no order counts."""
    features = features_of(customer, model.horizon_days)
    return None if features is None else score_features(model, features, at)


def score_features(model: PublishedModel, features: Features, at: datetime) -> Score:
    """Score features; see `score`."""
    silent = features.silent_days(at)
    probability_of = _probability(model, features)
    ten_thousandths = probability_of(silent)
    percent = ten_thousandths // _PERCENT
    level = level_of(percent)
    value, value_changes = None, MAX_SILENT_DAYS
    if model.value is not None:
        step = bisect_right(VALUE_GRID_DAYS, silent) - 1
        days_of = _purchase_days(model.value, features, model.horizon_days)
        spend = spend_cents_of(model.value, features)
        value = _value(model.value, days_of(step), spend)
        value_changes = next(
            (
                VALUE_GRID_DAYS[later]
                for later in range(step + 1, len(VALUE_GRID_DAYS))
                if round(days_of(later) * spend) != value.cents
            ),
            MAX_SILENT_DAYS,
        )
    following = [start for start in LEVEL_FROM_PERCENT.values() if start > percent]
    # Only a level that changes before the value does is searched for: mostly there is none.
    day = None
    if following:
        day = _first_day(probability_of, min(following) * _PERCENT, silent, value_changes)
    if day is None and value_changes < MAX_SILENT_DAYS:
        day = value_changes
    return Score(
        probability=ten_thousandths / _TEN_THOUSAND,
        percent=percent,
        level=level,
        value=value,
        next_change_at=None if day is None else features.silent_since(day),
        expected_next_order_at=_expected(ten_thousandths, level, model.horizon_days, at),
    )


def reaches_percent_at(model: PublishedModel, features: Features, percent: int) -> datetime | None:
    """The first instant from the last order on at which the percent is at least this.

    It is the last order itself where that holds from there on; None if silence never gets there.
    """
    day = _first_day(_probability(model, features), percent * _PERCENT, -1, MAX_SILENT_DAYS)
    return None if day is None else features.silent_since(day)


def value_steps(model: PublishedModel, features: Features) -> list[tuple[datetime, Value]]:
    """The predicted value from the last order on, each with the instant from which it holds.

    Neighbouring steps differ; empty if the model predicts no value.
    """
    steps: list[tuple[datetime, Value]] = []
    if model.value is not None:
        days_of = _purchase_days(model.value, features, model.horizon_days)
        spend = spend_cents_of(model.value, features)
        for step, start in enumerate(VALUE_GRID_DAYS):
            value = _value(model.value, days_of(step), spend)
            if not steps or steps[-1][1] != value:
                steps.append((features.silent_since(start), value))
    return steps


def middle_of_step(step: int) -> int:
    """Silent days for which a step of the grid is computed.

    >>> [middle_of_step(step) for step in range(4)]
    [3, 10, 21, 42]
    """
    start = VALUE_GRID_DAYS[step]
    later = VALUE_GRID_DAYS[step + 1] if step + 1 < len(VALUE_GRID_DAYS) else 2 * start
    return (start + later) // 2


_MIDDLES = tuple(middle_of_step(step) for step in range(len(VALUE_GRID_DAYS)))


def _purchase_days(
    model: ValueModel, features: Features, horizon_days: int
) -> Callable[[int], float]:
    """Expected purchase days, discounted, as a function of the step of the grid.

    Of each step it is that of its middle.
    """
    line = line_of(features, model.coefficients, model.typical_spend_cents, horizon_days)
    purchases, rate = model.purchases, daily_discount(model.yearly_discount)
    x, span = features.purchase_days - 1, features.span_days

    def days(step: int) -> float:
        silent = _MIDDLES[step]
        regressed = exp(min(line.at(silent), _MAX_LOG_DAYS))
        if purchases is None:
            return regressed
        expected = pareto_purchases(purchases, x, span, span + silent, model.days, rate)
        return (regressed + expected) / 2

    return days


def _value(model: ValueModel, days: float, spend: float) -> Value:
    place, share = _knot(model, days)

    def quantile(knots: tuple[float, ...]) -> int:
        return round(spend * (knots[place] + share * (knots[place + 1] - knots[place])))

    return Value(
        cents=round(days * spend), q10_cents=quantile(model.q10), q90_cents=quantile(model.q90)
    )


def spend_cents_of(model: ValueModel, features: Features) -> float:
    """Expected spend of a purchase day: the own mean, shrunk towards that of all customers."""
    total = max(features.spend_cents, 0) + model.spend_weight * model.spend_mean_cents
    return total / (features.purchase_days + model.spend_weight)


def daily_discount(yearly: float) -> float:
    """The continuous daily rate of a yearly discount."""
    return log1p(yearly) / VALUE_DAYS


def _knot(model: ValueModel, days: float) -> tuple[int, float]:
    """The knot below, and how far on to the next one, on a logarithmic scale."""
    knots = model.expected_days
    days = min(max(days, knots[0]), knots[-1])
    place = min(bisect_right(knots, days), len(knots) - 1) - 1
    return place, log(days / knots[place]) / log(knots[place + 1] / knots[place])


def _probability(model: PublishedModel, features: Features) -> Callable[[int], int]:
    """The churn probability as a function of silent days, in ten thousandths; never falling."""
    churn, horizon = model.churn, model.horizon_days
    if isinstance(churn, Logistic):
        at = line_of(features, churn.coefficients, churn.typical_spend_cents, horizon).at
        # Odds far from 1 are certainty to four decimals; the bounds keep exp from overflowing.
        return lambda silent: round(_TEN_THOUSAND / (1 + exp(-max(min(at(silent), 40.0), -40.0))))
    if isinstance(churn, BgNbd | MbgNbd | ParetoNbd):
        x, t_x = features.purchase_days - 1, features.span_days
        return lambda silent: _in_ten_thousandths(
            staying_away(churn, x, t_x, t_x + silent, horizon)
        )
    if isinstance(churn, RecencyRule):
        steps = churn.probabilities
        return lambda silent: _in_ten_thousandths(steps[bisect_right(VALUE_GRID_DAYS, silent) - 1])
    assert isinstance(churn, BaseRate)
    always = _in_ten_thousandths(churn.probability)
    return lambda _: always


def _in_ten_thousandths(share: float) -> int:
    return round(min(max(share, 0.0), 1.0) * _TEN_THOUSAND)


def _first_day(rising: Callable[[int], int], target: int, after: int, until: int) -> int | None:
    """The first day later than `after`, up to `until`, with at least `target`.

    None if there is none. The function never falls.
    """
    low, high = after, until
    if low >= high or rising(high) < target:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if rising(middle) < target:
            low = middle
        else:
            high = middle
    return high


def _expected(
    ten_thousandths: int, level: RiskLevel, horizon_days: int, at: datetime
) -> datetime | None:
    """Under a constant rate, staying away for H has probability exp(-H / mean time)."""
    if level in (RiskLevel.HIGH, RiskLevel.CRITICAL):
        return None
    share = max(ten_thousandths, 1) / _TEN_THOUSAND
    days = max(horizon_days / -log(share), 1.0)
    return at + timedelta(days=days) if days <= _LONGEST_EXPECTED_DAYS else None
