"""Campaigns that get a card: one that certainly paid, and one that cannot be judged."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.campaigns.performance.measurement import Effect, MeasurementState, Unmeasurable
from shared.insights.campaign_findings import (
    MOST_CAMPAIGNS,
    REPORTED_DAYS,
    MeasuredCampaign,
    best_paid,
    latest_unclear,
    reportable,
)
from shared.insights.cards import Severity
from shared.insights.numbers import counter_source
from shared.insights.templates import CardKind
from shared.kernel.facts import SMALLEST_GROUP
from tests.insights.measured_shop import measurement
from tests.insights.shop import SHOP, every_card
from tools.insight_examples import NOW

TREATED = 100
MICROSECOND = timedelta(microseconds=1)
UNCLEAR = Effect(reason=Unmeasurable.LOW_COVERAGE, coverage=0.8)


def campaign(
    revenue: Effect, *, id: str = "sc_1", sent_days_ago: int = 10, **changes: Any
) -> MeasuredCampaign:
    made = MeasuredCampaign(
        name="Come Back",
        treated=TREATED,
        held_out=20,
        cost_cents=None,
        margin=None,
        measurement=measurement(id, revenue, NOW - timedelta(days=sent_days_ago)),
    )
    return replace(made, **changes)


def gain(low: float | None) -> Effect:
    """Per treated customer, in cents."""
    return Effect(difference=300.0, low=low, high=500.0)


@pytest.mark.parametrize(
    ("low", "margin", "cost_cents", "paid"),
    [
        (100.0, 0.5, 50_00, False),
        (100.0, 0.5, 49_99, True),
        (100.0, None, 100_00, False),
        (100.0, None, 99_99, True),
        (0.01, None, None, True),
        (0.0, None, None, False),
        (-1.0, 0.5, None, False),
        (100.0, 0.0, None, False),
        (None, None, None, False),
    ],
)
def test_a_campaign_paid_where_even_the_least_that_it_earned_is_above_its_cost(
    low: float | None, margin: float | None, cost_cents: int | None, paid: bool
) -> None:
    measured = campaign(gain(low), margin=margin, cost_cents=cost_cents)

    assert measured.paid is paid
    assert best_paid([measured]) == (measured if paid else None)


def test_of_several_that_paid_it_is_the_one_that_brought_most_for_certain() -> None:
    more_in_the_middle = campaign(Effect(difference=900.0, low=50.0, high=1750.0), id="sc_2")
    surer = campaign(gain(60.0), id="sc_3")

    assert best_paid([more_in_the_middle, surer]) == surer
    # Of equal ones the same each time.
    again = campaign(gain(60.0), id="sc_4")
    assert best_paid([surer, again]) == best_paid([again, surer]) == again


@pytest.mark.parametrize(
    ("treated", "is_reportable"), [(SMALLEST_GROUP - 1, False), (SMALLEST_GROUP, True)]
)
def test_a_campaign_to_a_handful_is_no_card(treated: int, is_reportable: bool) -> None:
    assert (best_paid([campaign(gain(100.0), treated=treated)]) is not None) is is_reportable
    assert (latest_unclear([campaign(UNCLEAR, treated=treated)]) is not None) is is_reportable


def test_of_those_that_nobody_can_judge_it_is_the_last_sent() -> None:
    older = campaign(UNCLEAR, id="sc_9", sent_days_ago=12)
    newer = campaign(UNCLEAR, id="sc_1", sent_days_ago=11)
    judged = campaign(gain(-100.0), id="sc_2", sent_days_ago=9)

    assert latest_unclear([older, newer, judged]) == newer
    assert latest_unclear([judged]) is None


@pytest.mark.parametrize(("later", "is_reportable"), [(-MICROSECOND, True), (timedelta(0), False)])
def test_a_campaign_is_told_for_thirty_days_after_its_window(
    later: timedelta, is_reportable: bool
) -> None:
    sent_at = NOW - timedelta(days=40)
    closed = measurement("sc_1", gain(100.0), sent_at)
    end = sent_at + timedelta(days=closed.window_days + REPORTED_DAYS)

    assert reportable([closed], end + later) == ([closed] if is_reportable else [])
    still_open = replace(closed, state=MeasurementState.PRELIMINARY)
    assert reportable([still_open], end + later) == []


def test_the_last_sent_are_looked_at() -> None:
    many = [
        measurement(f"sc_{number:02}", UNCLEAR, NOW - timedelta(days=20, hours=number))
        for number in range(MOST_CAMPAIGNS + 3)
    ]
    assert reportable(reversed(many), NOW) == many[:MOST_CAMPAIGNS]


@pytest.mark.parametrize(
    ("measured", "kind", "severity", "at_stake_cents"),
    [
        (campaign(gain(80.0)), CardKind.CAMPAIGN_PAID, Severity.SUCCESS, 80_00),
        (campaign(UNCLEAR, cost_cents=75_00), CardKind.CAMPAIGN_UNCLEAR, Severity.INFO, 75_00),
        (campaign(UNCLEAR), CardKind.CAMPAIGN_UNCLEAR, Severity.INFO, 0),
    ],
    ids=["paid", "unclear", "unclear without a cost"],
)
def test_its_card_says_what_is_at_stake(
    measured: MeasuredCampaign, kind: CardKind, severity: Severity, at_stake_cents: int
) -> None:
    cards = every_card(replace(SHOP, campaigns=counter_source("s", "d", (measured,), at=NOW)))

    assert (cards[kind].severity, cards[kind].at_stake_cents) == (severity, at_stake_cents)
    assert {CardKind.CAMPAIGN_PAID, CardKind.CAMPAIGN_UNCLEAR} & cards.keys() == {kind}
    gone = every_card(replace(SHOP, campaigns=counter_source("s", "d", (), at=NOW)))
    assert kind not in gone
