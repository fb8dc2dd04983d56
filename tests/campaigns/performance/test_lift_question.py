"""Measurements of campaigns from the warehouse."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from shared.campaigns.performance import lift_question
from shared.campaigns.performance.lift import adjusted_lift
from shared.campaigns.performance.lift_question import NAME, CampaignLiftQuestion
from shared.campaigns.performance.measurement import BEFORE_DAYS, MeasurementState, Unmeasurable
from shared.campaigns.performance.measurement_fields import measurement_fields, measurement_from
from shared.kernel.errors import UnavailableError
from shared.nightly.question import AskedCampaign, ComputedOrganization
from shared.nightly.result import Result
from shared.warehouse.warehouse import Warehouse
from tests.support.warehouse_facts import answers, fact_row, organization

NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)
SENT = datetime(2026, 11, 10, 12, 30, tzinfo=UTC)
WINDOW = 7
DAY = timedelta(days=1)
CAMPAIGN = AskedCampaign(
    id="sc_000000000001", generation="g1", goal="winback", window_days=WINDOW, sent_at=SENT
)


def shop(*campaigns: AskedCampaign, org_id: str = "org") -> ComputedOrganization:
    return replace(organization(org_id, today=NOW.date()), campaigns=campaigns)


def measured(warehouse: Warehouse, *shops: ComputedOrganization) -> dict[str, Result]:
    found = answers(warehouse, CampaignLiftQuestion(), shops, NOW)
    return {org_id: named[NAME] for org_id, named in found.items()}


def member(key: str, *, held_out: bool, **fields: Any) -> dict[str, Any]:
    return {
        "org_id": "org",
        "campaign_id": CAMPAIGN.id,
        "generation": CAMPAIGN.generation,
        "customer_key": key,
        "held_out": held_out,
        "segment": "vip",
        "frozen_at": (SENT - DAY).isoformat(),
        **fields,
    }


def test_members_count_once_in_the_arm_that_was_drawn(warehouse: Warehouse) -> None:
    """Loads that repeat, other audiences, other organisations and all edges of the window."""
    end = SENT + WINDOW * DAY
    placed = {
        # Edges: the first and the last instant of each stretch, and what is in none.
        "edges": [
            (SENT - BEFORE_DAYS * DAY - timedelta(microseconds=1), 1),
            (SENT - BEFORE_DAYS * DAY, 10),
            (SENT - WINDOW * DAY - timedelta(microseconds=1), 100),
            (SENT - WINDOW * DAY, 1_000),
            (SENT - timedelta(microseconds=1), 10_000),
            (SENT, 100_000),
            (end - timedelta(microseconds=1), 1_000_000),
            (end, 10_000_000),
        ],
        "returned": [(SENT + DAY, 5_000), (SENT + 2 * DAY, -5_000)],
        "held": [(SENT + DAY, 700)],
        "stranger": [(SENT + DAY, 99)],
    }
    warehouse.load(
        fact_row(f"{key}_{number}", customer=key, ordered_at=at, amount_cents=cents)
        for key, orders in placed.items()
        for number, (at, cents) in enumerate(orders)
    )
    warehouse.load([fact_row("x", org_id="other", customer="edges", ordered_at=SENT)])
    rows = [
        member("edges", held_out=False),
        member("returned", held_out=False, segment=None),
        member("held", held_out=True),
        member("silent", held_out=True),
        # An audience that was drawn and thrown away, and another organisation's.
        member("stranger", held_out=False, generation="g0"),
        member("stranger", held_out=False, org_id="other"),
    ]
    warehouse.load_members(rows, job_id="first")
    warehouse.load_members(rows, job_id="first")
    warehouse.load_members(rows[:3], job_id="again")
    new = replace(CAMPAIGN, id="sc_000000000002", sent_at=None)

    found = measured(warehouse, shop(CAMPAIGN, new), shop(org_id="other"))

    assert found["other"].entries == []
    (entry,) = found["org"].entries
    measurement = measurement_from(entry)
    assert measurement_fields(measurement) == entry
    treated, held_out = measurement.treated, measurement.held_out
    assert (treated.customers, treated.buyers, treated.orders) == (2, 2, 3)
    assert treated.revenue_cents == 1_100_000
    assert (held_out.customers, held_out.buyers, held_out.orders) == (2, 1, 1)
    assert held_out.revenue_cents == 700
    assert measurement.revenue.reason is Unmeasurable.TOO_FEW
    assert measurement.state is MeasurementState.FINAL
    assert not measurement.is_sample
    segments = {each.segment: each for each in measurement.segments}
    assert segments["vip"].treated.revenue_cents == 1_100_000
    assert segments[None].treated.revenue_cents == 0
    days = {each.day.isoformat(): each for each in measurement.days}
    assert days["2026-11-10"].treated_cents == 100_000
    assert days["2026-11-11"].treated_cents == 5_000
    assert days["2026-11-11"].held_out_cents == 700
    assert days["2026-11-12"].treated_cents == -5_000
    assert days["2026-11-12"].treated_orders == 0
    assert days["2026-11-17"].treated_cents == 1_000_000


def test_the_difference_is_that_of_the_regression_on_spend_before(warehouse: Warehouse) -> None:
    random = np.random.default_rng(1)
    customers = 90
    before = random.integers(1_000, 9_000, customers)
    during = before + random.integers(0, 2_000, customers)
    held_out = np.arange(customers) % 3 == 0
    warehouse.load(
        fact_row(f"{when}{number}", customer=f"c{number}", ordered_at=at, amount_cents=int(cents))
        for when, at, spends in (("b", SENT - 3 * DAY, before), ("d", SENT + DAY, during))
        for number, cents in enumerate(spends)
    )
    warehouse.load_members(
        (member(f"c{number}", held_out=bool(held)) for number, held in enumerate(held_out)),
        job_id="members",
    )
    (entry,) = measured(warehouse, shop(CAMPAIGN))["org"].entries
    expected = adjusted_lift(before.astype(float), during.astype(float), held_out)
    effect = measurement_from(entry).revenue
    assert effect.reason is None
    # All are in one segment, whose figures are theirs to the last digit.
    (segment,) = measurement_from(entry).segments
    assert (segment.segment, segment.revenue) == ("vip", effect)
    assert effect.difference == pytest.approx(expected.difference)
    assert effect.low == pytest.approx(expected.low)
    # The same data, asked again, say the same.
    assert measured(warehouse, shop(CAMPAIGN))["org"].entries == [entry]


def test_of_a_larger_audience_all_figures_are_of_the_same_members(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lift_question, "MOST_MEMBERS", 2)
    keys = ("c1", "c2", "c3")
    warehouse.load(
        fact_row(key, customer=key, ordered_at=SENT + DAY, amount_cents=100) for key in keys
    )
    warehouse.load_members((member(key, held_out=key == "c2") for key in keys), job_id="members")
    (entry,) = measured(warehouse, shop(CAMPAIGN))["org"].entries
    found = measurement_from(entry)
    assert found.is_sample
    assert (found.treated.customers, found.treated.revenue_cents) == (1, 100)
    (day,) = found.days
    assert (day.treated_orders, day.treated_cents) == (1, 100)
    assert (day.held_out_orders, day.held_out_cents) == (1, 100)


def test_figures_are_preliminary_until_the_window_has_closed(warehouse: Warehouse) -> None:
    warehouse.load_members([member("c1", held_out=False)], job_id="members")
    open_until = replace(CAMPAIGN, sent_at=NOW - 2 * DAY)
    ahead = replace(CAMPAIGN, sent_at=NOW + DAY)
    (entry,) = measured(warehouse, shop(open_until))["org"].entries
    assert measurement_from(entry).state is MeasurementState.PRELIMINARY
    assert measured(warehouse, shop(ahead))["org"].entries == []


def test_campaigns_survive_the_table_of_settings() -> None:
    asked = shop(CAMPAIGN, replace(CAMPAIGN, sent_at=None))
    assert ComputedOrganization.from_parameter(asked.as_parameter()) == asked
    unread = replace(asked, campaigns=None)
    assert ComputedOrganization.from_parameter(unread.as_parameter()) == unread
    # Tables that were made before say nothing of campaigns.
    stored = json.loads(asked.as_parameter())
    del stored["campaigns"]
    assert ComputedOrganization.from_parameter(json.dumps(stored)).campaigns == ()


def test_campaigns_that_cannot_be_read_are_a_failure_and_no_zero() -> None:
    with pytest.raises(UnavailableError):
        list(CampaignLiftQuestion().results(replace(shop(), campaigns=None), []))
