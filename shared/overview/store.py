"""The counters of the analytics page."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.changes import pages
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import content
from shared.history.counts_store import sum_of_counts
from shared.reconciliation.counters import DailyDelta
from shared.reconciliation.stores.counter_codec import daily_delta

_DAY_COUNTS = ("revenue_cents", "orders", "identified_orders", "new_customers")


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
    """The instant: other reads as of it are consistent."""


class OverviewCounters:
    """Reads for one organisation. Raises what Firestore raises, after a few seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id

    def counters(self, first_day: date, last_day: date) -> Counters:
        """All counters of the analytics page, as of one instant, so that they agree.

        Costs, regardless of the number of orders, one read per shard of the segment counts, and one
        per shard of each day asked for that has orders: for 60 days and 4 shards, 4 + 240, and 2
        more.
        """
        at = pages(self._client, self._org_id).get(**READ_LIMITS).read_time
        counts = self._client.collection(paths.segment_counts(self._org_id))
        window = (
            self._client.collection(paths.daily_stats(self._org_id))
            .where(filter=firestore.FieldFilter("date", ">=", first_day.isoformat()))
            .where(filter=firestore.FieldFilter("date", "<=", last_day.isoformat()))
            .select(["date", "channels", *_DAY_COUNTS])
        )
        days: defaultdict[date, DailyDelta] = defaultdict(DailyDelta)
        for snapshot in window.stream(**READ_LIMITS, read_time=at):
            document = content(snapshot)
            days[date.fromisoformat(document["date"])].add(daily_delta(document))
        return Counters(
            totals=sum_of_counts(counts.stream(**READ_LIMITS, read_time=at)).totals,
            daily={day: delta.counts for day, delta in days.items()},
            channels={day: delta.channels for day, delta in days.items()},
            read_at=at,
        )
