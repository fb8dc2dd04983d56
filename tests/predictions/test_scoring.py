"""Scores: never falling in silence, changing exactly when they say, never disagreeing."""

from dataclasses import replace
from datetime import timedelta
from math import exp, log, log1p, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.predictions.features import Features, features_of
from shared.predictions.model import (
    VALUE_GRID_DAYS,
    BaseRate,
    BgNbd,
    ChurnModel,
    PublishedModel,
)
from shared.predictions.reasons import Aspect, reasons
from shared.predictions.risk import LEVEL_FROM_PERCENT, RiskLevel, level_of
from shared.predictions.scoring import reaches_percent_at, score, score_features, value_steps
from shared.segments.classify import OrderTotals
from shared.segments.customer import Customer, CustomerId
from shared.segments.history import OrderHistory, PastOrder
from tests.predictions.models import (
    LOGISTIC,
    NOW,
    PARETO,
    VALUE,
    churn_models,
    customers,
    published,
    value_models,
)

TICK = timedelta(microseconds=1)
LEVELS = list(RiskLevel)
models = st.builds(published, churn_models(), value_models(), st.integers(7, 365))


def bought(*days: int, cents: int = 3_000, shown: int | None = None) -> Customer:
    """A customer who ordered at noon so many days before NOW; the latest `shown` are kept."""
    orders = [
        PastOrder(at, at.date(), cents, "online", "", ())
        for at in (NOW - timedelta(days=day) for day in sorted(days, reverse=True))
    ]
    return Customer(
        id=CustomerId("org", "key"),
        totals=OrderTotals(
            order_count=len(orders),
            lifetime_value_cents=cents * len(orders),
            first_ordered_at=orders[0].ordered_at,
            last_ordered_at=orders[-1].ordered_at,
        ),
        history=OrderHistory.of(orders if shown is None else orders[-shown:]),
    )


class TestInSilence:
    @given(models, customers(), st.timedeltas(timedelta(0), timedelta(days=4_000)))
    def test_it_holds_until_the_change_that_it_announces_and_no_longer(
        self, model: PublishedModel, features: Features, later: timedelta
    ) -> None:
        at = features.last_ordered_at + later
        now = score_features(model, features, at)

        if now.next_change_at is None:
            end = score_features(model, features, at + timedelta(days=9_000))
            assert (end.level, end.value) == (now.level, now.value)
            return
        before = score_features(model, features, now.next_change_at - TICK)
        change = score_features(model, features, now.next_change_at)
        assert now.next_change_at > at
        assert (before.level, before.value) == (now.level, now.value)
        assert (change.level, change.value) != (now.level, now.value)

    @given(models, customers(), st.lists(st.integers(0, 5_000), min_size=2, max_size=8))
    def test_neither_probability_nor_level_ever_falls(
        self, model: PublishedModel, features: Features, days: list[int]
    ) -> None:
        scores = [
            score_features(model, features, features.silent_since(day)) for day in sorted(days)
        ]
        assert [each.probability for each in scores] == sorted(each.probability for each in scores)
        places = [LEVELS.index(each.level) for each in scores]
        assert places == sorted(places)

    @given(models, customers(), st.lists(st.integers(0, 5_000), min_size=2, max_size=8))
    def test_the_value_never_rises(
        self, model: PublishedModel, features: Features, days: list[int]
    ) -> None:
        values = [
            each.value.cents
            for day in sorted(days)
            if (each := score_features(model, features, features.silent_since(day))).value
        ]
        assert values == sorted(values, reverse=True)

    @given(models, customers(), st.integers(0, 100))
    def test_a_percent_is_reached_at_the_very_instant(
        self, model: PublishedModel, features: Features, percent: int
    ) -> None:
        at = reaches_percent_at(model, features, percent)

        if at is None:
            end = features.last_ordered_at + timedelta(days=9_000)
            assert score_features(model, features, end).percent < percent
            return
        assert at >= features.last_ordered_at
        assert score_features(model, features, at).percent >= percent
        if at > features.last_ordered_at:
            assert score_features(model, features, at - TICK).percent < percent

    @given(models, customers(), st.integers(0, 5_000))
    def test_the_steps_of_the_value_are_those_of_the_scores(
        self, model: PublishedModel, features: Features, day: int
    ) -> None:
        at = features.silent_since(day)
        steps = value_steps(model, features)
        expected = score_features(model, features, at).value
        assert [value for start, value in steps if start <= at][-1:] == (
            [] if expected is None else [expected]
        )

    @given(models, customers())
    def test_ageing_visits_a_bounded_number_of_changes(
        self, model: PublishedModel, features: Features
    ) -> None:
        changes, at = 0, features.last_ordered_at
        while (change := score_features(model, features, at).next_change_at) is not None:
            changes, at = changes + 1, change
        assert changes <= len(VALUE_GRID_DAYS) - 1 + len(RiskLevel) - 1


