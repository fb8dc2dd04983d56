"""Bounds and probabilities of pairs, against exact arithmetic."""

import math
from fractions import Fraction
from itertools import pairwise
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.affinity.pair_statistics import (
    chance,
    false_discovery_rates,
    family_wise,
    lift_lower,
)

EXPECTED = st.floats(0.001, 10_000)


def lower_gamma(shape: float, x: float) -> float:
    """The regularised lower incomplete gamma function, by its power series."""
    term = total = 1 / shape
    step = shape
    while term > total * 1e-16:
        step += 1
        term *= x / step
        total += term
    return total * math.exp(shape * math.log(x) - x - math.lgamma(shape))


class TestLowerBound:
    @given(st.integers(1, 10_000), EXPECTED)
    def test_it_is_below_the_ratio_or_below_no_relation(self, count: int, expected: float) -> None:
        assert 0 < lift_lower(count, expected) < max(1, count / expected)

    @pytest.mark.parametrize("count", [5, 10, 50, 150])
    @pytest.mark.parametrize("expected", [0.1, 3, 20])
    def test_it_is_the_quantile_it_claims_to_be(self, count: int, expected: float) -> None:
        lower = lift_lower(count, expected)

        below = lower_gamma(count + 0.5, lower * (expected + 0.5))
        assert below == pytest.approx(0.025, abs=0.002)

    def test_a_fluke_of_three_orders_does_not_lead(self) -> None:
        orders = 10_000
        solid = lift_lower(400, 1_000 * 2_000 / orders)
        for orders_a, orders_b in ((3, 3), (4, 30), (10, 10)):
            assert lift_lower(3, orders_a * orders_b / orders) < 1.7 < solid

    def test_the_same_ratio_on_more_orders_ranks_higher(self) -> None:
        bounds = [lift_lower(10 * n, 5 * n) for n in (1, 2, 10, 100, 10_000)]

        assert bounds == sorted(bounds)
        assert bounds[-1] == pytest.approx(2, abs=0.02)


class TestChance:
    @given(st.integers(1, 60), st.integers(1, 300))
    def test_it_is_the_exact_upper_tail(self, count: int, tenths: int) -> None:
        expected = tenths / 10
        below = sum(Fraction(tenths, 10) ** k / math.factorial(k) for k in range(count))
        exact = 1 - float(below) * math.exp(-expected)

        actual = chance(count, expected)
        if count <= expected:
            assert actual == 1
        else:
            assert actual == pytest.approx(exact, rel=1e-6, abs=1e-12)

    def test_large_organisations(self) -> None:
        """Neither slow nor out of range."""
        normal = 1 - NormalDist(10_000, 100).cdf(10_100 - 0.5)
        assert chance(10_100, 10_000) == pytest.approx(normal, abs=0.001)
        assert chance(90_000, 10_000) == 0

    @given(st.integers(1, 100), EXPECTED, EXPECTED)
    def test_the_more_is_expected_the_likelier(self, count: int, one: float, two: float) -> None:
        less, more = sorted((one, two))
        assert chance(count, less) <= chance(count, more) * (1 + 1e-9)

    def test_it_is_corrected_for_all_pairs_tested(self) -> None:
        assert family_wise(0.001, 50) == 0.05
        assert family_wise(0.001, 1_000_000) == 1


class TestFalseDiscoveryRates:
    def test_the_example_of_the_paper(self) -> None:
        """Benjamini & Hochberg 1995, section 4.1: at 5 % four of fifteen are significant."""
        probabilities = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
            0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
        ]  # fmt: skip
        rates = false_discovery_rates(probabilities, 15)
        assert [rate <= 0.05 for rate in rates] == [True] * 4 + [False] * 11
        assert rates[3] == pytest.approx(0.0095 * 15 / 4)

    @given(st.lists(st.floats(0, 1), max_size=40), st.integers(0, 1_000))
    def test_all_pairs_tested_enter_though_not_all_are_kept(
        self, probabilities: list[float], others: int
    ) -> None:
        """Those that are not given, and were due to chance, change nothing but their number."""
        tested = len(probabilities) + others
        rates = false_discovery_rates(probabilities, tested)
        everything = false_discovery_rates([*probabilities, *([1.0] * others)], tested)
        assert rates == pytest.approx(everything[: len(probabilities)])
        for probability, rate in zip(probabilities, rates, strict=True):
            assert probability <= rate * (1 + 1e-9) or rate == 1
            assert rate <= family_wise(probability, tested)
        ranked = [rate for _, rate in sorted(zip(probabilities, rates, strict=True))]
        assert all(before <= after for before, after in pairwise(ranked))

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.data())
    def test_leaving_pairs_out_makes_no_rate_smaller(
        self, probabilities: list[float], data: st.DataObject
    ) -> None:
        kept = data.draw(st.lists(st.sampled_from(range(len(probabilities))), unique=True))
        tested = len(probabilities)
        everything = false_discovery_rates(probabilities, tested)
        actual = false_discovery_rates([probabilities[place] for place in kept], tested)
        for place, rate in zip(kept, actual, strict=True):
            assert rate >= everything[place] * (1 - 1e-9)
