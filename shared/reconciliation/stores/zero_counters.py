"""Delete segment counts that add up to 0: those of deleted segments and of past rules.

The counts of one segment are spread over the shards as increments, such as +5 in one and -5 in
another. Where they add up to 0, they are deleted from all shards in one commit, each shard under
the precondition that nothing was added to it since. So only zeros are deleted, whatever happens
concurrently: an earlier increment fails the commit, and a later one, even from an instance that
still has the deleted segment in memory, recreates the key and is taken back like any other.
"""

from collections.abc import Iterator
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.field_path import FieldPath

from shared.firestore import paths
from shared.firestore.commits import commit_batch, put
from shared.firestore.snapshots import content
from shared.reconciliation.counters import SegmentCountsDelta
from shared.reconciliation.stores.counter_codec import segment_counts_delta


def drop_zero_counters(client: firestore.Client, org_id: str) -> int:
    """Delete the keys of `custom` and `rules` that add up to 0; returns how many.

    Raises ConflictError, with nothing deleted, where a shard changes meanwhile. Costs one read per
    shard, and one write per shard that holds such a key. No number changes, so pages stay cached.
    """
    shards = list(client.collection(paths.segment_counts(org_id)).stream())
    counts = SegmentCountsDelta()
    for shard in shards:
        counts.add(segment_counts_delta(content(shard)))
    zeros = set(_zeros(counts))
    batch = client.batch()
    for shard in shards:
        stored = content(shard)
        deletions: dict[str, Any] = {
            FieldPath(field, key).to_api_repr(): firestore.DELETE_FIELD
            for field, key in zeros
            if key in stored.get(field, {})
        }
        if deletions:
            put(batch, shard.reference, deletions, revision=shard.update_time)
    if not len(batch):
        return 0
    commit_batch(batch, "The counters have changed meanwhile.")
    return len(zeros)


def _zeros(counts: SegmentCountsDelta) -> Iterator[tuple[str, str]]:
    yield from (
        ("custom", id) for id, counter in counts.custom.items() if not any(counter.values())
    )
    yield from (("rules", key) for key, customers in counts.rules.items() if not customers)
