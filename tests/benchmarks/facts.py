"""Bytes that a night scans if one order of a hundred changes on each day of a week.

Complete Journey orders are loaded into the emulator, typed and edited by the product; the bytes of
each statement are computed, see `bytes_scanned`, and scaled up to a million orders of 60,000
products: rows of products grow with these. Nothing is
measured on BigQuery itself. It is the last night of a base, which has the most changes. Facts are
made twice a night, for the audit and for the computation; a night by itself is taken to begin at
the end of a day in UTC, of which it reads all rows, and the nights of many time zones to be spread
over the day.

Before, each making read the JSON of the whole export three times, for three tables; what it would
read of the same orders is computed by the same sizes. The base itself is made once a week.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from shared.computation.questions import QUESTIONS
from shared.nightly.question import scans
from shared.warehouse import tables
from shared.warehouse.answers import NightTables
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.order_base import FULL_EVERY
from shared.warehouse.warehouse import Warehouse
from tests.benchmarks.bytes_scanned import (
    BASE,
    BASKETS,
    CHANGES,
    StoredBytes,
    delta_scanned,
    facts_scanned,
)
from tests.benchmarks.ratio import Ratio
from tests.support.complete_journey import exported
from tests.support.loaded_warehouse import MAXIMUM_BYTES_BILLED, loaded_warehouse
from tests.support.warehouse_facts import organization
from tools.demo.orders import ORGANIZATIONS, demo_orders

ORDERS_PER_HOUSEHOLD, MILLION, PRODUCTS = 10, 1_000_000, 60_000
CHANGED = 0.01
"""Of all orders, on each day."""
BYTES_PER_ORDER_BEFORE = 8_500
"""Of one making of facts, as it was planned with."""
ASKED_BYTES_PER_ORDER_BEFORE = 3_270
"""Of the tables and questions about these orders, when each question read the facts for itself."""
MAKINGS = 2
DUE_HOURS = (3, 24)
"""Of a day, in which the nights of some organisations begin."""
READERS_OF_IDS = 4
"""Statements of a due hour that read a view of orders: facts twice, audit summaries, baskets."""
DAY_READ = 12.5 / 24
"""Of a day's rows, on average over its hours: those that have come, and at midnight the last day's.
"""
DAY = timedelta(days=1)

BEFORE = {
    "refresh_order_entries": {
        tables.CHANGELOG: "timestamp event_id document_name operation data document_id"
    },
    "refresh_order_facts": {BASE: "order_id org_id data"},
    "refresh_order_lines": {
        BASE: "order_id data",
        "order_facts": "order_id org_id customer_key ordered_at local_date is_return",
    },
}
"""Columns that each statement read when facts were made of every row."""


def measure() -> list[Ratio]:
    """The making of facts, then the whole night with its questions."""
    now = datetime.now(UTC).replace(hour=12)
    orders = [
        replace(exported(order), operation="CREATE", timestamp=order.ordered_at)
        for order in demo_orders(now - FULL_EVERY, at_most=ORDERS_PER_HOUSEHOLD)
    ]
    per_order = 1 / len(orders)
    with loaded_warehouse(orders) as source:
        warehouse = Warehouse(
            source.client,
            source.dataset.dataset_id,
            maximum_bytes_billed=MAXIMUM_BYTES_BILLED,
            clock=lambda: now,
        )
        night, now = now, now - FULL_EVERY + timedelta(hours=1)
        warehouse.refresh_facts()
        made = {row.table_id for row in source.client.list_tables(source.dataset)}
        now = night
        warehouse.load(_edits(orders, now))
        shops = [organization(each, today=now.date()) for each in ORGANIZATIONS]
        warehouse.facts = NightTables(warehouse).make_facts(shops)
        stored = StoredBytes(warehouse, now)
        assert stored.base.table in made, "the facts were made in full"
        before, after = Counter(_before(stored)), Counter(facts_scanned(stored))
        delta = delta_scanned(stored) * per_order
        ids = stored.ids_of_changes() * per_order
        per_product = PRODUCTS / MILLION / stored.products()
        rest = {
            name: (stored.scanned(query) - stored.of_products(query)) * per_order
            + stored.of_products(query) * per_product
            for name, query in [
                *zip(BASKETS, BASKETS, strict=True),
                *((each.name, each.sql) for each in scans(QUESTIONS)),
            ]
        }
    print(f"{'bytes per order':32}{'before':>9}{'after':>9}")
    for name in sorted({*before, *after}):
        print(f"{name:32}{before[name] * per_order:9.0f}{after[name] * per_order:9.0f}")
    for name, scanned in sorted(rest.items()):
        print(f"{name:32}{'':9}{scanned:9.0f}")
    print(f"{'delta, once a day':32}{'':9}{delta:9.0f}")
    print(f"{'ids of changed orders':32}{'':9}{ids:9.0f}")
    making = MAKINGS * after.total() * per_order + delta
    earlier = MAKINGS * before.total() * per_order
    asking = sum(rest.values())
    # Whoever is due, the changes of all are read.
    of_all = MAKINGS * (after["older_rows"] + DAY_READ * after[CHANGES]) * per_order
    of_all += READERS_OF_IDS * ids
    return [
        # Of one build, which had no questions: a bar that the whole night does not reach.
        _ratio(
            "a night with its questions",
            making + asking,
            BYTES_PER_ORDER_BEFORE,
            "8.5 kB per order",
            goal="",
        ),
        _ratio("making the facts of a night", making, BYTES_PER_ORDER_BEFORE, "8.5 kB per order"),
        _ratio("making the facts of a night", making, earlier, "every row, three times"),
        _ratio(
            "a night with its questions",
            making + asking,
            earlier + ASKED_BYTES_PER_ORDER_BEFORE,
            "every row, a query per question",
        ),
        *(
            _ratio(
                f"making the facts of a day with {hours} due hours",
                making + (hours - 1) * of_all,
                per_order_before,
                baseline,
            )
            for hours in DUE_HOURS
            for per_order_before, baseline in (
                (BYTES_PER_ORDER_BEFORE, "8.5 kB per order"),
                (earlier, "every row, three times"),
            )
        ),
    ]


def _ratio(what: str, after: float, before: float, baseline: str, *, goal: str = "≤ 0.15") -> Ratio:
    return Ratio(
        what=f"bytes scanned by {what} (computed), {MILLION:,} orders",
        baseline=baseline,
        value=after / before,
        goal=goal,
        figures=f"{after * MILLION / 1e9:.2f} GB / {before * MILLION / 1e9:.2f} GB",
    )


def _before(stored: StoredBytes) -> dict[str, int]:
    sizes = {**stored.sizes, tables.CHANGELOG: stored.of(tables.CHANGELOG)}
    return {
        statement: sum(
            sizes[table][column] for table, columns in read.items() for column in columns.split()
        )
        for statement, read in BEFORE.items()
    }


def _edits(orders: Sequence[ChangelogRow], now: datetime) -> Iterator[ChangelogRow]:
    random = Random(7)
    for day in range(FULL_EVERY.days):
        for order in random.sample(orders, round(len(orders) * CHANGED)):
            yield replace(order, operation="UPDATE", timestamp=now - day * DAY, event_id=f"{day}")
