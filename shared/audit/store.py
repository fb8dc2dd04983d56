"""An audit's reads of one organisation, in pages."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from google.cloud import firestore

from shared.audit.counts_store import (
    FirestoreCounts,
    arrivals,
    ledger_of_days,
    ledger_sum_of_days,
    ledger_sums,
    stored_sums,
)
from shared.audit.ports import AuditedCustomer, AuditedState, DayRange, LedgerDocument
from shared.audit.sums import LedgerSums, StoredSums
from shared.firestore import paths
from shared.firestore.query_chunks import in_chunks
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import optional_instant, plain_instant
from shared.reconciliation.counters import (
    CampaignDelta,
    DailyDelta,
    SegmentCountsDelta,
    rules_key,
)
from shared.reconciliation.flows import flows_of
from shared.reconciliation.id_range import EVERY_ID, IdRange
from shared.reconciliation.ports import RawOrder
from shared.reconciliation.stores.counter_codec import (
    campaign_delta,
    daily_delta,
    segment_counts_delta,
)
from shared.reconciliation.stores.customer_codec import history, transition
from shared.reconciliation.stores.id_ranges import in_range
from shared.reconciliation.stores.ledger_codec import ledger_entry
from shared.reconciliation.stores.order_source import (
    names_of_organization,
    orders_naming,
    recent_orders_naming,
)
from shared.reconciliation.stores.organization_store import FirestoreOrganizationStore
from shared.reconciliation.stores.prediction_codec import FIELDS as PREDICTION_FIELDS
from shared.reconciliation.stores.prediction_codec import prediction
from shared.reconciliation.stores.touch_codec import FIELDS as TOUCH_FIELDS
from shared.reconciliation.stores.touch_codec import credits, touches
from shared.segments.customer import Customer, CustomerId, Transition, with_credit
from shared.segments.segment import Segment
from shared.warehouse.changelog import document_json

PAGE_SIZE = 500
DAYS_AT_ONCE = 30
"""Values that Firestore compares in one query."""
REMEMBERED = timedelta(minutes=50)
"""Age of the oldest instant read: Firestore keeps the past for an hour, less a margin."""

_Balance = tuple[tuple[str, int], ...]
"""Entries minus exits of a customer for each custom segment, in the order of ids."""

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
    *PREDICTION_FIELDS,
    *TOUCH_FIELDS,
    "history",
)


class FirestoreAuditStore(FirestoreOrganizationStore):
    """See `shared.audit.ports.AuditStore`."""

    def now(self) -> datetime:
        """Return the time of a read by the database's clock: one read."""
        snapshot = self._client.document(paths.ALIASES, "-").get()
        return plain_instant(snapshot.read_time)

    def names(self, org_id: str) -> Sequence[str]:
        """See `names_of_organization`: six queries for each id of the organisation."""
        return names_of_organization(self._client, org_id)

    def orders(
        self, names: Sequence[str], ids: IdRange = EVERY_ID, *, at_most: int | None = None
    ) -> Iterator[RawOrder]:
        """One read per order."""
        return orders_naming(self._client, names, ids, at_most=at_most)

    def recent_orders(self, names: Sequence[str], since: datetime) -> Iterator[RawOrder]:
        """One read for each order and field that says so."""
        return recent_orders_naming(self._client, names, since)

    def counts(self, names: Sequence[str], at: datetime) -> FirestoreCounts:
        """No read yet."""
        return FirestoreCounts(self._client, names, at)

    def ledger_sums(self, org_id: str, at: datetime) -> LedgerSums:
        """About two reads per thousand entries."""
        return ledger_sums(self._client, org_id, at)

    def ledger_sums_of(self, org_id: str, days: DayRange, at: datetime) -> LedgerSums:
        """Two aggregations."""
        return ledger_sum_of_days(self._client, org_id, days, at)

    def stored_sums(
        self, org_id: str, custom_ids: Collection[str], at: datetime, *, overdue_since: datetime
    ) -> StoredSums:
        """About three reads per thousand customers."""
        return stored_sums(self._client, org_id, custom_ids, at, overdue_since=overdue_since)

    def existed(self, order_ids: Sequence[str], at: datetime) -> Collection[str]:
        """One read per id and one more, where there are any."""
        if not order_ids:
            return ()
        references = [self._client.document(paths.ORDERS, id) for id in order_ids]
        known_since = max(at, self.now() - REMEMBERED)
        snapshots = self._client.get_all(references, ["__name__"], read_time=known_since)
        return {snapshot.id for snapshot in snapshots if snapshot.exists}

    def ledger(
        self, org_id: str, at: datetime | None = None, *, ids: IdRange = EVERY_ID
    ) -> Iterator[LedgerDocument]:
        """One read per entry; Firestore gives an instant for an hour."""
        collection = self._client.collection(paths.LEDGER)
        query = collection.where(filter=firestore.FieldFilter("org_id", "==", org_id))
        return map(_ledger_document, _pages(collection, query, at, ids))

    def ledger_of_days(self, org_id: str, days: DayRange) -> Iterator[LedgerDocument]:
        """One read per entry."""
        for counted in (True, False):
            query = ledger_of_days(self._client, org_id, days).where(
                filter=firestore.FieldFilter("counted", "==", counted)
            )
            query_in_order = query.order_by("local_date").order_by("amount_cents")
            yield from map(_ledger_document, in_chunks(query_in_order, None))

    def ledger_since(self, org_id: str, since: datetime, at: datetime) -> Iterator[LedgerDocument]:
        """One read per entry."""
        query = (
            self._client.collection(paths.LEDGER)
            .where(filter=firestore.FieldFilter("org_id", "==", org_id))
            .where(filter=firestore.FieldFilter("source_version", ">", since))
            .order_by("source_version")
        )
        return map(_ledger_document, in_chunks(query, at))

    def ledger_documents(self, order_ids: Sequence[str]) -> Mapping[str, LedgerDocument]:
        """One read per id."""
        references = [self._client.document(paths.ledger_entry(id)) for id in order_ids]
        documents = (_ledger_document(snapshot) for snapshot in self._client.get_all(references))
        return {document.order_id: document for document in documents}

    def audited(self, org_id: str, time_zone: ZoneInfo) -> AuditedState:
        """Pages as of one instant, which Firestore gives for an hour: one read per document."""
        at = self.now()

        def documents(collection: str) -> Iterator[Any]:
            whole = self._client.collection(collection)
            return map(content, _pages(whole, whole, at))

        days: defaultdict[date, DailyDelta] = defaultdict(DailyDelta)
        counts = SegmentCountsDelta()
        campaigns: defaultdict[str, CampaignDelta] = defaultdict(CampaignDelta)
        for document in documents(paths.campaign_counters(org_id)):
            campaigns[document["campaign_id"]].add(campaign_delta(document))
        for document in documents(paths.daily_stats(org_id)):
            days[date.fromisoformat(document["date"])].add(daily_delta(document))
        for document in documents(paths.segment_counts(org_id)):
            counts.add(segment_counts_delta(document))
        flows: defaultdict[date, Counter[str]] = defaultdict(Counter)
        members: dict[str, _Balance] = {}
        # Many customers share one, and it is kept once.
        balances: dict[_Balance, _Balance] = {}
        for document in documents(paths.transitions(org_id)):
            last_transition = transition(document)
            flows[last_transition.effective_at.astimezone(time_zone).date()].update(
                flows_of(last_transition)
            )
            if last_transition.entered or last_transition.left:
                key = last_transition.customer.customer_key
                balance = _balance_after(members.get(key, ()), last_transition)
                members[key] = balances.setdefault(balance, balance)
        memberships = {each: frozenset(id for id, times in each if times > 0) for each in balances}
        return AuditedState(
            read_at=at,
            days=dict(days),
            counts=counts,
            campaigns=dict(campaigns),
            flows=dict(flows),
            members={key: memberships[balance] for key, balance in members.items()},
        )

    def audited_customers(
        self, org_id: str, keys: IdRange, at: datetime
    ) -> Iterator[AuditedCustomer]:
        """One read each."""
        whole = self._client.collection(paths.customers(org_id))
        snapshots = _pages(whole, whole.select(CUSTOMER_FIELDS), at, keys)
        return (_customer(content(each)) for each in snapshots)

    def arrivals(
        self,
        org_id: str,
        custom_ids: Collection[str],
        since: datetime,
        until: datetime,
        at: datetime,
    ) -> Counter[str]:
        """Nine aggregations, and two for each custom segment."""
        return arrivals(self._client, org_id, custom_ids, since, until, at)

    def audited_days(
        self, org_id: str, days: Sequence[date], at: datetime
    ) -> Mapping[date, DailyDelta]:
        """One read per document of them, and one query for each thirty days."""
        deltas: defaultdict[date, DailyDelta] = defaultdict(DailyDelta)
        for start in range(0, len(days), DAYS_AT_ONCE):
            day_names = [day.isoformat() for day in days[start : start + DAYS_AT_ONCE]]
            query = self._client.collection(paths.daily_stats(org_id)).where(
                filter=firestore.FieldFilter("date", "in", day_names)
            )
            for snapshot in query.stream(read_time=at):
                document = content(snapshot)
                deltas[date.fromisoformat(document["date"])].add(daily_delta(document))
        return dict(deltas)


def _pages(
    collection: firestore.CollectionReference,
    query: firestore.Query | firestore.CollectionReference,
    at: datetime | None = None,
    ids: IdRange = EVERY_ID,
) -> Iterator[Snapshot]:
    """Yield the documents of a query within a range of ids, in pages, so that no query runs
    long."""
    while True:
        page = list(in_range(collection, query, ids, PAGE_SIZE).stream(read_time=at))
        yield from page
        if len(page) < PAGE_SIZE:
            return
        ids = ids.behind(page[-1].id)


def _balance_after(balance: _Balance, last_transition: Transition) -> _Balance:
    times = Counter(dict(balance))
    times.update(last_transition.entered)
    times.subtract(last_transition.left)
    return tuple(sorted((id, number) for id, number in times.items() if number))


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
    customer = Customer(
        id=CustomerId("", document["customer_key"]),
        history=history(document),
        touches=touches(document),
        credits=credits(document),
    )
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
        prediction=prediction(document),
        touches=customer.touches,
        credits=customer.credits,
        is_miscredited=with_credit(customer).credits != customer.credits,
    )
