"""A customer's orders and transitions in one list, newest first."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import content
from shared.reconciliation.ledger import LedgerEntry
from shared.reconciliation.stores.customer_codec import transition
from shared.reconciliation.stores.ledger_codec import ledger_entry
from shared.segments.customer import Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineOrder:
    """An order, counted or not."""

    at: datetime
    entry: LedgerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineTransition:
    """A transition."""

    at: datetime
    transition: Transition
    entered: tuple[str, ...]
    """Ids of custom segments."""
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineCursor:
    """A place in a timeline: in its orders and in its transitions."""

    placed_at: datetime
    """Orders continue with those placed at that instant, or before."""
    order_id: str | None
    """Order of that instant after which they continue; None for all of that instant."""
    transition_number: int
    """Transitions continue with those of smaller numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """Some entries of a timeline."""

    entries: tuple[TimelineOrder | TimelineTransition, ...]
    next: TimelineCursor | None
    """Cursor of the next page; None at the end of the list."""


class TimelineReader:
    """Reads for one organisation. Raises what Firestore raises, after a few seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self.org_id = org_id

    def page(
        self, customer_key: str, *, size: int, after: TimelineCursor | None
    ) -> TimelinePage | None:
        """One page: at most `2 * (size + 1)` reads. None if there is no such customer.

        At one instant transitions come before orders, as effects follow their causes.
        `customer_key` must be usable as a document id.
        """
        transitions = self._transitions(customer_key, size + 1, after)
        # A customer has made a transition: only without one is the document itself looked at.
        if after is None and not transitions and not self._exists(customer_key):
            return None
        orders = self._orders(customer_key, size + 1, after)
        newest_first = list(_newest_first(transitions, orders))
        entries = newest_first[:size]
        return TimelinePage(
            entries=tuple(entries),
            next=_behind(entries, transitions) if len(newest_first) > size else None,
        )

    def _exists(self, customer_key: str) -> bool:
        path = paths.customer(self.org_id, customer_key)
        exists: bool = self._client.document(path).get(["customer_key"], **READ_LIMITS).exists
        return exists

    def _transitions(
        self, customer_key: str, limit: int, after: TimelineCursor | None
    ) -> list[TimelineTransition]:
        query = (
            self._client.collection(paths.transitions(self.org_id))
            .where(filter=firestore.FieldFilter("customer_key", "==", customer_key))
            .order_by("number", direction=firestore.Query.DESCENDING)
            .limit(limit)
        )
        if after is not None:
            query = query.start_after([after.transition_number])
        entries = []
        for snapshot in query.stream(**READ_LIMITS):
            document = content(snapshot)
            stored = transition(document)
            entries.append(
                TimelineTransition(
                    at=stored.effective_at,
                    transition=stored,
                    entered=tuple(document.get("entered", ())),
                    left=tuple(document.get("left", ())),
                )
            )
        return entries

    def _orders(
        self, customer_key: str, limit: int, after: TimelineCursor | None
    ) -> list[TimelineOrder]:
        query = (
            self._client.collection(paths.LEDGER)
            .where(filter=firestore.FieldFilter("org_id", "==", self.org_id))
            .where(filter=firestore.FieldFilter("customer_key", "==", customer_key))
            .order_by("ordered_at", direction=firestore.Query.DESCENDING)
            .order_by("__name__", direction=firestore.Query.DESCENDING)
            .limit(limit)
        )
        if after is not None:
            query = (
                query.start_at([after.placed_at])
                if after.order_id is None
                else query.start_after([after.placed_at, after.order_id])
            )
        entries = [
            ledger_entry(snapshot.id, content(snapshot)) for snapshot in query.stream(**READ_LIMITS)
        ]
        return [
            TimelineOrder(at=entry.fact.ordered_at, entry=entry) for entry in entries if entry.fact
        ]


def _newest_first(
    transitions: list[TimelineTransition], orders: list[TimelineOrder]
) -> Iterator[TimelineOrder | TimelineTransition]:
    """Both lists merged. Of entries of one instant, those of the first list come first."""
    return heapq.merge(transitions, orders, key=lambda entry: entry.at, reverse=True)


def _behind(
    page: list[TimelineOrder | TimelineTransition], transitions: list[TimelineTransition]
) -> TimelineCursor:
    """Return the place after the last entry shown. Whatever is added before it later stays before
    it."""
    last = page[-1]
    numbers = [entry.transition.number for entry in page if isinstance(entry, TimelineTransition)]
    return TimelineCursor(
        placed_at=last.at,
        order_id=last.entry.order_id if isinstance(last, TimelineOrder) else None,
        transition_number=numbers[-1]
        if numbers
        else transitions[0].transition.number + 1
        if transitions
        else 1,
    )
