"""What each page costs in document reads, however many orders there are; and needs in indexes.

The settings cost three reads more, for a customer once per refresh interval; here they are read by
every call. What a page costs that has not changed since is in `test_kept_answers.py`.
"""

from pathlib import Path

from google.cloud import firestore

from shared.storage.roll_up import SALES_BUCKETS
from tests.contract.index_rules import IndexFile, required_field_indexes, required_index
from tests.http.dashboard import Dashboard
from tests.http.shop import Shop, days_ago, item, key_of
from tests.support.metered import Meter, metered

CHANGES = 1
SESSION_CHANGES = 1
DUE = 1
SETTINGS = 3
SHARDS = 2
PAGES = 1
"""Where changes that are not orders are counted, such as a roll-up."""
UNMEASURED = 2
"""To find no events of the shop, neither in the current period nor before it."""
RESULTS = 3
"""The states of churn, of the cohorts and of the pairs of products, computed or not."""
INDEXES = Path(__file__).parents[2] / "firestore.indexes.json"


def reads(
    dashboard: Dashboard,
    client: firestore.Client,
    path: str,
    query: dict[str, object] | None = None,
) -> Meter:
    """What one call costs."""
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


def test_the_overview_costs_fewer_than_a_hundred_reads_once_days_are_rolled_up(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    empty = reads(dashboard, firestore_client, "/v1/analytics/overview")
    for number in range(90):
        shop.order(f"p{number % 7}@example.org", at=days_ago(number), items=[item("p1", 10)])
    shop.roll_up()
    shop.order("p1@example.org", items=[item("p1", 10)])

    rolled_up = reads(dashboard, firestore_client, "/v1/analytics/overview")

    assert (
        empty.documents_read
        == CHANGES + SESSION_CHANGES + SETTINGS + SALES_BUCKETS + 3 + UNMEASURED + RESULTS
    )
    days, today = 59, SHARDS
    assert rolled_up.documents_read == (
        CHANGES
        + SESSION_CHANGES
        + SETTINGS
        + SALES_BUCKETS
        + SHARDS
        + PAGES
        + (days + today)
        + today
        + UNMEASURED
        + RESULTS
    )
    assert rolled_up.documents_read < 100
    assert sum(rolled_up.calls.values()) == 12

    shop.order(None, at=days_ago(400), items=[item("p1", 10)])
    late = reads(dashboard, firestore_client, "/v1/analytics/overview")
    assert late.documents_read == rolled_up.documents_read + 1


def test_a_funnel_costs_one_read_per_shard_and_month_and_one_per_day_with_orders(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    empty = reads(dashboard, firestore_client, "/v1/analytics/funnel", {"days": 365})
    assert empty.documents_read == CHANGES + SESSION_CHANGES + SETTINGS + UNMEASURED + 1
    for number in range(120):
        shop.event("checkout.paid", f"s{number}", at=days_ago(number))
        shop.event("cart.updated", f"s{number}", at=days_ago(number))
    for number in range(30):
        shop.order("ada@example.org", at=days_ago(number))
    shop.roll_up()

    month = reads(dashboard, firestore_client, "/v1/analytics/funnel")
    year = reads(dashboard, firestore_client, "/v1/analytics/funnel", {"days": 365})

    days = 29 + 1
    assert month.documents_read == CHANGES + SESSION_CHANGES + SETTINGS + 2 * SHARDS + days
    assert year.documents_read == CHANGES + SESSION_CHANGES + SETTINGS + 5 * SHARDS + 1 + days
    assert reads(dashboard, firestore_client, "/v1/analytics/overview").documents_read < 100


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

    assert len(meter.queries) == (2 + 1) + (2 + 3 + 2) + (2 + 2 + 1) + 1 + 16
    for recorded in meter.queries:
        required = required_index(recorded.query, recorded.summed)
        if required is not None:
            assert any(index.serves(required) for index in declared.composites), required
        for needed in required_field_indexes(recorded.query, recorded.summed):
            assert declared.has(needed), needed
