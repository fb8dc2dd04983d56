"""An installation whose orders went through the real reconciliation and export, to be audited."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from google.cloud import firestore

from shared.audit.audit import Auditor
from shared.audit.export.store import AuditedExport
from shared.audit.findings import MOST_ORDERS_A_DAY
from shared.audit.nightly import audit_night
from shared.audit.rebuild import rebuild
from shared.audit.report import AuditReport, Place
from shared.audit.store import FirestoreAuditStore
from shared.campaigns.events.recorder import EventRecorder, MessageEvent
from shared.contacts.suppression_store import ContactSuppressions
from shared.firestore import paths
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import plain_instant
from shared.organizations.settings import StoredRules
from shared.reconciliation.backfill import backfill
from shared.reconciliation.differences import RebuildReport
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.order_source import all_orders
from shared.segments.conditions.parse import parse_definition
from shared.segments.customer import CustomerId
from shared.segments.thresholds import Thresholds
from shared.segments.touch import EventKind, Touch
from shared.warehouse.changelog import ChangelogRow, document_json
from shared.warehouse.warehouse import Warehouse
from tests.predictions.models import published
from tests.support.copied import Documents, documents_of, write_copy
from tests.support.derived import assert_derived
from tests.support.firestore_world import FirestoreWorld
from tests.support.own_data import own_client
from tests.support.world import ALIASES, KEYER, NOW, TIME_ZONES, Book, FixedOrganizations, Order

ORG = "org_north"
CAMPAIGN = "sc_00000000000a"
BEGINNING = Place()
DEFINITIONS = {"cs_big": {"field": "totalSpent", "operator": "at_least", "value": 300}}
BOOKS = {org: Book(definitions=DEFINITIONS) for org in TIME_ZONES}
ORGANIZATIONS = FixedOrganizations(
    rules=StoredRules(
        revision=1,
        thresholds=Thresholds(),
        thresholds_number=1,
        definitions={id: parse_definition(tree) for id, tree in DEFINITIONS.items()},
        model=published(),
    )
)


def history(count: int, seed: int = 7) -> dict[str, Order]:
    """Orders of two organisations: some by nobody, cancelled, returns, tests, or not readable."""
    random = Random(seed)
    return {
        f"o{n:04}": Order(
            org=random.choice(["org_north", "org_south", "shop_north_2"]),
            email=random.choice([None, *(f"person{i}@example.org" for i in range(12))]),
            # Every sixth is a return.
            cents=random.randrange(-6_000, 30_000),
            ordered_at=NOW - timedelta(minutes=random.randrange(60 * 24 * 300)),
            status=random.choice(["completed"] * 8 + ["canceled", "no such status"]),
            products=tuple(
                (f"p{i}", random.choice((1, 1, -1)) * (100 * i + n)) for i in range(1, 4)
            ),
            broken=random.random() < 0.05,
            test=random.random() < 0.05,
        )
        for n in range(count)
    }


@cache
def counted_through_the_product(orders: int) -> Documents:
    """The history, its aliases and everything derived from it, as the product writes them."""
    with own_client() as client:
        writer = client.bulk_writer()
        for claimed_id, org_id in ALIASES.items():
            writer.set(client.document(paths.alias(claimed_id)), {"org_id": org_id})
        for id, order in history(orders).items():
            writer.set(client.document(paths.order(id)), order.data())
        writer.close()
        reconcilers = [reconciler(FirestoreWorld(client))]
        sources = [reconcilers[0].normalized(raw) for raw in all_orders(client)]
        backfill(sources, reconcilers, lambda totals: None)
        for org in TIME_ZONES:
            _send(client, org)
        return documents_of(client)


def _send(client: firestore.Client, org: str) -> None:
    """A campaign to all customers, some of whom have ordered since."""
    moment = ORGANIZATIONS.settings(org).moment(NOW)
    recorder = EventRecorder(
        org,
        FirestoreWorld(client),
        ContactSuppressions(client, org),
        lambda customer: moment,
        clock=lambda: NOW,
    )
    message = Touch(campaign_id=CAMPAIGN, channel="email", window_days=30, segment="vip")
    recorder.record(
        [
            MessageEvent(
                kind=EventKind.SENT,
                at=NOW - timedelta(days=100),
                customer=CustomerId(org, customer.id),
                message=message,
                point=None,
            )
            for customer in client.collection(paths.customers(org)).stream()
        ]
    )


def reconciler(store: FirestoreLedgerStore) -> Reconciler:
    return Reconciler(store, ORGANIZATIONS, KEYER, clock=lambda: NOW)


def make_tables(client: firestore.Client, warehouse: Warehouse) -> datetime:
    """Make the tables of a night; gives when that began."""
    made_at = FirestoreAuditStore(client, shards=1).now()
    warehouse.refresh_facts()
    warehouse.refresh_audit_summaries(most_orders_a_day=MOST_ORDERS_A_DAY)
    return made_at


class Installation:
    """Orders, everything derived from them, and the export, in a project and a dataset of its own.

    The orders are counted once in a run, and the documents copied into each installation.
    """

    def __init__(self, client: firestore.Client, warehouse: Warehouse, *, orders: int = 70) -> None:
        self.client = client
        self.warehouse = warehouse
        self.world = FirestoreWorld(client)
        self.orders = history(orders)
        write_copy(counted_through_the_product(orders), client)
        self.export()

    def reconciler(self) -> Reconciler:
        return reconciler(self.world)

    def export(self) -> None:
        """Deliver every ledger entry, as the trigger does for each change of one."""
        entries = list(self.client.collection(paths.LEDGER).stream())
        if entries:
            self.warehouse.append([self.row(entry) for entry in entries])

    def row(self, entry: Snapshot, **changes: Any) -> ChangelogRow:
        """The row that the trigger writes."""
        document = content(entry)
        row = ChangelogRow(
            timestamp=plain_instant(entry.update_time),
            event_id=f"event-{entry.id}-{entry.update_time.timestamp()}",
            document_name=entry.reference._document_path,
            operation="CREATE",
            data=document_json(document),
            document_id=entry.id,
            path_params=None,
        )
        return replace(row, **changes)

    def write(self, id: str, order: Order | None, *, counted: bool) -> None:
        """Write or delete an order, with or without its event."""
        if order is None:
            seen_at = self.world.delete_order(id)
            self.orders.pop(id, None)
        else:
            seen_at = self.world.put_order(id, order.data())
            self.orders[id] = order
        if counted:
            self.reconciler().reconcile(id, seen_at=seen_at)
            self.warehouse.append([self.row(self.entry(id))])

    def audit(
        self,
        *,
        repair: bool = True,
        settle: timedelta = timedelta(0),
        org: str = ORG,
        on_progress: Callable[[str], None] = lambda part: None,
    ) -> AuditReport:
        """Audit with the clock of the world, and the database's own for writes on their way."""
        made_at = self.make_tables()
        return self.auditor(settle).audit(
            org, repair=repair, facts_made_at=made_at, on_progress=on_progress
        )

    def night(
        self,
        place: Place = BEGINNING,
        *,
        repair: bool = True,
        settle: timedelta = timedelta(0),
        org: str = ORG,
        on_progress: Callable[[str], None] = lambda part: None,
    ) -> AuditReport:
        """The audit of a night, with tables of its own."""
        made_at = self.make_tables()
        return audit_night(
            self.auditor(settle),
            org,
            place,
            repair=repair,
            facts_made_at=made_at,
            on_progress=on_progress,
        )

    def rebuild(self) -> RebuildReport:
        """Without the warehouse."""
        store = FirestoreAuditStore(self.client, shards=1)
        return rebuild(
            ORG,
            store,
            reconciler(store),
            ORGANIZATIONS,
            clock=lambda: NOW,
            on_progress=lambda part: None,
        )

    def make_tables(self) -> datetime:
        """Make the tables of a night; gives when that began."""
        return make_tables(self.client, self.warehouse)

    def auditor(self, settle: timedelta = timedelta(0)) -> Auditor:
        store = FirestoreAuditStore(self.client, shards=1)
        return Auditor(
            store=store,
            warehouse=AuditedExport(self.warehouse),
            reconciler=reconciler(store),
            organizations=ORGANIZATIONS,
            clock=lambda: NOW,
            settle=settle,
        )

    def assert_right(self) -> None:
        """Every derived number is what the orders say."""
        assert_derived(self.orders, NOW, self.world.derived(), BOOKS)

    def counted(self, number: int = 0, *, email: bool = True) -> str:
        """An order that counts at the audited organisation."""
        actual = [
            id
            for id, order in sorted(self.orders.items())
            if order.counted and order.org_id == ORG and bool(order.email) == email
        ]
        return actual[number % len(actual)]

    def entry(self, id: str) -> Snapshot:
        return self.client.document(paths.ledger_entry(id)).get()

    def customers(self) -> list[Snapshot]:
        """Those with orders."""
        actual = self.client.collection(paths.customers(ORG)).stream()
        return [customer for customer in actual if customer.get("has_orders")]

    def days(self) -> list[Snapshot]:
        """Shards of days, by id."""
        return list(self.client.collection(paths.daily_stats(ORG)).stream())
