"""A night's fit: what it chooses, what it falls back to, and what it never does."""

from dataclasses import replace
from datetime import date, timedelta
from math import isfinite
from typing import Any

import numpy as np
import pytest

from shared.predictions.candidates import fit_recency_rule
from shared.predictions.evidence.refit import SHORTEST_INTERVAL, decide
from shared.predictions.fitting import NO_WINDOW, Fit, fit
from shared.predictions.model import BaseRate, ModelKind, from_json, to_json
from shared.predictions.samples import Sample
from shared.predictions.scoring import score_features
from tests.predictions.models import NOW, published
from tests.predictions.public_purchases import Purchases, purchases, windows
from tests.predictions.samples import features_of_days, shop

HORIZON = 90


def _fitted(data: Purchases, at: int, **options: Any) -> Fit:
    now, past = windows(data, at, HORIZON)
    return fit(now, past, fitted_at=NOW, forecast_ends=(30, 365), **options)


def _orders(rows: list[tuple[int, int, int]]) -> Purchases:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return purchases(date(2020, 1, 1), table[:, 0], table[:, 1], table[:, 2])


@pytest.fixture(scope="module")
def regular() -> Fit:
    return _fitted(shop(11, 400, regularity=4.0, gap_days=40), 719)


class TestChoice:
    def test_a_shop_with_a_rhythm_gets_a_model_with_its_evidence(self, regular: Fit) -> None:
        model = regular.model
        assert model is not None
        assert model.kind is not ModelKind.BASE_RATE
        evidence = model.evidence
        assert (evidence.origins, regular.decision.publish) == (3, True)
        assert evidence.log_loss is not None
        assert evidence.base_log_loss is not None
        assert evidence.log_loss < evidence.base_log_loss
        assert len(regular.bins) == 10
        assert sum(each.customers for each in regular.bins) == evidence.customers
        kinds = {trial.kind for trial in regular.trials}
        assert {ModelKind.BASE_RATE, ModelKind.RECENCY_RULE, ModelKind.LOGISTIC} <= kinds
        assert from_json(to_json(model)) == model

    def test_chance_gets_the_base_rate_and_the_reason(self) -> None:
        """Everybody comes back by the toss of one coin: nothing can be known of anybody."""
        draw = np.random.default_rng(5)
        rows = [
            (customer, int(day), 1_000)
            for customer in range(150)
            for day in range(0, 720, 90)
            if draw.random() < 0.5 or day == 0
        ]
        actual = _fitted(_orders(rows), 719)
        assert actual.model is not None
        assert actual.model.kind is ModelKind.BASE_RATE
        assert "beat the base rate" in actual.model.reason

    def test_one_window_is_too_few_to_test_a_model_on(self) -> None:
        actual = _fitted(shop(12, 100, days=150), 149)
        assert actual.model is not None
        assert actual.model.kind is ModelKind.BASE_RATE
        assert "one complete window" in actual.model.reason
        assert (actual.trials, actual.interval) == ((), None)

    def test_without_a_window_there_is_no_model(self) -> None:
        actual = _fitted(shop(13, 30, days=60), 59)
        assert actual.model is None
        assert actual.decision.reason == NO_WINDOW
        assert not actual.decision.publish


class TestForecast:
    def test_existing_and_new_customers_are_told_apart(self, regular: Fit) -> None:
        month, year = regular.expected
        assert (month.days, year.days) == (30, 365)
        assert 0 < month.existing_cents < year.existing_cents
        assert 0 < month.new_cents < year.new_cents

    def test_the_interval_comes_from_three_past_forecasts(self, regular: Fit) -> None:
        assert len(regular.past_forecasts) == 3
        assert regular.interval is not None
        assert 0 < regular.interval.low < 1 < regular.interval.high
        for past in regular.past_forecasts:
            assert past.log_error is not None
            assert abs(past.log_error) < 0.5

    def test_two_past_forecasts_are_too_few_for_an_interval(self) -> None:
        now, past = windows(shop(11, 200), 719, HORIZON)
        actual = fit(now, past[:3], fitted_at=NOW, forecast_ends=(30,))
        assert len(actual.past_forecasts) == 2
        assert actual.interval is None
        assert actual.expected


