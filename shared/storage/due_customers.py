"""The customers whose next change has come, over all organisations."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from google.cloud import firestore

from shared.reconciliation.ports import Commit, Stored
from shared.segments.customer import Customer
from shared.storage import paths
from shared.storage.firestore_ledger_store import FirestoreLedgerStore
from shared.storage.stored_customers import stored_customer

PAGE_SIZE = 300


class FirestoreDueCustomers:
    """See `shared.reconciliation.ageing.DueCustomers`."""

    def __init__(self, client: firestore.Client, store: FirestoreLedgerStore) -> None:
        self._client = client
        self._store = store

    def due(self, until: datetime) -> Iterator[Sequence[Stored[Customer]]]:
        """One query per page, continued where the last one ended."""
        query = (
            self._client.collection_group(paths.CUSTOMERS)
            .where(filter=firestore.FieldFilter("next_transition_at", "<=", until))
            .order_by("next_transition_at")
            .limit(PAGE_SIZE)
        )
        page = list(query.stream())
        while page:
            yield [stored for stored in map(stored_customer, page) if stored]
            page = list(query.start_after(page[-1]).stream()) if len(page) == PAGE_SIZE else []

    def commit(self, commit: Commit) -> None:
        """One atomic batch."""
        self._store.commit(commit)
