"""Measures of probabilities, against plain computations and simulated outcomes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from shared.predictions.evidence.calibration import (
    auc,
    calibration_line,
    expected_calibration_error,
    perfect_calibration_error,
    quality,
    reliability_bins,
)

pairs = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60)


def _arrays(
    drawn: list[tuple[int, bool]],
) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", ...]:
    return np.array([p / 20 for p, _ in drawn]), np.array([float(y) for _, y in drawn])


def _drawn(count: int, seed: int = 3) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", ...]:
    draw = np.random.default_rng(seed)
    probabilities = draw.beta(2, 1, count)
    return probabilities, (draw.random(count) < probabilities).astype(float)


@given(pairs)
def test_auc_is_the_share_of_pairs_in_the_right_order(drawn: list[tuple[int, bool]]) -> None:
    scores, outcomes = _arrays(drawn)
    above = [p for p, y in drawn if y]
    below = [p for p, y in drawn if not y]
    if not above or not below:
        assert auc(scores, outcomes) is None
        return
    right = sum((a > b) + 0.5 * (a == b) for a in above for b in below)
    assert auc(scores, outcomes) == pytest.approx(right / (len(above) * len(below)))


@given(pairs)
def test_no_measure_is_ever_not_a_number(drawn: list[tuple[int, bool]]) -> None:
    actual = quality(*_arrays(drawn))
    for name in actual.__dataclass_fields__:
        value = getattr(actual, name)
        assert value is None or np.isfinite(value)


@given(pairs)
def test_bins_hold_everybody_and_their_intervals_hold_what_was_seen(
    drawn: list[tuple[int, bool]],
) -> None:
    probabilities, outcomes = _arrays(drawn)
    bins = reliability_bins(probabilities, outcomes)
    assert sum(each.customers for each in bins) == len(drawn)
    assert all(0 <= each.low <= each.observed <= each.high <= 1 for each in bins)
    assert [each.predicted for each in bins] == sorted(each.predicted for each in bins)


def test_the_line_of_true_probabilities_has_slope_1_and_intercept_0() -> None:
    slope, intercept = calibration_line(*_drawn(200_000))
    assert slope == pytest.approx(1, abs=0.02)
    assert intercept == pytest.approx(0, abs=0.02)


def test_probabilities_that_are_too_bold_have_a_slope_below_1() -> None:
    probabilities, outcomes = _drawn(100_000)
    slope, _ = calibration_line(expit(2 * logit(probabilities)), outcomes)
    assert slope == pytest.approx(0.5, abs=0.02)


def test_the_error_of_a_perfect_model_is_what_simulated_outcomes_show() -> None:
    probabilities, _ = _drawn(2_000)
    draw = np.random.default_rng(5)
    errors = [
        expected_calibration_error(
            probabilities, (draw.random(2_000) < probabilities).astype(float)
        )
        for _ in range(300)
    ]
    assert perfect_calibration_error(probabilities) == pytest.approx(np.mean(errors), rel=0.05)


def test_half_the_odds_off_is_an_error_of_that_size() -> None:
    outcomes = np.array([0.0, 1.0] * 500)
    assert expected_calibration_error(np.full(1_000, 0.7), outcomes) == pytest.approx(0.2, abs=0.01)
