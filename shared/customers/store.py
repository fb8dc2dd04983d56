"""Lists of an organisation's customers, and all their queries.

One query compares one thing for equality, so that each combination of that thing, what is sorted by
and the direction has a composite index of its own: Firestore documents that it merges indexes for
`==`, and says nothing of `array-contains`. All other filters are applied to the documents read, and
a page reads `MAX_PAGE_READS` documents at most.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import optional_instant, plain_instant
from shared.orders.fact import Contact
from shared.reconciliation.stores.prediction_codec import FIELDS as PREDICTION_FIELDS
from shared.reconciliation.stores.prediction_codec import prediction
from shared.reconciliation.stores.profile_codec import stored_profile
from shared.segments.customer_selection import CustomerSort, ListedCustomer, Selection
from shared.segments.segment import Segment

MAX_PAGE_READS = 1_000
"""Documents that one page reads at most, however few of them it shows."""
EXPORT_BATCH = 500
"""Documents that an export holds in memory at a time."""

_GROWTH = 8
"""Factor between the queries of a page that leaves out some of what it reads."""

SHOWN_FIELDS = (
    "order_count",
    "lifetime_value_cents",
    "average_order_value_cents",
    "first_ordered_at",
    "last_ordered_at",
    "segment",
    "segment_since",
    "next_transition_at",
    "custom_segments",
    "preferred_categories",
    "contact.display_name",
    "contact.email",
    "contact.phone",
    "contact.sort_name",
    "profile",
    *PREDICTION_FIELDS,
)
"""Fields that a list needs. The rest of a document is many times as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCursor:
    """A place in a list of customers: after this one."""

    value: str | int | datetime
    """Value that this customer is sorted by."""
    customer_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """Some customers of a list."""

    customers: tuple[ListedCustomer, ...]
    next: CustomerCursor | None
    """Cursor of the next page; None at the end of the list."""


class CustomerLists:
    """Lists of one organisation. Raises what Firestore raises, after a few seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._collection = client.collection(paths.customers(org_id))

    def page(
        self, selection: Selection, *, size: int, after: CustomerCursor | None = None
    ) -> CustomerPage:
        """One page of `size` customers at most, for `MAX_PAGE_READS` reads at most.

        If that many documents contain fewer matches, the page is shorter, maybe empty, and `next`
        says where to continue. With at most one equality filter and limits on the sort key, a page
        costs one read per customer on it and one more.

        Customers that stay as they are between two pages are neither repeated nor left out.
        """
        reading = _Reading(self._collection, selection, after)
        customers: list[ListedCustomer] = []
        place, limit, documents_read = after, size + 1, 0
        while not reading.ended:
            batch_size = min(limit, MAX_PAGE_READS - documents_read)
            snapshots = reading.next(batch_size)
            documents_read += len(snapshots)
            count_before = len(customers)
            for snapshot in snapshots:
                customer = listed_customer(snapshot.id, content(snapshot))
                if selection.includes(customer):
                    if len(customers) == size:
                        return CustomerPage(customers=tuple(customers), next=place)
                    customers.append(customer)
                place = _place(snapshot, selection.sort)
            full = len(customers) == size and len(snapshots) == batch_size
            if (full or documents_read == MAX_PAGE_READS) and not reading.ended:
                return CustomerPage(customers=tuple(customers), next=place)
            all_kept = len(customers) - count_before == len(snapshots)
            limit = size + 1 - len(customers) if all_kept else limit * _GROWTH
        return CustomerPage(customers=tuple(customers), next=None)

    def batches(self, selection: Selection) -> Iterator[list[ListedCustomer]]:
        """The whole list, a batch at a time, all as of the instant of the first read.

        Costs one read per document that the query finds, even if it is filtered out.
        """
        reading = _Reading(self._collection, selection, None)
        while not reading.ended:
            customers = [
                listed_customer(each.id, content(each)) for each in reading.next(EXPORT_BATCH)
            ]
            yield [customer for customer in customers if selection.includes(customer)]


class _Reading:
    """The documents of a list in its order, as they were when the first of them was read."""

    def __init__(
        self,
        collection: firestore.CollectionReference,
        selection: Selection,
        after: CustomerCursor | None,
    ) -> None:
        self._after = after
        self._sort = selection.sort
        self._at: datetime | None = None
        self._stretches = _stretches(_query(collection, selection), selection)
        if len(self._stretches) > 1 and after is not None and after.value == "":
            del self._stretches[0]

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to be read."""
        return not self._stretches

    def next(self, limit: int) -> list[Snapshot]:
        """The next documents, `limit` at most: one query. Fewer do not mean that it has ended."""
        query = self._stretches[0].limit(limit)
        if self._after is not None:
            query = query.start_after([self._after.value, self._after.customer_key])
        at: dict[str, Any] = {} if self._at is None else {"read_time": self._at}
        snapshots = list(query.stream(**READ_LIMITS, **at))
        if len(snapshots) < limit:
            del self._stretches[0]
            self._after = None
        else:
            self._after = _place(snapshots[-1], self._sort)
        if self._at is None and snapshots:
            # Documents of one answer are as they were at the latest of its read times.
            self._at = max(each.read_time for each in snapshots)
        return snapshots


