"""Coverage that an audience measures of itself, and from when on it is enough."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.campaigns.performance.coverage import (
    COVERAGE_DRAWS,
    LEAST,
    MIN_COVERAGE,
    audience_coverage,
    is_measurable,
    measured_coverage,
)
from shared.campaigns.performance.lift import Values, adjusted_lift
from tests.campaigns.performance.campaign_shops import Spends, heavy, light

SPENDS = st.lists(
    st.tuples(st.sampled_from([0, 0, 1_000, 1_001, 2_500, 10**7]), st.integers(-500, 3_000)),
    min_size=2 * LEAST,
    max_size=40,
)


def one_by_one(before: Values, during: Values, held_out: int, draws: int, seed: int) -> float:
    """Return the result of `measured_coverage` by an interval for every draw."""
    random = np.random.default_rng(seed)
    members, holds = len(during), 0
    for _ in range(draws):
        arm = np.zeros(members, dtype=np.bool_)
        smaller = min(held_out, members - held_out)
        arm[random.choice(members, smaller, replace=False, shuffle=False)] = True
        found = adjusted_lift(before, during, arm if smaller == held_out else ~arm)
        holds += found.low <= 0 <= found.high
    return holds / draws


@given(SPENDS, st.floats(0, 1), st.integers(0, 99))
def test_any_spend_is_covered_as_often_as_one_by_one(
    spends: list[tuple[int, int]], share: float, seed: int
) -> None:
    before, during = np.array(spends, dtype=np.float64).T
    held_out = LEAST + round(share * (len(spends) - 2 * LEAST))
    random = np.random.default_rng(seed)
    found = measured_coverage(before, during, held_out, draws=20, random=random)
    assert found == one_by_one(before, during, held_out, 20, seed)


@pytest.mark.parametrize("past", [1, 60])
def test_spend_that_is_the_same_for_all_is_covered_by_every_draw(past: int) -> None:
    before, during = np.arange(60.0) % past, np.full(60, 4_999.0)
    random = np.random.default_rng(2)
    assert measured_coverage(before, during, 7, draws=20, random=random) == 1
    assert one_by_one(before, during, 7, 20, 2) == 1


@pytest.mark.parametrize("held_out", [30, 150, 270])
@pytest.mark.parametrize("shop", [light, heavy])
def test_shops_are_covered_as_often_as_one_by_one(
    shop: Callable[[np.random.Generator, int], Spends], held_out: int
) -> None:
    spends = shop(np.random.default_rng(1), 300)
    random = np.random.default_rng(2)
    found = measured_coverage(spends.before, spends.during, held_out, draws=500, random=random)
    assert found == one_by_one(spends.before, spends.during, held_out, 500, 2)


def test_enough_is_what_the_noise_of_the_draws_cannot_explain() -> None:
    assert not is_measurable(MIN_COVERAGE)
    assert not is_measurable(0.936)
    assert is_measurable(0.937)
    # Of audiences covered just below the minimum, one in twenty is let through.
    random = np.random.default_rng(3)
    measured = random.binomial(COVERAGE_DRAWS, MIN_COVERAGE, 2_000) / COVERAGE_DRAWS
    through = np.mean([is_measurable(each) for each in measured])
    assert through == pytest.approx(0.05, abs=0.015)


def test_an_audience_measures_its_own_coverage() -> None:
    random = np.random.default_rng(6)
    tame, wild = light(random, 1_000), heavy(random, 150)
    assert is_measurable(audience_coverage(tame.past, tame.recent, tame.during, 0.5, random=random))
    assert not is_measurable(
        audience_coverage(wild.past, wild.recent, wild.during, 0.04, random=random)
    )


def test_the_worse_of_two_stretches_counts() -> None:
    random = np.random.default_rng(7)
    calm, rough = light(random, 300), heavy(random, 300)
    assert not is_measurable(
        audience_coverage(rough.past, rough.recent, calm.during, 0.1, random=random)
    )
    assert not is_measurable(
        audience_coverage(calm.past, calm.recent, rough.during, 0.1, random=random)
    )


def test_an_audience_that_was_silent_is_judged_by_the_window() -> None:
    random = np.random.default_rng(8)
    spends, silence = light(random, 1_000), np.zeros(1_000)
    assert is_measurable(audience_coverage(silence, silence, spends.during, 0.5, random=random))
