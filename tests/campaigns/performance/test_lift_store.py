"""A campaign through its nights: members loaded once, figures kept, and restated with orders."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from google.cloud import firestore

from shared.campaigns.campaign import CampaignStatus
from shared.campaigns.performance.lift_question import NAME, WITHOUT_MEMBERS, CampaignLiftQuestion
from shared.campaigns.performance.lift_store import LiftResults, Measurements, asked_campaigns
from shared.campaigns.performance.measurement import (
    ASKED_DAYS,
    RESTATED_DAYS,
    Measurement,
    MeasurementState,
    Unmeasurable,
)
from shared.campaigns.store import CampaignStore
from shared.firestore import paths
from shared.nightly.result import Result, attempt_at
from shared.nightly.result_store import ResultWriter
from shared.warehouse.warehouse import Warehouse
from tests.campaigns.crm import put_campaign
from tests.support.metered import metered
from tests.support.shop import NOW, ORG
from tests.support.warehouse_facts import answers, fact_row, organization

ID = "sc_000000000001"
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
    shop = replace(organization(ORG, today=now.date()), campaigns=campaigns)
    result = answers(warehouse, CampaignLiftQuestion(), [shop], now)[ORG][NAME]
    writer = ResultWriter(client)
    results = LiftResults(client, lambda: warehouse, writer, writer.state)
    results.publish(ORG, result, attempt_at(now, due_at=now), 0)
    return result


def measured(client: firestore.Client) -> Measurement | None:
    found = Measurements(client, ORG)
    return found.one(found.state(), ID)


def test_figures_come_the_night_after_are_kept_and_restated(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    client = firestore_client
    put(client)
    warehouse.load([fact_row("o1", org_id=ORG, customer="a", ordered_at=SENT_AT + DAY)])

    first = night(client, warehouse, 0 * DAY)
    assert first.summary[WITHOUT_MEMBERS] == [ID]
    assert measured(client) is None

    second = night(client, warehouse, DAY)
    assert second.summary[WITHOUT_MEMBERS] == []
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
