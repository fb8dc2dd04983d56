"""Long results of a query, in calls that each take a bounded time."""

from collections.abc import Iterator
from datetime import datetime

from google.cloud import firestore

from shared.storage.page_reads import READ_LIMITS
from shared.storage.snapshots import Snapshot

CHUNK_SIZE = 2_000


def in_chunks(
    query: firestore.Query, as_of: datetime, size: int | None = None
) -> Iterator[Snapshot]:
    """All documents of a query as they were at an instant, read as far as they are asked for.

    The query sorts by every field that it compares by range, and its results hold these.
    """
    size = size or CHUNK_SIZE
    chunk = list(query.limit(size).stream(**READ_LIMITS, read_time=as_of))
    while chunk:
        yield from chunk
        if len(chunk) < size:
            return
        rest = query.start_after(chunk[-1]).limit(size)
        chunk = list(rest.stream(**READ_LIMITS, read_time=as_of))
