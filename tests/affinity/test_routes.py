"""GET /v1/analytics/affinity, and the pairs of the analytics page."""

from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.affinity.affinity import NEXT_ORDER
from shared.affinity.pair_statistics import chance, false_discovery_rates, lift_lower
from shared.nightly.result import Result
from shared.nightly.result_store import ResultWriter
from shared.orders.category import canonical_category
from tests.affinity.published_pairs import ROWS, attempt, fail_pairs, publish_pairs, row
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import NOW, ORG

PATH = "/v1/analytics/affinity"
OVERVIEW = "/v1/analytics/overview"
UNKNOWN = {
    "computedAt": None,
    "stale": True,
    "sourceRows": None,
    "lagSeconds": None,
    "orders": None,
    "ordersCut": None,
    "sizeFactor": None,
    "pairsTested": None,
    "pairsFound": None,
    "pairsKept": None,
    "matching": None,
    "pairs": None,
}


def ids(answer: dict[str, Any]) -> list[str]:
    return [pair["productIdA"] + pair["productIdB"] for pair in answer["pairs"]]


def test_every_number_of_a_pair(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    publish_pairs(firestore_client, [ROWS[1], ROWS[0], ROWS[2]])

    answer = dashboard.get(PATH)

    best, *others = answer.pop("pairs")
    assert answer == {
        "orgId": ORG,
        "computedAt": "2026-11-23T12:00:00Z",
        "status": "ready",
        "stale": False,
        "lastError": None,
        "sourceRows": 1_200,
        "lagSeconds": 0,
        "orders": 1_000,
        "ordersCut": 2,
        "sizeFactor": 1.0,
        "pairsTested": 45,
        "pairsFound": 3,
        "pairsKept": 3,
        "matching": 3,
    }
    assert best == {
        "productIdA": "p1",
        "productA": "Product p1",
        "productIdB": "p3",
        "productB": "Product p3",
        "categoryA": "Flower",
        "categoryB": "Vape",
        "count": 8,
        "customers": 3,
        "support": 0.008,
        "confidenceAB": 0.8,
        "confidenceBA": 0.4,
        "lift": 40,
        "liftAdjusted": 40,
        "liftLower": lift_lower(8, 0.2),
        "pValue": 45 * chance(8, 0.2),
        "qValue": false_discovery_rates([chance(8, 0.2), chance(40, 10), 1.0], 45)[0],
    }
    assert [pair["productIdB"] for pair in others] == ["p2", "p4"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["p1p3", "p1p2", "p2p4"]),
        ({"minCount": 40}, ["p1p2", "p2p4"]),
        ({"minSupport": "0.1"}, ["p2p4"]),
        ({"minSupport": "1e-7"}, ["p1p3", "p1p2", "p2p4"]),  # as JavaScript writes 0.0000001
        ({"minLift": "0.30000000000000004"}, ["p1p3", "p1p2", "p2p4"]),
        ({"minLift": "4"}, ["p1p3", "p1p2"]),
        ({"product": "p2"}, ["p1p2", "p2p4"]),
        ({"product": "p9"}, []),
        ({"category": "Vape"}, ["p1p3"]),
        ({"category": "vapes"}, ["p1p3"]),
        ({"category": "Edibles", "minCount": 101}, []),
        ({"sort": "count", "limit": 2}, ["p2p4", "p1p2"]),
        ({"sort": "support"}, ["p2p4", "p1p2", "p1p3"]),
        ({"sort": "confidence"}, ["p1p3", "p1p2", "p2p4"]),
        ({"sort": "pValue"}, ["p1p2", "p1p3", "p2p4"]),
        ({"sort": "qValue"}, ["p1p2", "p1p3", "p2p4"]),
        ({"sort": "lift", "limit": 1}, ["p1p3"]),
        ({"sort": "liftAdjusted", "limit": 1}, ["p1p3"]),
    ],
)
def test_conditions_and_ranks(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    query: dict[str, Any],
    expected: list[str],
) -> None:
    publish_pairs(firestore_client, [ROWS[1], ROWS[0], ROWS[2]])

    assert ids(dashboard.get(PATH, query)) == expected


