"""The world of `tests.support.world` on a real Firestore emulator."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.values import plain_instant
from shared.reconciliation.ageing import DueCustomer
from shared.reconciliation.counters import DailyDelta
from shared.reconciliation.stores.counter_codec import daily_delta, segment_counts_delta
from shared.reconciliation.stores.customer_codec import customer, transition
from shared.reconciliation.stores.due_customers import FirestoreDueCustomers
from shared.reconciliation.stores.due_orders import FirestoreDueOrders
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.segments.customer import Customer, CustomerId
from shared.services import Services
from tests.products.product_fold import ledger_lines
from tests.support.derived import Derived
from tests.support.world import TIME_ZONES, Order

ELSEWHERE = firestore.Client(project="demo-elsewhere", credentials=AnonymousCredentials()).document(
    "a/b"
)
"""A reference into another database, which the client library writes but cannot decode."""


def count_order(services: Services, org_id: str, ordered_at: datetime) -> None:
    """Place and count an organisation's order, whose id is the organisation's."""
    order = Order(org=org_id, email="ada@example.org", cents=4000, ordered_at=ordered_at)
    services.client.document(paths.order(org_id)).set(order.data())
    services.reconciler.reconcile(org_id)


class FirestoreWorld(FirestoreLedgerStore):
    """A ledger store that also writes orders, as a shop does, and reads everything derived."""

    def __init__(self, client: firestore.Client, *, shards: int = 2) -> None:
        super().__init__(client, shards=shards)
        self._due = FirestoreDueCustomers(client, self)
        self._due_orders = FirestoreDueOrders(client)
        self._reclassifications = FirestoreReclassifications(client, self)

    def __getattr__(self, name: str) -> Any:
        """Delegate to the reclassifications."""
        return getattr(self._reclassifications, name)

    def put_order(self, order_id: str, data: dict[str, Any]) -> datetime:
        result = self._client.collection(paths.ORDERS).document(order_id).set(data)
        return plain_instant(result.update_time)

    def delete_order(self, order_id: str) -> datetime:
        deleted_at: Any = self._client.collection(paths.ORDERS).document(order_id).delete()
        return datetime.fromtimestamp(deleted_at.timestamp(), UTC)

    def lose_customer(self, id: CustomerId) -> None:
        self._client.document(paths.customer(id.org_id, id.customer_key)).delete()

    def due(self, until: datetime) -> Any:
        return self._due.due(until)

    def put_off(self, customers: Sequence[tuple[DueCustomer, datetime]]) -> None:
        self._due.put_off(customers)

    def due_orders(self, until: datetime) -> Any:
        return self._due_orders.due_orders(until)

    def derived(self) -> Derived:
        """Everything derived, for the organisations of the world."""
        return derived_from(self._client, TIME_ZONES)


def derived_from(client: firestore.Client, org_ids: Mapping[str, object]) -> Derived:
    """Everything derived for some organisations, summed over shards."""
    days: defaultdict[tuple[str, date], DailyDelta] = defaultdict(DailyDelta)
    derived = Derived(
        customers={},
        days={},
        flows={},
        segments=defaultdict(Counter),
        custom=defaultdict(Counter),
        rules=defaultdict(Counter),
        totals=defaultdict(Counter),
        products={},
        transitions=[],
        rejected={snapshot.id for snapshot in client.collection(paths.REJECTED).stream()},
    )
    for org_id in org_ids:
        for document in _documents(client, paths.customers(org_id)):
            state: Customer = customer(document)
            derived.customers[state.id] = state
        for document in _documents(client, paths.transitions(org_id)):
            derived.transitions.append(transition(document))
        for document in _documents(client, paths.daily_stats(org_id)):
            days[org_id, date.fromisoformat(document["date"])].add(daily_delta(document))
        for document in _documents(client, paths.segment_counts(org_id)):
            counts = segment_counts_delta(document)
            derived.totals[org_id].update(counts.totals)
            derived.rules[org_id].update(counts.rules)
            for name, values in counts.segments.items():
                derived.segments[org_id, name].update(values)
            for name, values in counts.custom.items():
                derived.custom[org_id, name].update(values)
    derived.days = {key: delta.counts for key, delta in days.items()}
    derived.flows = {key: delta.flows for key, delta in days.items()}
    derived.products = _sold(client, org_ids)
    return derived


def _sold(
    client: firestore.Client, org_ids: Mapping[str, object]
) -> dict[tuple[str, date, str], int]:
    """Revenue by organisation, day and product in the ledger, which the nightly question reads."""
    sold: Counter[tuple[str, date, str]] = Counter()
    for org_id in org_ids:
        for line in ledger_lines(client, org_id):
            sold[org_id, line.day, line.product_id] += line.cents
    return sold


def _documents(client: firestore.Client, collection: str) -> list[dict[str, Any]]:
    return [snapshot.to_dict() or {} for snapshot in client.collection(collection).stream()]
