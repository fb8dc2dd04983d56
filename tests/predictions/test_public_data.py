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
    found = regression_at(cutoff)
    assert found.auc is not None
    assert found.auc >= cutoff.min_auc
    assert found.brier <= cutoff.max_brier
    if cutoff.data_set == "cdnow":
        assert found.customers == 23_570
        assert found.ece <= MAX_ECE
    assert churn_row(cutoff, "**logistic**", found) in DOCUMENT


def test_revenue_is_ranked_and_its_quantiles_hold() -> None:
    found = value_at_39_weeks(value_model())
    assert found.gini >= 0.715
    assert abs(found.total_error) <= 0.15
    assert found.scaled_mean_absolute_error <= 3_450
    assert 0.87 <= found.up_to_q90 <= 0.93
    assert found.below_q10 <= 0.12
    assert value_row("**product**", found, quantiles=True) in DOCUMENT


@pytest.mark.parametrize("shape", SHAPES)
def test_other_shapes_of_data_are_served_no_worse_than_by_the_best_baseline(shape: str) -> None:
    found = served_on(SHAPES[shape]())
    assert found.behind <= 2 * found.error
    assert served_row(shape, found) in DOCUMENT


@pytest.mark.parametrize("size", SMALL_SIZES)
def test_a_small_shop_is_served_better_with_the_prior_than_by_rules(size: int) -> None:
    """And no worse than without it: what differs there at 500 customers is the draw."""
    for cutoff in (CUTOFFS[1], CUTOFFS[4]):
        found = small_shop(cutoff, size, 4)
        assert found.with_prior < min(found.recency_rule, found.base_rate)
        assert found.with_prior <= found.without_prior + 0.002


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
                found = getattr(getattr(getattr(shipped, regression), part), term)
                assert found == pytest.approx(sum(values) / 2, abs=1e-4)
