"""Document reads and indexes of each page, whatever the number of orders.

The settings cost three reads more, for a customer once per refresh interval; here they are read by
every call. `test_cached_responses.py` has the costs of unchanged pages.
"""

from pathlib import Path

from google.cloud import firestore

from shared.firestore import paths
from tests.contract.index_rules import IndexFile, required_field_indexes, required_index
from tests.support.dashboard import Dashboard
from tests.support.metered import Meter, metered
from tests.support.shop import ORG, Shop, days_ago, item, key_of

CHANGES = 1
SESSION_CHANGES = 1
DUE = 1
SETTINGS = 3
SHARDS = 2
PAGES = 1
"""Read of the number of changes other than orders; it also gives the instant of the answer."""
UNMEASURED = 2
"""To find no events of the shop, neither in the current period nor before it."""
RESULTS = 4
"""The states of sales by product, churn, cohorts and pairs of products, computed or not."""
INDEXES = Path(__file__).parents[2] / "firestore.indexes.json"


def reads(
    dashboard: Dashboard,
    client: firestore.Client,
    path: str,
    query: dict[str, object] | None = None,
) -> Meter:
    """Return the cost of one call."""
    with metered(client) as meter:
        dashboard.get(path, query)
    assert (meter.documents_written, meter.documents_deleted, meter.commits) == (0, 0, 0)
    return meter


def test_segments_cost_one_read_per_shard(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    empty = reads(dashboard, firestore_client, "/v1/segments")
    for number in range(30):
        shop.order(f"p{number}@example.org", at=days_ago(number))

    full = reads(dashboard, firestore_client, "/v1/segments")

    assert empty.documents_read == CHANGES + DUE + SETTINGS + 1  # finding nothing costs one
    assert full.documents_read == CHANGES + DUE + SETTINGS + SHARDS
    assert sum(full.calls.values()) == 4


def test_a_page_of_customers_costs_one_read_per_customer_and_one(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    shop.put_customers(30)

    for size, expected in ((1, 2), (10, 11), (29, 30), (30, 30), (200, 30)):
        meter = reads(dashboard, firestore_client, "/v1/customers", {"pageSize": size})
        assert (meter.documents_read, sum(meter.calls.values())) == (expected, 1)


def test_a_customer_costs_one_read_and_ten_orders_at_most(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    for number in range(12):
        shop.order("ada@example.org", at=days_ago(number))

    meter = reads(dashboard, firestore_client, f"/v1/customers/{key_of('ada@example.org')}")

    assert meter.documents_read == SETTINGS + 1 + 10
    assert sum(meter.calls.values()) == 3


def test_the_overview_costs_one_read_per_shard_of_each_day(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    empty = reads(dashboard, firestore_client, "/v1/analytics/overview")
    for number in range(90):
        shop.order(f"p{number % 7}@example.org", at=days_ago(number), items=[item("p1", 10)])
    put_all_shards(firestore_client, 90)
    shop.refresh_products()

    full = reads(dashboard, firestore_client, "/v1/analytics/overview")

    assert (
        empty.documents_read
        == CHANGES + SESSION_CHANGES + SETTINGS + PAGES + 2 + UNMEASURED + RESULTS
    )
    assert full.documents_read == (
        CHANGES
        + SESSION_CHANGES
        + SETTINGS
        + PAGES
        + (SHARDS + PAGES)
        + 60 * SHARDS
        + UNMEASURED
        + RESULTS
    )
    assert sum(full.calls.values()) == 12

    for number in range(400, 410):
        shop.order(None, at=days_ago(number), items=[item("p1", 10)])
    late = reads(dashboard, firestore_client, "/v1/analytics/overview")
    assert late.documents_read == full.documents_read


def put_all_shards(client: firestore.Client, days: int) -> None:
    """Give every day all of its shards, whichever its orders went to."""
    for number in range(days):
        day = days_ago(number).date()
        for shard in range(SHARDS):
            document = client.document(paths.daily_shard(ORG, day, str(shard)))
            document.set({"date": day.isoformat()}, merge=True)


def test_a_funnel_costs_one_read_per_shard_of_each_month_and_of_each_day_with_orders(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    empty = reads(dashboard, firestore_client, "/v1/analytics/funnel", {"days": 365})
    assert empty.documents_read == CHANGES + SESSION_CHANGES + SETTINGS + UNMEASURED + 1
    for number in range(120):
        shop.event("checkout.paid", f"s{number}", at=days_ago(number))
        shop.event("cart.updated", f"s{number}", at=days_ago(number))
    for number in range(30):
        shop.order("ada@example.org", at=days_ago(number))
    put_all_shards(firestore_client, 30)

    month = reads(dashboard, firestore_client, "/v1/analytics/funnel")
    year = reads(dashboard, firestore_client, "/v1/analytics/funnel", {"days": 365})

    days = 30 * SHARDS
    assert month.documents_read == CHANGES + SESSION_CHANGES + SETTINGS + 2 * SHARDS + days
    assert year.documents_read == CHANGES + SESSION_CHANGES + SETTINGS + 5 * SHARDS + 1 + days


def test_every_query_has_its_index(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    shop.order("ada@example.org", at=days_ago(1))
    declared = IndexFile.load(INDEXES)
    with metered(firestore_client) as meter:
        dashboard.get("/v1/segments")
        dashboard.get("/v1/analytics/overview")
        dashboard.get("/v1/analytics/funnel")
        dashboard.get(f"/v1/customers/{key_of('ada@example.org')}")
        for sort in ("lastOrderDate", "totalSpent", "orderCount", "avgOrderValue"):
            for order in ("asc", "desc"):
                for segment in ({}, {"segment": "new"}):
                    dashboard.get("/v1/customers", {"sort": sort, "order": order, **segment})

    assert len(meter.queries) == (2 + 1) + (2 + 2 + 2) + (2 + 2 + 1) + 1 + 16
    for recorded in meter.queries:
        required = required_index(recorded.query, recorded.summed)
        if required is not None:
            assert any(index.serves(required) for index in declared.composites), required
        for needed in required_field_indexes(recorded.query, recorded.summed):
            assert declared.has(needed), needed
