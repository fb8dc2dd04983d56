"""What is read for one organisation's pages beside lists of customers, and every query it takes.

A reader is made for one organisation and has no way to name another: each path and each query
starts from the id it was made with.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from google.cloud import firestore

from shared.customers.scan_store import scan_candidates, scan_histories, scan_subjects
from shared.customers.store import SHOWN_FIELDS, listed_customer
from shared.firestore import paths
from shared.firestore.changes import changes, pages
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content
from shared.reconciliation.counters import DailyDelta, SegmentCountsDelta
from shared.reconciliation.ledger import LedgerEntry
from shared.reconciliation.reclassification import Reclassification
from shared.reconciliation.stores.counter_codec import daily_delta, segment_counts_delta
from shared.reconciliation.stores.customer_codec import customer
from shared.reconciliation.stores.ledger_codec import ledger_entry, plain_instant
from shared.reconciliation.stores.reclassification_store import reclassification
from shared.segments.conditions.evaluate import Subject
from shared.segments.customer import Customer
from shared.segments.customer_selection import ListedCustomer
from shared.segments.preview import Candidate
from shared.suggestions import store as customer_groups
from shared.suggestions.filters import Filter
from shared.suggestions.suggestions import Selected

RECENT_ORDERS = 10

_DAY_COUNTS = ("revenue_cents", "orders", "identified_orders", "new_customers")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """A stored customer, with what lists show of it."""

    customer: Customer
    listed: ListedCustomer


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """An organisation's counters, all as of one instant."""

    totals: Mapping[str, int]
    """All-time revenue_cents, orders, customers and repeat_customers."""
    daily: Mapping[date, Mapping[str, int]]
    """revenue_cents, orders, identified_orders and new_customers of the days asked for."""
    channels: Mapping[date, Mapping[str, Mapping[str, int]]]
    """revenue_cents and orders of these days, by channel."""
    read_at: datetime
    """The instant: whatever else is read as of it fits."""


