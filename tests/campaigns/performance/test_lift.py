"""The lift of simulated campaigns: right on average, covered as claimed, no false alarms."""

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, ks_2samp

from shared.campaigns.performance.lift import (
    Marks,
    Values,
    adjusted_lift,
    p_value,
    redrawn_sums,
)

Shop = Callable[[np.random.Generator, int], tuple[Values, Values]]


def light(random: np.random.Generator, customers: int) -> tuple[Values, Values]:
    """Earlier spend explains 58 % of the variance of later spend."""
    before = random.normal(100, 30, customers)
    noise = 30 * (0.42 / 0.58) ** 0.5
    return before, before + random.normal(0, noise, customers)


def heavy(random: np.random.Generator, customers: int) -> tuple[Values, Values]:
    """Most customers spend nothing, and a few very much."""
    taste = random.lognormal(0, 1, customers)
    spends = random.poisson(0.3, (2, customers)) * taste * random.lognormal(3, 0.8, (2, customers))
    return spends[0], spends[1]


def arms(random: np.random.Generator, customers: int, share: float) -> Marks:
    marks = np.zeros(customers, dtype=np.bool_)
    marks[: round(customers * share)] = True
    return random.permutation(marks)


def unadjusted_error(during: Values, held_out: Marks) -> float:
    parts = (during[held_out], during[~held_out])
    return float(sum(part.var(ddof=1) / len(part) for part in parts) ** 0.5)


def test_the_adjusted_difference_is_that_of_the_regression() -> None:
    random = np.random.default_rng(1)
    before, during = heavy(random, 60)
    held_out = arms(random, 60, 0.4)
    treated = (~held_out).astype(float)
    centred = before - before.mean()
    x = np.column_stack([np.ones(60), treated, centred, treated * centred])
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ during
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    squared = (during - x @ beta) ** 2 / (1 - leverage)
    error = (inverse @ (x.T * squared) @ x @ inverse)[1, 1] ** 0.5

    found = adjusted_lift(before, during, held_out)
    assert found.difference == pytest.approx(beta[1])
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * error)


@pytest.mark.parametrize(("shop", "share"), [(light, 0.1), (light, 0.5), (heavy, 0.5)])
def test_intervals_hold_a_known_lift_as_often_as_they_claim(shop: Shop, share: float) -> None:
    random, runs, lift = np.random.default_rng(2), 1_000, 7.0
    holds, found = 0, []
    for _ in range(runs):
        before, during = shop(random, 1_000)
        held_out = arms(random, 1_000, share)
        estimate = adjusted_lift(before, during + lift * ~held_out, held_out)
        holds += estimate.low <= lift <= estimate.high
        found.append(estimate.difference)
    assert 0.93 <= holds / runs <= 0.97
    # No bias beyond four standard errors of the simulation.
    assert abs(np.mean(found) - lift) < 4 * np.std(found) / runs**0.5


def test_the_adjusted_interval_is_shorter_by_what_earlier_spend_explains() -> None:
    random = np.random.default_rng(3)
    before, during = light(random, 5_000)
    held_out = arms(random, 5_000, 0.1)
    found = adjusted_lift(before, during, held_out)
    plain = 2 * 1.959964 * unadjusted_error(during, held_out)
    # √(1 − 0.58) is 0.65.
    assert (found.high - found.low) / plain == pytest.approx(0.65, abs=0.04)


@pytest.mark.parametrize("shop", [light, heavy])
def test_without_a_lift_alarms_are_as_rare_as_they_claim(shop: Shop) -> None:
    random, runs = np.random.default_rng(4), 400
    alarms = 0
    for _ in range(runs):
        before, during = shop(random, 200)
        held_out = arms(random, 200, 0.1)
        alarms += p_value(before, during, held_out, draws=199, random=random) <= 0.05
    # 5 %, and three standard errors of 400 runs.
    assert alarms / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


