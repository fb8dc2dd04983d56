"""Document reads of one view of each page of the dashboard, without cached responses.

dashboard/tests/views.json lists the routes of a view.
"""

import json
from pathlib import Path

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.kernel.settings import Settings
from tests.support.dashboard import Dashboard
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, Shop, days_ago, key_of

VIEWS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[2] / "dashboard" / "tests" / "views.json").read_text()
)
PERIOD: dict[str, object] = {"from": days_ago(30).date().isoformat(), "to": NOW.date().isoformat()}
QUERIES: dict[str, dict[str, object]] = {
    "/v1/segments/history": PERIOD,
    "/v1/analytics/transitions": PERIOD,
    "/v1/analytics/churn": {"days": 30, "by": "segment"},
    "/v1/campaigns:prefill": {"segment": "new"},
}
CONDITIONS = {"definition": {"field": "totalSpent", "operator": "at_least", "value": 1}}
SENT = {"/v1/custom-segments:preview": CONDITIONS}
"""Bodies of calls that only compute something."""
ELSEWHERE = ("/v1/insights", "/v1/campaigns/sc_0123456789ab", "/v1/openapi.json")
"""Begins of routes whose cost is in tests/insights and tests/campaigns, and of one without any."""
AT_MOST = {
    "/": 97,
    "/customers": 16,
    "/customer?key=key_ada": 16,
    "/analytics": 118,
    "/analytics/cohorts": 69,
    "/analytics/products": 70,
    "/analytics/churn": 141,
    "/analytics/predictions": 73,
    "/insights": 0,
    "/quality": 75,
    "/segment?id=cs_0123456789ab": 9,
    "/thresholds": 12,
    "/campaigns": 10,
    "/campaigns/new?segment=churned": 15,
    "/campaign?id=sc_0123456789ab": 9,
}
"""For 40 orders of 8 customers on 40 days; more days cost more, more orders on a day do not."""


@pytest.mark.parametrize("page", VIEWS)
def test_a_view_costs_a_bounded_number_of_reads(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client, page: str
) -> None:
    for number in range(40):
        shop.order(f"p{number % 8}@example.org", at=days_ago(number))
    ids = {"key_ada": key_of("p0@example.org")}
    if "cs_0123456789ab" in page:
        body = {"name": "Mine", **CONDITIONS}
        made = dashboard.call("/v1/custom-segments", method="POST", json=body)
        assert made.json is not None
        ids["cs_0123456789ab"] = made.json["id"]
    reads = 0
    for route in VIEWS[page]:
        if route.startswith(ELSEWHERE):
            continue
        path = route
        for name, id in ids.items():
            path = path.replace(name, id)
        with metered(firestore_client) as meter:
            if route in SENT:
                answer = dashboard.call(path, method="POST", json=SENT[route])
                assert answer.status_code == 200, answer.text
            else:
                dashboard.get(path, QUERIES.get(route))
        reads += meter.documents_read
    assert reads <= AT_MOST[page]


def test_an_order_costs_a_listener_to_counts_one_read(
    shop: Shop, firestore_client: firestore.Client
) -> None:
    """A listener reads what changes: one shard, also where the customer moves."""
    shards = firestore_client.collection(paths.segment_counts(ORG))
    for number in range(8):
        shop.order(f"p{number}@example.org", at=days_ago(40))
    before = {shard.id: shard.update_time for shard in shards.stream()}
    shop.order("p0@example.org", total=900)
    after = {shard.id: shard.update_time for shard in shards.stream()}

    assert len(before) <= Settings().counter_shards == 4
    assert len([id for id, at in after.items() if before.get(id) != at]) == 1
