"""Customers whose next change is due, over all organisations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import CONFLICTS
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
            snapshots = decodable(self._client, [queued.reference for _, queued in page])
            due = (_due(queued, snapshots.get(queued.reference), until) for _, queued in page)
            yield [each for each in due if each is not None]

    def put_off(self, customers: Sequence[tuple[DueCustomer, datetime]]) -> None:
        """One write per customer."""
        _put(self._client, [_placement(each.place, at) for each, at in customers])

    def commit(self, commit: Commit) -> None:
        """One atomic batch."""
        self._store.commit(commit)


def enqueue_overdue(client: firestore.Client, org_id: str, until: datetime) -> int:
    """Queue overdue customers of an organisation who have no place; gives how many got one.

    These are customers stored by version 0.3. Goes on by pages as long as a page holds any: one
    read where nobody is overdue.
    """
    query = (
        client.collection(paths.customers(org_id))
        .where(filter=firestore.FieldFilter("next_transition_at", "<=", until))
        .order_by("next_transition_at")
        .select(["next_transition_at", FIELD])
        .limit(PAGE_SIZE)
    )
    enqueued = 0
    page = list(query.stream())
    while page:
        missing = [
            _Placement(
                reference=each.reference,
                update_time=each.update_time,
                fields={FIELD: place(each.id, each.get("next_transition_at"))},
            )
            for each in page
            if not content(each).get(FIELD)
        ]
        if not missing:
            break
        enqueued += _put(client, missing)
        page = list(query.start_after(page[-1]).stream()) if len(page) == PAGE_SIZE else []
    return enqueued


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placement:
    """A change of a customer's place, made only if the document is as it was read."""

    reference: firestore.DocumentReference
    update_time: object
    fields: dict[str, Any]


def _placement(queued: object, at: datetime) -> _Placement:
    assert isinstance(queued, firestore.DocumentSnapshot)
    return _Placement(
        reference=queued.reference, update_time=queued.update_time, fields={TRY_AT: at}
    )


def _put(client: firestore.Client, placements: Sequence[_Placement]) -> int:
    """How many were made. Whoever has written one of the other customers has placed it."""
    if not placements:
        return 0
    batch = client.batch()
    for each in placements:
        unchanged = client.write_option(last_update_time=each.update_time)
        batch.update(each.reference, each.fields, option=unchanged)
    try:
        batch.commit()
    except CONFLICTS:
        if len(placements) == 1:
            return 0
        return sum(_put(client, [each]) for each in placements)
    return len(placements)


def _due(queued: Snapshot, snapshot: Snapshot | None, until: datetime) -> DueCustomer | None:
    """None where the customer was written or removed after the query."""
    if snapshot is None:
        logs.customer_unreadable(queued.reference.path)
        return DueCustomer(place=queued, stored=None)
    try_at = (content(snapshot).get(FIELD) or {}).get("try_at")
    if try_at is None or try_at > until:
        return None
    stored = stored_customer(snapshot)
    return DueCustomer(place=queued, stored=stored if _is_due(stored, until) else None)


def _is_due(stored: Stored[Customer] | None, until: datetime) -> bool:
    due_at = stored.value.next_transition_at if stored and stored.value else None
    return due_at is not None and due_at <= until
