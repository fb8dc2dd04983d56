"""The customers of one cell of a cohort, and its query."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.cloud import firestore

from shared.cohorts.cohorts import CohortCell
from shared.customers.store import MAX_PAGE_READS, SHOWN_FIELDS, listed_customer
from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content
from shared.reconciliation.stores.customer_codec import history
from shared.segments.customer_selection import ListedCustomer

_FIRST_DAY = "first_local_date"
_FIELDS = (*SHOWN_FIELDS, _FIRST_DAY, "history")
_GROWTH = 4
"""Growth factor of the queries of a page, as few customers of a cohort may be in the cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortCursor:
    """A place in the list of a cohort: behind this customer."""

    first_day: str
    """Day of the customer's first order, as it is stored."""
    customer_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortPage:
    """Some customers of a cell."""

    customers: tuple[ListedCustomer, ...]
    next: CohortCursor | None
    """Cursor of the next page; None at the end of the list."""


class CohortReader:
    """Reads for one organisation. Raises what Firestore raises, after a few seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._collection = client.collection(paths.customers(org_id))

    def page(self, cell: CohortCell, *, size: int, after: CohortCursor | None = None) -> CohortPage:
        """One page of customers by the day of their first order, for `MAX_PAGE_READS` at most.

        It may hold fewer customers than `size`, or none, with more to follow. Customers that stay
        as they are between two pages are neither repeated nor left out.
        """
        customers: list[ListedCustomer] = []
        place, documents_read, limit = after, 0, size + 1
        while True:
            batch_size = min(limit, MAX_PAGE_READS - documents_read)
            snapshots = self._next(cell, place, batch_size)
            documents_read += len(snapshots)
            for snapshot in snapshots:
                document = content(snapshot)
                if cell.includes(history(document)):
                    if len(customers) == size:
                        return CohortPage(customers=tuple(customers), next=place)
                    customers.append(listed_customer(snapshot.id, document))
                place = CohortCursor(first_day=document[_FIRST_DAY], customer_key=snapshot.id)
            if len(snapshots) < batch_size:
                return CohortPage(customers=tuple(customers), next=None)
            if len(customers) == size or documents_read == MAX_PAGE_READS:
                return CohortPage(customers=tuple(customers), next=place)
            limit *= _GROWTH

    def _next(self, cell: CohortCell, after: CohortCursor | None, limit: int) -> Sequence[Snapshot]:
        """The next customers of the cohort: one query."""
        first, last = cell.cohort.first_day.isoformat(), cell.cohort.last_day.isoformat()
        query = (
            self._collection.where(filter=firestore.FieldFilter(_FIRST_DAY, ">=", first))
            .where(filter=firestore.FieldFilter(_FIRST_DAY, "<=", last))
            .order_by(_FIRST_DAY)
            .order_by("__name__")
            .select(_FIELDS)
            .limit(limit)
        )
        if after is not None:
            query = query.start_after([after.first_day, after.customer_key])
        return list(query.stream(**READ_LIMITS))
