"""The customers of one cell of a transition matrix, by key, and its queries."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from google.cloud import firestore

from shared.customers.store import SHOWN_FIELDS, listed_customer
from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.query_chunks import in_chunks
from shared.firestore.snapshots import content
from shared.segments.customer_selection import ListedCustomer
from shared.segments.places import NONE

MAX_TRANSITIONS = 5_000
"""Maximum number of transitions that one page scans: a page of a rare cell is shorter."""

_Place = tuple[str, bool]
"""A key in a list of keys; True if the list was not followed behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Customers who were at one place at the opening and are at one place at the closing.

    Places are ids of segments or `none`, not both `none`.
    """

    from_place: str
    to_place: str
    opening_at: datetime
    closing_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPage:
    """Some customers of a cell."""

    customers: tuple[ListedCustomer, ...]
    next_after: str | None
    """Key after which the list continues; None at its end."""


class CellReader:
    """Reads for one organisation. Raises what Firestore raises, after a few seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self.org_id = org_id

    def page(self, cell: Cell, *, size: int, after: str, as_of: datetime) -> CellPage:
        """One page of customers by key, behind the key `after`, as they were at `as_of`.

        Costs one read per customer on the page and one per transition that was made between opening
        and closing by any customer whose key is between the first and the last on the page, but
        MAX_TRANSITIONS or little more; for those who stay where they were, one more read or two for
        each of them on the page. A page may hold fewer customers than `size`, or none, with more to
        follow.
        """
        sources = [self._movers(cell, after, as_of, size)]
        if cell.from_place == cell.to_place:
            sources += [self._still_there(cell, after, as_of, size)]
            sources += [self._left_since(cell, after, as_of, size)]
        keys: list[str] = []
        next_after = None
        for (key, is_end), _ in groupby(heapq.merge(*sources)):
            if is_end:
                next_after = key
                break
            if len(keys) == size:
                next_after = keys[-1]
                break
            keys.append(key)
        references = [self._client.document(paths.customer(self.org_id, key)) for key in keys]
        stored = {
            snapshot.id: snapshot
            for snapshot in self._client.get_all(
                references, SHOWN_FIELDS, **READ_LIMITS, read_time=as_of
            )
            if snapshot.exists
        }
        return CellPage(
            customers=tuple(
                listed_customer(key, content(stored[key])) for key in keys if key in stored
            ),
            next_after=next_after,
        )

    def _movers(self, cell: Cell, after: str, as_of: datetime, size: int) -> Iterator[_Place]:
        """Customers of the cell who made a transition between opening and closing.

        Transitions that change custom segments alone are read as well: a query cannot test that two
        fields of a document differ.
        """
        query = (
            self._client.collection(paths.transitions(self.org_id))
            .where(filter=firestore.FieldFilter("effective_at", ">", cell.opening_at))
            .where(filter=firestore.FieldFilter("effective_at", "<=", cell.closing_at))
            .where(filter=firestore.FieldFilter("customer_key", ">", after))
            .order_by("customer_key")
            .order_by("effective_at")
            .select(["customer_key", "number", "from_segment", "to_segment", "effective_at"])
        )
        transitions = map(content, in_chunks(query, as_of, 4 * size))
        transitions_read = 0
        for key, of_customer in groupby(
            transitions, key=lambda transition: str(transition["customer_key"])
        ):
            by_number = sorted(of_customer, key=lambda transition: int(transition["number"]))
            first, last = by_number[0]["from_segment"], by_number[-1]["to_segment"]
            if (first or NONE, last or NONE) == (cell.from_place, cell.to_place):
                yield key, False
            transitions_read += len(by_number)
            if transitions_read >= MAX_TRANSITIONS:
                yield key, True
                return

    def _still_there(self, cell: Cell, after: str, as_of: datetime, size: int) -> Iterator[_Place]:
        """Customers who have been in the segment since the opening and are in it today."""
        query = (
            self._client.collection(paths.customers(self.org_id))
            .where(filter=firestore.FieldFilter("segment", "==", cell.from_place))
            .where(filter=firestore.FieldFilter("segment_since", "<=", cell.opening_at))
            .where(filter=firestore.FieldFilter("customer_key", ">", after))
            .order_by("customer_key")
            .order_by("segment_since")
            .select(["customer_key", "segment_since"])
        )
        return _keys(query, as_of, size + 1)

    def _left_since(self, cell: Cell, after: str, as_of: datetime, size: int) -> Iterator[_Place]:
        """Yield customers who were in the segment from the opening to the closing, and left later.

        A transition that changes custom segments alone does not leave: its customer is found twice,
        here and where the stay ended or continues.
        """
        query = (
            self._client.collection(paths.transitions(self.org_id))
            .where(filter=firestore.FieldFilter("from_segment", "==", cell.from_place))
            .where(filter=firestore.FieldFilter("from_since", "<=", cell.opening_at))
            .where(filter=firestore.FieldFilter("effective_at", ">", cell.closing_at))
            .where(filter=firestore.FieldFilter("customer_key", ">", after))
            .order_by("customer_key")
            .order_by("effective_at")
            .order_by("from_since")
            .select(["customer_key", "effective_at", "from_since"])
        )
        return _keys(query, as_of, size + 1)


def _keys(query: firestore.Query, as_of: datetime, size: int) -> Iterator[_Place]:
    return (
        (str(content(snapshot)["customer_key"]), False)
        for snapshot in in_chunks(query, as_of, size)
    )
