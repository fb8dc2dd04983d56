"""Days that are over become one document each; nothing is lost or counted twice."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.reconciliation.reconcile import Reconciler
from shared.storage import paths
from shared.storage.roll_up import RollUpRun, roll_up
from tests.support.firestore_world import FirestoreWorld, all_time_sales
from tests.support.world import KEYER, NOW, FixedOrganizations, Order, assert_derived, fold


def orders_over(days: int) -> dict[str, Order]:
    return {
        f"o{n}": Order(
            org="org_north" if n % 3 else "org_south",
            email=f"person{n % 5}@example.org",
            cents=500 + n,
            ordered_at=NOW - timedelta(days=n % days, hours=n % 7),
            products=(("p1", 100 + n), (f"p{n % 4 + 2}", n)),
        )
        for n in range(40)
    }


def place(world: FirestoreWorld, orders: dict[str, Order]) -> None:
    reconciler = Reconciler(world, FixedOrganizations(), KEYER, clock=lambda: NOW)
    for id, order in orders.items():
        world.put_order(id, order.data())
        reconciler.reconcile(id)


def run(client: firestore.Client, now: datetime = NOW) -> RollUpRun:
    return roll_up(
        client, FixedOrganizations(), clock=lambda: now, stop_at=now + timedelta(hours=1)
    )


def assert_sales(client: firestore.Client, orders: dict[str, Order]) -> None:
    expected: dict[str, dict[str, int]] = {"org_north": {}, "org_south": {}}
    for (org, _, product), cents in fold(orders, NOW).products.items():
        if cents:
            expected[org][product] = expected[org].get(product, 0) + cents
    for org, sold in expected.items():
        assert all_time_sales(client, org) == sold


def open_days(client: firestore.Client, org: str) -> set[str]:
    return {
        snapshot.get("date")
        for snapshot in client.collection(paths.daily_stats(org)).stream()
        if snapshot.get("open")
    }


def test_only_days_that_are_over_where_the_organisation_is(
    firestore_client: firestore.Client,
) -> None:
    world = FirestoreWorld(firestore_client)
    orders = orders_over(days=4)
    place(world, orders)
    # 07:30 UTC on the 23rd is still the 22nd in Los Angeles, and the 23rd in Berlin.
    now = NOW.replace(hour=7, minute=30)

    run(firestore_client, now)

    assert open_days(firestore_client, "org_north") == {"2026-11-23"}
    assert open_days(firestore_client, "org_south") >= {"2026-11-22"}
    assert_derived(orders, NOW, world.derived())
    assert_sales(firestore_client, orders)


def test_late_orders_edits_and_deletions_of_rolled_up_days(
    firestore_client: firestore.Client,
) -> None:
    world = FirestoreWorld(firestore_client)
    orders = orders_over(days=6)
    place(world, orders)
    run(firestore_client)
    late = {"late": orders["o1"], "o2": orders["o5"]}
    place(world, late)
    orders |= late
    world.delete_order("o3")
    del orders["o3"]
    Reconciler(world, FixedOrganizations(), KEYER, clock=lambda: NOW).reconcile("o3", seen_at=NOW)
    assert_sales(firestore_client, orders)

    run(firestore_client)

    assert_derived(orders, NOW, world.derived())
    assert_sales(firestore_client, orders)
    assert run(firestore_client) == RollUpRun(days=0, shards=0, failures=0, complete=True)


def test_runs_at_the_same_time_while_orders_arrive(firestore_client: firestore.Client) -> None:
    world = FirestoreWorld(firestore_client)
    orders = orders_over(days=6)
    place(world, {id: orders[id] for id in list(orders)[:20]})

    with ThreadPoolExecutor(max_workers=4) as executor:
        futures: list[Future[Any]] = [executor.submit(run, firestore_client) for _ in range(3)]
        futures.append(executor.submit(place, world, orders))
        for future in futures:
            future.result()
    run(firestore_client)

    assert_derived(orders, NOW, world.derived())
    assert_sales(firestore_client, orders)


def test_a_day_too_large_for_one_document_stays_in_several(
    firestore_client: firestore.Client,
) -> None:
    world = FirestoreWorld(firestore_client)
    orders = orders_over(days=3)
    place(world, orders)
    yesterday = (NOW - timedelta(days=1)).date()
    long_names = {
        f"p{number}": {"name": "x" * 800, "revenue_cents": 0, "quantity_milli": 0}
        for number in range(900)
    }
    for shard in ("7", "8"):
        path = paths.daily_shard("org_north", yesterday, shard)
        products = {f"{shard}{id}": {**sold, "revenue_cents": 1} for id, sold in long_names.items()}
        document = {"date": yesterday.isoformat(), "open": True, "products": products}
        firestore_client.document(path).set(document)

    done = run(firestore_client)

    assert (done.failures, done.complete) == (0, True)
    assert open_days(firestore_client, "org_north") <= {"2026-11-23"}
    assert open_days(firestore_client, "org_south") <= {"2026-11-23"}
    derived = world.derived()
    derived.products = {key: cents for key, cents in derived.products.items() if cents != 1}
    assert_derived(orders, NOW, derived)
    assert sum(all_time_sales(firestore_client, "org_north").values()) >= 1800
