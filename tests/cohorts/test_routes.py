"""Cohorts as the dashboard gets them, computed from the export of the very orders it lists."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from google.cloud import firestore

from shared.cohorts import store as cohort_reader
from shared.cohorts.cohorts import CohortQuestion
from shared.cohorts.period import Granularity
from shared.firestore import paths
from shared.kernel.clock import utc_now
from shared.reconciliation.stores.customer_codec import customer_document
from shared.segments.classify import OrderTotals
from shared.segments.customer import Customer, CustomerId
from shared.segments.history import OrderHistory, PastOrder
from shared.services import Services
from tests.cohorts.cohort_fold import Bought, fold, fold_mean
from tests.cohorts.cohort_results import publish_cohorts
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.reclassify import run_all
from tests.support.shop import NOW, ORG, OTHER, Shop, key_of

PATH = "/v1/analytics/cohorts"
TODAY = NOW.date()
EMPTY = {
    "computedAt": None,
    "sourceRows": None,
    "lagSeconds": None,
    "keptFrom": None,
    "mean": None,
    "values": None,
    "valuesFound": None,
    "cohorts": None,
    "nextPageToken": None,
}


def at_noon(day: date) -> datetime:
    """In UTC."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def bought(order_id: str, customer: str, day: str, **fields: Any) -> Bought:
    """An order at noon."""
    on = date.fromisoformat(day)
    return Bought(order_id=order_id, customer=customer, ordered_at=at_noon(on), day=on, **fields)


ORDERS = (
    bought("o1", "ada", "2026-01-05", cents=1001, channel="online", campaign="spring"),
    bought("o2", "ada", "2026-03-05", cents=500),
    bought("o3", "bob", "2026-01-31", cents=1000, channel="in_store", campaign="=cmd"),
    bought("o4", "cyd", "2026-03-31", cents=333),
    bought("o5", "cyd", "2026-04-01", cents=10),
    bought("o6", "dan", "2026-11-20", cents=70),
    bought("o7", "ada", "2026-11-01", cents=1),
)


def publish(client: firestore.Client, orders: Sequence[Bought] = ORDERS) -> None:
    """Store every result about cohorts of these orders."""
    publish_cohorts(client, ORG, orders, TODAY)


def test_before_the_first_night_there_is_no_list_and_no_file(dashboard: Dashboard) -> None:
    for query in ({}, {"granularity": "week"}, {"breakdown": "channel", "value": "online"}):
        answer = dashboard.get(PATH, query)
        assert answer.items() >= {**EMPTY, "status": "pending", "stale": True}.items()
    assert_problem(dashboard.call(PATH, {"format": "csv"}), 409, "conflict")


