"""Targets of increments to counters, and successors of full documents.

A shard of a day holds the day's sales by category and by channel. A shop that writes a different
value on every order can fill it to Firestore's 1 MiB. Firestore then refuses the whole commit
without naming the document. So the documents are read and measured: a full one takes no more
changes, and a further document beside it does. Nothing else in the commit moves, and all later
changes of that shard go to the same document, so a full day costs one more document, not one per
order.

An instance remembers which shards are full, so only its first commit to a full shard is sent twice.
Readers add up all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cachetools import LRUCache
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.changes import CHANGE
from shared.firestore.document_size import stored_bytes
from shared.firestore.snapshots import content
from shared.reconciliation.counters import CounterDeltas, SegmentCountsDelta
from shared.reconciliation.stores.counter_codec import (
    campaign_increments,
    daily_increments,
    segment_counts_increments,
)

FULL_BYTES = 600_000
"""By `stored_bytes`. Far less than 1 MiB, since Firestore adds to every map in a document: a commit
that it refuses while a document is this large is taken to be refused because of that document."""
MAX_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterWrite:
    """Changes to merge into one document."""

    shard: str
    """Path of the document that takes them until it is full."""
    path: str
    """Path of the one that takes them now: the same, or the one that took over."""
    document: dict[str, Any]


class CounterDocuments:
    """Finds the documents for changes of counters. Safe to be used by several threads."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client
        self._taken_over: LRUCache[str, int] = LRUCache(MAX_REMEMBERED)
        self._lock = Lock()

    def writes(self, counters: CounterDeltas, shard: str) -> list[CounterWrite]:
        """One per day, organisation and campaign; more where there are hundreds of increments."""
        result = []
        for path, documents in _shards(counters, shard):
            for part, document in enumerate(documents):
                name = f"{path}_{part}" if part else path
                result.append(CounterWrite(shard=name, path=self._path(name), document=document))
        return result

    def pass_over_full(self, writes: Sequence[CounterWrite]) -> bool:
        """Redirect changes from full documents to the next ones; False if none is full.

        Costs one read per document.
        """
        paths_ = {self._client.document(write.path): write for write in writes}
        full = [
            paths_[snapshot.reference]
            for snapshot in (self._client.get_all(list(paths_)) if paths_ else ())
            if stored_bytes(content(snapshot)) >= FULL_BYTES
        ]
        with self._lock:
            for write in full:
                number = self._taken_over.get(write.shard, 0)
                # Unless another thread has found it full meanwhile.
                if write.path == _successor(write.shard, number):
                    self._taken_over[write.shard] = number + 1
        return bool(full)

    def _path(self, shard: str) -> str:
        with self._lock:
            return _successor(shard, self._taken_over.get(shard, 0))


def _shards(counters: CounterDeltas, shard: str) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    for (org_id, day), daily in counters.daily.items():
        yield paths.daily_shard(org_id, day, shard), daily_increments(daily, day)
    counts = counters.segment_counts
    # Also where only a day has changed, such as its channels: pages show that too.
    for org_id in {org_id for org_id, _ in counters.daily} | counts.keys():
        documents = segment_counts_increments(counts.get(org_id, SegmentCountsDelta()))
        candidates = (document | CHANGE for document in documents)
        yield paths.segment_counts_shard(org_id, shard), candidates
    for (org_id, campaign_id), campaign in counters.campaigns.items():
        path = paths.campaign_counters_shard(org_id, campaign_id, shard)
        yield path, campaign_increments(campaign, campaign_id)


def _successor(shard: str, number: int) -> str:
    return f"{shard}_over{number}" if number else shard
