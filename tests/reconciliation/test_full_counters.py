"""A day whose document is full."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.document_size import stored_bytes
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.orders.fact import NormalizedOrder
from shared.reconciliation.counters import CounterDeltas, DailyDelta
from shared.reconciliation.stores.counter_codec import daily_delta
from shared.reconciliation.stores.counter_documents import FULL_BYTES
from shared.reconciliation.stores.organization_store import FirestoreOrganizationStore
from shared.reconciliation.stores.raw_orders import readable_order
from shared.services import Services
from tests.support.metered import metered
from tests.support.world import Order

NOW = datetime.now(UTC)
YESTERDAY = NOW - timedelta(days=1)
DAY = YESTERDAY.date()
NORTH, SOUTH = "org_north", "org_south"


@pytest.fixture
def services(firestore_client: firestore.Client) -> Services:
    return build_services(firestore_client, Settings(counter_shards=1), b"a secret of tests")


def put(services: Services, id: str, org: str = NORTH) -> str:
    products = (("p1", 1500), ("p2", 2500))
    order = Order(
        org=org,
        email=f"{id}@example.org",
        cents=4000,
        ordered_at=YESTERDAY,
        products=products,
    )
    services.client.document(paths.order(id)).set(order.data())
    return id


def fill(services: Services, org: str = NORTH, day: date = DAY) -> None:
    path = paths.daily_shard(org, day, "0")
    full = {"date": day.isoformat(), "padding": "x" * 1_048_200}
    services.client.document(path).set(full)


def stored(services: Services, collection: str) -> dict[str, dict[str, Any]]:
    return {s.id: s.to_dict() or {} for s in services.client.collection(collection).stream()}


def orders_on(services: Services, org: str = NORTH) -> dict[str, int]:
    days = stored(services, paths.daily_stats(org))
    return {id: daily_delta(document).counts["orders"] for id, document in days.items()}


def test_of_a_full_day_only_the_day_overflows(services: Services) -> None:
    """It made documents of segment counts for good, one per order."""
    fill(services)
    for number in range(5):
        services.reconciler.reconcile(put(services, f"o{number}"))

    assert orders_on(services) == {f"{DAY}_0": 0, f"{DAY}_0_over1": 5}
    (counts,) = stored(services, paths.segment_counts(NORTH)).values()
    assert (counts["totals"]["orders"], counts["changes"]) == (5, 5)


def test_other_organisations_of_the_commit_do_not_overflow(services: Services) -> None:
    fill(services)
    for id, org in (("n", NORTH), ("s", SOUTH)):
        put(services, id, org)
    sources = [
        services.reconciler.normalized(readable_order(services.client, id)) for id in ("n", "s")
    ]
    assert all(isinstance(source.outcome, NormalizedOrder) for source in sources)

    assert services.reconciler.reconcile_all(sources).orders_written == 2

    assert orders_on(services) == {f"{DAY}_0": 0, f"{DAY}_0_over1": 1}
    assert orders_on(services, SOUTH) == {f"{DAY}_0": 1}
    for org in (NORTH, SOUTH):
        assert stored(services, paths.segment_counts(org)).keys() == {"0"}


def test_only_the_first_commit_of_an_instance_to_a_full_day_is_made_twice(
    services: Services, firestore_client: firestore.Client
) -> None:
    fill(services)
    for instance in (services, build_services(firestore_client, services.settings, b"of tests")):
        for commits_called in (2, 1):
            id = put(services, f"o{len(stored(services, paths.LEDGER))}")
            with metered(firestore_client) as meter:
                instance.reconciler.reconcile(id)
            assert (meter.calls["commit"], meter.commits) == (commits_called, 1)

    assert orders_on(services) == {f"{DAY}_0": 0, f"{DAY}_0_over1": 4}


def test_what_took_over_can_be_full_too(services: Services) -> None:
    fill(services)
    reference = services.client.document(paths.daily_shard(NORTH, DAY, "0_over1"))
    reference.set({"date": DAY.isoformat(), "padding": "x" * 1_048_200})

    services.reconciler.reconcile(put(services, "o1"))

    assert orders_on(services) == {f"{DAY}_0": 0, f"{DAY}_0_over1": 0, f"{DAY}_0_over2": 1}


def test_a_repair_of_a_full_day_finds_room(services: Services) -> None:
    fill(services)
    store = FirestoreOrganizationStore(services.client, shards=1)
    delta = DailyDelta()
    delta.counts["orders"] = 3

    store.adjust(NORTH, CounterDeltas(daily={(NORTH, DAY): delta}))

    assert sum(orders_on(services).values()) == 3


def test_firestore_takes_what_does_not_measure_as_full(firestore_client: firestore.Client) -> None:
    """Or a day that is full would pass for one that is not. With the shortest entries there can be,
    to which Firestore adds most."""
    entry = {"revenue_cents": 1, "quantity_milli": 1}
    size = stored_bytes({"12345": entry})
    sold = {f"{id:05}": entry for id in range(FULL_BYTES // size)}
    reference = firestore_client.document(paths.daily_shard(NORTH, DAY, "0"))

    reference.set({"categories": sold})

    assert stored_bytes(sold) > FULL_BYTES - size
