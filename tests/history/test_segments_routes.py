"""GET /v1/segments: exact numbers over real orders."""

from typing import Any

from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from tests.support.dashboard import Dashboard
from tests.support.shop import Shop, days_ago


def by_id(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {segment["id"]: segment for segment in answer["segments"]}


def test_every_segment_is_counted_in_display_order(dashboard: Dashboard, shop: Shop) -> None:
    shop.order("new@example.org", 12.5, at=days_ago(1))
    shop.order("new2@example.org", 7.25, at=days_ago(2))
    shop.order("churned@example.org", 40, at=days_ago(100))
    for days in (40, 3):
        shop.order("vip@example.org", 300, at=days_ago(days))

    answer = dashboard.get("/v1/segments")

    assert answer["orgId"] == "org_green"
    assert answer["asOf"] == "2026-11-23T12:00:00Z"
    assert answer["totalCustomers"] == 4
    assert answer["thresholdsVersion"] == Thresholds().version
    assert answer["settingsProblems"] == []
    assert [segment["id"] for segment in answer["segments"]] == [s.value for s in Segment]
    segments = by_id(answer)
    assert segments["new"] == {
        "id": "new",
        "label": "New",
        "description": Segment.NEW.description,
        "count": 2,
        "share": 0.5,
        "lifetimeValue": 19.75,
        "averageOrderValue": 9.88,
    }
    assert (segments["vip"]["count"], segments["vip"]["lifetimeValue"]) == (1, 600)
    assert segments["vip"]["averageOrderValue"] == 300
    assert segments["churned"]["share"] == 0.25
    assert segments["loyal"]["count"] == 0
    assert segments["loyal"]["share"] == 0
    assert segments["loyal"]["averageOrderValue"] is None


def test_an_organisation_without_orders_has_no_shares(dashboard: Dashboard) -> None:
    answer = dashboard.get("/v1/segments")

    assert answer["totalCustomers"] == 0
    assert len(answer["segments"]) == 8
    for segment in answer["segments"]:
        assert (segment["count"], segment["lifetimeValue"]) == (0, 0)
        assert segment["share"] is None
        assert segment["averageOrderValue"] is None


def test_a_customer_leaves_the_counts_with_the_last_order_that_counts(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order("ada@example.org", 10, id="o1")
    shop.order("bob@example.org", 20)
    shop.order("ada@example.org", 10, id="o1", status="cancelled")

    answer = dashboard.get("/v1/segments")

    assert answer["totalCustomers"] == 1
    assert by_id(answer)["new"]["share"] == 1
    assert by_id(answer)["new"]["lifetimeValue"] == 20


def test_refused_settings_are_named_and_the_defaults_are_in_force(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.settings("loyalty", {"segmentThresholds": {"vip_minOrders": -1}})
    shop.settings("analytics", {"timeZone": "Mars/Olympus"})

    answer = dashboard.get("/v1/segments")

    assert answer["thresholdsVersion"] == Thresholds().version
    assert answer["settingsProblems"] == [
        {"field": "vip_minOrders", "detail": "must be a whole number from 1 to 1000000"},
        {"field": "timeZone", "detail": "must be an IANA time zone name"},
    ]


def test_the_organisations_own_thresholds_name_another_version(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.settings("loyalty", {"segmentThresholds": {"vip_minOrders": 3}})

    assert (
        dashboard.get("/v1/segments")["thresholdsVersion"] == Thresholds(vip_min_orders=3).version
    )
