"""What an audit reads of one organisation, in pages."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from google.cloud import firestore

from shared.analytics.counters import DailyDelta, SegmentCountsDelta, rules_key
from shared.analytics.flows import flows_of
from shared.audit.ports import AuditedCustomer, AuditedState, LedgerDocument
from shared.reconciliation.ports import RawOrder
from shared.segments.segment import Segment
from shared.storage import paths
from shared.storage.counter_codec import daily_delta, segment_counts_delta
from shared.storage.customer_codec import optional_instant, transition
from shared.storage.ledger_codec import ledger_entry, plain_instant
from shared.storage.order_source import orders_claimed_for
from shared.storage.organization_store import FirestoreOrganizationStore
from shared.storage.snapshots import Snapshot, content
from shared.warehouse.changelog import document_json

PAGE_SIZE = 500
REMEMBERED = timedelta(minutes=50)
"""Firestore tells for an hour what was; some of it is for the asking."""

CUSTOMER_FIELDS = (
    "customer_key",
    "order_count",
    "lifetime_value_cents",
    "first_ordered_at",
    "last_ordered_at",
    "first_local_date",
    "segment",
    "custom_segments",
    "reason",
    "rules_revision",
    "next_transition_at",
)


class FirestoreAuditStore(FirestoreOrganizationStore):
    """See `shared.audit.ports.AuditStore`."""

    def now(self) -> datetime:
        """When a read was answered: one read."""
        snapshot = self._client.document(paths.ALIASES, "-").get()
        return plain_instant(snapshot.read_time)

    def orders(self, org_id: str) -> Iterator[RawOrder]:
        """One read per order and field that names the organisation in it."""
        return orders_claimed_for(self._client, org_id)

    def existed(self, order_ids: Sequence[str], at: datetime) -> Collection[str]:
        """One read per id and one more, where there are any."""
        if not order_ids:
            return ()
        references = [self._client.document(paths.ORDERS, id) for id in order_ids]
        known_since = max(at, self.now() - REMEMBERED)
        snapshots = self._client.get_all(references, ["__name__"], read_time=known_since)
        return {snapshot.id for snapshot in snapshots if snapshot.exists}

    def ledger(self, org_id: str, at: datetime | None = None) -> Iterator[LedgerDocument]:
        """One read per entry; Firestore gives an instant for an hour."""
        query = self._client.collection(paths.LEDGER).where(
            filter=firestore.FieldFilter("org_id", "==", org_id)
        )
        for snapshot in _pages(query, at):
            yield _ledger_document(snapshot)

    def ledger_documents(self, order_ids: Sequence[str]) -> Mapping[str, LedgerDocument]:
        """One read per id."""
        references = [self._client.document(paths.ledger_entry(id)) for id in order_ids]
        documents = (_ledger_document(snapshot) for snapshot in self._client.get_all(references))
        return {document.order_id: document for document in documents}

    def audited(self, org_id: str, time_zone: ZoneInfo) -> AuditedState:
        """Pages as of one instant, which Firestore gives for an hour: one read per document."""
        at = self.now()

        def documents(collection: str, fields: Sequence[str] | None = None) -> Iterator[Any]:
            query: firestore.Query | firestore.CollectionReference = self._client.collection(
                collection
            )
            for snapshot in _pages(query.select(fields) if fields else query, at):
                yield content(snapshot)

        days: defaultdict[date, DailyDelta] = defaultdict(DailyDelta)
        counts = SegmentCountsDelta()
        for document in documents(paths.daily_stats(org_id)):
            days[date.fromisoformat(document["date"])].add(daily_delta(document))
        for document in documents(paths.segment_counts(org_id)):
            counts.add(segment_counts_delta(document))
        flows: defaultdict[date, Counter[str]] = defaultdict(Counter)
        members: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for document in documents(paths.transitions(org_id)):
            step = transition(document)
            flows[step.effective_at.astimezone(time_zone).date()].update(flows_of(step))
            if step.entered or step.left:
                members[step.customer.customer_key].update(step.entered)
                members[step.customer.customer_key].subtract(step.left)
        customers = map(_customer, documents(paths.customers(org_id), CUSTOMER_FIELDS))
        return AuditedState(
            read_at=at,
            days=dict(days),
            counts=counts,
            flows=dict(flows),
            members={
                key: frozenset(id for id, times in counts.items() if times > 0)
                for key, counts in members.items()
            },
            customers={customer.customer_key: customer for customer in customers},
        )


def _pages(
    query: "firestore.Query | firestore.CollectionReference", at: datetime | None = None
) -> Iterator[Snapshot]:
    """All that a query finds, by id: no query runs for long."""
    ordered = query.order_by("__name__").limit(PAGE_SIZE)
    page = list(ordered.stream(read_time=at))
    while page:
        yield from page
        page = (
            list(ordered.start_after(page[-1]).stream(read_time=at))
            if len(page) == PAGE_SIZE
            else []
        )


def _ledger_document(snapshot: Snapshot) -> LedgerDocument:
    document = content(snapshot)
    return LedgerDocument(
        order_id=snapshot.id,
        name=snapshot.reference._document_path,
        read_at=plain_instant(snapshot.read_time),
        written_at=plain_instant(snapshot.update_time) if snapshot.exists else None,
        entry=ledger_entry(snapshot.id, document) if snapshot.exists else None,
        data=document_json(document) if snapshot.exists else None,
    )


def _customer(document: Mapping[str, Any]) -> AuditedCustomer:
    first_date = document["first_local_date"]
    return AuditedCustomer(
        customer_key=document["customer_key"],
        order_count=document["order_count"],
        lifetime_value_cents=document["lifetime_value_cents"],
        first_ordered_at=optional_instant(document["first_ordered_at"]),
        last_ordered_at=optional_instant(document["last_ordered_at"]),
        first_local_date=date.fromisoformat(first_date) if first_date else None,
        segment=Segment(document["segment"]) if document["segment"] else None,
        custom_segments=tuple(document.get("custom_segments", ())),
        rules=rules_key(
            document["reason"]["thresholds_version"], document.get("rules_revision", 0)
        ),
        next_transition_at=optional_instant(document["next_transition_at"]),
    )
