"""Churn, moves by month and scores over HTTP, as the nightly computation leaves them."""

import pytest
from google.cloud import firestore

from shared.churn.churn import ChurnQuestion
from shared.churn.rfm import RfmQuestion
from shared.churn.state_transitions import StateTransitionsQuestion
from shared.segments.thresholds import Thresholds
from tests.churn.states import SCORES, STATES, publish
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import ORG, Shop

CHURN = "/v1/analytics/churn"
RFM = "/v1/analytics/rfm"
MONTHS = "/v1/analytics/transitions/months"
OVERVIEW = "/v1/analytics/overview"

READY = {
    "orgId": ORG,
    "computedAt": "2026-11-23T03:00:00Z",
    "status": "ready",
    "stale": False,
    "lastError": None,
    "sourceRows": 77,
    "lagSeconds": 40,
}


def test_churn_in_numbers(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    publish(firestore_client, ChurnQuestion(), STATES)

    actual = dashboard.get(CHURN)

    assert actual == {
        **READY,
        "days": 30,
        "from": "2026-10-24T03:00:00Z",
        "to": "2026-11-23T03:00:00Z",
        "thresholdsVersion": Thresholds().version,
        "notChurnedAtStart": 8,
        "churned": 1,
        "churnRate": 0.125,
        "churnedAndWonBack": 1,
        "churnedAtStart": 7,
        "wonBack": 2,
        "newCustomers": 7,
        "newCustomersChurned": 1,
        "bySegment": None,
    }


def test_churn_by_segment_adds_up(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    publish(firestore_client, ChurnQuestion(), STATES)

    actual = dashboard.get(CHURN, {"by": "segment"})

    lines = actual["bySegment"]
    assert [line["segment"] for line in lines] == [
        *("vip", "loyal", "new", "at_risk", "slipping", "high_value", "frequent")
    ]
    assert lines[0] == {
        "segment": "vip",
        "notChurnedAtStart": 6,
        "churned": 0,
        "churnRate": 0,
        "churnedAndWonBack": 1,
    }
    assert lines[1]["churnRate"] is None
    assert lines[4]["churnRate"] == 0.5
    for name in ("notChurnedAtStart", "churned", "churnedAndWonBack"):
        assert sum(line[name] for line in lines) == actual[name]


def test_of_nobody_there_is_no_rate(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    publish(firestore_client, ChurnQuestion(), STATES)

    actual = dashboard.get(CHURN, {"days": "90"})

    assert (actual["days"], actual["from"]) == (90, "2026-08-25T03:00:00Z")
    assert (actual["notChurnedAtStart"], actual["churned"], actual["churnRate"]) == (0, 0, None)
    assert actual["churnedAtStart"] == 4


@pytest.mark.parametrize("days", ["0", "31", "30.0", "-30", "030", "month", "٣٠"])
def test_other_periods_are_refused(dashboard: Dashboard, days: str) -> None:
    problem = assert_problem(
        dashboard.call(CHURN, {"days": days}), 400, "invalid-parameter", ["days"]
    )
    assert problem["errors"][0]["detail"] == "must be one of 7, 14, 30, 60, 90, 180, 365"


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        (CHURN, {"by": "channel"}, "by"),
        (CHURN, {"by": " "}, "by"),
        (CHURN, {"months": "1"}, "months"),
        (RFM, {"days": "30"}, "days"),
        (MONTHS, {"from": "2026-01-01"}, "from"),
    ],
)
def test_other_parameters_are_refused(
    dashboard: Dashboard, path: str, query: dict[str, str], name: str
) -> None:
    assert_problem(dashboard.call(path, query), 400, "invalid-parameter", [name])


def test_scores_in_numbers(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    publish(firestore_client, RfmQuestion(), SCORES)

    actual = dashboard.get(RFM)

    assert {key: actual[key] for key in READY} == READY
    assert actual["customers"] == 5
    assert actual["cells"] == [
        {
            "recency": recency,
            "frequency": frequency,
            "monetary": monetary,
            "customers": customers,
            "orders": orders,
            "revenue": revenue,
            "meanRecencyDays": days,
        }
        for recency, frequency, monetary, customers, orders, revenue, days in (
            (1, 1, 3, 2, 2, 21, 40),
            (3, 1, 1, 1, 1, 9.99, 7),
            (5, 4, 5, 2, 8, 180, 0),
        )
    ]
    bands = [tuple(band.values()) for band in actual["bands"]]
    assert bands == [
        ("recency", 1, 2, 40, 40),
        ("recency", 3, 1, 7, 7),
        ("recency", 5, 2, 0, 0),
        ("frequency", 1, 3, 1, 1),
        ("frequency", 4, 2, 4, 4),
        ("monetary", 1, 1, 9.99, 9.99),
        ("monetary", 3, 2, 10.5, 10.5),
        ("monetary", 5, 2, 90, 90),
    ]


def test_months_in_numbers(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    publish(firestore_client, StateTransitionsQuestion(), STATES)

    actual = dashboard.get(MONTHS)

    assert {key: actual[key] for key in READY} == READY
    assert (actual["timeZone"], actual["thresholdsVersion"]) == (
        "America/Los_Angeles",
        Thresholds().version,
    )
    months = actual["months"]
    assert [month["month"] for month in months] == [
        *("2025-11", "2025-12"),
        *(f"2026-{number:02}" for number in range(1, 11)),
    ]
    assert months[-1]["cells"] == [
        {"from": "new", "to": "slipping", "customers": 3},
        {"from": "none", "to": "new", "customers": 2},
    ]
    assert months[-1]["newCustomers"] == 2
    assert months[-1]["opening"] == months[-2]["closing"]
    assert {place["segment"]: place["customers"] for place in months[-1]["closing"]} == {
        **dict.fromkeys(("vip", "loyal", "at_risk", "churned", "high_value", "frequent"), 0),
        "new": 2,
        "slipping": 3,
    }
    assert months[0]["cells"] == []


def test_an_organisation_without_customers(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    for question in (ChurnQuestion(), RfmQuestion(), StateTransitionsQuestion()):
        publish(firestore_client, question, [])

    churn = dashboard.get(CHURN, {"by": "segment"})
    assert (churn["notChurnedAtStart"], churn["churnRate"], churn["newCustomers"]) == (0, None, 0)
    assert all(line["churnRate"] is None for line in churn["bySegment"])
    rfm = dashboard.get(RFM)
    assert (rfm["customers"], rfm["bands"], rfm["cells"]) == (0, [], [])
    assert all(month["cells"] == [] for month in dashboard.get(MONTHS)["months"])


def test_the_overview_shows_the_rate_of_30_days(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    shop.order("ada@example.org", 10)
    before = dashboard.get(OVERVIEW)
    assert before["churnRate"] is None
    assert "churnRate" in before["notComputed"]

    publish(firestore_client, ChurnQuestion(), STATES)
    after = dashboard.get(OVERVIEW)

    assert after["churnRate"] == 0.125
    rest = [name for name in before["notComputed"] if name != "churnRate"]
    computed = {
        "field": "churnRate",
        "status": "ready",
        "computedAt": "2026-11-23T03:00:00Z",
        "stale": False,
        "lastError": None,
    }
    assert after == {
        **before,
        "churnRate": 0.125,
        "nightly": [
            computed if each["field"] == "churnRate" else each for each in before["nightly"]
        ],
        "notComputed": rest,
    }

    publish(firestore_client, ChurnQuestion(), [])
    of_nobody = dashboard.get(OVERVIEW)
    assert of_nobody["churnRate"] is None
    assert "churnRate" not in of_nobody["notComputed"]
