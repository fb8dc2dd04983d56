"""Cost of a night with 10,000, 100,000 and 1,000,000 orders: bytes scanned, documents touched.

The bytes are computed, see `bytes_scanned`. Documents are counted as they go through the client.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import uuid4

from google.cloud import firestore

from shared.computation.questions import QUESTIONS
from shared.kernel.clock import utc_now
from shared.nightly.compute import compute_organization
from shared.nightly.question import scans
from shared.nightly.result import attempt_at
from shared.nightly.result_store import ResultWriter
from shared.warehouse.answers import NightAnswers
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.benchmarks.analytics import FIRST, NOW
from tests.benchmarks.bytes_scanned import BASKETS, StoredBytes, delta_scanned, facts_scanned
from tests.benchmarks.ratio import Ratio
from tests.support.loaded_warehouse import loaded_warehouse
from tests.support.metered import metered
from tests.support.warehouse_facts import asked_night, fact_row, organization

ORDERS = (10_000, 100_000, 1_000_000)
ORDERS_PER_CUSTOMER = 8
PRODUCTS, LINES = 500, 3
GIGABYTE = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Cost of one night."""

    orders: int
    bytes_scanned: int
    documents: int
    """Read, written and deleted."""


def rows(orders: int) -> Iterator[ChangelogRow]:
    """Orders of some products each, over five years, in the order in which they were placed."""
    random = Random(orders)
    seconds = (NOW - FIRST).total_seconds()
    for number in range(orders):
        products = {f"p{int(PRODUCTS * random.random() ** 1.5):03}" for _ in range(LINES)}
        yield fact_row(
            f"order{number:07}",
            customer=f"customer{random.randrange(orders // ORDERS_PER_CUSTOMER):06}",
            ordered_at=FIRST + timedelta(seconds=int(seconds * number / orders)),
            amount_cents=random.randrange(100, 20_000),
            lines=[(product, f"Product {product}", "Category", 1000, 250) for product in products],
            operation="IMPORT",
        )


def measure() -> list[Ratio]:
    """Measure what an order adds to a night, relative to the fewest orders."""
    fewest, *others = [_night(orders) for orders in ORDERS]
    return [
        ratio
        for night in others
        for ratio in (
            Ratio(
                what=f"bytes scanned in a night per order, {night.orders:,} orders",
                baseline=f"{fewest.orders:,} orders",
                value=night.bytes_scanned / night.orders * fewest.orders / fewest.bytes_scanned,
                goal="≤ 1.00",
                figures=f"{night.bytes_scanned / GIGABYTE:.2f} GB / "
                f"{fewest.bytes_scanned / GIGABYTE:.3f} GB",
            ),
            Ratio(
                what=f"documents of a night per order, {night.orders:,} orders",
                baseline=f"{fewest.orders:,} orders",
                value=night.documents / night.orders * fewest.orders / fewest.documents,
                goal="≤ 1.00",
                figures=f"{night.documents} / {fewest.documents}",
            ),
        )
    ]


def _night(orders: int) -> Night:
    client = firestore.Client(project=f"demo-bench-{uuid4().hex[:8]}")
    with loaded_warehouse(rows(orders)) as warehouse:
        shop = organization("org", today=NOW.date())
        night = asked_night(warehouse, QUESTIONS, [shop], NOW)
        with metered(client) as meter:
            done = compute_organization(
                NightAnswers(warehouse, night.facts or ""),
                ResultWriter(client),
                shop.org_id,
                QUESTIONS,
                attempt_at(NOW, due_at=NOW),
                failures=night.failed,
                settings=str,
            )
        assert done == orders
        return Night(
            orders=orders,
            bytes_scanned=_bytes_scanned(warehouse),
            documents=meter.documents_read + meter.documents_written + meter.documents_deleted,
        )


def _bytes_scanned(warehouse: Warehouse) -> int:
    """By all statements of a night, the first one of a week: it makes the base as well."""
    stored = StoredBytes(warehouse, utc_now())
    queries = [*BASKETS, *(scan.sql for scan in scans(QUESTIONS))]
    return (
        stored.scanned("refresh_order_entries")
        + delta_scanned(stored)
        + sum(facts_scanned(stored).values())
        + sum(stored.scanned(query) for query in queries)
    )
