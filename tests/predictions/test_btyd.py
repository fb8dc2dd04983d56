"""Published estimates on CDNOW, to the printed digit, and fits that must not be served."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from shared.predictions import likelihoods
from shared.predictions.btyd import (
    bg_nbd_expected_purchases,
    bg_nbd_log_likelihood,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_pareto_nbd,
    gamma_gamma_log_likelihood,
    mbg_nbd_log_likelihood,
    pareto_nbd_log_likelihood,
)
from shared.predictions.buy_till_you_die import (
    RULE,
    SHORT_RULE,
    pareto_alive,
    pareto_purchases,
    staying_away,
)
from shared.predictions.model import BgNbd, MbgNbd, ParetoNbd
from shared.predictions.samples import PurchaseGroups
from tests.predictions.models import PARETO
from tests.predictions.published_purchases import repeat_spend, tenth_in_weeks, whole_in_weeks


@pytest.fixture(scope="module")
def tenth() -> PurchaseGroups:
    return tenth_in_weeks()


class TestPublished:
    def test_bg_nbd_of_fader_hardie_and_lee_2005(self, tenth: PurchaseGroups) -> None:
        model = fit_bg_nbd(tenth)
        assert model is not None
        assert [round(each, 3) for each in (model.r, model.alpha, model.a, model.b)] == [
            0.243,
            4.414,
            0.793,
            2.426,
        ]
        assert round(bg_nbd_log_likelihood(model, tenth), 2) == -9582.43
        assert round(bg_nbd_expected_purchases(model, 2, 30.43, 38.86, 39), 3) == 1.226

    def test_pareto_nbd(self, tenth: PurchaseGroups) -> None:
        model = fit_pareto_nbd(tenth)
        assert model is not None
        assert [round(each, 3) for each in (model.r, model.alpha, model.s, model.beta)] == [
            0.553,
            10.578,
            0.606,
            11.669,
        ]
        assert round(pareto_nbd_log_likelihood(model, tenth), 2) == -9594.98

    def test_mbg_nbd(self, tenth: PurchaseGroups) -> None:
        model = fit_mbg_nbd(tenth)
        assert model is not None
        assert [round(each, 3) for each in (model.r, model.alpha, model.a, model.b)] == [
            0.525,
            6.183,
            0.891,
            1.614,
        ]
        assert round(mbg_nbd_log_likelihood(model, tenth), 2) == -9582.14

    def test_gamma_gamma_of_fader_and_hardie_2013(self) -> None:
        """On the spend of repeat purchases alone, those of zero left out."""
        count, mean = repeat_spend()
        model = fit_gamma_gamma(count, mean)

        assert len(count) == 946
        assert model is not None
        assert [round(each, 2) for each in (model.p, model.q, model.gamma)] == [6.25, 3.74, 15.44]
        actual = gamma_gamma_log_likelihood(model, count, mean)
        assert round(actual, 2) == -4055.92

    def test_bg_nbd_on_all_of_cdnow(self) -> None:
        groups = whole_in_weeks()
        model = fit_bg_nbd(groups)
        assert model is not None
        assert groups.customers.sum() == 23_570
        assert round(bg_nbd_log_likelihood(model, groups), 2) == -95368.44


class TestSlopes:
    """Likelihoods know their slopes; differences of their values say the same."""

    @pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
    @given(
        parameters=st.tuples(*[st.floats(0.1, 20)] * 4),
        rows=st.lists(
            st.tuples(st.integers(1, 40), st.integers(0, 300), st.integers(0, 200)), min_size=1
        ),
    )
    def test_of_purchases(
        self, name: str, parameters: tuple[float, ...], rows: list[tuple[int, int, int]]
    ) -> None:
        groups = _groups(
            [
                (days, span if days > 1 else 0, (span if days > 1 else 0) + silent, 1 + days % 3)
                for days, span, silent in rows
            ]
        )
        _check_slope(getattr(likelihoods, name)(groups), parameters)

    @given(
        parameters=st.tuples(*[st.floats(0.1, 20)] * 3),
        rows=st.lists(st.tuples(st.integers(1, 40), st.floats(0.01, 100)), min_size=1),
    )
    def test_of_spend(self, parameters: tuple[float, ...], rows: list[tuple[int, float]]) -> None:
        purchases, spend = np.array(rows, dtype=float).T
        _check_slope(likelihoods.gamma_gamma(purchases, spend), parameters)


def _check_slope(likelihood: likelihoods.Likelihood, parameters: tuple[float, ...]) -> None:
    at = np.array(parameters)
    by_difference = [
        (likelihood(at + step)[0] - likelihood(at - step)[0]) / (2 * step.sum())
        for step in np.diag(1e-5 * at)
    ]
    # A value is a sum of thousands with 16 digits, of which a difference keeps half.
    assert likelihood(at)[1] == pytest.approx(by_difference, rel=1e-5, abs=1e-4)


class TestQuadrature:
    def test_the_rule_is_that_of_gauss_and_legendre(self) -> None:
        nodes, weights = np.polynomial.legendre.leggauss(16)
        assert np.allclose([node for node, _ in RULE], nodes, rtol=0, atol=1e-14)
        assert np.allclose([weight for _, weight in RULE], weights, rtol=0, atol=1e-14)
        nodes, weights = np.polynomial.legendre.leggauss(8)
        short = np.array(sorted(SHORT_RULE))
        assert np.allclose(short[:, 0], (1 + nodes) / 2, rtol=0, atol=1e-14)
        assert np.allclose(short[:, 1], weights, rtol=0, atol=1e-14)

    @given(st.integers(0, 20), st.integers(0, 500), st.integers(1, 500))
    def test_pareto_integrals_are_those_of_an_adaptive_rule(
        self, x: int, t_x: int, silent: int
    ) -> None:
        t_x = 0 if x == 0 else t_x
        age = t_x + silent
        r, alpha, s, beta = PARETO.r, PARETO.alpha, PARETO.s, PARETO.beta

        def death(days: float) -> float:
            ratio = (alpha + age) / (alpha + days)
            fading: float = (beta + age) / (beta + days)
            return float(s / (beta + days) * ratio ** (r + x) * fading**s)

        def purchase(days: float) -> float:
            rate = (r + x) / (alpha + age)
            return float(rate * ((beta + age) / (beta + age + days)) ** s)

        alive = 1 / (1 + quad(death, t_x, age)[0])
        assert pareto_alive(PARETO, x, t_x, age) == pytest.approx(alive, abs=1e-6)
        expected = alive * quad(purchase, 0, 365)[0]
        actual = pareto_purchases(PARETO, x, t_x, age, 365, 0.0)
        assert actual == pytest.approx(expected, rel=1e-5)

    def test_staying_away_is_what_simulated_customers_do(self) -> None:
        """Pareto/NBD customers drawn from the model, as of 200 days after their first purchase."""
        draw = np.random.default_rng(7)
        count = 400_000
        rate = draw.gamma(PARETO.r, 1 / PARETO.alpha, count)
        death = draw.exponential(1 / draw.gamma(PARETO.s, 1 / PARETO.beta, count))
        # Purchases until 200 days: only customers without one are looked at.
        none = draw.poisson(rate * np.minimum(death, 200)) == 0
        later = draw.poisson(rate * np.clip(death - 200, 0, 90)) > 0
        observed = 1 - later[none].mean()
        error = np.sqrt(observed * (1 - observed) / none.sum())
        assert abs(staying_away(PARETO, 0, 0, 200, 90) - observed) < 4 * error

    def test_customers_who_buy_daily_are_not_thought_to_leave_at_once(self) -> None:
        """Nearly all waiting times are a small part of the horizon; the day of the first purchase
        was scored 36 %, and the day after it 26 %."""
        model = ParetoNbd(r=1.0, alpha=1.0, s=1.0, beta=34.0)
        scores = [staying_away(model, 0, 0, age, 365) for age in range(60)]
        assert scores == sorted(scores)
        # As 2,000,000 simulated customers did.
        simulated = {0: 0.0801, 1: 0.1584, 2: 0.2316, 7: 0.5076, 14: 0.7125}
        for age, share in simulated.items():
            assert scores[age] == pytest.approx(share, abs=0.0015)


def _groups(rows: list[tuple[int, int, int, int]]) -> PurchaseGroups:
    columns = np.array(rows, dtype=float).T
    return PurchaseGroups(
        purchase_days=columns[0], span_days=columns[1], age_days=columns[2], customers=columns[3]
    )


class TestDegenerate:
    @pytest.mark.parametrize(
        "rows",
        [
            [(1, 0, 100, 50)],
            [(1, 0, 0, 1)],
            [(2, 50, 50, 20), (3, 100, 100, 20)],
            [(30, 290, 300, 100)],
        ],
        ids=["nobody came back", "one customer today", "all on the last day", "all the same"],
    )
    def test_a_fit_without_an_optimum_is_none(self, rows: list[tuple[int, int, int, int]]) -> None:
        fitted = [fit(_groups(rows)) for fit in (fit_bg_nbd, fit_mbg_nbd, fit_pareto_nbd)]
        assert fitted == [None, None, None]

    def test_bg_nbd_runs_away_where_nobody_leaves(self) -> None:
        """a / (a + b) towards 0: b goes to its bound, and the fit is not served."""
        rows = [(count, 30 * count, 30 * count + 5, 10) for count in range(2, 12)]
        assert fit_bg_nbd(_groups(rows)) is None

    def test_spend_of_nothing_has_no_gamma_gamma(self) -> None:
        assert fit_gamma_gamma(np.array([1.0, 2.0]), np.zeros(2)) is None
        assert fit_gamma_gamma(np.array([3.0]), np.array([500.0])) is None


def test_the_geometric_models_differ_in_whether_the_first_purchase_can_be_the_last() -> None:
    shape = {"r": 0.5, "alpha": 30.0, "a": 0.8, "b": 2.0}
    once = [staying_away(made(**shape), 0, 0, 300, 90) for made in (BgNbd, MbgNbd)]
    assert once[0] < once[1]
    assert staying_away(ParetoNbd(r=0.5, alpha=30, s=0.5, beta=30), 0, 0, 300, 90) > once[0]
