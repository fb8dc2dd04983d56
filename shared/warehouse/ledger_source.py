"""Ledger entries in bulk, as they are stored: all of them, or those of one organisation."""

from collections.abc import Iterator

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.snapshots import content
from shared.warehouse.changelog import document_name
from shared.warehouse.export_backfill import LedgerDocument

PAGE_SIZE = 500


class FirestoreLedger:
    """See `shared.warehouse.export_backfill.Ledger`."""

    def __init__(self, client: firestore.Client, org_id: str | None = None) -> None:
        self._client = client
        self._query = client.collection(paths.LEDGER).order_by("__name__").limit(PAGE_SIZE)
        if org_id is not None:
            self._query = self._query.where(filter=firestore.FieldFilter("org_id", "==", org_id))

    def documents(self, after: str | None) -> Iterator[LedgerDocument]:
        """One read per entry, in pages: no query runs for long."""
        while True:
            query = self._query
            if after is not None:
                last = self._client.document(paths.LEDGER, after)
                query = query.start_after({"__name__": last})
            page = list(query.stream())
            for snapshot in page:
                path = paths.ledger_entry(snapshot.id)
                yield LedgerDocument(
                    name=document_name(self._client.project, path), data=content(snapshot)
                )
            if len(page) < PAGE_SIZE:
                return
            after = page[-1].id
