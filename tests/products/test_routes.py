"""GET /v1/analytics/products: products, sorting and pages."""

from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago, item

PATH = "/v1/analytics/products"


@pytest.fixture
def sold(shop: Shop, firestore_client: firestore.Client) -> None:
    """Three products; p1 is trending, p2 sells the most, p3 was sold long ago."""
    for id, category in (("p1", "flowers"), ("p2", "Edibles")):
        document = firestore_client.document(paths.catalogue_item(ORG, id))
        document.set({"externalId": id, "category": category})
    shop.order(at=days_ago(3), items=[item("p1", 2.5, quantity=14.5), item("p2", 100)])
    shop.order(at=days_ago(20), items=[item("p2", 50.05, quantity=2)])
    shop.order(at=days_ago(300), items=[{**item("p3", 10), "name": "Crème Brûlée"}])
    shop.order(at=NOW, items=[item("p2", 1)])
    shop.refresh_products()


def ids(answer: dict[str, Any]) -> list[str]:
    return [product["productId"] for product in answer["products"]]


def test_every_number_of_a_product(dashboard: Dashboard, sold: None) -> None:
    answer = dashboard.get(PATH)

    products = answer.pop("products")
    assert answer == {
        "orgId": ORG,
        "asOf": "2026-11-23T12:00:00Z",
        "status": "ready",
        "computedAt": "2026-11-23T12:00:00Z",
        "lastFullDay": "2026-11-22",
        "stale": False,
        "lastError": None,
        "total": 3,
        "nextPageToken": None,
    }
    assert products[1] == {
        "productId": "p1",
        "productName": "Product p1",
        "category": "Flower",
        "units": 14.5,
        "revenue": 36.25,
        "unitsLast7Days": 14.5,
        "revenueLast7Days": 36.25,
        "unitsLast30Days": 14.5,
        "revenueLast30Days": 36.25,
        "velocity": 14.5 / 7,
        "trending": True,
        "lastSaleOn": "2026-11-20",
    }
    assert ids({"products": products}) == ["p2", "p1", "p3"]
    most, _, old = products
    assert (most["units"], most["unitsLast30Days"], most["unitsLast7Days"]) == (4, 3, 1)
    assert (most["revenue"], most["revenueLast30Days"], most["revenueLast7Days"]) == (
        201.1,
        200.1,
        100,
    )
    assert (most["lastSaleOn"], most["trending"]) == ("2026-11-23", False)
    assert (old["category"], old["lastSaleOn"], old["velocity"]) == (None, "2026-01-27", 0)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sort": "units"}, ["p1", "p2", "p3"]),
        ({"sort": "revenue", "order": "asc"}, ["p3", "p1", "p2"]),
        ({"sort": "velocity"}, ["p1", "p2", "p3"]),
        ({"sort": "lastSale"}, ["p2", "p1", "p3"]),
        ({"sort": "lastSale", "order": "asc"}, ["p3", "p1", "p2"]),
        ({"sort": "unitsLast7Days"}, ["p1", "p2", "p3"]),
        ({"sort": "revenueLast7Days", "order": "asc"}, ["p3", "p1", "p2"]),
        ({"sort": "unitsLast30Days"}, ["p1", "p2", "p3"]),
        ({"sort": "revenueLast30Days"}, ["p2", "p1", "p3"]),
        ({"trending": "true"}, ["p1"]),
        ({"trending": "false"}, ["p2", "p3"]),
        ({"category": "gummies"}, ["p2"]),
        ({"category": "Flower", "trending": "false"}, []),
        ({"search": "P1"}, ["p1"]),
        ({"search": "brulee"}, ["p3"]),
    ],
)
def test_orders_and_filters(
    dashboard: Dashboard, sold: None, query: dict[str, str], expected: list[str]
) -> None:
    answer = dashboard.get(PATH, query)
    assert (ids(answer), answer["total"]) == (expected, len(expected))
    pages = []
    token: dict[str, str] = {}
    while True:
        page = dashboard.get(PATH, {**query, **token, "pageSize": 1})
        pages += ids(page)
        if page["nextPageToken"] is None:
            break
        token = {"pageToken": page["nextPageToken"]}
    assert pages == expected


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"sort": "name"}, "sort"),
        ({"order": "up"}, "order"),
        ({"trending": "yes"}, "trending"),
        ({"category": " "}, "category"),
        ({"category": "x" * 101}, "category"),
        ({"search": " "}, "search"),
        ({"search": "x" * 101}, "search"),
        ({"pageSize": "0"}, "pageSize"),
        ({"pageToken": "x"}, "pageToken"),
        ({"limit": "1"}, "limit"),
    ],
)
def test_what_cannot_be_asked_for(
    dashboard: Dashboard, query: dict[str, str], parameter: str
) -> None:
    assert_problem(dashboard.call(PATH, query), 400, "invalid-parameter", [parameter])


def test_a_token_is_for_its_own_list(dashboard: Dashboard, sold: None) -> None:
    token = dashboard.get(PATH, {"pageSize": 1})["nextPageToken"]
    for query, org in (({"sort": "units"}, ORG), ({"trending": "false"}, ORG), ({}, OTHER)):
        response = dashboard.call(PATH, {**query, "pageToken": token}, orgId=org)
        assert_problem(response, 400, "invalid-parameter", ["pageToken"])


def test_stale_once_a_night_left_it_as_it_was(dashboard: Dashboard, shop: Shop, sold: None) -> None:
    shop.order(items=[item("p9", 10)])
    answer = dashboard.at(NOW + timedelta(hours=29)).get(PATH)
    assert (answer["stale"], answer["total"]) == (False, 3)
    late = dashboard.at(NOW + timedelta(hours=30))
    assert late.get(PATH)["stale"] is True

    shop.refresh_products(at=NOW + timedelta(days=1))

    answer = late.get(PATH)
    assert (answer["stale"], answer["total"]) == (False, 4)
    assert (answer["computedAt"], answer["lastFullDay"]) == ("2026-11-24T12:00:00Z", "2026-11-23")


def test_a_page_costs_the_same_however_many_orders_there_are(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    costs: list[int] = []
    for _ in range(2):
        for days in range(12):
            shop.order(at=days_ago(days), items=[item(f"p{days}", 10)])
        shop.refresh_products(at=NOW + timedelta(minutes=len(costs)))
        with metered(firestore_client) as meter:
            assert dashboard.get(PATH)["total"] == 12
        costs.append(meter.documents_read)
        assert meter.commits == 0
    state, chunk = 1, 1
    assert costs == 2 * [state + chunk]