def test_orders_older_than_the_periods_kept_are_said_to_be(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    """An empty answer says from when cohorts are kept."""
    publish(firestore_client, [bought("old", "ada", "2016-11-30")])
    answer = dashboard.get(PATH)
    assert (answer["status"], answer["cohorts"]) == ("ready", [])
    assert answer["keptFrom"] == "2016-12"
    broken_down = dashboard.get(PATH, {"granularity": "quarter", "breakdown": "channel"})
    assert broken_down["keptFrom"] == "2012-Q1"
    assert dashboard.get(PATH, {"granularity": "week"})["keptFrom"] == "2024-W33"


def test_the_page_in_numbers(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    publish(firestore_client)
    answer = dashboard.get(PATH, {"periods": 4})
    cohorts = answer.pop("cohorts")
    assert answer == {
        "orgId": ORG,
        "asOf": "2026-11-23T12:00:00Z",
        "granularity": "month",
        "mode": "in",
        "status": "ready",
        "computedAt": "2026-11-23T03:00:00Z",
        "stale": False,
        "lastError": None,
        "sourceRows": 7,
        "lagSeconds": 90,
        "keptFrom": "2016-12",
        # Of November the cell of period 0 is not complete.
        "mean": [1, 1 / 3, 1 / 3, 0],
        "values": None,
        "valuesFound": None,
        "nextPageToken": None,
    }
    assert [(each["cohort"], each["size"], each["value"]) for each in cohorts] == [
        ("2026-11", 1, None),
        ("2026-03", 1, None),
        ("2026-01", 2, None),
    ]
    assert cohorts[0]["periods"] == [
        {
            "period": 0,
            "label": "2026-11",
            "customers": 1,
            "retention": 1,
            "orders": 1,
            "revenue": 0.7,
            "cumulativeRevenuePerCustomer": 0.7,
            "complete": False,
            "mayGrow": False,
        },
        None,
        None,
        None,
    ]
    cells = [tuple(cell.values()) for cell in cohorts[2]["periods"]]
    assert cells == [
        (0, "2026-01", 2, 1, 2, 20.01, 10.01, True, False),
        (1, "2026-02", 0, 0, 0, 0, 10.01, True, False),
        (2, "2026-03", 1, 0.5, 1, 5, 12.51, True, False),
        (3, "2026-04", 0, 0, 0, 0, 12.51, True, False),
    ]

    later = dashboard.get(PATH, {"periods": 12, "mode": "onOrAfter"})
    cells = [(each["customers"], each["complete"]) for each in later["cohorts"][2]["periods"][:11]]
    assert cells == [(2, True), *[(1, True)] * 9, (1, False)]
    # Whoever has not come back since may yet.
    grow = [each["mayGrow"] for each in later["cohorts"][2]["periods"][:11]]
    assert grow == [False, *[True] * 10]
    assert later["cohorts"][2]["periods"][11] is None
    assert later["mean"][9:] == [0.5, None, None]


@pytest.mark.parametrize("granularity", Granularity)
def test_every_granularity_is_paged_newest_first(
    dashboard: Dashboard, firestore_client: firestore.Client, granularity: Granularity
) -> None:
    publish(firestore_client)
    question = CohortQuestion(granularity=granularity)
    expected = fold(ORDERS, TODAY, granularity, periods=question.periods)
    labels = sorted(expected, reverse=True)
    found: list[str] = []
    query: dict[str, Any] = {"granularity": granularity, "pageSize": 1, "periods": 60}
    for _ in labels:
        answer = dashboard.get(PATH, query)
        (cohort,) = answer["cohorts"]
        entry = expected[cohort["cohort"]]
        cells = [cell for cell in cohort["periods"] if cell]
        assert [cell["customers"] for cell in cells] == entry["customers"][:60]
        assert [cell["orders"] for cell in cells] == entry["orders"][:60]
        assert len(cohort["periods"]) == 60
        assert answer["mean"] == fold_mean(list(expected.values()), "customers", 60)
        found.append(cohort["cohort"])
        query["pageToken"] = answer["nextPageToken"]
    assert found == labels
    assert query["pageToken"] is None
    older = dashboard.get(PATH, {"granularity": granularity, "before": labels[0]})
    assert [each["cohort"] for each in older["cohorts"]] == labels[1:]


def test_a_breakdown_and_its_values(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    publish(firestore_client)
    answer = dashboard.get(PATH, {"breakdown": "campaign"})
    assert answer["values"] == [
        {"value": "", "customers": 2},
        {"value": "=cmd", "customers": 1},
        {"value": "spring", "customers": 1},
    ]
    assert answer["valuesFound"] == 3
    assert [(each["cohort"], each["value"]) for each in answer["cohorts"]] == [
        ("2026-11", ""),
        ("2026-03", ""),
        ("2026-01", "=cmd"),
        ("2026-01", "spring"),
    ]
    pages: list[Any] = []
    query: dict[str, Any] = {"breakdown": "campaign", "pageSize": 1}
    while True:
        page = dashboard.get(PATH, query)
        pages += page["cohorts"]
        query["pageToken"] = page["nextPageToken"]
        if query["pageToken"] is None:
            break
    assert pages == answer["cohorts"]
    spring = dashboard.get(PATH, {"breakdown": "campaign", "value": "spring"})
    assert [each["value"] for each in spring["cohorts"]] == ["spring"]
    assert spring["mean"][:4] == [1, 0, 1, 0]
    nobody = dashboard.get(PATH, {"breakdown": "campaign", "value": "", "before": "2026-11"})
    assert [each["cohort"] for each in nobody["cohorts"]] == ["2026-03"]
    unknown = dashboard.get(PATH, {"breakdown": "campaign", "value": "autumn"})
    assert (unknown["cohorts"], unknown["mean"]) == ([], [None] * 12)


def test_the_file(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    publish(firestore_client)
    query = {"format": "csv", "breakdown": "campaign", "periods": 2, "pageSize": 1}
    response = dashboard.call(PATH, query)
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"] == "attachment; filename=cohorts.csv"
    content = response.data.decode("utf-8")
    assert content.startswith("\ufeffcohort,value,size,period,label,customers,retention,orders,")
    assert content.count("\r\n") == content.count("\n") == 1 + 1 + 3 * 2
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
    assert [(row["cohort"], row["value"], row["period"]) for row in rows] == [
        ("2026-11", "", "0"),
        ("2026-03", "", "0"),
        ("2026-03", "", "1"),
        ("2026-01", "'=cmd", "0"),
        ("2026-01", "'=cmd", "1"),
        ("2026-01", "spring", "0"),
        ("2026-01", "spring", "1"),
    ]
    assert rows[2] == {
        "cohort": "2026-03",
        "value": "",
        "size": "1",
        "period": "1",
        "label": "2026-04",
        "customers": "1",
        "retention": "1.0",
        "orders": "1",
        "revenue": "0.10",
        "cumulativeRevenuePerCustomer": "3.43",
        "complete": "true",
        "mayGrow": "false",
    }
    assert rows[0]["complete"] == "false"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"granularity": "year"}, "granularity"),
        ({"mode": "on"}, "mode"),
        ({"periods": 0}, "periods"),
        ({"periods": 121}, "periods"),
        ({"periods": "x"}, "periods"),
        ({"periods": 61, "granularity": "quarter"}, "periods"),
        ({"periods": 61, "breakdown": "channel"}, "periods"),
        ({"before": "2026-13"}, "before"),
        ({"before": "2026-W05"}, "before"),
        ({"before": "2026-W54", "granularity": "week"}, "before"),
        ({"before": "2025-W53", "granularity": "week"}, "before"),
        ({"before": "2026-02-29", "granularity": "day"}, "before"),
        ({"before": "2026-Q5", "granularity": "quarter"}, "before"),
        ({"before": "2026-Q0", "granularity": "quarter"}, "before"),
        ({"before": "1979-12"}, "before"),
        ({"before": "٢٠٢٦-01"}, "before"),
        ({"breakdown": "product"}, "breakdown"),
        ({"breakdown": "channel", "granularity": "day"}, "breakdown"),
        ({"value": "online"}, "value"),
        ({"format": "xml"}, "format"),
        ({"pageSize": 0}, "pageSize"),
        ({"pageToken": "x"}, "pageToken"),
    ],
)
def test_what_is_not_understood_is_named(
    dashboard: Dashboard, query: dict[str, Any], parameter: str
) -> None:
    assert_problem(dashboard.call(PATH, query), 400, "invalid-parameter", [parameter])


