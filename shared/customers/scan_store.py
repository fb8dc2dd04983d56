"""Scans of all customers of an organisation, with only the fields needed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.query_chunks import in_chunks
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import optional_instant
from shared.reconciliation.stores.customer_codec import category_cents, history
from shared.reconciliation.stores.profile_codec import stored_profile
from shared.reconciliation.stores.touch_codec import touches
from shared.segments.classify import OrderTotals
from shared.segments.conditions.evaluate import Subject
from shared.segments.history import OrderHistory
from shared.segments.preview import Candidate
from shared.segments.segment import Segment

_TOTALS = ("order_count", "lifetime_value_cents", "first_ordered_at", "last_ordered_at")
CANDIDATE_FIELDS = (*_TOTALS, "segment")
SUBJECT_FIELDS = (
    *CANDIDATE_FIELDS,
    "category_spend",
    "history",
    "contact.display_name",
    "contact.email",
    "contact.phone",
    "profile",
    "touches",
)


class CustomerScan:
    """Every customer of one organisation who has counted orders, a read each."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id

    def candidates(self) -> Iterator[Candidate]:
        """Yield each customer's inputs of the segment."""
        return scan_candidates(self._client, self._org_id)

    def subjects(self) -> Iterator[tuple[Candidate, Subject]]:
        """Yield the same with all inputs of conditions."""
        return scan_subjects(self._client, self._org_id)

    def order_instants(self, *, at_most: int) -> Iterator[tuple[datetime, ...]]:
        """Yield the order times of at most this many customers, oldest first."""
        for each in scan_histories(self._client, self._org_id, at_most=at_most):
            yield tuple(order.ordered_at for order in each.orders if not order.is_return)


def scan_candidates(client: firestore.Client, org_id: str) -> Iterator[Candidate]:
    """Every customer with counted orders: one read each."""
    for snapshot in scan(client, org_id, CANDIDATE_FIELDS):
        yield _candidate(snapshot.id, content(snapshot))


def scan_subjects(client: firestore.Client, org_id: str) -> Iterator[tuple[Candidate, Subject]]:
    """Yield every customer with counted orders, with all inputs of conditions: one read each."""
    for snapshot in scan(client, org_id, SUBJECT_FIELDS):
        document = content(snapshot)
        candidate = _candidate(snapshot.id, document)
        contact = document["contact"]
        yield (
            candidate,
            Subject(
                totals=candidate.totals,
                category_cents=category_cents(document),
                history=history(document),
                has_email=contact["email"] is not None,
                has_phone=contact["phone"] is not None,
                has_display_name=contact["display_name"] is not None,
                profile=stored_profile(document),
                touches=touches(document),
            ),
        )


def scan_histories(
    client: firestore.Client, org_id: str, *, at_most: int | None = None
) -> Iterator[OrderHistory]:
    """The counted orders of every customer who has any, or of this many: one read each."""
    for snapshot in scan(client, org_id, ("history",), at_most=at_most):
        yield history(content(snapshot))


def scan(
    client: firestore.Client,
    org_id: str,
    fields: Sequence[str],
    *,
    as_of: datetime | None = None,
    at_most: int | None = None,
) -> Iterator[Snapshot]:
    """Every customer with counted orders, by key, as they all were at one instant.

    Keys are keyed hashes, so the first ones are a random choice of customers, and the same one
    every time.
    """
    query = (
        client.collection(paths.customers(org_id))
        .where(filter=firestore.FieldFilter("has_orders", "==", True))
        .select(fields)
        .order_by("__name__")
    )
    yield from in_chunks(query, as_of, at_most=at_most)


def _candidate(customer_key: str, document: dict[str, Any]) -> Candidate:
    return Candidate(
        customer_key,
        OrderTotals(
            order_count=document["order_count"],
            lifetime_value_cents=document["lifetime_value_cents"],
            first_ordered_at=optional_instant(document["first_ordered_at"]),
            last_ordered_at=optional_instant(document["last_ordered_at"]),
        ),
        Segment(document["segment"]),
    )
