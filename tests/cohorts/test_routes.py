"""Cohorts as the dashboard gets them, computed from the export of the very orders it lists."""

import csv
import io
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from google.cloud import firestore

from shared.cohorts.cohorts import CohortQuestion
from shared.cohorts.period import Granularity
from tests.cohorts.cohort_fold import fold, fold_mean
from tests.cohorts.listed_cohorts import ORDERS, PATH, TODAY, bought, publish
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import ORG, OTHER

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


def test_before_the_first_night_there_is_no_list_and_no_file(dashboard: Dashboard) -> None:
    for query in ({}, {"granularity": "week"}, {"breakdown": "channel", "value": "online"}):
        answer = dashboard.get(PATH, query)
        assert answer.items() >= {**EMPTY, "status": "pending", "stale": True}.items()
    assert_problem(dashboard.call(PATH, {"format": "csv"}), 409, "not-computed-yet")


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
    actual: list[str] = []
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
        actual.append(cohort["cohort"])
        query["pageToken"] = answer["nextPageToken"]
    assert actual == labels
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