@given(models, customers(), st.timedeltas(timedelta(0), timedelta(days=4_000)))
def test_probability_percent_and_level_never_disagree(
    model: PublishedModel, features: Features, later: timedelta
) -> None:
    actual = score_features(model, features, features.last_ordered_at + later)

    assert 0 <= actual.probability <= 1
    assert actual.percent == round(actual.probability * 10_000) // 100
    assert actual.level is level_of(actual.percent)
    if actual.value is not None:
        assert 0 <= actual.value.q10_cents <= actual.value.q90_cents


def test_levels_begin_where_they_are_defined() -> None:
    assert [level_of(percent) for percent in (0, 25, 26, 50, 51, 75, 76, 100)] == [
        RiskLevel.LOW,
        RiskLevel.LOW,
        RiskLevel.MEDIUM,
        RiskLevel.MEDIUM,
        RiskLevel.HIGH,
        RiskLevel.HIGH,
        RiskLevel.CRITICAL,
        RiskLevel.CRITICAL,
    ]
    assert list(LEVEL_FROM_PERCENT) == LEVELS


def test_a_base_rate_never_changes() -> None:
    model = published(BaseRate(probability=0.3), None)
    actual = score(model, bought(400), NOW)
    assert actual is not None
    assert (actual.percent, actual.level, actual.next_change_at) == (30, RiskLevel.MEDIUM, None)


def test_bg_nbd_probability_of_staying_away_is_not_that_of_being_dead() -> None:
    """BG/NBD takes every one-time buyer for alive, and still expects few of them back."""
    model = published(BgNbd(r=0.243, alpha=31.0, a=0.793, b=2.426), None)
    once = score(model, bought(400), NOW)
    assert once is not None
    assert once.probability == pytest.approx((431 / 521) ** 0.243, abs=1e-4)


class TestFeatures:
    def test_they_are_those_of_the_purchase_days(self) -> None:
        features = features_of(bought(100, 90, 70, 20), 90)
        assert features is not None
        assert (features.purchase_days, features.span_days) == (4, 80)
        assert features.squared_gap_days == 10**2 + 20**2 + 50**2
        recent = 1 + exp(-50 / 90) + exp(-70 / 90) + exp(-80 / 90)
        assert features.recent_weight == pytest.approx(recent)
        assert features.silent_days(NOW) == 20
        assert features.silent_days(NOW - TICK) == 19

    def test_orders_of_one_day_are_one_purchase_day(self) -> None:
        customer = bought(10, 10, 3)
        features = features_of(customer, 90)
        assert features is not None
        assert (features.purchase_days, features.spend_cents) == (2, 9_000)

    def test_returns_are_no_purchase_days(self) -> None:
        customer = bought(10, 3)
        back = PastOrder(NOW, NOW.date(), -500, "online", "", ())
        returned = replace(customer, history=customer.history.plus(back))
        assert features_of(returned, 90) == features_of(customer, 90)

    def test_nothing_is_said_of_a_customer_without_orders(self) -> None:
        nobody = Customer(id=CustomerId("org", "key"))
        assert features_of(nobody, 90) is None
        assert score(published(), nobody, NOW) is None

    def test_orders_left_out_of_the_history_are_spread_evenly_before_it(self) -> None:
        features = features_of(bought(100, 80, 60, 40, 20, shown=2), 90)
        whole = features_of(bought(100, 80, 60, 40, 20), 90)
        assert features is not None
        assert whole is not None
        assert replace(features, recent_weight=0) == replace(whole, recent_weight=0)
        assert 1 <= features.recent_weight < whole.recent_weight

    @given(st.lists(st.integers(0, 9_000), min_size=1, max_size=20), st.integers(1, 20))
    def test_a_truncated_history_gives_features_like_a_whole_one(
        self, days: list[int], shown: int
    ) -> None:
        features = features_of(bought(*days, shown=min(shown, len(days))), 90)
        assert features is not None
        assert 1 <= features.purchase_days <= len(days)
        assert features.span_days == max(days) - min(days)
        assert 1 <= features.recent_weight <= features.purchase_days


