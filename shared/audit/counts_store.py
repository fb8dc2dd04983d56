"""Counts and sums that Firestore computes for an audit: one read per thousand index entries.

All of them as of one instant, which Firestore keeps for an hour. Each aggregation also counts its
entries, which gives its cost.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.audit.ports import UNDATED, DayRange
from shared.audit.sums import CustomerSums, LedgerSums, StoredSums, Sum
from shared.firestore import paths
from shared.firestore.any_of import any_of
from shared.firestore.snapshots import content
from shared.reconciliation.counters import SegmentCountsDelta
from shared.reconciliation.flows import arrival, departure
from shared.reconciliation.id_range import IdRange
from shared.reconciliation.stores.counter_codec import campaign_delta, segment_counts_delta
from shared.reconciliation.stores.id_ranges import in_range
from shared.reconciliation.stores.order_source import name_parts, naming
from shared.segments.places import NONE
from shared.segments.segment import Segment

DAILY = ("revenue_cents", "orders", "identified_orders", "new_customers")


class FirestoreCounts:
    """See `shared.audit.count_comparison.Counts`."""

    def __init__(self, client: firestore.Client, names: Sequence[str], at: datetime) -> None:
        """`names` are all names of the organisation on orders."""
        self._orders = client.collection(paths.ORDERS)
        self._entries = client.collection(paths.LEDGER)
        self._client = client
        self._names = list(name_parts(names))
        self._at = at

    def orders(self, ids: IdRange) -> int:
        """One aggregation for each few names."""
        return sum(
            _aggregated(in_range(self._orders, naming(self._client, names), ids), self._at).number
            for names in self._names
        )

    def entries(self, ids: IdRange) -> int:
        """Return the number of ledger entries, counted like orders: one under two names counts
        twice."""
        return sum(
            _aggregated(in_range(self._entries, self._entries_naming(names), ids), self._at).number
            for names in self._names
        )

    def ends(self, ids: IdRange) -> tuple[str, str] | None:
        """Two queries for each few names."""
        ids_at_ends: list[str] = []
        for names in self._names:
            query = in_range(
                self._entries, self._entries_naming(names).select(["__name__"]), ids, 1
            )
            ids_at_ends += [each.id for each in query.stream(read_time=self._at)]
            last = in_range(self._entries, self._entries_naming(names).select(["__name__"]), ids)
            ids_at_ends += [each.id for each in last.limit_to_last(1).get(read_time=self._at)]
        return (min(ids_at_ends), max(ids_at_ends)) if ids_at_ends else None

    def _entries_naming(self, names: Sequence[str]) -> firestore.Query:
        return self._entries.where(
            filter=firestore.FieldFilter("named", "array_contains_any", list(names))
        )


def ledger_sums(client: firestore.Client, org_id: str, at: datetime) -> LedgerSums:
    """Five aggregations: about two reads per thousand ledger entries."""
    own = client.collection(paths.LEDGER).where(
        filter=firestore.FieldFilter("org_id", "==", org_id)
    )
    counted_entries = own.where(filter=firestore.FieldFilter("counted", "==", True))
    others = own.where(filter=firestore.FieldFilter("counted", "==", False))
    nobodys = counted_entries.where(filter=firestore.FieldFilter("customer_key", "==", None))
    below = firestore.FieldFilter("amount_cents", "<", 0)
    return LedgerSums(
        counted=_aggregated(counted_entries, at, "amount_cents"),
        others=_aggregated(others, at, "amount_cents"),
        returns=_aggregated(counted_entries.where(filter=below), at).number,
        nobodys=_aggregated(nobodys, at, "amount_cents"),
        nobodys_returns=_aggregated(nobodys.where(filter=below), at).number,
    )


def ledger_sum_of_days(
    client: firestore.Client, org_id: str, days: DayRange, at: datetime
) -> LedgerSums:
    """The same of some days: two aggregations."""
    sums = {
        counted: _aggregated(
            ledger_of_days(client, org_id, days).where(
                filter=firestore.FieldFilter("counted", "==", counted)
            ),
            at,
            "amount_cents",
        )
        for counted in (True, False)
    }
    return LedgerSums(counted=sums[True], others=sums[False])


def ledger_of_days(client: firestore.Client, org_id: str, days: DayRange) -> firestore.Query:
    """Ledger entries of some days."""
    query = client.collection(paths.LEDGER).where(
        filter=firestore.FieldFilter("org_id", "==", org_id)
    )
    if days == UNDATED:
        return query.where(filter=firestore.FieldFilter("local_date", "==", None))
    for operator, day in ((">=", days.first), ("<", days.end)):
        if day is not None:
            query = query.where(
                filter=firestore.FieldFilter("local_date", operator, day.isoformat())
            )
    return query


def stored_sums(
    client: firestore.Client,
    org_id: str,
    custom_ids: Collection[str],
    at: datetime,
    *,
    overdue_since: datetime,
) -> StoredSums:
    """One read per document of segment counts, and about three per thousand customers.

    And one per thousand documents of daily counters, for each of their four numbers; one per
    document of campaigns' counters, and one or two more per thousand customers. One or two
    aggregations for each segment, custom ones included.
    """
    counts = SegmentCountsDelta()
    for snapshot in client.collection(paths.segment_counts(org_id)).stream(read_time=at):
        counts.add(segment_counts_delta(content(snapshot)))
    campaigns = Counter[str]()
    for snapshot in client.collection(paths.campaign_counters(org_id)).stream(read_time=at):
        delta = campaign_delta(content(snapshot))
        campaigns["credited_cents"] += delta.credit["revenue_cents"]
        campaigns["touch_events"] += sum(each.total() for each in delta.channels.values())
    daily = client.collection(paths.daily_stats(org_id))
    customers = client.collection(paths.customers(org_id))
    credit_sums = Counter[str]()
    credit_sums["touch_events"] = _aggregated(customers, at, "touch_events").total
    if campaigns or credit_sums["touch_events"]:
        credit_sums["credited_cents"] = _aggregated(customers, at, "credited_cents").total
    only_returned = customers.where(filter=firestore.FieldFilter("has_orders", "==", False))
    repeat = customers.where(filter=firestore.FieldFilter("has_orders", "==", True)).where(
        filter=firestore.FieldFilter("order_count", ">=", 2)
    )
    overdue = customers.where(
        filter=firestore.FieldFilter("next_transition_at", "<=", overdue_since)
    )

    def members(query: firestore.Query) -> CustomerSums:
        orders = _aggregated(query, at, "order_count")
        if not orders.number:
            return CustomerSums()
        return CustomerSums(
            customers=orders.number,
            orders=orders.total,
            lifetime_value_cents=_aggregated(query, at, "lifetime_value_cents").total,
        )

    return StoredSums(
        days=Counter({name: _aggregated(daily, at, name).total for name in DAILY}),
        counts=counts,
        segments={
            segment.value: members(
                customers.where(filter=firestore.FieldFilter("segment", "==", segment.value))
            )
            for segment in Segment
        },
        custom={
            id: members(
                customers.where(
                    filter=firestore.FieldFilter("custom_segments", "array_contains", id)
                )
            )
            for id in sorted({*custom_ids, *counts.without_zeros().custom})
        },
        repeat_customers=_aggregated(repeat, at).number,
        only_returned_cents=_aggregated(only_returned, at, "lifetime_value_cents").total,
        campaigns=campaigns,
        credited=credit_sums,
        overdue=_aggregated(overdue, at).number,
    )


def arrivals(
    client: firestore.Client,
    org_id: str,
    custom_ids: Iterable[str],
    since: datetime,
    until: datetime,
    at: datetime,
) -> Counter[str]:
    """Nine aggregations, and two for each custom segment."""
    between = (
        client.collection(paths.transitions(org_id))
        .where(filter=firestore.FieldFilter("effective_at", ">=", since))
        .where(filter=firestore.FieldFilter("effective_at", "<", until))
    )
    counts = Counter[str]()
    places = (*(segment.value for segment in Segment), None)
    for place in places:
        others = any_of("from_segment", [each for each in places if each != place])
        into = between.where(filter=firestore.FieldFilter("to_segment", "==", place))
        counts[arrival(place or NONE)] += _aggregated(into.where(filter=others), at).number
    for id in custom_ids:
        for field, name in (("entered", arrival(id)), ("left", departure(id))):
            containing = firestore.FieldFilter(field, "array_contains", id)
            counts[name] += _aggregated(between.where(filter=containing), at).number
    return counts


def _aggregated(
    query: "firestore.Query | firestore.CollectionReference", at: datetime, field: str | None = None
) -> Sum:
    aggregation: Any = query.count(alias="number")
    if field is not None:
        aggregation = aggregation.sum(field, alias="total")
    (results,) = aggregation.get(read_time=at)
    values = {result.alias: result.value for result in results}
    return Sum(number=int(values["number"]), total=int(values.get("total") or 0))
