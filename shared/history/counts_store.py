"""An organisation's current customers by segment, and their lag behind time."""

from collections.abc import Iterable
from datetime import datetime

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import plain_instant
from shared.reconciliation.counters import SegmentCountsDelta
from shared.reconciliation.stores.counter_codec import segment_counts_delta


class SegmentCounts:
    """Counters of one organisation. Raises what Firestore raises, after some seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id

    def segment_counts(self, *, as_of: datetime | None = None) -> SegmentCountsDelta:
        """Customers by segment and the all-time totals: one query, as many reads as shards.

        As they were at an instant a moment ago, or as they are.
        """
        shards = self._client.collection(paths.segment_counts(self._org_id))
        return sum_of_counts(shards.stream(**READ_LIMITS, read_time=as_of))

    def new_since(self, since: datetime) -> int:
        """Customers whose first order is later than this: one read, and one more per thousand."""
        query = self._client.collection(paths.customers(self._org_id)).where(
            filter=firestore.FieldFilter("first_ordered_at", ">", since)
        )
        (results,) = query.count(alias="customers").stream(**READ_LIMITS)
        return sum(int(result.value) for result in results)

    def behind_since(self, now: datetime) -> datetime | None:
        """Return since when segments lag: the earliest overdue change by time; None if there is
        none. One read.
        """
        query = (
            self._client.collection(paths.customers(self._org_id))
            .where(filter=firestore.FieldFilter("next_transition_at", "<=", now))
            .order_by("next_transition_at")
            .select(["next_transition_at"])
            .limit(1)
        )
        for snapshot in query.stream(**READ_LIMITS):
            return plain_instant(snapshot.get("next_transition_at"))
        return None


def sum_of_counts(shards: Iterable[Snapshot]) -> SegmentCountsDelta:
    counts = SegmentCountsDelta()
    for shard in shards:
        counts.add(segment_counts_delta(content(shard)))
    return counts