class OrganizationReader:
    """Reads for one organisation. Raises what Firestore raises, after a few seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self.org_id = org_id

    def changes(self) -> int:
        """How often anything but sessions has changed: one read. See `shared.firestore.changes`."""
        return changes(self._client, self.org_id)

    def behind_since(self, now: datetime) -> datetime | None:
        """Since when segments are behind time: the earliest change by time alone that has come
        and is not made yet; None where there is none. One read.
        """
        query = (
            self._client.collection(paths.customers(self.org_id))
            .where(filter=firestore.FieldFilter("next_transition_at", "<=", now))
            .order_by("next_transition_at")
            .select(["next_transition_at"])
            .limit(1)
        )
        for snapshot in query.stream(**READ_LIMITS):
            return plain_instant(snapshot.get("next_transition_at"))
        return None

    def segment_counts(self) -> SegmentCountsDelta:
        """Customers by segment and the all-time totals: one query, as many reads as shards."""
        shards = self._client.collection(paths.segment_counts(self.org_id))
        return _sum_of_counts(shards.stream(**READ_LIMITS))

    def customer(self, customer_key: str) -> CustomerRecord | None:
        """One customer: one read. `customer_key` must be usable as a document id."""
        path = paths.customer(self.org_id, customer_key)
        snapshot = self._client.document(path).get(**READ_LIMITS)
        return _record(snapshot) if snapshot.exists else None

    def customers_by_key(self, customer_keys: Sequence[str]) -> list[ListedCustomer]:
        """Customers in the order of their keys given, without those that are gone: a read each."""
        references = [
            self._client.document(paths.customer(self.org_id, key)) for key in customer_keys
        ]
        found = {
            snapshot.id: listed_customer(snapshot.id, content(snapshot))
            for snapshot in self._client.get_all(references, SHOWN_FIELDS, **READ_LIMITS)
            if snapshot.exists
        }
        return [found[key] for key in customer_keys if key in found]

    def candidates(self) -> Iterator[Candidate]:
        """Every customer with counted orders: one read each."""
        return scan_candidates(self._client, self.org_id)

    def subjects(self) -> Iterator[tuple[Candidate, Subject]]:
        """The same with all that conditions look at: one read each."""
        return scan_subjects(self._client, self.org_id)

    def thresholds_saved_at(self, number: int) -> datetime | None:
        """When the saved version of the thresholds with a number was saved; None for 0. One read,
        or none.
        """
        if number == 0:
            return None
        snapshot = self._client.document(paths.threshold_version(self.org_id, number)).get(
            ["saved_at"], **READ_LIMITS
        )
        return plain_instant(snapshot.get("saved_at")) if snapshot.exists else None

    def reclassification(self) -> Reclassification | None:
        """How far customers are evaluated under changed rules; None for never changed: one read."""
        path = paths.reclassification(self.org_id)
        snapshot = self._client.document(path).get(**READ_LIMITS)
        return reclassification(content(snapshot)) if snapshot.exists else None

    def recent_orders(self, customer_key: str) -> list[LedgerEntry]:
        """A customer's newest orders, counted or not: one query of at most RECENT_ORDERS reads."""
        query = (
            self._client.collection(paths.LEDGER)
            .where(filter=firestore.FieldFilter("org_id", "==", self.org_id))
            .where(filter=firestore.FieldFilter("customer_key", "==", customer_key))
            .order_by("ordered_at", direction=firestore.Query.DESCENDING)
            .order_by("__name__", direction=firestore.Query.DESCENDING)
            .limit(RECENT_ORDERS)
        )
        return [ledger_entry(s.id, content(s)) for s in query.stream(**READ_LIMITS)]

    def order_instants(self, *, at_most: int) -> Iterator[tuple[datetime, ...]]:
        """When each of so many customers ordered, oldest first: one read each."""
        for history in scan_histories(self._client, self.org_id, at_most=at_most):
            yield tuple(order.ordered_at for order in history.orders if not order.is_return)

    def selected(self, groups: Sequence[Sequence[Filter]], now: datetime) -> list[Selected]:
        """What each group's filters select; see `shared.suggestions.store`."""
        return customer_groups.selected(self._client, self.org_id, groups, now)

    def counters(self, first_day: date, last_day: date) -> Counters:
        """All counters of the analytics page, as of one instant, so that they agree.

        Costs, however many orders there are, one read per shard of the segment counts, and one per
        shard of each day asked for that has orders: for 60 days and 4 shards, 4 + 240, and 2 more.
        """
        at = pages(self._client, self.org_id).get(**READ_LIMITS).read_time
        counts = self._client.collection(paths.segment_counts(self.org_id))
        window = (
            self._client.collection(paths.daily_stats(self.org_id))
            .where(filter=firestore.FieldFilter("date", ">=", first_day.isoformat()))
            .where(filter=firestore.FieldFilter("date", "<=", last_day.isoformat()))
            .select(["date", "channels", *_DAY_COUNTS])
        )
        days: defaultdict[date, DailyDelta] = defaultdict(DailyDelta)
        for snapshot in window.stream(**READ_LIMITS, read_time=at):
            document = content(snapshot)
            days[date.fromisoformat(document["date"])].add(daily_delta(document))
        return Counters(
            totals=_sum_of_counts(counts.stream(**READ_LIMITS, read_time=at)).totals,
            daily={day: delta.counts for day, delta in days.items()},
            channels={day: delta.channels for day, delta in days.items()},
            read_at=at,
        )


def _record(snapshot: Snapshot) -> CustomerRecord:
    """The customer in a document that there is."""
    document = content(snapshot)
    return CustomerRecord(
        customer=customer(document),
        listed=listed_customer(snapshot.id, document),
    )


def _sum_of_counts(shards: Iterable[Snapshot]) -> SegmentCountsDelta:
    counts = SegmentCountsDelta()
    for shard in shards:
        counts.add(segment_counts_delta(content(shard)))
    return counts