@pytest.mark.parametrize(
    ("query", "matching"),
    [
        ({"limit": 1}, 3),
        ({"sort": "count", "limit": 1}, 3),
        ({"product": "p2", "limit": 1}, 2),
        ({"category": "Snack"}, 0),
    ],
)
def test_how_many_pairs_meet_the_conditions_beside_how_many_were_found(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    query: dict[str, Any],
    matching: int,
) -> None:
    publish_pairs(firestore_client)

    answer = dashboard.get(PATH, query)

    assert (answer["matching"], answer["pairsKept"], answer["pairsFound"]) == (matching, 3, 3)
    assert len(answer["pairs"]) == min(matching, query.get("limit", 50))


def test_an_answer_from_a_part_of_the_pairs_says_so(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    publish_pairs(firestore_client, pairs_found=25_682)

    answer = dashboard.get(PATH, {"sort": "count"})

    assert (answer["pairsFound"], answer["pairsKept"], answer["matching"]) == (25_682, 3, 3)


@pytest.mark.parametrize("category", ["ßalat", "ﬁsh", "Gummies"])
def test_a_category_is_found_as_the_answer_shows_it(
    dashboard: Dashboard, firestore_client: firestore.Client, category: str
) -> None:
    stored = (canonical_category(category), "Flower")
    publish_pairs(firestore_client, [row("p1", "p2", 40, 100, 100, categories=stored)])
    (pair,) = dashboard.get(PATH)["pairs"]

    for asked in (category, pair["categoryA"]):
        assert ids(dashboard.get(PATH, {"category": asked})) == ["p1p2"]


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("minCount", ["4", "0", "-5", "5.5", "five", " ", "٧", "10000000000", "99999999999999"]),
        ("minSupport", ["-0.1", "1.01", "1e-333", "NaN", "inf", "1e", ".5", "10%"]),
        ("minLift", ["-1", "nan", "-", "1,5", "inf", "99999999999"]),
        ("product", ["x" * 2_000]),
        ("category", [" ", "x" * 200]),
        ("sort", ["Lift", "revenue"]),
        ("limit", ["0", "501", "-1", "many", "1.0"]),
        ("relation", ["samebasket", "both"]),
        ("minConfidence", ["0.1"]),
    ],
)
def test_anything_else_is_refused(dashboard: Dashboard, parameter: str, values: list[str]) -> None:
    for value in values:
        response = dashboard.call(PATH, {parameter: value})
        assert_problem(response, 400, "invalid-parameter", [parameter])
    response = dashboard.call(PATH, f"{parameter}=1&{parameter}=1")
    assert_problem(response, 400, "invalid-parameter", [parameter])


def test_a_refusal_says_what_would_do(dashboard: Dashboard) -> None:
    response = dashboard.call(PATH, {"minCount": "3", "minSupport": "2"})

    problem = assert_problem(response, 400, "invalid-parameter", ["minCount", "minSupport"])
    assert [error["detail"] for error in problem["errors"]] == [
        "must be a whole number of 5 or more: pairs in fewer orders are not kept",
        "must be a number from 0 to 1, such as 0.01",
    ]


