"""GET /v1/settings/thresholds/recommendation: over orders as they are counted and stored."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths, query_chunks
from shared.rules import recommendation_routes as routes_recommendation
from shared.rules.return_curve import ReturnCurve
from shared.rules.threshold_proposal import threshold_proposals
from shared.segments.history import OrderHistory, PastOrder
from shared.segments.thresholds import Thresholds
from tests.support.dashboard import Dashboard
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago

PATH = "/v1/settings/thresholds/recommendation"
SETTINGS = 3


def put_orders(
    client: firestore.Client, histories: list[list[datetime]], *, org: str = ORG
) -> None:
    """Store customers with these orders, as far as matters here."""
    writer = client.bulk_writer()
    for customer, instants in enumerate(histories):
        orders = [PastOrder(at, at.date(), 1000, "online", "", ()) for at in instants]
        writer.create(
            client.document(paths.customer(org, f"{customer:032x}")),
            {"has_orders": True, "history": OrderHistory.of(orders).to_bytes()},
        )
    writer.close()


def shop_with_returns() -> list[list[datetime]]:
    """300 customers, of whom 250 came back after 1 to 84 days and never since."""
    returned = [[days_ago(500), days_ago(500 - 1 - number / 3)] for number in range(250)]
    return returned + [[days_ago(500)] for _ in range(50)]


def test_thresholds_are_proposed_with_what_is_known_of_them(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    histories = shop_with_returns()
    put_orders(firestore_client, histories)
    shop.settings("loyalty", {"segmentThresholds": {"slipping_minDays": 25}})

    actual = dashboard.get(PATH)

    curve = ReturnCurve(histories, NOW)
    thresholds = Thresholds(slipping_min_days=25)
    assert actual["thresholdsVersion"] == thresholds.version
    assert (actual["customers"], actual["returningCustomers"]) == (300, 250)
    assert (actual["returns"], actual["unfinished"]) == (250, 300)
    assert (actual["horizonDays"], actual["returnWithinDays"]) == (365, 90)
    for answered, expected in zip(
        actual["thresholds"], threshold_proposals(curve, thresholds), strict=True
    ):
        assert answered["threshold"] == expected.threshold
        assert (answered["reason"], answered["detail"]) == (None, None)
        for shown, measured in (
            (answered["proposed"], expected.proposed),
            (answered["inForce"], expected.in_force),
        ):
            assert measured is not None
            assert measured.returning is not None
            assert shown == {
                "days": measured.days,
                "returned": measured.returned,
                "returnProbability": {
                    "value": measured.returning.value,
                    "low": measured.returning.low,
                    "high": measured.returning.high,
                },
                "atRisk": curve.at_risk(measured.days),
            }
    assert actual["thresholds"][0]["inForce"]["days"] == 25
    days = [each["proposed"]["days"] for each in actual["thresholds"]]
    assert days == [64, 76, 82]
    assert [point["days"] for point in actual["curve"]] == list(range(0, 366, 5))
    assert actual["curve"][0]["away"] == 1
    assert actual["curve"][0]["returnProbability"]["value"] == pytest.approx(250 / 550)


def test_nothing_is_made_up_where_there_is_nothing(dashboard: Dashboard, shop: Shop) -> None:
    empty = dashboard.get(PATH)
    shop.order("ada@example.org", at=days_ago(20))
    shop.order("ada@example.org", at=days_ago(3))
    shop.order(None, at=days_ago(3))
    shop.order("ada@example.org", at=days_ago(2), status="cancelled")
    little = dashboard.get(PATH)

    assert (empty["totalCustomers"], empty["customers"], empty["horizonDays"]) == (0, 0, 0)
    assert (little["totalCustomers"], little["customers"]) == (1, 1)
    assert (little["returns"], little["unfinished"]) == (1, 1)
    for actual in (empty, little):
        for each in actual["thresholds"]:
            assert each["proposed"] is None
            assert each["reason"] == "too_few_returns"
            assert each["detail"].startswith("A proposal takes 200 returns")
            assert each["inForce"]["returnProbability"] is None
        assert {point["away"] for point in actual["curve"]} == {None}
        assert {str(point["returnProbability"]) for point in actual["curve"]} == {"None"}


def test_a_choice_of_customers_is_looked_at_page_by_page(
    dashboard: Dashboard, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    histories = [[days_ago(90), days_ago(70), days_ago(40)] for _ in range(10)]
    put_orders(firestore_client, histories)
    put_orders(firestore_client, [[days_ago(3)]] * 5, org=OTHER)
    answers: list[dict[str, Any]] = []
    for page_size in (2, 3, 30, 5_000):
        monkeypatch.setattr(query_chunks, "CHUNK_SIZE", page_size)
        answers.append(dashboard.get(PATH))
        assert (answers[-1]["customers"], answers[-1]["returns"]) == (10, 20)
    assert answers == [answers[0]] * 4

    monkeypatch.setattr(routes_recommendation, "MAX_CUSTOMERS", 4)
    monkeypatch.setattr(query_chunks, "CHUNK_SIZE", 5)
    chosen = dashboard.get(PATH)

    assert (chosen["customers"], chosen["returns"], chosen["unfinished"]) == (4, 8, 4)


def test_the_cost_is_one_read_per_customer_and_one_per_shard(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    for number in range(12):
        shop.order(f"p{number % 5}@example.org", at=NOW - timedelta(days=number))
    with metered(firestore_client) as meter:
        dashboard.get(PATH)

    assert meter.documents_read == SETTINGS + 2 + 5
    assert (meter.documents_written, meter.documents_deleted, meter.commits) == (0, 0, 0)
