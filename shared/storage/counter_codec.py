"""Counter changes as Firestore increments, and counter documents back as numbers."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from google.cloud.firestore import Increment

from shared.analytics.counters import DailyDelta, ProductDelta, SegmentCountsDelta
from shared.storage.keys import map_key

MAX_INCREMENTS = 450
"""Increments put into one document; Firestore takes at most 500 per document and commit."""


def daily_increments(delta: DailyDelta, day: date) -> Iterator[dict[str, Any]]:
    """Documents to merge, the first into the shard itself, any further ones beside it.

    Only an order of hundreds of different products needs more than one.
    """
    document = _daily_document(day)
    document.update(_increments(delta.counts))
    if delta.channels:
        document["channels"] = {
            map_key(name): _increments(counts) for name, counts in delta.channels.items()
        }
    if delta.flows:
        document["flows"] = _increments(delta.flows)
    used = len(delta.counts) + len(delta.flows)
    used += sum(len(counts) for counts in delta.channels.values())
    for field, sales in (("categories", delta.categories), ("products", delta.products)):
        for id, sold in sales.items():
            if used + 2 > MAX_INCREMENTS:
                yield document
                document, used = _daily_document(day), 0
            document.setdefault(field, {}).update(sales_increments({id: sold}))
            used += 2
    yield document


def segment_counts_increments(delta: SegmentCountsDelta) -> dict[str, Any]:
    """The document to merge into a shard."""
    document: dict[str, Any] = {}
    for field, counted in (("segments", delta.segments), ("custom", delta.custom)):
        if counted:
            document[field] = {name: _increments(counts) for name, counts in counted.items()}
    if delta.rules:
        document["rules"] = _increments(delta.rules)
    if delta.totals:
        document["totals"] = _increments(delta.totals)
    return document


def daily_delta(document: Mapping[str, Any]) -> DailyDelta:
    """The numbers in one daily document."""
    return DailyDelta(
        counts=Counter(
            {
                name: document[name]
                for name in ("revenue_cents", "orders", "identified_orders", "new_customers")
                if name in document
            }
        ),
        channels=_counters(document.get("channels", {})),
        categories=sales(document.get("categories", {})),
        products=sales(document.get("products", {})),
        flows=Counter(dict(document.get("flows", {}))),
    )


def sales(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, ProductDelta]:
    """Sales by id, from the map that a document holds."""
    sold = {}
    for key, entry in entries.items():
        id = entry.get("id", key)
        sold[id] = ProductDelta(
            name=entry.get("name", id),
            revenue_cents=entry["revenue_cents"],
            quantity_milli=entry["quantity_milli"],
        )
    return sold


def sales_increments(sold: Mapping[str, ProductDelta]) -> dict[str, dict[str, Any]]:
    """The map to merge into a document that holds sales."""
    return _sales_entries(sold, Increment)


def sales_map(sold: Mapping[str, ProductDelta]) -> dict[str, dict[str, Any]]:
    """The map that a document holds, from sales by id."""
    return _sales_entries(sold, int)


def _sales_entries(
    sold: Mapping[str, ProductDelta], number: Callable[[int], object]
) -> dict[str, dict[str, Any]]:
    """By key; the id is left out where it is the key, the name where it is the id."""
    entries = {}
    for id, delta in sold.items():
        key = map_key(id)
        entry = {
            "revenue_cents": number(delta.revenue_cents),
            "quantity_milli": number(delta.quantity_milli),
        }
        if key != id:
            entry["id"] = id
        if delta.name != id:
            entry["name"] = delta.name
        entries[key] = entry
    return entries


def segment_counts_delta(document: Mapping[str, Any]) -> SegmentCountsDelta:
    """The numbers in one segment counts document."""
    return SegmentCountsDelta(
        segments=_counters(document.get("segments", {})),
        custom=_counters(document.get("custom", {})),
        rules=Counter(dict(document.get("rules", {}))),
        totals=Counter(dict(document.get("totals", {}))),
    )


def _counters(maps: Mapping[str, Mapping[str, int]]) -> dict[str, Counter[str]]:
    return {name: Counter(dict(counts)) for name, counts in maps.items()}


def _daily_document(day: date) -> dict[str, Any]:
    return {"date": day.isoformat(), "open": True}


def _increments(counts: Mapping[str, int]) -> dict[str, Any]:
    return {name: Increment(value) for name, value in counts.items()}
