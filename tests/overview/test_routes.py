"""GET /v1/analytics/overview: exact numbers over real orders."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.products.product_sales import TOP_PRODUCTS
from tests.support.dashboard import Dashboard
from tests.support.metered import failing
from tests.support.shop import OTHER, Shop, days_ago, item

PATH = "/v1/analytics/overview"
NOT_COMPUTED = ["churnRate", "cohorts", "affinityPairs", "conversionFunnel"]


def seed(shop: Shop) -> None:
    shop.order("ada@example.org", 10.1, at=days_ago(0), items=[item("p1", 10.1)])
    shop.order("ada@example.org", 20.2, at=days_ago(29), items=[item("p2", 20.2)])
    shop.order("bob@example.org", 30.3, at=days_ago(30), items=[item("p1", 30.3)])
    shop.order("cleo@example.org", 40.4, at=days_ago(59), items=[item("p3", 40.4, category="Vape")])
    shop.order("cleo@example.org", 50.5, at=days_ago(60), items=[item("p3", 50.5, category="Vape")])
    shop.order(None, 5, at=days_ago(0), items=[item("p4", 5, category="Edibles")])
    shop.order("dan@example.org", 999, at=days_ago(1), status="cancelled", items=[item("p9", 999)])
    shop.order("eve@example.org", 77, org=OTHER, items=[item("p7", 77)])


def test_the_page_in_numbers(dashboard: Dashboard, shop: Shop) -> None:
    seed(shop)
    shop.refresh_products()

    answer = dashboard.get(PATH)

    days = answer.pop("dailyStats")
    assert answer == {
        "orgId": "org_green",
        "asOf": "2026-11-23T12:00:00Z",
        "stale": False,
        "timeZone": "UTC",
        "totalRevenue": 156.5,
        "totalOrders": 6,
        "averageOrderValue": 26.08,
        "salesByProduct": [
            {"productId": "p3", "productName": "Product p3", "revenue": 90.9},
            {"productId": "p1", "productName": "Product p1", "revenue": 40.4},
            {"productId": "p2", "productName": "Product p2", "revenue": 20.2},
            {"productId": "p4", "productName": "Product p4", "revenue": 5},
        ],
        "salesByCategory": [
            {"category": "Vape", "revenue": 90.9},
            {"category": "Flower", "revenue": 60.6},
            {"category": "Edibles", "revenue": 5},
        ],
        "repeatCustomerRate": 2 / 3,
        "uniqueCustomerCount": 3,
        "last30DaysRevenue": 35.3,
        "last30DaysOrders": 3,
        "prev30DaysRevenue": 70.7,
        "prev30DaysOrders": 2,
        "dataNote": "Based on 6 orders (all-time)",
        **dict.fromkeys(NOT_COMPUTED),
        "channelPerformance": [
            {"channel": "unknown", "sessions": None, "revenue": 35.3, "conversionRate": None}
        ],
        "nightly": [
            {
                "field": field,
                "status": "ready",
                "computedAt": "2026-11-23T12:00:00Z",
                "stale": False,
                "lastError": None,
            }
            for field in ("salesByProduct", "salesByCategory")
        ]
        + [
            {
                "field": field,
                "status": "pending",
                "computedAt": None,
                "stale": True,
                "lastError": None,
            }
            for field in ("churnRate", "cohorts", "affinityPairs")
        ],
        "notComputed": NOT_COMPUTED,
    }
    assert len(days) == 30
    assert [day["date"] for day in days] == [
        (datetime(2026, 10, 25, tzinfo=UTC) + timedelta(days=number)).date().isoformat()
        for number in range(30)
    ]
    unmeasured = {"sessions": None, "checkoutsStarted": None, "paidCheckouts": None}
    assert days[0] == {
        "date": "2026-10-25",
        "gmv": 20.2,
        "orders": 1,
        "newCustomers": 1,
        "returningOrders": 0,
        **unmeasured,
    }
    assert days[-1] == {
        "date": "2026-11-23",
        "gmv": 15.1,
        "orders": 2,
        "newCustomers": 0,
        "returningOrders": 1,
        **unmeasured,
    }
    for day in days[1:-1]:
        assert (day["gmv"], day["orders"]) == (0, 0)
        assert (day["newCustomers"], day["returningOrders"]) == (0, 0)


def test_sales_are_null_until_a_night_has_computed_them(dashboard: Dashboard, shop: Shop) -> None:
    """A missing result is not an empty list."""
    seed(shop)

    answer = dashboard.get(PATH)

    assert (answer["salesByProduct"], answer["salesByCategory"]) == (None, None)
    assert answer["notComputed"] == ["salesByProduct", "salesByCategory", *NOT_COMPUTED]
    assert {each["status"] for each in answer["nightly"]} == {"pending"}
    assert (answer["totalRevenue"], answer["stale"]) == (156.5, False)


def test_sales_are_as_of_the_night_and_say_so(dashboard: Dashboard, shop: Shop) -> None:
    seed(shop)
    shop.refresh_products(at=days_ago(0.5))
    shop.order("ada@example.org", 500, items=[item("p1", 500)])

    answer = dashboard.get(PATH)

    assert answer["totalRevenue"] == 656.5
    assert answer["salesByProduct"][0]["revenue"] == 90.9
    assert answer["nightly"][0] == {
        "field": "salesByProduct",
        "status": "ready",
        "computedAt": "2026-11-23T00:00:00Z",
        "stale": False,
        "lastError": None,
    }
    late = dashboard.at(days_ago(-1)).get(PATH)
    assert (late["nightly"][0]["stale"], late["stale"]) == (True, True)


@pytest.mark.parametrize("query", [1, 2, 3])
def test_what_happens_in_between_the_reads_is_not_half_seen(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client, query: int
) -> None:
    """An order adds to several documents."""
    seed(shop)
    before = dashboard.get(PATH)
    happened = False

    def happen(method: str, number: int) -> None:
        nonlocal happened
        if method == "run_query" and number == query and not happened:
            happened = True
            shop.order("ada@example.org", 500, items=[item("p1", 500)])

    with failing(firestore_client, happen):
        during = dashboard.get(PATH)

    assert happened
    assert during == before
    assert dashboard.get(PATH)["totalRevenue"] == before["totalRevenue"] + 500


def test_a_late_order_is_in_every_number(dashboard: Dashboard, shop: Shop) -> None:
    seed(shop)
    shop.order("late@example.org", 100, at=days_ago(200), items=[item("p1", 100)])
    shop.order("late@example.org", 7, at=days_ago(29), items=[item("p1", 7)])
    shop.refresh_products()

    answer = dashboard.get(PATH)

    assert answer["totalRevenue"] == 263.5
    assert answer["salesByProduct"][0] == {
        "productId": "p1",
        "productName": "Product p1",
        "revenue": 147.4,
    }
    assert answer["last30DaysRevenue"] == 42.3
    assert answer["dailyStats"][0]["gmv"] == 27.2
    assert answer["dailyStats"][0]["returningOrders"] == 1


def test_an_organisation_without_orders(dashboard: Dashboard, shop: Shop) -> None:
    shop.refresh_products()

    answer = dashboard.get(PATH)

    assert answer["dataNote"] == "No data yet"
    assert (answer["totalRevenue"], answer["totalOrders"]) == (0, 0)
    assert answer["averageOrderValue"] is None
    assert answer["repeatCustomerRate"] is None
    assert (answer["salesByProduct"], answer["salesByCategory"]) == ([], [])
    assert [day["orders"] for day in answer["dailyStats"]] == [0] * 30


def test_days_are_days_where_the_organisation_is(dashboard: Dashboard, shop: Shop) -> None:
    shop.settings("analytics", {"timeZone": "Pacific/Auckland"})
    # 12:00 in UTC is 01:00 of the next day in Auckland, so today has just begun.
    shop.order("ada@example.org", 10, at=days_ago(0.5 / 24))
    shop.order("bob@example.org", 20, at=days_ago(1.5 / 24))

    answer = dashboard.get(PATH)

    assert answer["timeZone"] == "Pacific/Auckland"
    assert [(day["date"], day["gmv"]) for day in answer["dailyStats"][-2:]] == [
        ("2026-11-23", 20),
        ("2026-11-24", 10),
    ]


def test_only_the_best_ten_products_and_all_categories_are_named(
    dashboard: Dashboard, shop: Shop
) -> None:
    lines: list[dict[str, Any]] = [
        item(f"p{number:02}", 1 + number, category=f"Kind {number:02}") for number in range(12)
    ]
    shop.order("ada@example.org", 78, items=lines)
    shop.refresh_products()

    answer = dashboard.get(PATH)

    assert [line["productId"] for line in answer["salesByProduct"]] == [
        f"p{number:02}" for number in range(11, 11 - TOP_PRODUCTS, -1)
    ]
    assert len(answer["salesByCategory"]) == 12


def test_what_is_taken_back_leaves_no_trace(dashboard: Dashboard, shop: Shop) -> None:
    shop.refresh_products()
    empty = dashboard.get(PATH)
    shop.order("ada@example.org", 10, id="o1", at=days_ago(5), items=[item("p1", 10)])
    shop.refresh_products()
    shop.order(
        "ada@example.org", 10, id="o1", at=days_ago(5), items=[item("p1", 10)], status="voided"
    )
    shop.refresh_products()

    assert dashboard.get(PATH) == empty
