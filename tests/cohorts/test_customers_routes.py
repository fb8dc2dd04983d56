"""The customers of a cell of cohorts."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from google.cloud import firestore

from shared.cohorts import store as cohort_reader
from shared.cohorts.period import Granularity
from shared.firestore import paths
from shared.kernel.clock import utc_now
from shared.reconciliation.stores.customer_codec import customer_document
from shared.segments.classify import OrderTotals
from shared.segments.customer import Customer, CustomerId
from shared.segments.history import OrderHistory, PastOrder
from shared.services import Services
from tests.cohorts.listed_cohorts import PATH, TODAY, at_noon, bought, publish
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.reclassify import run_all
from tests.support.shop import NOW, ORG, Shop, key_of

TIME_ZONE = "America/New_York"


def shop_with_history(shop: Shop) -> None:
    """Customers of two cohorts, by the local day where the shop is, five hours behind."""
    shop.settings("analytics", {"timeZone": TIME_ZONE})
    for email, *instants in (
        ("ada@x.org", "2026-01-05T12:00", "2026-03-05T12:00"),
        ("bob@x.org", "2026-02-01T04:59", "2026-04-01T03:59"),  # both on the 31st there
        ("cyd@x.org", "2026-02-01T05:00", "2026-03-31T12:00"),
        ("dan@x.org", "2026-01-20T12:00"),
        ("eve@x.org", "2026-01-21T12:00", "2026-02-02T12:00", "2026-05-02T12:00"),
    ):
        for text in instants:
            shop.order(email, at=datetime.fromisoformat(text).replace(tzinfo=UTC))


CELLS: list[tuple[dict[str, Any], str]] = [
    ({"period": 0}, "ada bob dan eve"),
    ({"period": 0, "returned": "false"}, ""),
    ({"period": 1}, "eve"),
    ({"period": 2}, "ada bob"),
    ({"period": 2, "returned": "false"}, "dan eve"),
    ({"period": 2, "mode": "onOrAfter"}, "ada bob eve"),
    ({"period": 2, "mode": "onOrAfter", "returned": "false"}, "dan"),
    ({"period": 10}, ""),
]


def test_the_customers_of_a_cell_and_the_segment_of_them(
    dashboard: Dashboard, services: Services, shop: Shop
) -> None:
    shop_with_history(shop)
    made: dict[str, set[str]] = {}
    for query, names in CELLS:
        answer = dashboard.get(f"{PATH}/2026-01/customers", query)
        expected = {key_of(f"{name}@x.org") for name in names.split()}
        assert {each["id"] for each in answer["customers"]} == expected
        segment = dashboard.call(
            "/v1/custom-segments", method="POST", json=answer["segment"], role="brand"
        )
        assert segment.status_code == 201, segment.text
        made[segment.json["id"]] = expected
    assert run_all(services.reclassifier(), utc_now() + timedelta(minutes=1)) >= 0
    for id, expected in made.items():
        members = dashboard.get("/v1/customers", {"segment": id})["customers"]
        assert {each["id"] for each in members} == expected


def test_the_customers_of_a_broken_down_cell_and_the_segment_of_them(
    dashboard: Dashboard, services: Services, shop: Shop
) -> None:
    """By the first order alone, whatever was ordered later."""
    january, march = (datetime(2026, month, 5, 12, tzinfo=UTC) for month in (1, 3))
    in_store, online = {"channel": "in_store"}, {"channel": "online"}
    spring = {**online, "campaignId": "spring"}
    orders: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("ada@x.org", in_store, spring),
        ("bob@x.org", online, in_store),
        ("cyd@x.org", spring, online),
    ]
    for email, first, later in orders:
        shop.order(email, at=january, **first)
        shop.order(email, at=march, **later)
    made: dict[str, set[str]] = {}
    for breakdown, value, names in (
        ("channel", "in_store", "ada"),
        ("channel", "online", "bob cyd"),
        ("campaign", "spring", "cyd"),
        ("campaign", "", "ada bob"),
        ("category", "Edibles", ""),
    ):
        query = {"period": 2, "breakdown": breakdown, "value": value}
        answer = dashboard.get(f"{PATH}/2026-01/customers", query)
        expected = {key_of(f"{name}@x.org") for name in names.split()}
        assert {each["id"] for each in answer["customers"]} == expected, query
        assert (answer["breakdown"], answer["value"]) == (breakdown, value)
        campaign = dashboard.get("/v1/campaigns:prefill", {**query, "cohort": "2026-01"})
        assert campaign["reach"]["customers"] == len(expected), query
        assert campaign["parameters"]["value"] == value
        segment = dashboard.call(
            "/v1/custom-segments", method="POST", json=answer["segment"], role="brand"
        )
        assert segment.status_code == 201, segment.text
        made[segment.json["id"]] = expected
    assert run_all(services.reclassifier(), utc_now() + timedelta(minutes=1)) >= 0
    for id, expected in made.items():
        members = dashboard.get("/v1/customers", {"segment": id})["customers"]
        assert {each["id"] for each in members} == expected


def test_the_cell_says_what_it_is(dashboard: Dashboard, shop: Shop) -> None:
    answer = dashboard.get(f"{PATH}/2026-W05/customers", {"granularity": "week", "period": 1})
    assert answer == {
        "orgId": ORG,
        "asOf": "2026-11-23T12:00:00Z",
        "cohort": "2026-W05",
        "granularity": "week",
        "mode": "in",
        "period": 1,
        "from": "2026-02-02",
        "to": "2026-02-08",
        "returned": True,
        "breakdown": None,
        "value": None,
        "customers": [],
        "segment": {
            "name": "Cohort 2026-W05: ordered in 2026-W06",
            "description": "First order in 2026-W05, ordered in 2026-W06.",
            "definition": {
                "all": [
                    {
                        "field": "firstOrderDate",
                        "operator": "between",
                        "value": ["2026-01-26", "2026-02-01"],
                    },
                    {"event": "ordered", "when": {"between": ["2026-02-02", "2026-02-08"]}},
                ]
            },
        },
        "nextPageToken": None,
    }


def test_there_are_as_many_as_the_list_of_cohorts_says(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    orders = []
    random = Random(11)
    for number in range(40):
        day = TODAY - timedelta(days=random.randrange(200))
        name = f"c{random.randrange(12)}"
        shop.order(f"{name}@x.org", at=at_noon(day))
        orders.append(bought(f"o{number}", name, day.isoformat()))
    publish(firestore_client, tuple(orders))
    for granularity in (Granularity.MONTH, Granularity.QUARTER):
        for mode in ("in", "onOrAfter"):
            listed = dashboard.get(PATH, {"granularity": granularity, "mode": mode})
            for cohort in listed["cohorts"]:
                for cell in filter(None, cohort["periods"]):
                    path = f"{PATH}/{cohort['cohort']}/customers"
                    query = {"granularity": granularity, "mode": mode, "period": cell["period"]}
                    there = dashboard.get(path, query)["customers"]
                    rest = dashboard.get(path, {**query, "returned": "false"})["customers"]
                    assert len(there) == cell["customers"]
                    assert len(rest) == cohort["size"] - cell["customers"]


def put_cohort(client: firestore.Client, count: int) -> None:
    """Customers whose first order was in May; every tenth came back in June."""
    batch = client.batch()
    for number in range(count):
        days = [date(2026, 5, 1 + number % 31)]
        if number % 10 == 0:
            days.append(date(2026, 6, 3))
        orders = [PastOrder(at_noon(day), day, 1000, "online", "", ()) for day in days]
        key = f"{number:032x}"
        customer = Customer(
            id=CustomerId(ORG, key),
            totals=OrderTotals(
                order_count=len(orders),
                lifetime_value_cents=1000 * len(orders),
                first_ordered_at=orders[0].ordered_at,
                last_ordered_at=orders[-1].ordered_at,
            ),
            first_local_date=days[0],
            history=OrderHistory.of(orders),
        )
        batch.set(client.document(paths.customer(ORG, key)), customer_document(customer, NOW))
    batch.commit()


@pytest.mark.parametrize("most", [1_000, 25])
def test_pages_of_customers_hold_everybody_once(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    monkeypatch.setattr(cohort_reader, "MAX_PAGE_READS", most)
    put_cohort(firestore_client, 90)
    for returned, expected in (("true", 9), ("false", 81)):
        actual: list[str] = []
        query: dict[str, Any] = {"period": 1, "returned": returned, "pageSize": 4}
        while True:
            with metered(firestore_client) as meter:
                page = dashboard.get(f"{PATH}/2026-05/customers", query)
            # Three for the settings.
            assert meter.documents_read <= most + 3
            assert len(page["customers"]) <= 4
            actual += [each["id"] for each in page["customers"]]
            query["pageToken"] = page["nextPageToken"]
            if query["pageToken"] is None:
                break
        assert len(actual) == len(set(actual)) == expected


def test_a_full_page_costs_one_read_per_customer_and_one(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    put_cohort(firestore_client, 30)
    with metered(firestore_client) as meter:
        dashboard.get(f"{PATH}/2026-05/customers", {"period": 0, "pageSize": 10})
    assert meter.documents_read == 3 + 11


@pytest.mark.parametrize(
    ("cohort", "query", "parameter"),
    [
        ("2026-13", {"period": 0}, "cohort"),
        ("2026-W05", {"period": 0}, "cohort"),
        ("2026-12", {"period": 0}, "cohort"),
        ("2026-10", {"period": 2}, "period"),
        ("2026-10", {}, "period"),
        ("2026-10", {"period": -1}, "period"),
        ("2026-10", {"period": 0, "returned": "yes"}, "returned"),
        ("2026-10", {"period": 0, "pageToken": "x"}, "pageToken"),
        ("=1+1", {"period": 0}, "cohort"),
        ("2026-10", {"period": 0, "breakdown": "tier", "value": ""}, "breakdown"),
        ("2026-10", {"period": 0, "breakdown": "channel"}, "value"),
        ("2026-10", {"period": 0, "value": "online"}, "value"),
        (
            "2026-W05",
            {"granularity": "week", "period": 0, "breakdown": "channel", "value": ""},
            "breakdown",
        ),
    ],
)
def test_a_cell_that_there_is_not_is_named(
    dashboard: Dashboard, cohort: str, query: dict[str, Any], parameter: str
) -> None:
    response = dashboard.call(f"{PATH}/{quote(cohort)}/customers", query)
    problem = assert_problem(response, 400, "invalid-parameter", [parameter])
    assert "1+1" not in problem["detail"]


def test_a_token_of_customers_is_for_the_same_cell_only(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    put_cohort(firestore_client, 20)
    path = f"{PATH}/2026-05/customers"
    query: dict[str, Any] = {"period": 0, "pageSize": 4}
    token = dashboard.get(path, query)["nextPageToken"]
    for other_path, other in (
        (path, {"period": 1}),
        (path, {"mode": "onOrAfter"}),
        (path, {"returned": "false"}),
        (path, {"breakdown": "channel", "value": "online"}),
        (f"{PATH}/2026-04/customers", {}),
        (f"{PATH}/2026-05-01/customers", {"granularity": "day"}),
    ):
        response = dashboard.call(other_path, {**query, **other, "pageToken": token})
        assert_problem(response, 400, "invalid-parameter", ["pageToken"])