def shuffled_sums(values: Values, count: int, draws: int, random: np.random.Generator) -> Values:
    """Return the result of `redrawn_sums` by shuffling the marks of an arm, a draw per value."""
    marks = np.zeros(len(values), dtype=np.bool_)
    marks[:count] = True
    return np.array([values[random.permutation(marks)].sum() for _ in range(draws)])


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_every_arm_is_redrawn_as_often_as_by_a_full_shuffle(count: int) -> None:
    """A sum of powers of two names its values: each set of them must come up equally often."""
    values, sets = np.array([2.0**place for place in range(8)]), comb(8, count)
    draws, random = 200 * sets, np.random.default_rng(7)
    every = {sum(chosen) for chosen in combinations(values.tolist(), count)}
    for sums in (
        redrawn_sums(values, count, draws=draws, random=random),
        shuffled_sums(values, count, draws, random),
    ):
        found, times = np.unique(sums, return_counts=True)
        assert set(found.tolist()) == every
        assert chisquare(times).pvalue > 0.001


@pytest.mark.parametrize(("customers", "count"), [(300, 30), (12_000, 300), (12_000, 1_200)])
def test_sums_are_distributed_as_after_a_full_shuffle(customers: int, count: int) -> None:
    """In each way in which numpy draws without replacement."""
    random = np.random.default_rng(8)
    _, values = heavy(random, customers)
    redrawn = redrawn_sums(values, count, draws=1_500, random=random)
    assert ks_2samp(redrawn, shuffled_sums(values, count, 1_500, random)).pvalue > 0.001
    error = values.std() * (count * (1 - count / customers)) ** 0.5
    assert abs(redrawn.mean() - count * values.mean()) < 4 * error / 1_500**0.5


@pytest.mark.parametrize("held", [3, 4, 6])
def test_the_p_value_is_that_of_all_arms_there_are(held: int) -> None:
    random = np.random.default_rng(9)
    before, during = light(random, 9)
    during[:held] += 25
    held_out = np.arange(9) < held
    centred = before - before.mean()
    residuals = during - during.mean() - centred @ during / (centred @ centred) * centred
    every = [abs(residuals[list(arm)].sum()) for arm in combinations(range(9), held)]
    exact = np.mean(np.array(every) >= every[0] - 1e-9)

    found = p_value(before, during, held_out, draws=20_000, random=random)
    assert found == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 20_000) ** 0.5 + 1e-4)


def test_arms_that_all_show_the_same_are_no_evidence() -> None:
    """Everybody spent alike: nothing but rounding tells the arms apart."""
    spend = np.full(300, 1_000.0)
    held_out = np.arange(300) < 30
    assert p_value(spend, spend, held_out, draws=99, random=np.random.default_rng(10)) == 1


def test_a_large_lift_is_seen() -> None:
    random = np.random.default_rng(5)
    before, during = light(random, 400)
    held_out = arms(random, 400, 0.5)
    found = p_value(before, during + 20 * ~held_out, held_out, draws=999, random=random)
    assert found == pytest.approx(0.001)


@given(st.integers(3, 40), st.integers(0, 10**6))
def test_an_arm_that_spent_alike_before_is_read_at_its_mean(count: int, alike: int) -> None:
    """As the few held out of a quiet segment do: rounding was taken for a slope."""
    before = np.array([float(alike)] * count + [0.0, 5.0, 70.0, 1_000.0])
    during = np.array([each % 7 * 100.0 for each in range(len(before))])
    held_out = np.arange(len(before)) < count
    line = np.polyfit(before[count:], during[count:], 1)
    expected = np.polyval(line, before.mean()) - during[:count].mean()
    found = adjusted_lift(before, during, held_out)
    assert found.difference == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_arms_without_customers_are_refused() -> None:
    spend = np.arange(5, dtype=np.float64)
    with pytest.raises(ValueError, match="three customers"):
        adjusted_lift(spend, spend, np.array([True, True, False, False, False]))