def test_the_relations_are_two_results(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    publish_pairs(
        firestore_client, [row("p2", "p1", 8, 100, 10), row("p3", "p1", 8, 20, 10)], NEXT_ORDER
    )

    answer = dashboard.get(PATH, {"relation": "nextOrder", "sort": "confidence"})

    assert ids(answer) == ["p3p1", "p2p1"]
    assert dashboard.get(PATH, {"relation": "sameBasket"})["status"] == "pending"


def test_a_first_attempt_that_failed_says_so(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    fail_pairs(firestore_client)

    answer = dashboard.get(PATH)

    assert answer == {
        "orgId": ORG,
        "status": "failed",
        "lastError": "GoogleAPIError",
        **UNKNOWN,
    }
    assert "affinityPairs" in dashboard.get(OVERVIEW)["notComputed"]


def test_an_organisation_without_orders_has_no_pairs(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    publish_pairs(firestore_client, [])

    answer = dashboard.get(PATH)

    assert (answer["status"], answer["pairsFound"], answer["pairs"]) == ("ready", 0, [])
    overview = dashboard.get(OVERVIEW)
    assert overview["affinityPairs"] == []
    assert "affinityPairs" not in overview["notComputed"]


def test_pairs_of_the_analytics_page(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    assert dashboard.get(OVERVIEW)["affinityPairs"] is None
    publish_pairs(
        firestore_client,
        [ROWS[1], ROWS[0], *(row("q0", f"q{number}", 5, 50, 50) for number in range(1, 6))],
    )

    pairs = dashboard.get(OVERVIEW)["affinityPairs"]

    assert [pair["productIdB"] for pair in pairs] == ["p3", "p2", "q1", "q2", "q3"]
    assert pairs[0] == {
        "productA": "Product p1",
        "productB": "Product p3",
        "count": 8,
        "strength": 0.008,
        "productIdA": "p1",
        "productIdB": "p3",
        "lift": 40,
    }


def test_the_analytics_page_is_another_one_once_pairs_are_computed(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    publish_pairs(firestore_client, ROWS[:1])
    kept = {"If-None-Match": dashboard.call(OVERVIEW).headers["ETag"]}
    assert dashboard.call(OVERVIEW, headers=kept).status_code == 304

    publish_pairs(firestore_client, at=NOW + timedelta(days=1))

    assert dashboard.call(OVERVIEW, headers=kept).status_code == 200


def test_a_result_of_version_0_3_is_pending_until_the_first_night(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    """It does not say how sizes of orders differ. The analytics page shows what it always did."""
    entry = {
        "key": "000001",
        "id_a": "p1",
        "name_a": "Product p1",
        "category_a": "Flower",
        "orders_a": 10,
        "id_b": "p3",
        "name_b": "Product p3",
        "category_b": "Vape",
        "orders_b": 20,
        "count": 8,
        "p_value": 1e-9,
    }
    totals = {"orders": 1_000, "orders_cut": 2, "pairs_tested": 45, "pairs_found": 1}
    before = Result(
        name="affinity", entries=[entry], summary={**totals, "minimum_count": 5, "top": [entry]}
    )
    ResultWriter(firestore_client).publish(ORG, before, attempt(NOW), source_rows=1_200)

    expected = {"orgId": ORG, "status": "pending", "lastError": None, **UNKNOWN}
    assert dashboard.get(PATH) == expected
    assert dashboard.get(PATH, {"sort": "pValue", "product": "p1"}) == expected
    (pair,) = dashboard.get(OVERVIEW)["affinityPairs"]
    assert (pair["productIdA"], pair["productIdB"], pair["lift"]) == ("p1", "p3", 40)

    fail_pairs(firestore_client)
    assert dashboard.get(PATH) == expected | {"status": "failed", "lastError": "GoogleAPIError"}

    publish_pairs(firestore_client, at=NOW + timedelta(seconds=1))
    assert len(dashboard.get(PATH)["pairs"]) == 3


def test_what_it_costs(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    """A read for the state, and one per 600 kB of products and pairs, whatever is asked."""
    with metered(firestore_client) as pending:
        dashboard.get(PATH)
    assert pending.documents_read == 1
    many = [row("p0000", f"p{number:04}", 6, 50, 50) for number in range(1, 2_001)]
    publish_pairs(firestore_client, many)

    for query in ({}, {"limit": "500"}, {"minLift": "2"}, {"product": "p1999", "sort": "pValue"}):
        with metered(firestore_client) as meter:
            dashboard.get(PATH, query)
        assert (meter.documents_read, meter.documents_written) == (3, 0)
        assert sum(meter.calls.values()) == 2

    last = dashboard.get(PATH, {"product": "p2000"})
    assert [pair["productB"] for pair in last["pairs"]] == ["Product p2000"]
