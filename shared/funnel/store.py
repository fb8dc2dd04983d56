"""The stored funnel of one organisation, for its pages."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.changes import session_changes
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import content
from shared.funnel.codec import month_days, month_of
from shared.funnel.funnel import FunnelDay, over_all_days
from shared.reconciliation.stores.counter_codec import daily_delta


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFunnel:
    """Sessions of some days in a row."""

    days: Mapping[date, FunnelDay]
    """The days that have any sessions."""
    measured_before: bool
    """Whether events were counted on any day before these."""


class FunnelReader:
    """Reads for one organisation. Raises what Firestore raises, after a few seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self.org_id = org_id

    def changes(self) -> int:
        """Return the number of changes of sessions: one read. See `shared.firestore.changes`."""
        return session_changes(self._client, self.org_id)

    def sessions(
        self, first_day: date, last_day: date, *, read_time: datetime | None = None
    ) -> StoredFunnel:
        """Sessions that began on these days, as of `read_time`, or of now.

        Costs one read per shard and month; one more while the first days of all are among these.
        """
        at: dict[str, Any] = {"read_time": read_time} if read_time else {}
        months = self._client.collection(paths.funnel_months(self.org_id))
        first_month = month_of(first_day)
        query = months.where(filter=firestore.FieldFilter("month", ">=", first_month)).where(
            filter=firestore.FieldFilter("month", "<=", month_of(last_day))
        )
        by_day: defaultdict[date, FunnelDay] = defaultdict(FunnelDay)
        for snapshot in query.stream(**READ_LIMITS, **at):
            for day, counts in month_days(content(snapshot)):
                by_day[day].add_all(counts)
        days = {day: counts.without_zeros() for day, counts in by_day.items()}
        days = {day: counts for day, counts in days.items() if not counts.is_zero}
        earlier = any(day < first_day for day in days)
        if not earlier and first_day not in days:
            older = months.where(filter=firestore.FieldFilter("month", "<", first_month)).limit(1)
            earlier = any(True for _ in older.select(["month"]).stream(**READ_LIMITS, **at))
        return StoredFunnel(
            days={day: counts for day, counts in days.items() if first_day <= day <= last_day},
            measured_before=earlier,
        )

    def orders_by_channel(self, first_day: date, last_day: date) -> Mapping[str, Counter[str]]:
        """revenue_cents and orders of the counted orders of these days, by channel.

        Costs one read per shard of each day with orders.
        """
        query = (
            self._client.collection(paths.daily_stats(self.org_id))
            .where(filter=firestore.FieldFilter("date", ">=", first_day.isoformat()))
            .where(filter=firestore.FieldFilter("date", "<=", last_day.isoformat()))
            .select(["channels"])
        )
        days = [daily_delta(content(snapshot)) for snapshot in query.stream(**READ_LIMITS)]
        return over_all_days(day.channels for day in days)
