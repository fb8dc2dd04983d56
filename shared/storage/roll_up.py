"""Add up the shards of days that are over.

A day that is over becomes one document, and its sales by product and category are added to the
organisation's all-time totals, in one commit that also deletes the shards it read. Its
preconditions make it apply once however often it is tried; an order that comes late for such a
day opens a new shard, which the next run takes in.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from google.api_core import exceptions
from google.cloud import firestore

from shared import logs
from shared.analytics.counters import DailyDelta, ProductDelta
from shared.clock import Clock
from shared.reconciliation.ports import Organizations
from shared.storage import paths
from shared.storage.changes import CHANGE, pages
from shared.storage.counter_codec import daily_delta, sales, sales_map
from shared.storage.firestore_ledger_store import CONFLICTS
from shared.storage.keys import shard_for
from shared.storage.organization_documents import organization_pages
from shared.storage.snapshots import Snapshot, content

PAGE_SIZE = 500
SHARDS_PER_COMMIT = 50
"""Taken in together: the all-time totals are then written once for all of them."""
SALES_BUCKETS = 8
"""All-time sales are spread over this many documents to stay far below the size limit."""

ROLLED_UP_AT = "rolled_up_at"
"""Field of a day's document: when shards were last taken in."""

MOST_EASTERN = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUpRun:
    """What a run did."""

    days: int
    """Organisation days added up."""
    shards: int
    """Shards taken in and deleted."""
    failures: int
    """Shards left to the next run, because they changed meanwhile or a document would not fit."""
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
    days = shards = failures = 0
    for page in _open_shards(client, now, org_id):
        # A page without any shard of an organisation takes time as well.
        if clock() >= stop_at:
            return RollUpRun(days=days, shards=shards, failures=failures, complete=False)
        for org, opened in page.items():
            try:
                today = now.astimezone(organizations.settings(org).time_zone).date().isoformat()
            except Exception:
                # Whatever is wrong with one must not keep the others from being added up.
                logs.organization_roll_up_failed(org)
                failures += len(opened)
                continue
            over = [shard.reference for shard in opened if shard.get("date") < today]
            for start in range(0, len(over), SHARDS_PER_COMMIT):
                if clock() >= stop_at:
                    return RollUpRun(days=days, shards=shards, failures=failures, complete=False)
                part = over[start : start + SHARDS_PER_COMMIT]
                try:
                    done = _take_in(client, org, part, clock())
                except Exception:
                    logs.organization_roll_up_failed(org)
                    done = []
                days += len({shard.get("date") for shard in done})
                shards += len(done)
                failures += len(part) - len(done)
    return RollUpRun(days=days, shards=shards, failures=failures, complete=True)


def _open_shards(
    client: firestore.Client, now: datetime, org_id: str | None
) -> Iterator[dict[str, list[Snapshot]]]:
    """Open shards by organisation, the oldest days first, in pages: only `date` is in them."""
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
    )
    for page in organization_pages(query, paths.DAILY_STATS, "date", PAGE_SIZE):
        by_organization: defaultdict[str, list[Snapshot]] = defaultdict(list)
        for org, shard in page:
            by_organization[org].append(shard)
        yield by_organization


def _take_in(
    client: firestore.Client,
    org_id: str,
    references: list[firestore.DocumentReference],
    at: datetime,
) -> list[Snapshot]:
    """The shards that were taken in: all in one commit, else those that can be by themselves."""
    shards = [shard for shard in client.get_all(references) if content(shard).get("open")]
    if not shards:
        return []
    try:
        _commit(client, org_id, shards, at, into_one_document=True)
        return shards
    except (*CONFLICTS, exceptions.InvalidArgument):
        return [shard for shard in shards if _taken_in_alone(client, org_id, shard, at)]


def _taken_in_alone(client: firestore.Client, org_id: str, shard: Snapshot, at: datetime) -> bool:
    """A day too large for one document stays in as many as it had shards."""
    try:
        _commit(client, org_id, [shard], at, into_one_document=False)
    except CONFLICTS:
        return False
    except exceptions.InvalidArgument:
        logs.roll_up_failed(org_id, shard.get("date"))
        return False
    return True


def _commit(
    client: firestore.Client,
    org_id: str,
    shards: list[Snapshot],
    at: datetime,
    *,
    into_one_document: bool,
) -> None:
    added: defaultdict[date, DailyDelta] = defaultdict(DailyDelta)
    all_days = DailyDelta()
    for shard in shards:
        delta = daily_delta(content(shard))
        added[date.fromisoformat(shard.get("date"))].add(delta)
        all_days.add(delta)
    days = {
        client.document(
            paths.rolled_up_day(org_id, day)
            if into_one_document
            else paths.daily_shard(org_id, day, f"full_{uuid4().hex[:12]}")
        ): day
        for day in added
    }
    buckets = _by_bucket(client, org_id, all_days)
    stored = {snapshot.reference: snapshot for snapshot in client.get_all([*days, *buckets])}

    batch = client.batch()
    for shard in shards:
        unchanged = client.write_option(last_update_time=shard.update_time)
        batch.delete(shard.reference, option=unchanged)
    for reference, day in days.items():
        total = daily_delta(content(stored[reference]))
        total.add(added[day])
        _replace(client, batch, stored[reference], _day_document(total, day, at))
    for reference, (products, categories) in buckets.items():
        document = content(stored[reference])
        totals = {
            "products": sales_map(_sum(sales(document.get("products", {})), products)),
            "categories": sales_map(_sum(sales(document.get("categories", {})), categories)),
        }
        _replace(client, batch, stored[reference], totals)
    # The numbers stay the same, but whether all of them fit on a page may not.
    batch.set(pages(client, org_id), CHANGE, merge=True)
    batch.commit()


Sales = dict[str, ProductDelta]


def _by_bucket(
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


def _day_document(total: DailyDelta, day: date, at: datetime) -> dict[str, Any]:
    total = total.without_zeros()
    return {
        "date": day.isoformat(),
        "open": False,
        ROLLED_UP_AT: at,
        **{
            name: total.counts[name]
            for name in ("revenue_cents", "orders", "identified_orders", "new_customers")
        },
        "flows": dict(total.flows),
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
