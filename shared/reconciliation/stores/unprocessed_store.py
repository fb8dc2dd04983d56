"""The list of orders whose events failed at every delivery."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import commit_batch, create, remove
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.query_chunks import pages
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import plain_instant
from shared.kernel.errors import AlreadyExistsError, ConflictError
from shared.reconciliation.unprocessed import UnprocessedOrder

PAGE_SIZE = 300
SHOWN = 20
"""Orders of one organisation that its page shows at most."""


class FirestoreUnprocessed:
    """See `shared.reconciliation.unprocessed.UnprocessedOrders`."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client

    def report(self, order_id: str, org_id: str | None, error: str, at: datetime) -> None:
        """One write, or two where the order is on the list."""
        reference = self._client.document(paths.UNPROCESSED, order_id)
        newest: dict[str, Any] = {"error": error, "last_failed_at": at}
        try:
            create(reference, {"org_id": org_id, "first_failed_at": at, **newest})
        except AlreadyExistsError:
            reference.update(newest if org_id is None else {"org_id": org_id, **newest})

    def pages(self) -> Iterator[Sequence[tuple[str, object]]]:
        """One read each."""
        query = self._client.collection(paths.UNPROCESSED).order_by("__name__")
        for page in pages(query, PAGE_SIZE):
            yield [(snapshot.id, snapshot.update_time) for snapshot in page]

    def remove(self, order_id: str, revision: object) -> None:
        """One delete."""
        batch = self._client.batch()
        remove(batch, self._client.document(paths.UNPROCESSED, order_id), revision=revision)
        # One that was reported again meanwhile is tried again by the next run.
        with suppress(ConflictError):
            commit_batch(batch)


class UnprocessedReader:
    """The part of the list that belongs to one organisation."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._query = (
            client.collection(paths.UNPROCESSED)
            .where(filter=firestore.FieldFilter("org_id", "==", org_id))
            .limit(SHOWN)
        )

    def orders(self) -> list[UnprocessedOrder]:
        """SHOWN orders at most: one read each, or one for none."""
        return [_order(snapshot) for snapshot in self._query.stream(**READ_LIMITS)]


def _order(snapshot: Snapshot) -> UnprocessedOrder:
    document = content(snapshot)
    return UnprocessedOrder(
        order_id=snapshot.id,
        org_id=document["org_id"],
        error=document["error"],
        first_failed_at=plain_instant(document["first_failed_at"]),
        last_failed_at=plain_instant(document["last_failed_at"]),
    )
