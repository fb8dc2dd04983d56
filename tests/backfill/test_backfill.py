"""A backfill equals the trigger's result, and a rebuild finds and repairs faults."""

import unicodedata
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.backfill.job import reconcilers
from shared.firestore import paths
from shared.firestore.changes import PAGES
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.backfill import BATCH_ORDERS, backfill, batches, order_key
from shared.reconciliation.counters import DailyDelta
from shared.reconciliation.ports import Commit
from shared.reconciliation.stores.counter_codec import daily_delta
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.order_source import orders_claimed_for
from tests.backfill.history import ORGANIZATIONS, history, read, reconciler, write
from tests.reconciliation.deliveries import CallFailedError
from tests.support.derived import assert_derived
from tests.support.firestore_world import FirestoreWorld
from tests.support.world import NOW, SECRET, Order


def documents(client: firestore.Client, collection: str) -> dict[str, dict[str, Any]]:
    """Contents without what depends on when and how often something was written."""
    varying = {"recorded_at", "updated_at", "revision", "source_version"}
    return {
        snapshot.id: {k: v for k, v in (snapshot.to_dict() or {}).items() if k not in varying}
        for snapshot in client.collection(collection).stream()
    }


def days(client: firestore.Client, org_id: str) -> dict[str, DailyDelta]:
    """Every day, its shards added up, which are others for each writer."""
    total: defaultdict[str, DailyDelta] = defaultdict(DailyDelta)
    for snapshot in client.collection(paths.daily_stats(org_id)).stream():
        document = snapshot.to_dict() or {}
        total[document["date"]].add(daily_delta(document))
    return {day: delta.without_zeros() for day, delta in total.items()}


def test_same_documents_as_one_trigger_per_order(firestore_client: firestore.Client) -> None:
    other = firestore.Client(project=f"{firestore_client.project}-b")
    orders = history()
    for client in (firestore_client, other):
        write(client, orders)
    by_trigger = FirestoreWorld(firestore_client)
    for id in sorted(orders, key=lambda id: (orders[id].ordered_at, id)):
        reconciler(by_trigger, orders[id].ordered_at).reconcile(id)
    age_segments(by_trigger, ORGANIZATIONS, clock=lambda: NOW, stop_at=NOW + timedelta(hours=1))

    workers = [reconciler(FirestoreLedgerStore(other, shards=2, shard=n)) for n in range(3)]
    totals = backfill(read(other), workers, lambda totals: None)

    assert (totals.orders, totals.orders_written) == (len(orders), len(orders))
    for client in (firestore_client, other):
        assert_derived(orders, NOW, FirestoreWorld(client).derived())
    for collection in [
        paths.LEDGER,
        paths.REJECTED,
        *(
            path(org)
            for org in ("org_north", "org_south")
            for path in (paths.customers, paths.transitions)
        ),
    ]:
        assert documents(firestore_client, collection) == documents(other, collection)
    for org in ("org_north", "org_south"):
        assert days(firestore_client, org) == days(other, org)


def test_a_backfill_leaves_no_counters_beside_those_of_live_orders(
    firestore_client: firestore.Client,
) -> None:
    """Pages would read them for ever."""
    services = build_services(firestore_client, Settings(counter_shards=2), SECRET)
    write(firestore_client, history())

    backfill(read(firestore_client), reconcilers(services, 4), lambda totals: None)

    for org in ("org_north", "org_south"):
        days_of = firestore_client.collection(paths.daily_stats(org)).list_documents()
        assert {each.id.partition("_")[2] for each in days_of} <= {"0", "1"}
        counts_of = firestore_client.collection(paths.segment_counts(org)).list_documents()
        assert {each.id for each in counts_of} <= {"0", "1", PAGES}


