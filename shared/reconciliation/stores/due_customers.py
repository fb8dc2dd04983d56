"""Customers whose next change is due, over all organisations."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import Update, update_unchanged
from shared.firestore.query_chunks import pages
from shared.firestore.snapshots import Snapshot, content, decodable
from shared.kernel import logs
from shared.reconciliation.ageing import DueCustomer
from shared.reconciliation.ports import Commit, Stored
from shared.reconciliation.stores.ageing_queue import FIELD, TRY_AT, in_queue, place
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.organization_documents import organization_pages
from shared.reconciliation.stores.stored_customers import stored_customer
from shared.segments.customer import Customer

PAGE_SIZE = 300


class FirestoreDueCustomers:
    """See `shared.reconciliation.ageing.DueCustomers`."""

    def __init__(self, client: firestore.Client, store: FirestoreLedgerStore) -> None:
        self._client = client
        self._store = store

    def due(self, until: datetime) -> Iterator[Sequence[DueCustomer]]:
        """One query per page, continued where the last one ended, and the customers it names.

        Two reads per customer.
        """
        query = in_queue(self._client, until)
        for page in organization_pages(query, paths.CUSTOMERS, TRY_AT, PAGE_SIZE):
            snapshots = decodable(self._client, [placement.reference for _, placement in page])
            due = (
                _due(placement, snapshots.get(placement.reference), until) for _, placement in page
            )
            yield [each for each in due if each is not None]

    def put_off(self, customers: Sequence[tuple[DueCustomer, datetime]]) -> None:
        """One write per customer."""
        update_unchanged(self._client, [_placement(each.place, at) for each, at in customers])

    def commit(self, commit: Commit) -> None:
        """One atomic batch."""
        self._store.commit(commit)


def enqueue_overdue(client: firestore.Client, org_id: str, until: datetime) -> int:
    """Queue overdue customers of an organisation who have no place; returns how many got one.

    These are customers stored by version 0.3. Continues by pages as long as a page holds any: one
    read if no customer is overdue.
    """
    query = (
        client.collection(paths.customers(org_id))
        .where(filter=firestore.FieldFilter("next_transition_at", "<=", until))
        .order_by("next_transition_at")
        .select(["next_transition_at", FIELD])
    )
    customers_enqueued = 0
    for page in pages(query, PAGE_SIZE):
        missing = [
            Update(each, {FIELD: place(each.id, each.get("next_transition_at"))})
            for each in page
            if not content(each).get(FIELD)
        ]
        if not missing:
            break
        # Whoever has written one meanwhile has placed it.
        customers_enqueued += len(missing) - len(update_unchanged(client, missing))
    return customers_enqueued


def _placement(placement: object, at: datetime) -> Update:
    assert isinstance(placement, firestore.DocumentSnapshot)
    return Update(placement, {TRY_AT: at})


def _due(placement: Snapshot, snapshot: Snapshot | None, until: datetime) -> DueCustomer | None:
    """None if the customer was written or removed after the query."""
    if snapshot is None:
        logs.customer_unreadable(placement.reference.path)
        return DueCustomer(place=placement, stored=None)
    try_at = (content(snapshot).get(FIELD) or {}).get("try_at")
    if try_at is None or try_at > until:
        return None
    stored = stored_customer(snapshot)
    return DueCustomer(place=placement, stored=stored if _is_due(stored, until) else None)


def _is_due(stored: Stored[Customer] | None, until: datetime) -> bool:
    due_at = stored.value.next_transition_at if stored and stored.value else None
    return due_at is not None and due_at <= until
