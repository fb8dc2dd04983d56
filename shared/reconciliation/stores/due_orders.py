"""Orders dated ahead that are due, over all organisations."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.query_chunks import pages

PAGE_SIZE = 300


class FirestoreDueOrders:
    """See `shared.reconciliation.dated_ahead.DueOrders`."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client

    def due_orders(self, until: datetime) -> Iterator[Sequence[str]]:
        """One query per page, continued where the last one ended: one read per order."""
        query = (
            self._client.collection(paths.LEDGER)
            .where(filter=firestore.FieldFilter("counts_at", "<=", until))
            .order_by("counts_at")
            .select(["counts_at"])
        )
        for page in pages(query, PAGE_SIZE):
            yield [snapshot.id for snapshot in page]
