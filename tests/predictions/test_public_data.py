"""Quality of the product's models on public data, as documented."""

from pathlib import Path

import pytest

from shared.predictions.forecast import MIN_ORIGINS
from shared.predictions.model import Terms
from shared.predictions.prior import shipped_prior
from tests.predictions.prediction_evaluation import (
    CUTOFFS,
    DATA_SETS,
    MAX_ECE,
    SHAPES,
    SMALL_SIZES,
    Cutoff,
    churn_row,
    forecast_rows,
    prior_alone,
    regression_at,
    served_on,
    served_row,
    small_shop,
    value_at_39_weeks,
    value_model,
    value_row,
)

DOCUMENT = Path("docs/predictions.md").read_text("utf-8")


@pytest.mark.parametrize("cutoff", CUTOFFS, ids=lambda each: f"{each.title} {each.shown}")
def test_churn_is_ranked_and_calibrated(cutoff: Cutoff) -> None:
    actual = regression_at(cutoff)
    assert actual.auc is not None
    assert actual.auc >= cutoff.min_auc
    assert actual.brier <= cutoff.max_brier
    if cutoff.data_set == "cdnow":
        assert actual.customers == 23_570
        assert actual.ece <= MAX_ECE
    assert churn_row(cutoff, "**logistic**", actual) in DOCUMENT


def test_revenue_is_ranked_and_its_quantiles_hold() -> None:
    actual = value_at_39_weeks(value_model())
    assert actual.gini >= 0.715
    assert abs(actual.total_error) <= 0.15
    assert actual.scaled_mean_absolute_error <= 3_450
    assert 0.87 <= actual.up_to_q90 <= 0.93
    assert actual.below_q10 <= 0.12
    assert value_row("**product**", actual, quantiles=True) in DOCUMENT


@pytest.mark.parametrize("shape", SHAPES)
def test_other_shapes_of_data_are_served_no_worse_than_by_the_best_baseline(shape: str) -> None:
    actual = served_on(SHAPES[shape]())
    assert actual.behind <= 2 * actual.error
    assert served_row(shape, actual) in DOCUMENT


@pytest.mark.parametrize("size", SMALL_SIZES)
def test_a_small_shop_is_served_better_with_the_prior_than_by_rules(size: int) -> None:
    """And no worse than without it: what differs there at 500 customers is the draw."""
    for cutoff in (CUTOFFS[1], CUTOFFS[4]):
        actual = small_shop(cutoff, size, 4)
        assert actual.with_prior < min(actual.recency_rule, actual.base_rate)
        assert actual.with_prior <= actual.without_prior + 0.002


def test_past_forecasts_are_those_of_the_document() -> None:
    *past, _, ahead = forecast_rows()
    assert len(past) == MIN_ORIGINS
    for row in (*past, ahead):
        assert row in DOCUMENT


def test_the_shipped_prior_is_the_mean_of_both_data_sets() -> None:
    shipped = shipped_prior()
    alone = [prior_alone(name) for name in DATA_SETS]
    for regression in ("churn", "value"):
        for part in ("coefficients", "deviations"):
            for term in Terms.__dataclass_fields__:
                values = [getattr(getattr(getattr(each, regression), part), term) for each in alone]
                actual = getattr(getattr(getattr(shipped, regression), part), term)
                assert actual == pytest.approx(sum(values) / 2, abs=1e-4)
