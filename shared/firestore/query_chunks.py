"""Long results of a query, in calls that each take a bounded time."""

import sys
from collections.abc import Iterator
from datetime import datetime

from google.cloud import firestore

from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot

CHUNK_SIZE = 2_000


def in_chunks(
    query: firestore.Query,
    as_of: datetime | None,
    size: int | None = None,
    *,
    at_most: int | None = None,
) -> Iterator[Snapshot]:
    """All documents of a query, or this many, as they were at one instant, read when asked for.

    Where `as_of` is None, that is the instant of the first answer. The query sorts by every field
    that it compares by range, and its results hold these.
    """
    remaining = sys.maxsize if at_most is None else at_most
    while remaining > 0:
        chunk_size = min(size or CHUNK_SIZE, remaining)
        chunk = list(query.limit(chunk_size).stream(**READ_LIMITS, read_time=as_of))
        yield from chunk
        if len(chunk) < chunk_size:
            return
        remaining -= chunk_size
        # Documents of one answer are as they were at the latest of its read times.
        as_of = as_of or max(each.read_time for each in chunk)
        query = query.start_after(chunk[-1])


def pages(query: firestore.Query, size: int) -> Iterator[list[Snapshot]]:
    """Yield the documents of a query in pages of `size`, each as of its own read.

    A query per page: one read per document, and one where there is none.
    """
    query = query.limit(size)
    page = list(query.stream())
    while page:
        yield page
        page = list(query.start_after(page[-1]).stream()) if len(page) == size else []
