"""What a night costs with 10,000, 100,000 and 1,000,000 orders: bytes scanned, documents touched.

The emulator tells no bytes, so they are counted as BigQuery bills a query: by the columns that it
refers to, over all rows of their tables, whatever it picks of them. A number, time or date has 8
bytes, a string 2 and those of its UTF-8. Documents are counted as they go through the client.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, cast
from uuid import uuid4

from google.cloud import bigquery, firestore
from sqlglot import exp, parse_one
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from shared.computing.questions import QUESTIONS
from shared.computing.result import attempt_at
from shared.nightly.compute import compute_organization
from shared.storage.result_store import ResultWriter
from shared.warehouse import tables
from shared.warehouse.answers import NightAnswers
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import TYPED_TABLES, Warehouse, statement
from tests.benchmarks.analytics import FIRST, NOW
from tests.benchmarks.loaded_warehouse import loaded_warehouse
from tests.benchmarks.ratio import Ratio
from tests.support.metered import metered
from tests.support.warehouse_facts import asked_night, fact_row, organization

ORDERS = (10_000, 100_000, 1_000_000)
ORDERS_PER_CUSTOMER = 8
PRODUCTS, LINES = 500, 3
BYTES_OF_A_NUMBER, BYTES_OF_A_STRING = 8, 2
GIGABYTE = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What one took."""

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
    """What an order adds to a night, as often as it does with the fewest orders."""
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
                failed=night.failed,
                settings=str,
            )
        assert done == orders
        return Night(
            orders=orders,
            bytes_scanned=_bytes_scanned(warehouse),
            documents=meter.documents_read + meter.documents_written + meter.documents_deleted,
        )


def _bytes_scanned(warehouse: Warehouse) -> int:
    """By all queries of a night."""
    stored = {name: f"{name}_{warehouse.facts}" for name in TYPED_TABLES}
    stored[tables.CHANGELOG] = tables.CHANGELOG
    fields = {
        name: warehouse.client.get_table(warehouse.dataset.table(of)).schema
        for name, of in stored.items()
    }
    sizes = {name: _column_bytes(warehouse, stored[name], own) for name, own in fields.items()}
    schema = {name: {field.name: field.field_type for field in own} for name, own in fields.items()}
    queries = [
        "refresh_order_entries",
        "refresh_order_facts",
        "refresh_order_lines",
        "refresh_first_orders",
        "refresh_products",
        "refresh_baskets",
        *(question.sql for question in QUESTIONS),
    ]
    columns = {query: columns_scanned(query, schema) for query in set(queries)}
    return sum(sizes[table][column] for query in queries for table, column in columns[query])


def _column_bytes(
    warehouse: Warehouse, table: str, fields: list[bigquery.SchemaField]
) -> Mapping[str, int]:
    sums = ", ".join(
        f"SUM({BYTES_OF_A_STRING} + BYTE_LENGTH({field.name})) AS {field.name}"
        if field.field_type == "STRING"
        else f"{BYTES_OF_A_NUMBER} * COUNT({field.name}) AS {field.name}"
        for field in fields
    )
    name = f"{warehouse.dataset.dataset_id}.{table}"
    (row,) = warehouse.client.query_and_wait(f"SELECT {sums} FROM `{name}`")
    return {column: value or 0 for column, value in row.items()}


def columns_scanned(
    query: str, schema: Mapping[str, Mapping[str, str]]
) -> frozenset[tuple[str, str]]:
    """Table and column of what a query by the name of its file refers to, also through views."""
    view = cast("exp.Create", parse_one(_text("create_latest_view"), read="bigquery"))
    tree: Any = parse_one(_text(query), read="bigquery")
    tree = tree.expression if isinstance(tree, exp.Create) else tree
    tree = exp.expand(tree, {tables.LATEST: view.expression}, dialect="bigquery")
    tree = qualify(tree, schema=dict(schema), dialect="bigquery", validate_qualify_columns=False)
    tree = pushdown_projections(tree)
    return frozenset(
        (source.name, column.name)
        for scope in traverse_scope(tree)
        for column in scope.columns
        if isinstance(source := scope.sources.get(column.table), exp.Table)
        and column.name in schema.get(source.name, {})
    )


def _text(query: str) -> str:
    return statement(query).replace("{dataset}.", "")
