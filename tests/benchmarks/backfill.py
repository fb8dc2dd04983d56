"""Cost of counting a history: backfill against writing the same documents in bulk."""

import time
from typing import Any

from google.cloud import firestore

from shared.backfill.job import add_orders, count_orders, read_orders
from shared.backfill.order_index import OrderIndex
from shared.firestore import paths
from tests.benchmarks.installation import (
    new_client,
    orders,
    services_for,
    write_documents,
    write_orders,
)
from tests.benchmarks.ratio import Ratio
from tools.backfill import DEFAULT_WORKERS

COMMIT_SIZE = 400


def measure() -> list[Ratio]:
    """One run of each over a year of real orders."""
    client = new_client()
    write_orders(client, orders())
    services = services_for(client)
    with OrderIndex() as index:
        add_orders(index, read_orders(services, None))
        started = time.perf_counter()
        totals = count_orders(services, index, workers=DEFAULT_WORKERS)
        ours = time.perf_counter() - started

    documents = _derived(client)
    started = time.perf_counter()
    write_documents(new_client(), documents, writers=DEFAULT_WORKERS, commit_size=COMMIT_SIZE)
    bulk = time.perf_counter() - started
    return [
        Ratio(
            what=f"backfill of {totals.orders:,} orders",
            baseline=f"bulk write of the same {len(documents):,} documents",
            value=ours / bulk,
            goal="≤ 1.50",
            figures=f"{totals.orders / ours:.0f} orders/s, {ours:.1f} s / {bulk:.1f} s",
        )
    ]


def _derived(client: firestore.Client) -> list[tuple[str, dict[str, Any]]]:
    documents = [
        (snapshot.reference.path, snapshot.to_dict() or {})
        for snapshot in client.collection(paths.LEDGER).stream()
    ]
    for collection in (
        paths.CUSTOMERS,
        paths.TRANSITIONS,
        paths.DAILY_STATS,
        paths.SEGMENT_COUNTS,
    ):
        documents += [
            (snapshot.reference.path, snapshot.to_dict() or {})
            for snapshot in client.collection_group(collection).stream()
        ]
    return documents
