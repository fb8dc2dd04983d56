"""Orders of an installation, written, counted and read back."""

from datetime import datetime, timedelta
from random import Random

from google.cloud import firestore

from shared.firestore import paths
from shared.reconciliation.ledger import SourceOrder
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.order_source import all_orders
from tests.support.world import KEYER, NOW, FixedOrganizations, Order

ORGANIZATIONS = FixedOrganizations()


def history(count: int = 150) -> dict[str, Order]:
    random = Random(7)
    return {
        f"o{n:04}": Order(
            org=random.choice(["org_north", "org_south", "shop_north_2"]),
            email=random.choice([None, *(f"person{i}@example.org" for i in range(12))]),
            cents=random.randrange(30_000),
            ordered_at=NOW - timedelta(minutes=random.randrange(60 * 24 * 300)),
            status=random.choice(["completed"] * 8 + ["canceled", "no such status"]),
            products=tuple((f"p{i}", 100 * i + n) for i in range(1, 4)),
            broken=random.random() < 0.05,
        )
        for n in range(count)
    }


def reconciler(store: FirestoreLedgerStore, now: datetime = NOW) -> Reconciler:
    return Reconciler(store, ORGANIZATIONS, KEYER, clock=lambda: now)


def write(client: firestore.Client, orders: dict[str, Order]) -> None:
    writer = client.bulk_writer()
    for id, order in orders.items():
        writer.set(client.collection(paths.ORDERS).document(id), order.data())
    writer.close()


def read(client: firestore.Client) -> list[SourceOrder]:
    normalized = reconciler(FirestoreLedgerStore(client, shards=1)).normalized
    return [normalized(raw) for raw in all_orders(client)]
