"""Power of a holdout: the formula, its limits, and simulated campaigns."""

from random import Random
from statistics import NormalDist, mean, stdev

import pytest

from shared.campaigns.performance.power import SpendSpread, holdout, in_words, spend_spread

SPREAD = SpendSpread(mean_cents=1_000, deviation_cents=2_000)


def test_the_factor_is_that_of_the_paper() -> None:
    # Bloom 1995, table 1: 2.49 one-sided, 2.80 two-sided, at a level of 5 % and a power of 80 %.
    found = holdout(200, 0.5, SPREAD)
    assert found.smallest_lift_cents == pytest.approx(2.802 * 2_000 * (2 / 100) ** 0.5, rel=1e-3)
    assert found.smallest_lift_share == pytest.approx((found.smallest_lift_cents or 0) / 1_000)


def test_a_lift_of_this_size_is_found_four_times_out_of_five() -> None:
    random = Random(3)
    found = holdout(400, 0.5, SPREAD)
    assert found.smallest_lift_cents is not None
    z = NormalDist().inv_cdf(0.975)
    hits = 0
    for _ in range(2_000):
        treated = [random.gauss(1_000 + found.smallest_lift_cents, 2_000) for _ in range(200)]
        held = [random.gauss(1_000, 2_000) for _ in range(200)]
        error = (stdev(treated) ** 2 / 200 + stdev(held) ** 2 / 200) ** 0.5
        hits += (mean(treated) - mean(held)) / error > z
    # Within four standard errors of 80 %, and a little for the t distribution.
    assert hits / 2_000 == pytest.approx(0.80, abs=0.04)


@pytest.mark.parametrize(
    ("members", "share", "spread"),
    [
        (0, 0.5, SPREAD),
        (3, 0.1, SPREAD),
        (500, 0.1, None),
        (500, 0.1, SpendSpread(mean_cents=0, deviation_cents=0)),
    ],
)
def test_where_nothing_can_be_shown_there_is_no_number(
    members: int, share: float, spread: SpendSpread | None
) -> None:
    found = holdout(members, share, spread)
    assert found.smallest_lift_cents is None
    assert "cannot show any lift" in in_words([found])
    assert found.treated + found.held_out == members


def test_the_sentence_says_what_cannot_be_shown() -> None:
    assert in_words([holdout(1_000, share, SPREAD) for share in (0.1, 0.5)]) == (
        "With 10% held out (100 of 1,000 customers), this audience cannot show less than +59%. "
        "With 50% held out (500 of 1,000 customers), this audience cannot show less than +35%."
    )


def test_the_spread_is_mean_and_deviation() -> None:
    spends = [0, 0, 4_000, 1_250, -300]
    found = spend_spread(spends)
    assert found is not None
    assert found.mean_cents == pytest.approx(mean(spends))
    assert found.deviation_cents == pytest.approx(stdev(spends))
    assert spend_spread([5]) is None
