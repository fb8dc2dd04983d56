"""Models over samples say what scoring says, and the fits keep their promises."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.predictions.candidates import (
    fit_base_rate,
    fit_churn_logistic,
    fit_recency_rule,
    probabilities,
)
from shared.predictions.design import GROWING, NAMES, design
from shared.predictions.features import Features
from shared.predictions.model import (
    VALUE_GRID_DAYS,
    ChurnModel,
    ValueModel,
)
from shared.predictions.prior import shipped_prior
from shared.predictions.scoring import score_features
from shared.predictions.terms import terms_of
from shared.predictions.value import predicted
from tests.predictions.models import churn_models, customers, published, value_models
from tests.predictions.public_purchases import purchases, window, windows
from tests.predictions.samples import features_of_days, sample_of, shop

silences = st.integers(0, 3_650)


@given(churn_models(), st.lists(st.tuples(customers(), silences), min_size=1, max_size=5))
def test_a_sample_scores_as_its_customers_do(
    churn: ChurnModel, drawn: list[tuple[Features, int]]
) -> None:
    model = published(churn, None)
    expected = [
        score_features(model, each, each.silent_since(silent)).probability for each, silent in drawn
    ]
    assert np.allclose(probabilities(churn, sample_of(drawn)), expected, rtol=0, atol=1e-4)


@given(value_models(), st.lists(st.tuples(customers(), silences), min_size=1, max_size=5))
def test_a_sample_is_worth_what_its_customers_are(
    model: ValueModel | None, drawn: list[tuple[Features, int]]
) -> None:
    if model is None:
        return
    actual = np.stack(predicted(model, sample_of(drawn)), axis=1)
    for row, (features, silent) in zip(actual, drawn, strict=True):
        value = score_features(
            published(value=model), features, features.silent_since(silent)
        ).value
        assert value is not None
        assert np.allclose(row, [value.cents, value.q10_cents, value.q90_cents], rtol=1e-6, atol=1)


@given(customers(), silences)
def test_the_terms_of_a_sample_are_those_of_its_customers(features: Features, silent: int) -> None:
    terms = terms_of(features, silent, 3_000, 90)
    (row,) = design(sample_of([(features, silent)]), 3_000)
    assert np.allclose(row, [getattr(terms, name) for name in NAMES], rtol=1e-9, atol=1e-12)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12, unique=True), st.integers(0, 60))
def test_the_samples_of_public_data_have_the_features_of_customers(
    days: list[int], silent: int
) -> None:
    features = features_of_days(days, 500 * len(days), 28)
    ordered = np.array(sorted(days))
    data = purchases(
        date(2024, 1, 1),
        np.zeros(len(days), dtype=np.int64),
        ordered,
        np.full(len(days), 500),
    )
    sample = window(data, max(days) + silent, 28, 28).sample
    assert sample.silent_days[0] == silent
    for name in ("purchase_days", "span_days", "squared_gap_days", "spend_cents"):
        assert getattr(sample, name)[0] == getattr(features, name)
    assert sample.recent_weight[0] == pytest.approx(features.recent_weight)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 120))
def test_whatever_the_customers_did_growing_terms_keep_their_sign(seed: int, count: int) -> None:
    _, past = windows(shop(seed, count, days=400), 399, 60)
    samples = [each.sample for each in past if len(each.sample)]
    if not samples:
        return
    logistic, rule = fit_churn_logistic(samples, shipped_prior()), fit_recency_rule(samples[0])
    assert all(getattr(logistic.coefficients, name) >= 0 for name in GROWING)
    assert list(rule.probabilities) == sorted(rule.probabilities)
    assert len(rule.probabilities) == len(VALUE_GRID_DAYS)


def test_regression_and_base_rate_are_right_in_the_large_on_the_newest_window() -> None:
    _, past = windows(shop(1, 1_000), 719, 90)
    sample = past[0].sample
    share = sample.stayed_away.mean()
    model = fit_churn_logistic([each.sample for each in past], shipped_prior())
    assert probabilities(model, sample).mean() == pytest.approx(share, abs=0.002)
    assert fit_base_rate(sample).probability == pytest.approx(share, abs=0.001)


def test_later_facts_change_nothing_that_was_known() -> None:
    data = shop(3, 200)
    planted = purchases(
        data.first_date,
        np.concatenate([data.customer, data.customer[:50]]),
        np.concatenate([data.day, np.full(50, 600)]),
        np.concatenate([data.cents, np.full(50, 10**6)]),
    )
    before, after = (window(each, 500, 90, 90).sample for each in (data, planted))
    for column in ("purchase_days", "span_days", "squared_gap_days", "spend_cents", "silent_days"):
        assert (getattr(before, column) == getattr(after, column)).all()


def test_a_window_looks_back_from_the_end_of_its_day() -> None:
    data = shop(4, 50)
    sample = window(data, 300, 90, 90).sample
    assert sample.cutoff_at.date() == data.first_date + timedelta(days=301)


def test_purchases_of_all_customers_take_the_place_of_those_of_the_sample() -> None:
    everybody = window(shop(6, 300), 600, 90, 90).sample
    few = everybody.rows(np.arange(20))
    known = replace(few, statistics=everybody.purchase_groups())

    actual, expected = known.purchase_groups(), everybody.purchase_groups()

    assert few.purchase_groups().customers.sum() == 20
    assert actual.customers.sum() == expected.customers.sum() == len(everybody)
    for column in ("purchase_days", "span_days", "age_days", "customers"):
        assert (getattr(actual, column) == getattr(expected, column)).all()
