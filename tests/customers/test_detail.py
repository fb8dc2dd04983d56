"""GET /v1/customers/{customerKey}: the profile, the reason and the latest orders."""

from typing import Any

import pytest

from shared.segments.thresholds import STORED_NAMES, Thresholds
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import NOW, OTHER, Shop, days_ago, item, key_of

ADA = "ada@example.org"


def detail(dashboard: Dashboard, email: str = ADA) -> dict[str, Any]:
    answer: dict[str, Any] = dashboard.get(f"/v1/customers/{key_of(email)}")
    return answer


def test_the_reason_names_the_rule_its_inputs_and_the_thresholds(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order(ADA, 100.25, at=days_ago(80.5))
    shop.order(ADA, 50.5, at=days_ago(65.25))

    answer = detail(dashboard)

    assert answer["why"] == {
        "rule": "at_risk",
        "segment": "at_risk",
        "inputs": {
            "orderCount": 2,
            "lifetimeValue": 150.75,
            "averageOrderValue": 75.38,
            "daysSinceLastOrder": 65,
            "daysSinceFirstOrder": 80,
        },
        "thresholds": {
            "loyal_minOrders": 2,
            "vip_minLifetimeValue": 500.0,
            "vip_minOrders": 8,
            "vip_minAOV": 50.0,
            "highValue_minAOV": 75.0,
            "highValue_maxOrders": 5,
            "frequent_minOrders": 5,
            "frequent_maxAOV": 60.0,
            "slipping_minDays": 30,
            "atRisk_minDays": 60,
            "churned_minDays": 90,
            "new_maxDays": 30,
        },
        "thresholdsVersion": Thresholds().version,
        "explanation": "At Risk: 65 days since the last order, which is at least 60 and less "
        "than 90.",
    }
    assert set(answer["why"]["thresholds"]) == set(STORED_NAMES)
    assert answer["nextTransition"] == {"at": "2026-12-18T06:00:00Z", "toSegment": "churned"}
    assert answer["nextTransitionAt"] == answer["nextTransition"]["at"]
    assert answer["asOf"] == "2026-11-23T12:00:00Z"
    assert answer["stale"] is False


def test_it_holds_the_profile_of_the_list(dashboard: Dashboard, shop: Shop) -> None:
    shop.order(ADA, 12.5, at=days_ago(3), items=[item("p1", 12.5)])

    (listed,) = dashboard.get("/v1/customers")["customers"]

    answer = detail(dashboard)
    assert {name: answer[name] for name in listed} == listed


def test_a_return_lowers_the_value_and_moves_no_date(dashboard: Dashboard, shop: Shop) -> None:
    shop.order(ADA, 50, at=days_ago(40))
    shop.order(ADA, -20, at=days_ago(1), id="back", items=[item("p1", 20)])

    answer = detail(dashboard)

    assert (answer["lifetimeValue"], answer["orderCount"]) == (30, 1)
    assert (answer["segment"], answer["daysSinceLastOrder"]) == ("slipping", 40)
    back = answer["recentOrders"][0]
    assert (back["orderId"], back["isReturn"], back["counted"]) == ("back", True, True)
    assert (back["amount"], back["items"][0]["quantity"]) == (-20, -1)


def test_a_customer_who_only_returned_is_in_no_segment_and_on_no_list(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order(ADA, -20, at=days_ago(1))

    answer = detail(dashboard)

    assert (answer["segment"], answer["why"]["rule"]) == (None, None)
    assert (answer["lifetimeValue"], answer["orderCount"]) == (-20, 0)
    assert answer["why"]["inputs"]["averageOrderValue"] is None
    assert answer["daysSinceLastOrder"] is None
    assert dashboard.get("/v1/customers")["customers"] == []
    overview = dashboard.get("/v1/analytics/overview")
    assert (overview["totalRevenue"], overview["totalOrders"]) == (-20, 0)


def test_a_churned_customer_changes_no_more(dashboard: Dashboard, shop: Shop) -> None:
    shop.order(ADA, at=days_ago(90))

    answer = detail(dashboard)

    assert answer["segment"] == "churned"
    assert answer["nextTransition"] is None


def test_the_ten_newest_orders_are_shown_those_that_do_not_count_included(
    dashboard: Dashboard, shop: Shop
) -> None:
    for number in range(9):
        shop.order(ADA, at=days_ago(20 - number), id=f"old_{number}")
    shop.order(
        ADA,
        12.5,
        at=days_ago(2),
        id="bought",
        source="alleaves",
        items=[item("p1", 5, quantity=2.5), item("p2", 0, category="Edibles")],
    )
    shop.order(ADA, 99, at=days_ago(1), id="void", status="canceled", source="web")
    shop.order("bob@example.org", id="bobs")
    shop.order(ADA, id="elsewhere", org=OTHER)

    orders = detail(dashboard)["recentOrders"]

    assert [order["orderId"] for order in orders] == [
        "void",
        "bought",
        *[f"old_{number}" for number in range(8, 0, -1)],
    ]
    assert orders[0] == {
        "orderId": "void",
        "orderedAt": "2026-11-22T12:00:00Z",
        "amount": 99,
        "isReturn": False,
        "counted": False,
        "exclusion": "cancelled",
        "channel": "online",
        "items": [],
    }
    assert orders[1] == {
        "orderId": "bought",
        "orderedAt": "2026-11-21T12:00:00Z",
        "amount": 12.5,
        "isReturn": False,
        "counted": True,
        "exclusion": None,
        "channel": "in_store",
        "items": [
            {
                "productId": "p1",
                "name": "Product p1",
                "category": "Flower",
                "quantity": 2.5,
                "revenue": 12.5,
            },
            {
                "productId": "p2",
                "name": "Product p2",
                "category": "Edibles",
                "quantity": 1,
                "revenue": 0,
            },
        ],
    }


def test_a_customer_whose_orders_are_all_void_is_in_no_segment(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order(ADA, id="o1")
    shop.order(ADA, id="o1", paymentStatus="refunded")

    answer = detail(dashboard)

    assert (answer["segment"], answer["segmentLabel"], answer["stale"]) == (None, None, False)
    assert (answer["orderCount"], answer["totalSpent"], answer["avgOrderValue"]) == (0, 0, None)
    assert (answer["lastOrderDate"], answer["daysSinceLastOrder"]) == (None, None)
    assert answer["why"]["rule"] is None
    assert "no segment" in answer["why"]["explanation"]
    assert [order["exclusion"] for order in answer["recentOrders"]] == ["payment_refunded"]


def test_a_change_that_is_due_but_not_made_yet_is_said_to_be(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order(ADA, at=days_ago(29))

    answer = detail(dashboard.at(days_ago(-2)))

    assert answer["segment"] == "new"
    assert answer["daysSinceLastOrder"] == 31
    assert answer["stale"] is True
    assert answer["nextTransition"] == {"at": "2026-11-24T12:00:00Z", "toSegment": "slipping"}
    assert answer["why"]["explanation"] == (
        "New: the time for this segment is over, and the change is being recorded."
    )


def test_thresholds_that_changed_since_are_not_passed_off_as_the_reason(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order(ADA, at=days_ago(1))
    before = detail(dashboard)["why"]["thresholdsVersion"]
    shop.settings("loyalty", {"segmentThresholds.new_maxDays": 10})

    answer = detail(dashboard)

    assert answer["stale"] is True
    assert answer["why"]["thresholds"] is None
    assert answer["why"]["thresholdsVersion"] == before
    assert "earlier thresholds" in answer["why"]["explanation"]


def test_an_instant_still_to_come_is_no_negative_number_of_days(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order(ADA, at=days_ago(-3))

    assert detail(dashboard)["daysSinceLastOrder"] == 0


@pytest.mark.parametrize(
    "key",
    [
        key_of("nobody@example.org"),
        key_of(ADA, OTHER),
        "x",
        "..",
        "__all__",
        "%00",
        "%ED%A0%80",
        "a" * 2000,
        "a%2Fb",
        "%2e%2e%2f..%2forg_other",
        "%20",
    ],
)
def test_any_other_key_is_not_found(dashboard: Dashboard, shop: Shop, key: str) -> None:
    shop.order(ADA, at=NOW)
    shop.order(ADA, at=NOW, org=OTHER)

    # With a slash it is no path of a customer.
    kind = "path-not-found" if "%2f" in key.lower() else "not-found"
    assert_problem(dashboard.call(f"/v1/customers/{key}"), 404, kind)
