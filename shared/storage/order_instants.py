"""When an organisation's customers ordered: the one place that reads it for all of them."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice

from google.cloud import firestore

from shared.storage import paths
from shared.storage.ledger_codec import plain_instant
from shared.storage.page_reads import READ_LIMITS
from shared.storage.snapshots import Snapshot

PAGE_SIZE = 5_000


def order_instants(
    client: firestore.Client, org_id: str, *, at_most: int
) -> Iterator[tuple[datetime, ...]]:
    """The instants of each customer's counted orders, oldest first; of so many customers at most.

    Keys are keyed hashes, so the first ones by key are a random choice of customers, and the same
    one every time. Costs one read per order of theirs, and fewer than PAGE_SIZE more.
    """
    by_customer = groupby(_entries(client, org_id), key=lambda entry: entry.get("customer_key"))
    for _, entries in islice(by_customer, at_most):
        yield tuple(plain_instant(entry.get("ordered_at")) for entry in entries)


def _entries(client: firestore.Client, org_id: str) -> Iterator[Snapshot]:
    """Counted orders by customer, then by instant; each page has a time limit of its own."""
    query = (
        client.collection(paths.LEDGER)
        .where(filter=firestore.FieldFilter("org_id", "==", org_id))
        .where(filter=firestore.FieldFilter("counted", "==", True))
        # An order by nobody has no key.
        .where(filter=firestore.FieldFilter("customer_key", ">", ""))
        .order_by("customer_key")
        .order_by("ordered_at")
        .select(["customer_key", "ordered_at"])
        .limit(PAGE_SIZE)
    )
    page = list(query.stream(**READ_LIMITS))
    while page:
        yield from page
        full = len(page) == PAGE_SIZE
        page = list(query.start_after(page[-1]).stream(**READ_LIMITS)) if full else []