def test_killed_midway_and_run_again_writes_only_the_rest(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = history()
    write(firestore_client, orders)
    sources = read(firestore_client)
    done = 0

    class Dying(FirestoreLedgerStore):
        def commit(self, commit: Commit) -> None:
            nonlocal done
            if done > len(sources) // 2:
                raise CallFailedError
            super().commit(commit)
            done += len(commit.ledger)

    monkeypatch.setattr("shared.reconciliation.backfill.BATCH_ORDERS", 10)
    dying = reconciler(Dying(firestore_client, shards=1))
    with pytest.raises(CallFailedError):
        backfill(sources, [dying], lambda totals: None)
    world = FirestoreWorld(firestore_client)
    rest = backfill(sources, [reconciler(world)], lambda totals: None)
    again = backfill(sources, [reconciler(world)], lambda totals: None)

    assert rest.orders_written == len(orders) - done
    assert again.orders_written == 0
    assert_derived(orders, NOW, world.derived())


def test_orders_that_change_between_reading_and_counting(
    firestore_client: firestore.Client,
) -> None:
    orders = history(30)
    write(firestore_client, orders)
    sources = read(firestore_client)
    world = FirestoreWorld(firestore_client)
    for id in list(orders)[:10]:
        orders[id] = replace(orders[id], cents=orders[id].cents + 1, broken=False)
        world.put_order(id, orders[id].data())
        reconciler(world).reconcile(id)

    backfill(sources, [reconciler(world)], lambda totals: None)

    assert_derived(orders, NOW, world.derived())


def test_a_customer_with_more_orders_than_a_commit_holds_stays_in_sequence(
    firestore_client: firestore.Client,
) -> None:
    orders = {
        f"o{n}": Order(
            org="org_north",
            email="ada@example.org",
            cents=100,
            ordered_at=NOW - timedelta(hours=n),
        )
        for n in range(BATCH_ORDERS + 10)
    }
    write(firestore_client, orders)

    actual = list(batches(sorted(map(order_key, read(firestore_client)))))
    assert [(len(batch.keys), batch.continues) for batch in actual] == [
        (BATCH_ORDERS, False),
        (10, True),
    ]
    world = FirestoreWorld(firestore_client)
    backfill(read(firestore_client), [reconciler(world)] * 2, lambda totals: None)

    assert_derived(orders, NOW, world.derived())


def test_orders_of_one_organisation_by_every_field_and_alias(
    firestore_client: firestore.Client,
) -> None:
    orders = firestore_client.collection(paths.ORDERS)
    firestore_client.document(paths.alias("shop_north_2")).set({"org_id": "org_north"})
    for number, data in enumerate(
        [
            {"orgId": "org_north"},
            {"organizationId": "org_north"},
            {"brandId": "org_north", "retailerId": "org_north"},
            {"dispensaryId": "shop_north_2"},
            {"orgId": "org_south"},
        ]
    ):
        orders.document(f"o{number}").set(data)

    actual = [raw.order_id for raw in orders_claimed_for(firestore_client, "org_north")]

    assert sorted(actual) == ["o0", "o1", "o2", "o3"]


@pytest.mark.parametrize("org_id", ["org_north", "café_9"])
def test_orders_of_one_organisation_however_its_id_is_spelled(
    firestore_client: firestore.Client, org_id: str
) -> None:
    orders = firestore_client.collection(paths.ORDERS)
    spellings = [
        *(org_id, f" {org_id}", f"{org_id} ", f" \ufeff{org_id}", f"{org_id} \u200b"),
        *(f"\ufeff{org_id}", f"\u200b{org_id}", f"\xad{org_id}", f"\u2007{org_id}"),
        *(f"{org_id}\u200b", f"{org_id}\ufeff", f"{org_id}\xa0", f"\u2060{org_id}\u2060"),
        *(unicodedata.normalize("NFD", each) for each in (org_id, f"{org_id}\u200b")),
    ]
    for number, spelling in enumerate(spellings):
        orders.document(f"o{number:02}").set({"brandId": spelling})
    for number, other in enumerate([f"{org_id}_2", f"{org_id}é", f"\ufeff{org_id}_2"]):
        orders.document(f"x{number}").set({"brandId": other})

    actual = [raw.order_id for raw in orders_claimed_for(firestore_client, org_id)]

    assert sorted(actual) == [f"o{number:02}" for number in range(len(spellings))]
