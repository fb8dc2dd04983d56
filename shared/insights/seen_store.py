"""Organisations that have changed since their insights were last checked.

An organisation without changes must cost next to nothing, however often the schedule runs. Its
`changes` are one number for one read (`shared.firestore.changes`); the number of the last check is
kept with those of many others in a few documents, since a document each would be another read.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.changes import changes
from shared.firestore.snapshots import content

SHARDS = 16
"""Documents, each with some 50 bytes per organisation: room for a quarter of a million."""
SEEN = "seen"
AT_ONCE = 16
"""Numbers that are read at the same time."""


class SeenChanges:
    """The numbers of all organisations."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client
        self._stored: dict[str, dict[str, int]] = {}

    def load(self) -> Mapping[str, int]:
        """The numbers of the last look, by organisation: SHARDS reads."""
        snapshots = self._client.get_all(
            [self._reference(name) for name in map(_name, range(SHARDS))]
        )
        self._stored = {each.id: content(each).get(SEEN, {}) for each in snapshots}
        return {org_id: n for shard in self._stored.values() for org_id, n in shard.items()}

    def now(self, org_ids: Iterable[str]) -> Mapping[str, int]:
        """The numbers of now: one read each."""
        ids = list(org_ids)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(ids, pool.map(partial(changes, self._client), ids), strict=True))

    def save(self, numbers: Mapping[str, int]) -> None:
        """Keep these numbers and no others, after `load`: one write for each document that
        changes.
        """
        shards: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for org_id, number in numbers.items():
            shards[_name(zlib.crc32(org_id.encode()) % SHARDS)][org_id] = number
        for name in map(_name, range(SHARDS)):
            if shards[name] != self._stored.get(name, {}):
                self._reference(name).set({SEEN: shards[name]})

    def _reference(self, name: str) -> Any:
        return self._client.document(paths.job(name))


def _name(shard: int) -> str:
    return f"insights_seen_{shard:02}"