def test_a_token_is_for_the_same_list_only(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    publish(firestore_client)
    query = {"pageSize": 1}
    token = dashboard.get(PATH, query)["nextPageToken"]
    for other in (
        {"mode": "onOrAfter"},
        {"granularity": "week"},
        {"periods": 3},
        {"breakdown": "channel"},
        {"before": "2026-02"},
    ):
        response = dashboard.call(PATH, {**query, **other, "pageToken": token})
        assert_problem(response, 400, "invalid-parameter", ["pageToken"])
    response = dashboard.call(PATH, {**query, "pageToken": token}, orgId=OTHER)
    assert_problem(response, 400, "invalid-parameter", ["pageToken"])
    assert dashboard.get(PATH, {"pageSize": 2, "pageToken": token})["cohorts"]


def test_what_a_list_costs(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    random = Random(3)
    orders = tuple(
        bought(
            f"o{number}",
            f"c{random.randrange(400)}",
            (TODAY - timedelta(days=random.randrange(1500))).isoformat(),
            campaign=f"campaign {random.randrange(30)}",
        )
        for number in range(1500)
    )
    publish(firestore_client, orders)
    for query, most in (
        ({}, 2),
        ({"granularity": "day", "periods": 120, "pageSize": 200}, 2),
        ({"granularity": "week", "before": "2026-W01", "format": "csv"}, 2),
        ({"breakdown": "campaign", "value": "campaign 7"}, 3),
        ({"breakdown": "campaign", "periods": 60}, 6),
    ):
        with metered(firestore_client) as meter:
            assert dashboard.call(PATH, query).status_code == 200
        assert meter.documents_read <= most
        assert meter.documents_written == 0


def test_the_analytics_page_shows_the_latest_months(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    overview = "/v1/analytics/overview"
    before = dashboard.get(overview)
    assert before["cohorts"] is None
    assert "cohorts" in before["notComputed"]
    orders = [
        bought(f"old{number}", f"old{number}", f"20{10 + number}-12-01") for number in range(7, 16)
    ]
    publish(firestore_client, (*ORDERS, *orders))
    after = dashboard.get(overview)
    assert "cohorts" not in after["notComputed"]
    cohorts = {each["month"]: each for each in after["cohorts"]}
    assert list(cohorts) == [
        "2026-11",
        "2026-03",
        "2026-01",
        *(f"20{year}-12" for year in range(25, 16, -1)),
    ]
    assert cohorts["2026-01"] == {
        "month": "2026-01",
        "initialSize": 2,
        "retention": [100, 0, 50, 0, 0, 0, 0, 0, 0, 0, 50, None],
    }
    assert cohorts["2026-11"]["retention"] == [100, *[None] * 11]
    assert cohorts["2017-12"]["retention"] == [100, *[0] * 11]


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
        found: list[str] = []
        query: dict[str, Any] = {"period": 1, "returned": returned, "pageSize": 4}
        while True:
            with metered(firestore_client) as meter:
                page = dashboard.get(f"{PATH}/2026-05/customers", query)
            # Three for the settings.
            assert meter.documents_read <= most + 3
            assert len(page["customers"]) <= 4
            found += [each["id"] for each in page["customers"]]
            query["pageToken"] = page["nextPageToken"]
            if query["pageToken"] is None:
                break
        assert len(found) == len(set(found)) == expected


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
