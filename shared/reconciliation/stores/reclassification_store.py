"""The state of reclassifications, and the customers they are about."""

from collections.abc import Iterator, Sequence
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import commit_batch, put
from shared.firestore.query_chunks import pages
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import plain_instant
from shared.reconciliation.ports import Commit, Stored
from shared.reconciliation.reclassification import (
    CustomersByKey,
    Reclassification,
    ReclassificationStatus,
)
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.organization_documents import organization_pages
from shared.reconciliation.stores.stored_customers import stored_customer
from shared.reconciliation.stores.zero_counters import drop_zero_counters

PAGE_SIZE = 300


class FirestoreReclassifications:
    """See `shared.reconciliation.reclassification.Reclassifications`."""

    def __init__(self, client: firestore.Client, store: FirestoreLedgerStore) -> None:
        self._client = client
        self._store = store

    def state(self, org_id: str) -> Stored[Reclassification]:
        """One read."""
        snapshot = self._client.document(paths.reclassification(org_id)).get()
        if not snapshot.exists:
            return Stored(None)
        return Stored(reclassification(content(snapshot)), snapshot.update_time)

    def save(self, state: Reclassification, revision: object) -> None:
        """One write."""
        batch = self._client.batch()
        reference = self._client.document(paths.reclassification(state.org_id))
        put(batch, reference, reclassification_document(state), revision=revision)
        commit_batch(batch, "The rules have changed meanwhile.")

    def unsettled(self) -> Iterator[str]:
        """One query over all organisations, in pages."""
        query = self._client.collection_group(paths.ANALYTICS).where(
            filter=firestore.FieldFilter("settled", "==", False)
        )
        for page in organization_pages(query, paths.ANALYTICS, "settled", PAGE_SIZE):
            for org_id, _ in page:
                yield org_id

    def count(self, org_id: str) -> int:
        """One read per thousand customers."""
        results = self._client.collection(paths.customers(org_id)).count().get()
        return int(results[0][0].value)

    def page(self, org_id: str, after: str | None) -> CustomersByKey | None:
        """One query of at most PAGE_SIZE reads."""
        customers = self._client.collection(paths.customers(org_id))
        query = customers.order_by("__name__").limit(PAGE_SIZE)
        if after is not None:
            query = query.start_after({"__name__": customers.document(after)})
        snapshots = list(query.stream())
        if not snapshots:
            return None
        return _customers(snapshots)

    def outdated(self, org_id: str, revision: int) -> Iterator[CustomersByKey]:
        """One query per page of at most PAGE_SIZE reads, continued where the last one ended."""
        query = (
            self._client.collection(paths.customers(org_id))
            .where(filter=firestore.FieldFilter("rules_revision", "<", revision))
            .order_by("rules_revision")
        )
        yield from map(_customers, pages(query, PAGE_SIZE))

    def commit(self, commit: Commit) -> None:
        """One atomic batch."""
        self._store.commit(commit)

    def drop_zero_counters(self, org_id: str) -> None:
        """See `shared.reconciliation.stores.zero_counters`."""
        drop_zero_counters(self._client, org_id)


def _customers(snapshots: Sequence[Snapshot]) -> CustomersByKey:
    return CustomersByKey(
        customers=[stored for stored in map(stored_customer, snapshots) if stored],
        last_key=snapshots[-1].id,
        size=len(snapshots),
    )


def reclassification_document(state: Reclassification) -> dict[str, Any]:
    """The state as a document; every field is always present."""
    return {
        "org_id": state.org_id,
        "revision": state.revision,
        "status": state.status.value,
        "after": state.after,
        "processed": state.processed,
        "moved": state.moved,
        "failed": state.failed,
        "total": state.total,
        "started_at": state.started_at,
        "updated_at": state.updated_at,
        "completed_at": state.completed_at,
        "settled": state.settled,
        "pending_revision": state.pending_revision,
        "last_error": state.last_error,
    }


def reclassification(document: dict[str, Any]) -> Reclassification:
    """The state behind a document that `reclassification_document` made."""
    completed_at = document["completed_at"]
    return Reclassification(
        org_id=document["org_id"],
        revision=document["revision"],
        status=ReclassificationStatus(document["status"]),
        after=document["after"],
        processed=document["processed"],
        moved=document["moved"],
        # Version 0.3 does not say.
        failed=document.get("failed", 0),
        total=document["total"],
        started_at=plain_instant(document["started_at"]),
        updated_at=plain_instant(document["updated_at"]),
        completed_at=plain_instant(completed_at) if completed_at else None,
        settled=document["settled"],
        pending_revision=document.get("pending_revision"),
        last_error=document.get("last_error"),
    )
