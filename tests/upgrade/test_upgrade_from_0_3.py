"""Documents of version 0.3.0 are read, continued, and brought up to date by the documented steps.

`written_by_0_3_0.json.gz` holds every document and the whole export of an installation of 0.3.0:
orders of two organisations, among them some that are read differently since, with custom segments
(one deleted), sessions, and a computed night.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore

from shared.audit.rebuild import rebuild
from shared.audit.store import FirestoreAuditStore
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.orders.identity import CustomerKeyer
from shared.products.unused_sales_store import delete_unused_sales
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.backfill import backfill
from shared.reconciliation.reclassification import Reclassifier
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.customer_codec import customer
from shared.reconciliation.stores.due_customers import enqueue_overdue
from shared.reconciliation.stores.order_source import all_orders
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.segments.segment import Segment
from shared.services import Services
from shared.warehouse.warehouse import Warehouse
from tests.products.product_fold import publish_product_sales
from tests.support.dashboard import Dashboard
from tests.support.derived import Derived, assert_chains
from tests.support.firestore_world import derived_from
from tests.support.own_data import own_project_id
from tests.support.world import SECRET
from tests.upgrade.stored_documents import stored_database
from tools import compute

OLD = stored_database(Path(__file__).parent / "written_by_0_3_0.json.gz")
NOW = OLD.now
ORGANIZATIONS = ("org_north", "org_south")
PERIOD = {"from": "2026-09-01", "to": "2026-10-31"}
PARAMETERS = {
    "/v1/campaigns:prefill": {"segment": "vip"},
    "/v1/segments/history": PERIOD,
    "/v1/analytics/transitions": PERIOD,
    "/v1/analytics/transitions/customers": {
        **PERIOD,
        "fromSegment": "new",
        "toSegment": "slipping",
    },
}
"""Those that a route cannot be called without."""


def services_at(client: firestore.Client) -> Services:
    """The product on a database, at the instant that the old installation's clock showed."""
    built = build_services(client, Settings(settings_refresh_seconds=0), SECRET)
    reclassifier = Reclassifier(
        FirestoreReclassifications(client, built.store),
        built.organizations,
        clock=lambda: NOW,
        settle_after=timedelta(0),
    )
    return replace(
        built,
        clock=lambda: NOW,
        reclassifier=lambda: reclassifier,
    )


def _reconciler(services: Services, store: Any) -> Reconciler:
    return Reconciler(store, services.organizations, CustomerKeyer(SECRET), clock=lambda: NOW)


def bring_up_to_date(services: Services) -> None:
    """`tools.backfill`, then `tools.rebuild` for each organisation."""
    sources = [services.reconciler.normalized(raw) for raw in all_orders(services.client)]
    backfill(sources, [services.reconciler], lambda totals: None)
    for org_id in ORGANIZATIONS:
        services.reclassifier().run(org_id, NOW + timedelta(hours=1))
        store = FirestoreAuditStore(services.client, shards=1)
        rebuild(
            org_id,
            store,
            _reconciler(services, store),
            services.organizations,
            clock=lambda: NOW,
            on_progress=lambda part: None,
        )
        delete_unused_sales(services.client, org_id)


@pytest.fixture
def upgraded(firestore_client: firestore.Client) -> Services:
    """This version on the data of the old one."""
    OLD.restore(firestore_client)
    return services_at(firestore_client)


@pytest.fixture
def fresh(firestore_emulator: str) -> Iterator[Services]:
    """This version, given the same orders and settings on an empty database."""
    client = firestore.Client(project=own_project_id())
    OLD.restore(client, under="orders/")
    for org_id in ORGANIZATIONS:
        OLD.restore(client, under=f"{paths.TENANTS}/{org_id}/{paths.SETTINGS}/")
    services = services_at(client)
    bring_up_to_date(services)
    yield services
    client.close()


def test_every_page_answers_before_anything_is_brought_up_to_date(
    upgraded: Services, project_id: str
) -> None:
    dashboard = Dashboard(upgraded, project_id, NOW)
    routes = [
        path
        for path, item in dashboard.get("/v1/openapi.json")["paths"].items()
        if "get" in item and "{" not in path
    ]
    assert len(routes) > 20
    answers = {
        (path, org_id): dashboard.call(
            path, PARAMETERS.get(path), role="brand_admin", orgId=org_id
        ).status_code
        for path in routes
        for org_id in ORGANIZATIONS
    }
    assert {key: status for key, status in answers.items() if status != 200} == {}


def test_an_order_continues_a_customer_of_0_3_0(upgraded: Services) -> None:
    before = _customers(upgraded.client, "org_north")
    buyer = next(
        data
        for id, data in _orders(upgraded.client).items()
        if data["orgId"] == "org_north" and data["customer"].get("name")
    )
    upgraded.client.document(paths.order("new_1")).set(
        {**buyer, "status": "completed", "createdAt": NOW, "totals": {"total": 25}}
    )
    upgraded.reconciler.reconcile("new_1")

    after = _customers(upgraded.client, "org_north")
    (changed,) = [id for id in after if after[id] != before.get(id)]
    assert after[changed].totals.order_count == before[changed].totals.order_count + 1
    assert (
        after[changed].totals.lifetime_value_cents
        == before[changed].totals.lifetime_value_cents + 2500
    )
    assert len(after[changed].history.orders) == len(before[changed].history.orders) + 1
    assert_chains(derived_from(upgraded.client, dict.fromkeys(ORGANIZATIONS)))


