"""A campaign through its nights: members loaded once, figures kept, and restated with orders."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.campaigns.campaign import CampaignStatus
from shared.campaigns.performance import members_store
from shared.campaigns.performance.lift_question import NAME, CampaignLiftQuestion
from shared.campaigns.performance.lift_store import LiftResults, Measurements, asked_campaigns
from shared.campaigns.performance.measurement import (
    ASKED_DAYS,
    RESTATED_DAYS,
    Measurement,
    MeasurementState,
    Unmeasurable,
)
from shared.campaigns.performance.members_store import LOADED, load_members, with_members
from shared.campaigns.store import CampaignStore
from shared.computation import job as computing
from shared.firestore import paths
from shared.nightly.result import Result, attempt_at
from shared.nightly.result_store import ResultWriter
from shared.warehouse import tables
from shared.warehouse.warehouse import Warehouse
from tests.campaigns.crm import put_campaign
from tests.computation.nights import Night, built
from tests.support.metered import metered
from tests.support.shop import NOW, ORG
from tests.support.warehouse_facts import answers, fact_row, organization

ID = "sc_000000000001"
OTHER_ID = "sc_000000000002"
NIGHT = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SENT_AT = NOW - 10 * DAY


def put(client: firestore.Client, id: str = ID, **changes: Any) -> None:
    """Store a campaign that is sent."""
    put_campaign(client, ORG, id, name="Come back", keys=["a", "b"])

    CampaignStore(client, ORG).change(
        id,
        lambda before: replace(before, status=CampaignStatus.SENT, sent_at=SENT_AT, **changes),
    )


def night(client: firestore.Client, warehouse: Warehouse, later: timedelta) -> Result:
    """One night; gives what it found by itself."""
    now = NOW + later
    campaigns = asked_campaigns(client, ORG, now)
    asked = replace(organization(ORG, today=now.date()), campaigns=campaigns)
    (shop,) = with_members(client, lambda: warehouse, [asked])
    result = answers(warehouse, CampaignLiftQuestion(), [shop], now)[ORG][NAME]
    writer = ResultWriter(client)
    results = LiftResults(client, writer, writer.state)
    results.publish(ORG, result, attempt_at(now, due_at=now), 0)
    return result


def measured(client: firestore.Client) -> Measurement | None:
    found = Measurements(client, ORG)
    return found.one(found.state(), ID)


def test_the_first_night_after_a_send_has_its_figures(
    firestore_client: firestore.Client, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the scheduled function and its task: members are loaded before anything is asked."""
    for name in ("night_questions", "asked_questions"):
        monkeypatch.setattr(computing, name, lambda settings: (CampaignLiftQuestion(),))
    put(firestore_client)
    document = firestore_client.document(paths.campaign(ORG, ID))
    document.update({"created_at": NIGHT - 12 * DAY, "sent_at": NIGHT - 10 * DAY})
    put_campaign(firestore_client, ORG, OTHER_ID, name="Not sent", keys=["a"])
    firestore_client.document(paths.analytics_settings(ORG)).set({"timeZone": "UTC"})
    warehouse.append([fact_row("o1", org_id=ORG, customer="a", ordered_at=NIGHT - 9 * DAY)])

    assert Night(built(firestore_client, warehouse)).run(NIGHT) == "complete"

    found = measured(firestore_client)
    assert found is not None
    assert (found.treated.customers, found.treated.revenue_cents) == (2, 1_000)
    assert found.state is MeasurementState.FINAL


