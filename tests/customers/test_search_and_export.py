"""Customers by a search in the body, as a file of its own path, and in numbers."""

from typing import Any

import pytest
from google.cloud import firestore

from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import Shop, days_ago

SEARCH = "/v1/customers:search"


@pytest.fixture
def people(shop: Shop) -> None:
    for number, (email, total) in enumerate(
        [("ada@example.org", 120), ("bob@example.org", 80), ("adam@example.org", 700)]
    ):
        shop.order(email, total, at=days_ago(number * 6))


def test_a_search_in_the_body_is_the_search_in_the_url(dashboard: Dashboard, people: None) -> None:
    for filters in (
        {},
        {"search": "ada"},
        {"minTotalSpent": 99.95, "maxTotalSpent": 500},
        {"segment": "vip", "sort": "totalSpent", "order": "asc"},
        {"lastOrderFrom": "2026-11-20", "pageSize": 1},
    ):
        actual = dashboard.call(SEARCH, method="POST", json=filters)
        assert actual.status_code == 200, actual.text
        assert actual.json == dashboard.get("/v1/customers", filters)


def test_pages_of_a_search_follow_each_other(dashboard: Dashboard, people: None) -> None:
    first = dashboard.call(SEARCH, method="POST", json={"pageSize": 2}).json
    assert first is not None
    second = dashboard.call(
        SEARCH, method="POST", json={"pageSize": 2, "pageToken": first["nextPageToken"]}
    ).json
    assert second is not None

    emails = [each["email"] for each in first["customers"] + second["customers"]]
    assert emails == ["ada@example.org", "bob@example.org", "adam@example.org"]
    assert second["nextPageToken"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"searched": "x"}, "/searched"),
        ({"minTotalSpent": True}, "/minTotalSpent"),
        ({"minTotalSpent": -1}, "/minTotalSpent"),
        ({"minTotalSpent": 5, "maxTotalSpent": 4}, "/maxTotalSpent"),
        ({"pageSize": 0}, "/pageSize"),
        ({"pageSize": True}, "/pageSize"),
        ({"segment": None}, "/segment"),
        ({"org": "org_other"}, "/org"),
    ],
)
def test_a_wrong_search_says_what_is_wrong(
    dashboard: Dashboard, body: dict[str, object], pointer: str
) -> None:
    response = dashboard.call(SEARCH, method="POST", json=body)

    assert_problem(response, 400, "invalid-body", pointers=[pointer])


def test_a_budtender_may_search(dashboard: Dashboard, people: None) -> None:
    response = dashboard.call(SEARCH, method="POST", json={}, role="budtender")

    assert response.status_code == 200


def test_the_export_is_the_list_as_a_file(dashboard: Dashboard, people: None) -> None:
    for filters in ({}, {"minTotalSpent": "100", "sort": "totalSpent"}):
        exported = dashboard.call("/v1/customers:export", filters)
        listed = dashboard.call("/v1/customers", {**filters, "format": "csv"})
        assert (exported.status_code, exported.mimetype) == (200, "text/csv")
        assert exported.data == listed.data
        assert exported.headers["Content-Disposition"] == "attachment; filename=customers.csv"


def test_an_export_of_a_search_in_the_body_is_that_of_the_one_in_the_url(
    dashboard: Dashboard, people: None
) -> None:
    for filters in ({}, {"search": "ada"}, {"minTotalSpent": 100, "sort": "totalSpent"}):
        exported = dashboard.call("/v1/customers:export", method="POST", json=filters)
        assert exported.status_code == 200, exported.text
        assert exported.data == dashboard.call("/v1/customers:export", filters).data


def test_an_export_takes_no_page(dashboard: Dashboard) -> None:
    response = dashboard.call("/v1/customers:export", {"pageSize": 5})
    assert_problem(response, 400, "invalid-parameter", ["pageSize"])

    response = dashboard.call("/v1/customers:export", method="POST", json={"pageSize": 5})
    assert_problem(response, 400, "invalid-body", pointers=["/pageSize"])


@pytest.mark.parametrize("call", [{}, {"method": "POST", "json": {}}])
def test_a_budtender_exports_nothing(dashboard: Dashboard, call: dict[str, Any]) -> None:
    response = dashboard.call("/v1/customers:export", role="budtender", **call)
    assert_problem(response, 403, "scans-not-allowed")


def test_cohorts_before_the_first_night_cannot_be_exported(dashboard: Dashboard) -> None:
    assert_problem(dashboard.call("/v1/analytics/cohorts:export"), 409, "not-computed-yet")


def test_numbers_over_all_customers(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    for number, days in enumerate((1, 6, 7, 29, 30, 65, 200)):
        shop.order(f"p{number}@example.org", 10 * (number + 1), at=days_ago(days))
    shop.order("vip@example.org", 720, at=days_ago(40))
    shop.order("vip@example.org", 1000, at=days_ago(2))

    with metered(firestore_client) as meter:
        stats = dashboard.get("/v1/customers/stats")

    assert {name: stats[name] for name in ("totalCustomers", "vipCount", "atRiskCount")} == {
        "totalCustomers": 8,
        "vipCount": 1,
        "atRiskCount": 2,
    }
    # An order exactly 7 or 30 days ago is no longer in the week or the month.
    assert (stats["newThisWeek"], stats["newThisMonth"]) == (2, 4)
    assert stats["avgLifetimeValue"] == (280 + 1720) / 8
    assert sum(stats["segmentBreakdown"].values()) == 8
    assert len(stats["segmentBreakdown"]) == 8
    assert meter.documents_read == 3 + 2 + 1 + 2


def test_nobody_has_no_mean(dashboard: Dashboard) -> None:
    stats = dashboard.get("/v1/customers/stats")

    assert (stats["totalCustomers"], stats["avgLifetimeValue"]) == (0, None)
    assert set(stats["segmentBreakdown"].values()) == {0}
