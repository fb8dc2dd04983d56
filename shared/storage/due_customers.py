"""The customers whose next change has come, over all organisations."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from google.cloud import firestore

from shared import logs
from shared.reconciliation.ports import Commit, Stored
from shared.segments.customer import Customer
from shared.storage import paths
from shared.storage.firestore_ledger_store import FirestoreLedgerStore
from shared.storage.organization_documents import organization_pages
from shared.storage.snapshots import Snapshot, decodable
from shared.storage.stored_customers import stored_customer

PAGE_SIZE = 300


class FirestoreDueCustomers:
    """See `shared.reconciliation.ageing.DueCustomers`."""

    def __init__(self, client: firestore.Client, store: FirestoreLedgerStore) -> None:
        self._client = client
        self._store = store

    def due(self, until: datetime) -> Iterator[Sequence[Stored[Customer]]]:
        """One query per page, continued where the last one ended, and the customers it names.

        Two reads per customer.
        """
        query = (
            self._client.collection_group(paths.CUSTOMERS)
            .where(filter=firestore.FieldFilter("next_transition_at", "<=", until))
            .order_by("next_transition_at")
        )
        for page in organization_pages(query, paths.CUSTOMERS, "next_transition_at", PAGE_SIZE):
            snapshots = self._customers([found.reference for _, found in page])
            customers = [stored for stored in map(stored_customer, snapshots) if stored]
            # An order may have come in between.
            yield [stored for stored in customers if _is_due(stored.value, until)]

    def commit(self, commit: Commit) -> None:
        """One atomic batch."""
        self._store.commit(commit)

    def _customers(self, references: list[firestore.DocumentReference]) -> list[Snapshot]:
        """Those that are there and can be decoded, in the same order."""
        found = decodable(self._client, references)
        for reference in references:
            if reference not in found:
                logs.customer_unreadable(reference.path)
        return [found[each] for each in references if each in found and found[each].exists]


def _is_due(customer: Customer | None, until: datetime) -> bool:
    due_at = customer.next_transition_at if customer else None
    return due_at is not None and due_at <= until