HOSTILE = {
    "one customer, one order": [(0, 100, 5_000)],
    "one customer, many orders": [(0, day, 5_000) for day in range(0, 700, 30)],
    "one order each": [(customer, customer * 7, 2_000) for customer in range(100)],
    "all on one day": [(customer, 100, 2_000) for customer in range(60)] * 2,
    "no spend": [(c, day, 0) for c in range(40) for day in range(c, 700, 50)],
    "refunds only": [(c, day, -500) for c in range(40) for day in range(c, 700, 50)],
    "spend beyond all others": [
        (c, day, 10**11 if c == 0 else 100) for c in range(40) for day in range(c, 700, 50)
    ],
    "20-year gaps": [(c, day, 1_000) for c in range(30) for day in (0, 7_300 - c)],
    "every day": [(c, day, 100) for c in range(3) for day in range(720)],
    "everybody came back": [(c, day, 100) for c in range(30) for day in range(c, 720, 15)],
    "nobody came back": [(c, c, 100) for c in range(50)],
}


@pytest.mark.parametrize("rows", HOSTILE.values(), ids=HOSTILE.keys())
def test_strange_histories_end_in_a_stated_fallback_and_in_numbers(
    rows: list[tuple[int, int, int]],
) -> None:
    last = max(day for _, day, _ in rows)
    actual = _fitted(_orders(rows), max(last, 719))

    model = actual.model
    assert model is not None
    assert model.reason
    stored = to_json(model)
    assert from_json(stored) == model
    assert all(isfinite(number) for number in _numbers(stored))
    for days in ([0], [0, 40], list(range(0, 400, 10))):
        features = features_of_days(days, 100 * len(days), HORIZON)
        score = score_features(model, features, NOW + timedelta(days=45))
        assert 0 <= score.probability <= 1
    for each in actual.expected:
        assert min(each.existing_cents, each.new_cents) >= 0
    if actual.interval is not None:
        assert isfinite(actual.interval.low)
        assert isfinite(actual.interval.high)


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [actual for each in value.values() for actual in _numbers(each)]
    if isinstance(value, list):
        return [actual for each in value for actual in _numbers(each)]
    return [value] if isinstance(value, int | float) else []


class TestRefit:
    """The window: 1,000 customers of whom 700 stayed away."""

    @pytest.fixture
    def newest(self) -> Sample:
        _, past = windows(shop(14, 1_000), 719, HORIZON)
        sample = past[0].sample.rows(np.arange(500))
        away = np.zeros(500)
        away[:150] = 1.0
        return replace(sample, window_days=away)

    def test_the_first_model_is_published(self, newest: Sample) -> None:
        actual = decide(None, published(), None, newest, NOW)
        assert actual.publish

    def test_another_horizon_is_published_at_once(self, newest: Sample) -> None:
        actual = decide(published(horizon_days=30), published(), None, newest, NOW)
        assert actual.publish

    def test_none_is_replaced_within_a_week(self, newest: Sample) -> None:
        wrong = published(BaseRate(probability=0.1))
        soon = NOW + SHORTEST_INTERVAL - timedelta(seconds=1)
        assert not decide(wrong, published(), None, newest, soon).publish
        assert decide(wrong, published(), None, newest, NOW + SHORTEST_INTERVAL).publish

    def test_one_that_has_lost_its_calibration_is_replaced(self, newest: Sample) -> None:
        later = NOW + timedelta(days=30)
        right, wrong = (published(BaseRate(probability=share)) for share in (0.7, 0.6))
        assert "calibration" in decide(wrong, right, None, newest, later).reason
        assert not decide(right, wrong, None, newest, later).publish

    def test_a_better_one_is_published_and_a_worse_one_is_not(self, newest: Sample) -> None:
        later = NOW + timedelta(days=30)
        in_force = published(BaseRate(probability=0.7))
        away = newest.stayed_away
        assert away.mean() == 0.7
        # Those of long silence are the ones who stayed away: a rule beats any base rate.
        order = np.argsort(np.argsort(newest.silent_days, kind="stable"), kind="stable")
        sorted_out = replace(newest, window_days=np.where(order >= 150, 0.0, 1.0))
        rule = fit_recency_rule(sorted_out)

        better = decide(in_force, published(rule), rule, sorted_out, later)
        worse = decide(published(rule), in_force, in_force.churn, sorted_out, later)

        assert (better.publish, worse.publish) == (True, False)
        assert "better" in better.reason
