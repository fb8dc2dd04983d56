"""What one view of each page of the dashboard costs in document reads, without what is cached.

Which routes a view asks for is in dashboard/tests/views.json.
"""

import json
from pathlib import Path

import pytest
from google.cloud import firestore

from tests.support.dashboard import Dashboard
from tests.support.metered import metered
from tests.support.shop import NOW, Shop, days_ago, key_of

VIEWS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[2] / "dashboard" / "tests" / "views.json").read_text()
)
PERIOD: dict[str, object] = {"from": days_ago(30).date().isoformat(), "to": NOW.date().isoformat()}
QUERIES: dict[str, dict[str, object]] = {
    "/v1/segments/history": PERIOD,
    "/v1/analytics/transitions": PERIOD,
    "/v1/analytics/churn": {"days": 30, "by": "segment"},
}
INSIGHTS = {"/v1/insights"}
"""Of the function `insights`, whose cost is in tests/insights."""
AT_MOST = {
    "/": 97,
    "/customers": 16,
    "/customer?key=key_ada": 16,
    "/analytics": 118,
    "/analytics/cohorts": 69,
    "/analytics/products": 70,
    "/analytics/churn": 136,
    "/analytics/predictions": 73,
    "/insights": 0,
    "/quality": 70,
}
"""For 40 orders of 8 customers on 40 days; more days cost more, more orders on a day do not."""


@pytest.mark.parametrize("page", VIEWS)
def test_a_view_costs_a_bounded_number_of_reads(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client, page: str
) -> None:
    for number in range(40):
        shop.order(f"p{number % 8}@example.org", at=days_ago(number))
    ada = key_of("p0@example.org")
    reads = 0
    for route in VIEWS[page]:
        if route in INSIGHTS:
            continue
        with metered(firestore_client) as meter:
            dashboard.get(route.replace("key_ada", ada), QUERIES.get(route))
        reads += meter.documents_read
    assert reads <= AT_MOST[page]
