"""Counter changes as Firestore increments, and counter documents back as numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from google.cloud.firestore import Increment

from shared.firestore.keys import map_key
from shared.reconciliation.counters import (
    CampaignDelta,
    CategoryDelta,
    DailyDelta,
    SegmentCountsDelta,
)

MAX_INCREMENTS = 450
"""Increments put into one document; Firestore takes at most 500 per document and commit."""

Entry = tuple[tuple[str, ...], object]
"""A path in a document, and an increment or a map of some to put there."""


def daily_increments(delta: DailyDelta, day: date) -> Iterator[dict[str, Any]]:
    """Documents to merge, the first into the shard itself, any further ones beside it.

    Only an order of hundreds of different categories needs more than one.
    """

    def entries() -> Iterator[Entry]:
        for name, value in delta.counts.items():
            yield (name,), Increment(value)
        for name, counts in delta.channels.items():
            yield ("channels", map_key(name)), _increments(counts)
        for name, value in delta.flows.items():
            yield ("flows", name), Increment(value)
        for name, sales in delta.categories.items():
            key = map_key(name)
            entry: dict[str, Any] = {} if key == name else {"id": name}
            entry["revenue_cents"] = Increment(sales.revenue_cents)
            entry["quantity_milli"] = Increment(sales.quantity_milli)
            yield ("categories", key), entry

    return _documents({"date": day.isoformat()}, entries())


def segment_counts_increments(delta: SegmentCountsDelta) -> Iterator[dict[str, Any]]:
    """Documents to merge, the first into the shard itself, any further ones beside it.

    Only a customer who enters and leaves more than a hundred custom segments needs more than one.
    """

    def entries() -> Iterator[Entry]:
        for field, counters in (
            ("segments", delta.segments),
            ("custom", delta.custom),
            ("risks", delta.risks),
        ):
            for name, counts in counters.items():
                yield (field, name), _increments(counts)
        for field, counts in (("rules", delta.rules), ("totals", delta.totals)):
            for name, value in counts.items():
                yield (field, name), Increment(value)

    return _documents({}, entries())


def campaign_increments(delta: CampaignDelta, campaign_id: str) -> Iterator[dict[str, Any]]:
    """Documents to merge, the first into the shard itself, any further ones beside it."""

    def entries() -> Iterator[Entry]:
        for field, counters in (
            ("channels", delta.channels),
            ("segments", delta.segments),
            ("days", delta.days),
        ):
            for name, counts in counters.items():
                yield (field, name), _increments(counts)
        for field, counts in (("events", delta.events), ("credit", delta.credit)):
            for name, value in counts.items():
                yield (field, name), Increment(value)

    return _documents({"campaign_id": campaign_id}, entries())


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
        categories={
            entry.get("id", key): CategoryDelta(
                revenue_cents=entry["revenue_cents"], quantity_milli=entry["quantity_milli"]
            )
            for key, entry in document.get("categories", {}).items()
        },
        flows=Counter(dict(document.get("flows", {}))),
    )


def segment_counts_delta(document: Mapping[str, Any]) -> SegmentCountsDelta:
    """The numbers in one segment counts document."""
    return SegmentCountsDelta(
        segments=_counters(document.get("segments", {})),
        custom=_counters(document.get("custom", {})),
        risks=_counters(document.get("risks", {})),
        rules=Counter(dict(document.get("rules", {}))),
        totals=Counter(dict(document.get("totals", {}))),
    )


def campaign_delta(document: Mapping[str, Any]) -> CampaignDelta:
    """The numbers in one document of a campaign's counters."""
    return CampaignDelta(
        events=Counter(dict(document.get("events", {}))),
        channels=_counters(document.get("channels", {})),
        segments=_counters(document.get("segments", {})),
        credit=Counter(dict(document.get("credit", {}))),
        days=_counters(document.get("days", {})),
    )


def _counters(maps: Mapping[str, Mapping[str, int]]) -> dict[str, Counter[str]]:
    return {name: Counter(dict(counts)) for name, counts in maps.items()}


def _documents(fields: Mapping[str, object], entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """The entries in documents of at most MAX_INCREMENTS each, all with these fields."""
    document, size = dict(fields), 0
    for path, value in entries:
        further = 1
        if isinstance(value, Mapping):
            further = sum(isinstance(each, Increment) for each in value.values())
        if size + further > MAX_INCREMENTS:
            yield document
            document, size = dict(fields), 0
        place: Any = document
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = value
        size += further
    yield document


def _increments(counts: Mapping[str, int]) -> dict[str, Any]:
    return {name: Increment(value) for name, value in counts.items()}
