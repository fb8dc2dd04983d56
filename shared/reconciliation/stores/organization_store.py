"""A ledger store that also reads and adjusts one organisation as a whole."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.snapshots import content
from shared.firestore.values import plain_instant
from shared.orders.fact import Rejection, RejectionCode
from shared.reconciliation.counters import (
    CampaignDelta,
    CounterDeltas,
    DailyDelta,
    SegmentCountsDelta,
)
from shared.reconciliation.ledger import LedgerEntry
from shared.reconciliation.ports import OrganizationState
from shared.reconciliation.stores.counter_codec import (
    campaign_delta,
    daily_delta,
    segment_counts_delta,
)
from shared.reconciliation.stores.counter_documents import CounterWrite
from shared.reconciliation.stores.customer_codec import customer
from shared.reconciliation.stores.customer_codec import transition as transition_of
from shared.reconciliation.stores.firestore_ledger_store import EPOCH, FirestoreLedgerStore
from shared.reconciliation.stores.ledger_codec import ledger_entry
from shared.segments.customer import Customer, CustomerId

DAYS_PER_COMMIT = 50


class FirestoreOrganizationStore(FirestoreLedgerStore):
    """See `shared.reconciliation.ports.OrganizationStore`."""

    def entries(self, org_id: str) -> Mapping[str, LedgerEntry]:
        """One query over the whole ledger of the organisation."""
        return dict(self._entries(org_id, None))

    def reports(self, org_id: str) -> Mapping[str, Rejection]:
        """One query."""
        query = self._client.collection(paths.REJECTED).where(
            filter=firestore.FieldFilter("org_id", "==", org_id)
        )
        return {
            snapshot.id: Rejection(
                code=RejectionCode(snapshot.get("code")), field=snapshot.get("field"), org_id=org_id
            )
            for snapshot in query.stream()
        }

    def customers(self, org_id: str) -> Iterator[Customer]:
        """One query over all customers of the organisation."""
        return self._customers(org_id, None)

    def erased(self, org_id: str) -> dict[CustomerId, datetime]:
        """One query, as many reads as there are erased customers."""
        query = (
            self._client.collection(paths.customers(org_id))
            .where(filter=firestore.FieldFilter("erased_at", ">", EPOCH))
            .select(["erased_at"])
        )
        return {
            CustomerId(org_id, snapshot.id): plain_instant(snapshot.get("erased_at"))
            for snapshot in query.stream()
        }

    def state(self, org_id: str) -> OrganizationState:
        """Six queries in one read-only transaction."""

        @firestore.transactional
        def read(transaction: firestore.Transaction) -> OrganizationState:
            days: defaultdict[date, DailyDelta] = defaultdict(DailyDelta)
            counts = SegmentCountsDelta()
            campaigns: defaultdict[str, CampaignDelta] = defaultdict(CampaignDelta)
            for document in self._documents(paths.daily_stats(org_id), transaction):
                days[date.fromisoformat(document["date"])].add(daily_delta(document))
            for document in self._documents(paths.segment_counts(org_id), transaction):
                counts.add(segment_counts_delta(document))
            for document in self._documents(paths.campaign_counters(org_id), transaction):
                campaigns[document["campaign_id"]].add(campaign_delta(document))
            steps = self._documents(paths.transitions(org_id), transaction)
            return OrganizationState(
                steps=[transition_of(document) for document in steps],
                entries=dict(self._entries(org_id, transaction)),
                customers={c.id: c for c in self._customers(org_id, transaction)},
                days=dict(days),
                counts=counts,
                campaigns=dict(campaigns),
            )

        state: OrganizationState = read(self._client.transaction(read_only=True))
        return state

    def adjust(self, org_id: str, counters: CounterDeltas) -> None:
        """Increments only, in as many commits as it takes: each is right by itself."""
        daily = iter(counters.daily.items())
        while days := dict(islice(daily, DAYS_PER_COMMIT)):
            self._increment(org_id, CounterDeltas(daily=days))
        if counters.segment_counts:
            self._increment(org_id, CounterDeltas(segment_counts=counters.segment_counts))
        campaigns = iter(counters.campaigns.items())
        while some := dict(islice(campaigns, DAYS_PER_COMMIT)):
            self._increment(org_id, CounterDeltas(campaigns=some))

    def _increment(self, org_id: str, counters: CounterDeltas) -> None:
        def send(writes: Sequence[CounterWrite]) -> None:
            batch = self._client.batch()
            self._add(batch, writes)
            _commit_once(batch)

        self._with_room(counters, "0", send)

    def _entries(
        self, org_id: str, transaction: firestore.Transaction | None
    ) -> Iterator[tuple[str, LedgerEntry]]:
        query = self._client.collection(paths.LEDGER).where(
            filter=firestore.FieldFilter("org_id", "==", org_id)
        )
        for snapshot in query.stream(transaction=transaction):
            yield snapshot.id, ledger_entry(snapshot.id, content(snapshot))

    def _customers(
        self, org_id: str, transaction: firestore.Transaction | None
    ) -> Iterator[Customer]:
        yield from map(customer, self._documents(paths.customers(org_id), transaction))

    def _documents(
        self, collection: str, transaction: firestore.Transaction | None
    ) -> Iterator[dict[str, Any]]:
        for snapshot in self._client.collection(collection).stream(transaction=transaction):
            yield content(snapshot)


def _commit_once(batch: firestore.WriteBatch) -> None:
    """Nothing tells whether bare increments took effect, so they are never sent twice.

    Where the answer is lost, the run fails and the next one finds what is still missing.
    """
    batch.commit(retry=None)