def test_time_moves_the_customers_of_0_3_0(upgraded: Services) -> None:
    later = NOW + timedelta(days=500)
    # As the function does once an hour.
    for org_id in ORGANIZATIONS:
        assert enqueue_overdue(upgraded.client, org_id, later) > 10
    run = age_segments(
        upgraded.due_customers,
        upgraded.organizations,
        clock=lambda: later,
        stop_at=later + timedelta(hours=1),
    )
    assert (run.conflicts, run.put_off, run.complete) == (0, 0, True)
    for org_id in ORGANIZATIONS:
        segments = Counter(each.segment for each in _customers(upgraded.client, org_id).values())
        assert segments.keys() <= {Segment.CHURNED, None}, org_id
    assert_chains(derived_from(upgraded.client, dict.fromkeys(ORGANIZATIONS)))


def test_the_documented_steps_leave_what_a_fresh_installation_would_count(
    upgraded: Services, fresh: Services
) -> None:
    bring_up_to_date(upgraded)
    mended, counted = (
        derived_from(each.client, dict.fromkeys(ORGANIZATIONS)) for each in (upgraded, fresh)
    )
    assert _numbers(mended) == _numbers(counted)
    assert_chains(mended)


def test_days_that_0_3_0_added_up_stay_as_they_are_without_their_products(
    upgraded: Services,
) -> None:
    def stored(collection: str) -> list[dict[str, Any]]:
        actual = upgraded.client.collection(collection).stream()
        return [each.to_dict() or {} for each in actual]

    for org_id in ORGANIZATIONS:
        old = stored(paths.daily_stats(org_id))
        assert {day["open"] for day in old} == {True, False}
        before = derived_from(upgraded.client, {org_id: None}).days
        for day, counts in before.items():
            mine = [each for each in old if each["date"] == day[1].isoformat()]
            assert counts["revenue_cents"] == sum(each.get("revenue_cents", 0) for each in mine)
        totals = len(stored(f"{paths.TENANTS}/{org_id}/sales_totals"))
        assert totals > 0

        assert delete_unused_sales(upgraded.client, org_id) == len(old) + totals

        assert derived_from(upgraded.client, {org_id: None}).days == before
        for kept in stored(paths.daily_stats(org_id)):
            assert not kept.keys() & {"open", "products", "rolled_up_at"}
            assert kept.keys() >= {"date"}
        assert stored(f"{paths.TENANTS}/{org_id}/sales_totals") == []
        assert delete_unused_sales(upgraded.client, org_id) == 0


def test_sales_by_product_of_0_3_0_are_listed_and_the_page_waits_for_the_next_night(
    upgraded: Services, project_id: str
) -> None:
    dashboard = Dashboard(upgraded, project_id, NOW)
    page = dashboard.get("/v1/analytics/products", orgId="org_north")
    assert page["products"]
    assert page["lastFullDay"] == (NOW - timedelta(days=1)).date().isoformat()
    overview = dashboard.get("/v1/analytics/overview", orgId="org_north")
    assert (overview["salesByProduct"], overview["salesByCategory"]) == (None, None)
    assert overview["nightly"][0]["status"] == "pending"

    publish_product_sales(upgraded.client, upgraded.organizations, "org_north", NOW)

    overview = dashboard.get("/v1/analytics/overview", orgId="org_north")
    assert overview["salesByProduct"]
    assert overview["salesByCategory"]


def test_the_next_night_computes_from_what_0_3_0_exported(
    upgraded: Services, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.append(OLD.export)
    monkeypatch.setattr(compute, "utc_now", lambda: NOW + timedelta(days=1))
    done = compute.compute_now(replace(upgraded, warehouse=lambda: warehouse), [*ORGANIZATIONS])
    assert done.failed == ()
    assert done.orders > 100


def _numbers(derived: Derived) -> dict[str, Any]:
    """Return the numbers that both paths must agree on; not the recorded past, which stays."""
    return {
        "customers": {
            id: (
                each.totals,
                each.segment,
                each.custom_segments,
                each.category_cents,
                each.history,
                each.contact,
                each.next_transition_at,
            )
            for id, each in derived.customers.items()
            if each.totals.order_count
        },
        "days": {key: +counts for key, counts in derived.days.items() if +counts},
        "segments": {key: +counts for key, counts in derived.segments.items() if +counts},
        "custom": {key: +counts for key, counts in derived.custom.items() if +counts},
        "totals": {key: +counts for key, counts in derived.totals.items() if +counts},
        "products": {key: cents for key, cents in derived.products.items() if cents},
        "rejected": derived.rejected,
    }


def _customers(client: firestore.Client, org_id: str) -> dict[str, Any]:
    actual = client.collection(paths.customers(org_id)).stream()
    return {each.id: customer(each.to_dict() or {}) for each in actual}


def _orders(client: firestore.Client) -> dict[str, dict[str, Any]]:
    return {each.id: each.to_dict() or {} for each in client.collection(paths.ORDERS).stream()}