def test_members_are_loaded_once_for_two_reads_and_a_write(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    put(firestore_client)
    for reads, writes in ((2, 1), (0, 0)):
        asked = asked_campaigns(firestore_client, ORG, NOW)
        shop = replace(organization(ORG, today=NOW.date()), campaigns=asked)
        with metered(firestore_client) as meter:
            (after,) = with_members(firestore_client, lambda: warehouse, [shop])
        assert after.campaigns == asked
        assert (meter.documents_read, meter.documents_written) == (reads, writes)


def test_a_campaign_whose_members_cannot_be_loaded_waits_and_holds_up_no_other(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    client = firestore_client
    put(client)
    put(client, OTHER_ID)
    chunk = next(client.collection(paths.campaign_chunks(ORG, ID)).list_documents())
    kept = chunk.get().to_dict()
    assert kept is not None
    chunk.delete()
    warehouse.load([fact_row("o1", org_id=ORG, customer="a", ordered_at=SENT_AT + DAY)])

    assert [entry["key"] for entry in night(client, warehouse, 0 * DAY).entries] == [OTHER_ID]
    assert measured(client) is None

    chunk.set(kept)
    assert len(night(client, warehouse, DAY).entries) == 2
    assert measured(client) is not None


def test_members_are_loaded_in_parts_and_after_an_end_again(
    firestore_client: firestore.Client, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is missing; rows that are there twice count once, whatever the warehouse takes."""
    monkeypatch.setattr(members_store, "PART_ROWS", 2)
    keys = [f"c{number}" for number in range(5)]
    put_campaign(firestore_client, ORG, ID, name="Come back", keys=keys)
    campaign = CampaignStore(firestore_client, ORG).campaign(ID)
    assert campaign is not None
    load, loads = warehouse.load_members, 0

    def ended(rows: Any, *, job_id: str) -> int:
        nonlocal loads
        loads += 1
        if loads == 3:
            raise OSError("ended")
        return load(rows, job_id=job_id)

    monkeypatch.setattr(warehouse, "load_members", ended)
    with pytest.raises(OSError, match="ended"):
        load_members(firestore_client, warehouse, ORG, campaign)
    document = firestore_client.document(paths.campaign(ORG, ID))
    assert LOADED not in (document.get().to_dict() or {})

    assert load_members(firestore_client, warehouse, ORG, campaign) == 5
    assert document.get([LOADED]).to_dict() == {LOADED: campaign.generation}
    table = tables.members_table(warehouse.dataset).reference
    found = {(row["customer_key"], row["held_out"]) for row in warehouse.client.list_rows(table)}
    assert found == {(key, False) for key in keys}


def test_figures_are_kept_and_restated(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    client = firestore_client
    put(client)
    warehouse.load([fact_row("o1", org_id=ORG, customer="a", ordered_at=SENT_AT + DAY)])

    night(client, warehouse, DAY)
    found = measured(client)
    assert found is not None
    assert (found.treated.customers, found.treated.revenue_cents) == (2, 1_000)
    assert (found.state, found.goal) == (MeasurementState.FINAL, "winback")
    assert found.revenue.reason is Unmeasurable.NO_HOLDOUT
    assert (found.measured_at, found.restated_at) == (NOW + DAY, None)

    night(client, warehouse, 2 * DAY)
    assert measured(client) == found

    # The order is refunded in part, after the window has closed.
    warehouse.load(
        [
            fact_row(
                "o1",
                org_id=ORG,
                customer="a",
                ordered_at=SENT_AT + DAY,
                amount_cents=400,
                operation="UPDATE",
                timestamp=NOW + 2 * DAY,
                event_id="refund",
            )
        ]
    )
    night(client, warehouse, 3 * DAY)
    restated = measured(client)
    assert restated is not None
    assert restated.treated.revenue_cents == 400
    assert restated.restated_at == NOW + 3 * DAY

    # Much later nobody asks about it, and what was found stays.
    assert night(client, warehouse, (RESTATED_DAYS + 1) * DAY).entries == []
    assert measured(client) == restated


def test_campaigns_that_are_asked_about_cost_a_read_each(
    firestore_client: firestore.Client,
) -> None:
    for number in range(3):
        put(firestore_client, f"sc_00000000000{number}")
    put(firestore_client, "sc_00000000000a", created_at=NOW - (ASKED_DAYS + 1) * DAY)
    store = CampaignStore(firestore_client, ORG)
    for id, status in (
        ("sc_00000000000b", CampaignStatus.FREEZING),
        ("sc_00000000000c", CampaignStatus.CANCELLED),
    ):
        put_campaign(firestore_client, ORG, id, name="Other", keys=["a"])
        document = firestore_client.document(paths.campaign(ORG, id))
        document.update({"status": status.value})
    put_campaign(firestore_client, "other", "sc_00000000000d", name="Other's", keys=["a"])
    assert store.campaign("sc_00000000000b") is not None

    with metered(firestore_client) as meter:
        found = asked_campaigns(firestore_client, ORG, NOW)

    assert found is not None
    assert {each.id for each in found} == {f"sc_00000000000{number}" for number in range(3)}
    assert {(each.sent_at, each.window_days, each.goal) for each in found} == {
        (SENT_AT, 7, "winback")
    }
    assert meter.documents_read == 5


def test_a_campaign_that_cannot_be_read_is_no_campaign_without_figures(
    firestore_client: firestore.Client,
) -> None:
    put(firestore_client)
    firestore_client.document(paths.campaign(ORG, ID)).update({"sent_at": "yesterday"})
    assert asked_campaigns(firestore_client, ORG, NOW) is None
