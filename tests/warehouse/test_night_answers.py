"""Contents of the night's tables come back unchanged, and only about the requested
organisations."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.churn.rfm import RfmQuestion
from shared.cohorts.cohorts import CohortQuestion
from shared.cohorts.period import Granularity
from shared.computation.questions import QUESTIONS
from shared.nightly.question import ComputedOrganization, scans
from shared.segments.thresholds import Thresholds
from shared.warehouse.answers import NightAnswers, NightTables, rows_of
from shared.warehouse.typed_tables import FACTS_KEPT
from shared.warehouse.warehouse import Warehouse
from tests.support.warehouse_facts import asked_night, fact_row, organization

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
RFM = RfmQuestion()
COHORTS = CohortQuestion(granularity=Granularity.MONTH)
HUGE = 2**60 + 1
REQUEST_BYTES = 10_000_000
"""Maximum size of a request to BigQuery."""


@given(number=st.integers(-(2**63), 2**63 - 1), value=st.text())
def test_whole_numbers_and_text_come_back(number: int, value: str) -> None:
    """BigQuery writes whole numbers beyond 2^53 as text, and the emulator as numbers."""
    for written in (number, str(number)):
        row = {"org_id": "1", "value": value, "cohort": written, "k": None}
        assert rows_of(json.dumps([row]), COHORTS) == [{**row, "cohort": number}]


def orders(*org_ids: str, amount_cents: int = 1000) -> list[Any]:
    return [
        fact_row(
            f"{org_id}{days}",
            org_id=org_id,
            customer=f"c{days}",
            ordered_at=NOW - timedelta(days=days),
            amount_cents=amount_cents,
            channel='a "channel"\nof two lines, ü',
        )
        for org_id in org_ids
        for days in (1, 40)
    ]


def test_amounts_that_no_float_holds_are_exact(warehouse: Warehouse) -> None:
    warehouse.load(orders("org", amount_cents=HUGE))
    night = asked_night(warehouse, [RFM], [organization(today=NOW.date())], NOW)
    actual = NightAnswers(warehouse, night.facts or "").of("org", [RFM])
    assert actual is not None
    assert {row["revenue_cents"] for row in actual.rows["rfm"]} == {HUGE}


def test_only_what_was_asked_about_has_answers(warehouse: Warehouse) -> None:
    warehouse.load(orders("north", "south", "unasked"))
    shops = [
        organization("north", "Asia/Tokyo", today=NOW.date()),
        organization("south", today=NOW.date(), thresholds=Thresholds(churned_min_days=99)),
        organization("without_orders", today=NOW.date()),
    ]
    night = asked_night(warehouse, [RFM], shops, NOW)
    answers = NightAnswers(warehouse, night.facts or "")
    for shop, count in zip(shops, (2, 2, 0), strict=True):
        actual = answers.of(shop.org_id, [RFM, COHORTS])
        assert actual is not None
        assert (actual.organization, actual.orders) == (shop, count)
        assert sum(row["customers"] for row in actual.rows.get("rfm", ())) == count
        assert {row["org_id"] for row in actual.rows.get("rfm", ())} <= {shop.org_id}
        assert "cohorts_month" not in actual.rows
    assert answers.of("unasked", [RFM]) is None
    assert answers.of("nobody", [RFM]) is None


def test_answers_go_when_their_facts_go(warehouse: Warehouse) -> None:
    now = NOW
    aging = Warehouse(
        warehouse.client,
        warehouse.dataset.dataset_id,
        maximum_bytes_billed=10**9,
        clock=lambda: now,
    )

    def tables() -> set[str]:
        listed = warehouse.client.list_tables(warehouse.dataset)
        return {table.table_id for table in listed}

    warehouse.load(orders("org"))
    night = asked_night(aging, QUESTIONS, [organization(today=NOW.date())], NOW)
    made = {name for name in tables() if name.endswith(night.facts or "?")}
    assert f"answers_{night.facts}" in made
    assert len(made) > len(scans(QUESTIONS))
    now = NOW + FACTS_KEPT - timedelta(seconds=1)
    aging.refresh_facts()
    assert made <= tables()
    now = NOW + FACTS_KEPT + timedelta(seconds=1)
    aging.refresh_facts()
    assert made.isdisjoint(tables())


def test_twenty_thousand_organisations_are_loaded_and_are_in_no_request(
    warehouse: Warehouse,
) -> None:
    """As a parameter of each query they would exceed the size of a request."""
    shops = [
        organization(
            f"organisation_with_an_id_of_48_characters_{number:08}",
            "America/Argentina/ComodRivadavia",
            today=NOW.date(),
        )
        for number in range(20_000)
    ]
    assert sum(len(shop.as_parameter()) for shop in shops) > REQUEST_BYTES
    warehouse.load(orders(shops[0].org_id))
    tables = NightTables(warehouse)
    facts = tables.make_facts(shops)
    (scan,) = scans([RFM])
    tables.ask(facts, scan, NOW)
    tables.combine(facts, [scan.name])
    for scan in scans(QUESTIONS):
        assert len(str(scan.parameters(NOW))) < 2_000
    for shop in (shops[0], shops[-1]):
        actual = NightAnswers(warehouse, facts).of(shop.org_id, [RFM])
        assert actual is not None
        assert actual.organization == shop


@pytest.mark.parametrize("time_zone", ["UTC", "Asia/Kolkata"])
def test_an_organisation_comes_back(time_zone: str) -> None:
    thresholds = Thresholds(vip_min_aov_cents=HUGE, high_value_min_aov_cents=7)
    shop = ComputedOrganization(
        org_id="ü/ü", time_zone=ZoneInfo(time_zone), today=NOW.date(), thresholds=thresholds
    )
    assert ComputedOrganization.from_parameter(shop.as_parameter()) == shop
