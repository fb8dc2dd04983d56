"""Add up the shards of days that are over.

A day that is over becomes one document, and its sales by product and category are added to the
organisation's all-time totals, in one commit that also deletes the shards it read. Its
preconditions make it apply once however often it is tried; an order that comes late for such a
day opens a new shard, which the next run takes in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.analytics.counters import DailyDelta, ProductDelta
from shared.clock import Clock
from shared.reconciliation.ports import Organizations
from shared.storage import paths
from shared.storage.counter_codec import daily_delta, sales, sales_map
from shared.storage.firestore_ledger_store import CONFLICTS
from shared.storage.keys import shard_for
from shared.storage.snapshots import Snapshot, content

PAGE_SIZE = 500
SALES_BUCKETS = 8
"""All-time sales are spread over this many documents to stay far below the size limit."""

MOST_EASTERN = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUpRun:
    """What a run did."""

    days: int
    """Organisation days added up."""
    shards: int
    """Shards taken in and deleted."""
    complete: bool
    """False if the time allowed ended first; the next run continues."""


def roll_up(
    client: firestore.Client,
    organizations: Organizations,
    *,
    clock: Clock,
    stop_at: datetime,
    org_id: str | None = None,
) -> RollUpRun:
    """Add up every open shard of days that are over where their organisation is."""
    now = clock()
    days = shards = 0
    for (org, day), snapshots in _open_days(client, now, org_id):
        if day >= now.astimezone(organizations.settings(org).time_zone).date():
            continue
        if clock() >= stop_at:
            return RollUpRun(days=days, shards=shards, complete=False)
        if _roll_up_day(client, org, day, snapshots):
            days += 1
            shards += len(snapshots)
    return RollUpRun(days=days, shards=shards, complete=True)


def _open_days(
    client: firestore.Client, now: datetime, org_id: str | None
) -> Iterable[tuple[tuple[str, date], list[Snapshot]]]:
    """Open shards by organisation and day, oldest days first."""
    collection = (
        client.collection(paths.daily_stats(org_id))
        if org_id
        else client.collection_group(paths.DAILY_STATS)
    )
    latest = (now + MOST_EASTERN).date()
    query = (
        collection.where(filter=firestore.FieldFilter("open", "==", True))
        .where(filter=firestore.FieldFilter("date", "<=", latest.isoformat()))
        .order_by("date")
        .limit(PAGE_SIZE)
    )
    page = list(query.stream())
    while page:
        by_day: defaultdict[tuple[str, date], list[Snapshot]] = defaultdict(list)
        for snapshot in page:
            org = snapshot.reference.parent.parent.id
            by_day[org, date.fromisoformat(snapshot.get("date"))].append(snapshot)
        yield from by_day.items()
        page = list(query.start_after(page[-1]).stream()) if len(page) == PAGE_SIZE else []


def _roll_up_day(client: firestore.Client, org_id: str, day: date, shards: list[Snapshot]) -> bool:
    """One commit. False if anything changed meanwhile: the next run finds the shards again."""
    added = DailyDelta()
    for shard in shards:
        added.add(daily_delta(content(shard)))
    day_reference = client.document(paths.rolled_up_day(org_id, day))
    bucket_deltas = _bucket_deltas(client, org_id, added)
    stored = {s.reference: s for s in client.get_all([day_reference, *bucket_deltas])}

    batch = client.batch()
    for shard in shards:
        unchanged = client.write_option(last_update_time=shard.update_time)
        batch.delete(shard.reference, option=unchanged)
    total = daily_delta(content(stored[day_reference]))
    total.add(added)
    _replace(client, batch, stored[day_reference], _day_document(total, day))
    for reference, (products, categories) in bucket_deltas.items():
        document = content(stored[reference])
        _replace(
            client,
            batch,
            stored[reference],
            {
                "products": sales_map(_sum(sales(document.get("products", {})), products)),
                "categories": sales_map(_sum(sales(document.get("categories", {})), categories)),
            },
        )
    try:
        batch.commit()
    except CONFLICTS:
        return False
    return True


Sales = dict[str, ProductDelta]


def _bucket_deltas(
    client: firestore.Client, org_id: str, added: DailyDelta
) -> dict[firestore.DocumentReference, tuple[Sales, Sales]]:
    """Products and categories to add, by the document that holds them."""
    deltas: dict[firestore.DocumentReference, tuple[Sales, Sales]] = {}
    for index, sold in enumerate((added.products, added.categories)):
        for id, delta in sold.items():
            bucket = shard_for(id, SALES_BUCKETS)
            reference = client.document(f"{paths.sales_totals(org_id)}/{bucket}")
            deltas.setdefault(reference, ({}, {}))[index][id] = delta
    return deltas


def _sum(mine: Sales, theirs: Mapping[str, ProductDelta]) -> Sales:
    """Both together, without what adds up to nothing."""
    total = DailyDelta(products=mine)
    total.add(DailyDelta(products=dict(theirs)))
    return total.without_zeros().products


def _day_document(total: DailyDelta, day: date) -> dict[str, Any]:
    total = total.without_zeros()
    return {
        "date": day.isoformat(),
        "open": False,
        **{
            name: total.counts[name]
            for name in ("revenue_cents", "orders", "identified_orders", "new_customers")
        },
        "channels": {name: dict(counts) for name, counts in total.channels.items()},
        "categories": sales_map(total.categories),
        "products": sales_map(total.products),
    }


def _replace(
    client: firestore.Client,
    batch: firestore.WriteBatch,
    stored: Snapshot,
    document: dict[str, Any],
) -> None:
    if stored.exists:
        unchanged = client.write_option(last_update_time=stored.update_time)
        batch.update(stored.reference, document, option=unchanged)
    else:
        batch.create(stored.reference, document)