def listed_customer(customer_key: str, document: Mapping[str, Any]) -> ListedCustomer:
    """The part of a customer document that lists show; the document may hold no other."""
    contact = document["contact"]
    segment = document["segment"]
    return ListedCustomer(
        customer_key=customer_key,
        contact=Contact(
            display_name=contact["display_name"], email=contact["email"], phone=contact["phone"]
        ),
        order_count=document["order_count"],
        lifetime_value_cents=document["lifetime_value_cents"],
        average_order_value_cents=document["average_order_value_cents"],
        first_ordered_at=optional_instant(document["first_ordered_at"]),
        last_ordered_at=optional_instant(document["last_ordered_at"]),
        segment=Segment(segment) if segment else None,
        segment_since=optional_instant(document["segment_since"]),
        next_transition_at=optional_instant(document["next_transition_at"]),
        custom_segments=tuple(document.get("custom_segments", ())),
        preferred_categories=tuple(document["preferred_categories"]),
        profile=stored_profile(document),
        prediction=prediction(document),
    )


def _query(collection: firestore.CollectionReference, selection: Selection) -> firestore.Query:
    """Return the query for the selection, with as few other customers as one equality can leave."""
    # The narrowest first. Whoever is in a segment or can be searched for has orders.
    if selection.search is not None:
        query = _where(collection, "contact.search", "array_contains", selection.search.prefix)
    elif selection.custom_segment is not None:
        query = _where(collection, "custom_segments", "array_contains", selection.custom_segment)
    elif selection.label is not None:
        query = _where(collection, "profile_labels", "array_contains", selection.label)
    elif selection.segment is not None:
        query = _where(collection, "segment", "==", selection.segment.value)
    elif selection.risk is not None:
        query = _where(collection, "churn_risk", "==", selection.risk.value)
    else:
        query = _where(collection, "has_orders", "==", True)
    limits: list[tuple[str, object]] = []
    if selection.sort is CustomerSort.LAST_ORDER:
        limits = [(">=", selection.last_order.begin), ("<", selection.last_order.end)]
    elif selection.sort is CustomerSort.TOTAL_SPENT:
        limits = [(">=", selection.min_spent_cents), ("<=", selection.max_spent_cents)]
    elif selection.sort is CustomerSort.PREDICTED_LTV:
        # Leaves out null, which sorts before every number.
        limits = [(">=", 0)]
    for operator, limit in limits:
        if limit is not None:
            query = _where(query, selection.sort.value, operator, limit)
    direction = firestore.Query.DESCENDING if selection.descending else firestore.Query.ASCENDING
    # The id decides between equal values, so that a cursor names exactly one place.
    return (
        query.order_by(selection.sort.value, direction=direction)
        .order_by("__name__", direction=direction)
        .select(SHOWN_FIELDS)
    )


def _stretches(query: firestore.Query, selection: Selection) -> list[firestore.Query]:
    """Return the queries that make up a list, in sequence: customers without a name come last."""
    if selection.sort is CustomerSort.NAME and not selection.descending:
        field = selection.sort.value
        return [_where(query, field, ">", ""), _where(query, field, "<=", "")]
    return [query]


def _where(
    query: firestore.CollectionReference | firestore.Query, field: str, operator: str, value: object
) -> firestore.Query:
    return query.where(filter=firestore.FieldFilter(field, operator, value))


def _place(snapshot: Snapshot, sort: CustomerSort) -> CustomerCursor:
    value = snapshot.get(sort.value)
    if isinstance(value, datetime):
        value = plain_instant(value)
    return CustomerCursor(value=value, customer_key=snapshot.id)
