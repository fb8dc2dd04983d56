"""Rates that are what they say, and returns that say what they cannot know."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.campaigns.campaign import CampaignStatus, Economics
from shared.campaigns.performance.measurement import Effect, Unmeasurable
from shared.campaigns.performance.performance import (
    Unknown,
    average_cents,
    credited_profit,
    expectation,
    given_away_cents,
    incremental_profit,
    rates,
    statistics,
)


@dataclass(frozen=True, slots=True)
class Counted:
    events: Mapping[str, int] = field(default_factory=dict)
    credit: Mapping[str, int] = field(default_factory=dict)


EFFECT = Effect(difference=200.0, low=50.0, high=350.0, p_value=0.01, coverage=0.95)
SENT = Counted(events={"sent": 100}, credit={"revenue_cents": 100_000, "orders": 20})


def test_each_rate_is_a_share_of_what_its_name_says() -> None:
    """A click is no conversion, and an opening is a share of what was delivered."""
    found = rates({"sent": 200, "delivered": 160, "opened": 80, "clicked": 20, "bounced": 40})
    assert (found.delivery, found.bounce) == (0.8, 0.2)
    assert (found.opened, found.click, found.click_to_open) == (0.5, 0.125, 0.25)
    assert (found.complaint, found.unsubscribe) == (0, 0)


def test_a_rate_of_nobody_is_unknown_and_not_zero() -> None:
    assert rates({}).delivery is None
    assert rates({"sent": 5}).opened is None
    assert rates({"sent": 5, "delivered": 5}).click_to_open is None
    assert average_cents(0, 0) is None
    assert average_cents(1_001, 2) == 500


def test_both_returns_are_profit_over_cost() -> None:
    money = Economics(cost_cents=10_000, margin=0.4)
    credited = credited_profit(100_000, money)
    assert (credited.cents, credited.roi, credited.reason) == (30_000, 3.0, None)
    assert credited.low_cents is None
    found = incremental_profit(EFFECT, 500, SENT, money)
    # 500 treated bring 2.00 more each: 1,000.00, of which 400.00 are earned.
    assert (found.cents, found.roi) == (30_000, 3.0)
    assert (found.low_cents, found.low_roi) == (0, 0.0)
    assert (found.high_cents, found.high_roi) == (60_000, 6.0)


def test_a_discount_takes_the_cost_of_what_was_given_away_off_the_profit() -> None:
    money = Economics(cost_cents=1_000, margin=0.5, discount=0.2)
    # 800.00 at 20 % off are goods of 1,000.00, which cost 500.00: 300.00 are earned.
    assert given_away_cents(80_000, money) == 20_000
    assert credited_profit(80_000, money).cents == 30_000 - 1_000


@pytest.mark.parametrize(
    ("money", "effect", "counted", "reason"),
    [
        (Economics(margin=0.4), EFFECT, SENT, Unknown.COST_UNKNOWN),
        (Economics(cost_cents=1), EFFECT, SENT, Unknown.MARGIN_UNKNOWN),
        (Economics(cost_cents=1, margin=0.4), None, SENT, Unknown.NOT_MEASURED),
        (
            Economics(cost_cents=1, margin=0.4),
            Effect(reason=Unmeasurable.NO_HOLDOUT),
            SENT,
            Unknown.NOT_MEASURABLE,
        ),
        (
            Economics(cost_cents=1, margin=0.4, discount=0.1),
            EFFECT,
            Counted(),
            Unknown.DISCOUNT_UNKNOWN,
        ),
    ],
)
def test_what_is_unknown_has_a_reason_and_no_number(
    money: Economics, effect: Effect | None, counted: Counted, reason: Unknown
) -> None:
    found = incremental_profit(effect, 10, counted, money)
    assert (found.cents, found.roi, found.reason) == (None, None, reason)


def test_what_cost_nothing_has_a_profit_and_no_return() -> None:
    found = credited_profit(1_000, Economics(cost_cents=0, margin=0.5))
    assert (found.cents, found.roi, found.reason) == (500, None, Unknown.NO_COST)


@given(
    st.integers(-(10**9), 10**9),
    st.floats(0, 1),
    st.integers(1, 10**7),
    st.none() | st.floats(0, 0.9),
)
def test_a_discount_never_raises_what_is_earned(
    cents: int, margin: float, cost: int, discount: float | None
) -> None:
    plain = credited_profit(max(0, cents), Economics(cost_cents=cost, margin=margin))
    money = Economics(cost_cents=cost, margin=margin, discount=discount)
    found = credited_profit(max(0, cents), money)
    assert found.cents is not None
    assert plain.cents is not None
    assert found.cents <= plain.cents
    assert found.roi == pytest.approx(found.cents / cost)


def test_the_overview_counts_campaigns_and_averages_their_rates() -> None:
    by_status = {
        CampaignStatus.FREEZING: 1,
        CampaignStatus.READY: 2,
        CampaignStatus.HANDED_OVER: 3,
        CampaignStatus.SENT: 4,
        CampaignStatus.CANCELLED: 5,
        CampaignStatus.FAILED: 6,
    }
    large = Counted(
        events={"sent": 1_000, "delivered": 1_000, "opened": 500, "clicked": 100},
        credit={"revenue_cents": 700},
    )
    small = Counted(events={"sent": 10, "delivered": 10, "opened": 1}, credit={"revenue_cents": 50})
    found = statistics(by_status, [large, small, Counted(events={"sent": 3})])
    assert (found.total, found.drafts, found.active, found.scheduled, found.sent) == (
        21,
        3,
        3,
        3,
        4,
    )
    assert found.average_open_rate == pytest.approx((0.5 + 0.1) / 2)
    assert found.average_click_rate == pytest.approx((0.1 + 0) / 2)
    assert found.revenue_cents == 750
    assert statistics({}, []).average_open_rate is None


def effect(difference: float, half: float) -> Effect:
    return Effect(difference=difference, low=difference - half, high=difference + half)


def test_nothing_is_expected_before_three_campaigns_were_measured() -> None:
    two = [effect(100, 20), effect(120, 30), Effect(reason=Unmeasurable.TOO_FEW)]
    assert expectation(two) is None
    found = expectation([*two, effect(110, 20)])
    assert found is not None
    assert 100 < found.cents < 120
    assert found.low_cents < 100
    assert found.high_cents > 120


def test_campaigns_that_disagree_widen_what_is_expected() -> None:
    agree = expectation([effect(100, 20)] * 4)
    differ = expectation([effect(value, 20) for value in (-100, 50, 200, 250)])
    assert agree is not None
    assert differ is not None
    assert agree.cents == pytest.approx(differ.cents)
    assert differ.high_cents - differ.low_cents > 3 * (agree.high_cents - agree.low_cents)
