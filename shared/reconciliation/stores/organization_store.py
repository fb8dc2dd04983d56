"""A ledger store with the reports and erasures of one organisation, and adjustments to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.values import plain_instant
from shared.kernel.parts import parts
from shared.orders.fact import Rejection, RejectionCode
from shared.reconciliation.counters import (
    CounterDeltas,
)
from shared.reconciliation.stores.counter_documents import CounterWrite
from shared.reconciliation.stores.firestore_ledger_store import EPOCH, FirestoreLedgerStore
from shared.segments.customer import CustomerId

DAYS_PER_COMMIT = 50


class FirestoreOrganizationStore(FirestoreLedgerStore):
    """See `shared.reconciliation.ports.OrganizationStore`."""

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

    def adjust(self, org_id: str, counters: CounterDeltas) -> None:
        """Increments only, in as many commits as necessary: each is valid by itself."""
        for days in parts(counters.daily.items(), DAYS_PER_COMMIT):
            self._increment(org_id, CounterDeltas(daily=dict(days)))
        if counters.segment_counts:
            self._increment(org_id, CounterDeltas(segment_counts=counters.segment_counts))
        for campaigns in parts(counters.campaigns.items(), DAYS_PER_COMMIT):
            self._increment(org_id, CounterDeltas(campaigns=dict(campaigns)))

    def _increment(self, org_id: str, counters: CounterDeltas) -> None:
        def send(writes: Sequence[CounterWrite]) -> None:
            batch = self._client.batch()
            self._add(batch, writes)
            _commit_once(batch)

        self._with_room(counters, "0", send)


def _commit_once(batch: firestore.WriteBatch) -> None:
    """Commit bare increments without retries: if the response is lost, they may have taken effect.

    The run then fails, and the next one finds what is still missing.
    """
    batch.commit(retry=None)
