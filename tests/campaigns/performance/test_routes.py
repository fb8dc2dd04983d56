"""Campaign performance over HTTP: current counts beside nightly measurements."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.campaigns.campaign import Campaign, CampaignStatus, Economics
from shared.campaigns.performance.lift_question import NAME
from shared.campaigns.performance.measurement import (
    ArmTotals,
    DayTotals,
    Effect,
    Measurement,
    MeasurementState,
    Remedy,
    SegmentEffect,
    Unmeasurable,
)
from shared.campaigns.performance.measurement_fields import measurement_fields
from shared.campaigns.store import CampaignStore
from shared.firestore import paths
from shared.nightly.result import Result, attempt_at
from shared.nightly.result_store import ResultWriter
from tests.campaigns.crm import put_campaign
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, Shop, days_ago

ID = "sc_000000000001"
PATH = f"/v1/campaigns/{ID}/performance"
SENT_AT = NOW - timedelta(days=10)
SETTINGS = 3
MEASURED = Effect(difference=150.0, low=-50.0, high=350.0, p_value=0.2, coverage=0.95)
REFUSED = Effect(coverage=0.9, reason=Unmeasurable.LOW_COVERAGE, remedies=(Remedy.LARGER_HOLDOUT,))


def measurement(id: str = ID, revenue: Effect = MEASURED, **changes: Any) -> Measurement:
    treated = ArmTotals(customers=2, buyers=1, orders=3, revenue_cents=9_000)
    held_out = ArmTotals(customers=1, buyers=0, orders=0, revenue_cents=0)
    return replace(
        Measurement(
            campaign_id=id,
            goal="winback",
            sent_at=SENT_AT,
            window_days=7,
            measured_at=NOW - timedelta(days=1),
            restated_at=None,
            state=MeasurementState.FINAL,
            is_sample=False,
            treated=treated,
            held_out=held_out,
            revenue=revenue,
            orders=Effect(difference=0.5, low=0.1, high=0.9, p_value=0.01, coverage=0.96),
            segments=(
                SegmentEffect(segment="vip", treated=treated, held_out=held_out, revenue=REFUSED),
            ),
            days=(
                DayTotals(
                    day=date(2026, 3, 2),
                    treated_orders=3,
                    treated_cents=9_000,
                    held_out_orders=0,
                    held_out_cents=0,
                ),
            ),
        ),
        **changes,
    )


def publish(client: firestore.Client, *measurements: Measurement) -> None:
    entries = [measurement_fields(each) for each in measurements]
    attempt = attempt_at(NOW, due_at=NOW)
    ResultWriter(client).publish(ORG, Result(name=NAME, entries=entries), attempt, 7)


def count(client: firestore.Client, id: str = ID, **counted: Any) -> None:
    for shard in ("0", "1"):
        reference = client.document(paths.campaign_counters_shard(ORG, id, shard))
        reference.set({"campaign_id": id, **counted})


def put(client: firestore.Client, id: str = ID, economics: Economics | None = None) -> None:
    put_campaign(client, ORG, id, name="Come back", keys=["a", "b"])

    def sent(before: Campaign) -> Campaign:
        plan = replace(before.plan, economics=economics or Economics())
        return replace(before, plan=plan, status=CampaignStatus.SENT, sent_at=SENT_AT)

    CampaignStore(client, ORG).change(id, sent)


def test_credited_stands_beside_incremental(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    put(firestore_client, economics=Economics(cost_cents=200, margin=0.5))
    count(
        firestore_client,
        events={"sent": 50, "delivered": 40, "opened": 20, "clicked": 5, "bounced": 10},
        channels={"email": {"sent": 50, "delivered": 40}},
        segments={"vip": {"sent": 50, "orders": 2, "revenue_cents": 5_000}},
        credit={"orders": 2, "revenue_cents": 5_000, "engaged_orders": 1},
        days={"2026-03-01": {"orders": 2, "revenue_cents": 5_000}},
    )
    publish(firestore_client, measurement())
    with metered(firestore_client) as meter:
        found = dashboard.get(PATH)
    assert meter.documents_read == SETTINGS + 3 + 2
    assert (found["status"], found["campaignStatus"], found["stale"]) == ("ready", "sent", False)
    messages = found["messages"]
    assert (messages["sent"], messages["openRate"], messages["clickRate"]) == (100, 0.5, 0.125)
    assert (messages["deliveryRate"], messages["bounceRate"]) == (0.8, 0.2)
    assert [each["channel"] for each in found["channels"]] == ["email"]
    credited = found["credited"]
    assert (credited["orders"], credited["revenue"], credited["averageOrderValue"]) == (4, 100, 25)
    assert credited["engagedOrders"] == 2
    incremental = found["incremental"]
    assert incremental["state"] == "final"
    assert incremental["treated"]["conversionRate"] == 0.5
    revenue = incremental["revenue"]
    # Two are treated.
    assert (revenue["perCustomer"], revenue["total"]) == (1.5, 3)
    assert (revenue["totalLow"], revenue["totalHigh"], revenue["pValue"]) == (-1, 7, 0.2)
    assert incremental["orders"]["total"] == 1
    (vip,) = found["segments"]
    assert (vip["segment"], vip["messages"]["sent"], vip["credited"]["revenue"]) == (
        "vip",
        100,
        100,
    )
    assert (vip["revenue"]["total"], vip["revenue"]["reason"]) == (None, "low_coverage")
    assert vip["revenue"]["remedies"] == ["larger_holdout"]
    first, second = found["days"]
    assert (first["day"], first["creditedRevenue"]) == ("2026-03-01", 100)
    # No night has measured it: what the arms did then is not known to be nothing.
    arms = ("treatedOrders", "treatedRevenue", "heldOutOrders", "heldOutRevenue")
    assert [first[name] for name in arms] == [None] * 4
    assert (second["creditedOrders"], second["treatedOrders"]) == (0, 3)
    economics = found["economics"]
    assert (economics["credited"]["profit"], economics["credited"]["roi"]) == (48, 24)
    assert (economics["incremental"]["profit"], economics["incremental"]["roi"]) == (-0.5, -0.25)
    assert economics["incremental"]["reason"] is None


def test_a_measured_day_of_the_window_without_orders_of_members_has_zeros(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    """As where only members outside of the sample bought: it said "not measured yet" for good."""
    put(firestore_client)
    count(firestore_client, days={"2026-11-15": {"orders": 1, "revenue_cents": 500}})
    publish(firestore_client, measurement(is_sample=True, days=()))
    (day,) = dashboard.get(PATH)["days"]
    assert (day["creditedOrders"], day["treatedOrders"], day["heldOutRevenue"]) == (2, 0, 0)


def test_what_is_not_known_is_null_with_a_reason(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    put(firestore_client)
    found = dashboard.get(PATH)
    assert (found["status"], found["stale"], found["incremental"]) == ("pending", True, None)
    assert (found["messages"]["openRate"], found["credited"]["averageOrderValue"]) == (None, None)
    assert found["economics"]["credited"]["reason"] == "cost_unknown"
    assert found["economics"]["incremental"]["reason"] == "not_measured"
    publish(firestore_client, measurement(revenue=REFUSED))
    found = dashboard.get(PATH)
    assert found["incremental"]["revenue"]["perCustomer"] is None
    assert found["economics"]["incremental"]["roi"] is None
    assert found["economics"]["incremental"]["reason"] == "not_measurable"


@pytest.mark.parametrize("id", ["sc_00000000ffff", "nonsense"])
def test_another_campaign_is_404(dashboard: Dashboard, id: str) -> None:
    assert_problem(dashboard.call(f"/v1/campaigns/{id}/performance"), 404, "not-found")


def test_the_overview_is_no_campaign_that_could_be_changed(dashboard: Dashboard) -> None:
    answer = dashboard.call("/v1/campaigns/stats", method="OPTIONS")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    answer = dashboard.call("/v1/campaigns/sc_000000000001", method="OPTIONS")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, PUT"


def test_the_overview_says_percent(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    """Conversions are no clicks over openings, and an order counts once."""
    nothing = dashboard.get("/v1/campaigns/stats")
    assert (nothing["total"], nothing["avgOpenRate"], nothing["totalRevenue"]) == (0, None, 0)
    put(firestore_client)
    put_campaign(firestore_client, ORG, "sc_000000000002", name="Next", keys=["a"])
    count(
        firestore_client,
        events={"sent": 8, "delivered": 4, "opened": 1},
        credit={"orders": 1, "revenue_cents": 1_250},
    )
    assert dashboard.get("/v1/campaigns/stats") == {
        "orgId": ORG,
        "total": 2,
        "active": 0,
        "scheduled": 0,
        "sent": 1,
        "drafts": 1,
        "avgOpenRate": 25,
        "avgClickRate": 0,
        "totalRevenue": 25,
    }


def test_a_draft_shows_measured_lifts_and_expects_nothing_before_three(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    shop.order("ada@example.org", 10, at=days_ago(200))
    draft = {"segment": "churned"}
    before = dashboard.get("/v1/campaigns:prefill", draft)
    assert (before["goal"], before["measuredLifts"], before["expectedLift"]) == (
        "winback",
        [],
        None,
    )
    ids = [f"sc_00000000000{number}" for number in range(6)]
    publish(
        firestore_client,
        *(measurement(id, sent_at=SENT_AT + timedelta(hours=n)) for n, id in enumerate(ids[:2])),
        measurement(ids[2], goal="loyalty"),
        measurement(ids[3], state=MeasurementState.PRELIMINARY),
        measurement(ids[4], revenue=REFUSED),
    )
    two = dashboard.get("/v1/campaigns:prefill", draft)
    assert [each["campaignId"] for each in two["measuredLifts"]] == [ids[1], ids[0]]
    assert two["measuredLifts"][0]["perCustomer"] == 1.5
    assert (two["measuredLifts"][0]["low"], two["measuredLifts"][0]["high"]) == (-0.5, 3.5)
    assert two["expectedLift"] is None
    publish(firestore_client, *map(measurement, ids[:3]))
    three = dashboard.get("/v1/campaigns:prefill", draft)["expectedLift"]
    assert (three["campaigns"], three["perCustomer"]) == (3, 1.5)
    assert three["low"] < 1.5 < three["high"]