class TestReasons:
    def test_they_are_facts(self) -> None:
        features = features_of(bought(58, 49, 40, 31), 90)
        assert features is not None
        actual = reasons(published(), features, NOW)
        texts = {reason.aspect: reason.text for reason in actual}
        assert texts[Aspect.RHYTHM] == "Orders every 9 days on average, silent for 31 days."
        assert texts[Aspect.FREQUENCY] == "Ordered on 4 days within 28 days."
        assert texts[Aspect.SPEND].startswith("Spent 120.00 so far")

    @given(customers(), st.integers(0, 3_000))
    def test_their_effects_add_up_to_the_log_odds(self, features: Features, day: int) -> None:
        """Against the mean customer's, whose log odds are those of the mean terms."""
        at = features.silent_since(day)
        silent = features.silent_days(at)
        own = 0.65 * 90
        mean = (features.span_days + own) / features.purchase_days
        square = sqrt((features.squared_gap_days + 2 * own**2) / features.purchase_days)
        c, mid = LOGISTIC.coefficients, LOGISTIC.means
        plain = (
            c.frequency * (log(features.purchase_days) - mid.frequency)
            + c.spend * (log1p(max(features.spend_cents, 0) / 3_000) - mid.spend)
            + c.irregularity * (log(square / 90) - mid.irregularity)
            + c.rate * (sqrt(90 / mean) - mid.rate)
            + c.silence * (log1p(silent / mean) - mid.silence)
            + c.irregular_silence * (log1p(silent / square) - mid.irregular_silence)
            + c.recent * (-log1p(features.recent_weight * exp(-silent / 90)) - mid.recent)
        )
        actual = reasons(published(), features, at)
        assert sum(reason.effect or 0 for reason in actual) == pytest.approx(plain, abs=1e-9)
        sizes = [abs(reason.effect or 0) for reason in actual]
        assert sizes == sorted(sizes, reverse=True)

    @given(churn_models(), customers())
    def test_every_kind_of_model_has_reasons_but_the_base_rate(
        self, churn: ChurnModel, features: Features
    ) -> None:
        actual = reasons(published(churn), features, NOW)
        assert (not actual) == isinstance(churn, BaseRate)


def test_the_expected_order_is_the_mean_time_under_a_constant_rate() -> None:
    actual = score(published(BaseRate(probability=0.1), None), bought(5), NOW)
    assert actual is not None
    assert actual.expected_next_order_at is not None
    days = (actual.expected_next_order_at - NOW) / timedelta(days=1)
    assert days == pytest.approx(90 / -log(0.1))


def test_no_order_is_expected_of_those_likelier_to_stay_away() -> None:
    actual = score(published(BaseRate(probability=0.51), None), bought(5), NOW)
    assert actual is not None
    assert actual.expected_next_order_at is None


def test_a_one_time_buyer_ten_years_ago_has_a_plain_score() -> None:
    for churn in (LOGISTIC, PARETO, BgNbd(r=0.2, alpha=4.0, a=0.8, b=2.4)):
        actual = score(published(churn, VALUE), bought(7_300), NOW)
        assert actual is not None
        assert actual.next_change_at is None
