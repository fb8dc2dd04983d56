"""Bytes that BigQuery would bill for the statements of a night.

Computed, as the emulator reports none: the columns that a statement refers to, over all rows of
their tables, whatever it picks of them; of the changelog, over the partitions that it asks for. A
number, time or date has 8 bytes, a truth value 1, a string 2 and those of its UTF-8, NULL none, and
of an array of structs only the fields that are referred to count.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from google.cloud import bigquery
from sqlglot import exp, parse_one
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from shared.warehouse import tables
from shared.warehouse.order_base import OrderBase, newest_base, order_bases
from shared.warehouse.order_delta import OrderDelta, order_deltas
from shared.warehouse.warehouse import EVER, Warehouse, statement

BYTES_OF_A_NUMBER, BYTES_OF_A_STRING = 8, 2
CHANGES, BASE, DELTA = "order_changes", "{base}", "{delta}"
"""Tables of entries, as the statements name them."""
TYPED = (CHANGES, "order_facts", "customers", "baskets", "asked_organizations")
VIEWS = ("order_entries", "order_lines")
UNNESTED = ("line", "entry", "state", "placed")
"""Aliases of elements of arrays of structs in statements."""
BASKETS = ("refresh_baskets",)

Sizes = Mapping[str, Mapping[str, int]]
"""Bytes by table and column."""


class StoredBytes:
    """Sizes of the tables of the newest facts."""

    def __init__(self, warehouse: Warehouse, now: datetime) -> None:
        self._warehouse = warehouse
        actual = warehouse.client.list_tables(warehouse.dataset)
        tables_found = [table.table_id for table in actual]
        base = newest_base(order_bases(tables_found), now)
        assert base, "no facts are made yet"
        self.base: OrderBase = base
        self.delta: OrderDelta = max(
            (each for each in order_deltas(tables_found) if each.base_id == base.id),
            key=lambda each: each.made_at,
        )
        self.sizes = {
            BASE: self.of(base.table),
            DELTA: self.of(self.delta.table),
            tables.CAMPAIGN_MEMBERS: self.of(tables.CAMPAIGN_MEMBERS),
            **{name: self.of(f"{name}_{warehouse.facts}") for name in TYPED},
        }

    def of(self, table: str, where: str = "TRUE") -> Mapping[str, int]:
        """Bytes by column."""
        sums: dict[str, str] = {}
        for field in self._fields(table):
            if field.field_type == "RECORD":
                for part in field.fields:
                    size = _size(f"part.{part.name}", part)
                    sums[f"{field.name}.{part.name}"] = (
                        f"SUM((SELECT SUM({size}) FROM UNNEST({field.name}) AS part))"
                    )
            else:
                sums[field.name] = f"SUM({_size(field.name, field)})"
        columns = ", ".join(sums.values())
        name = f"{self._warehouse.dataset.dataset_id}.{table}"
        (row,) = self._warehouse.client.query(
            f"SELECT {columns} FROM `{name}` WHERE {where}"
        ).result()
        return {column: int(value or 0) for column, value in zip(sums, row, strict=True)}

    def of_products(self, query: str) -> int:
        """By a query: the part of what it scans that grows with products and not with orders."""
        table = f"baskets_{self._warehouse.facts}"
        rows = self.of(table, "product_id IS NOT NULL OR category IS NOT NULL")
        sizes = {**{name: dict.fromkeys(actual, 0) for name, actual in self.sizes.items()}}
        sizes["baskets"] = dict(rows)
        return sum(sizes[table][column] for table, column in columns_scanned(query, sizes))

    def ids_of_changes(self) -> int:
        """Of all orders that changed since the base was made, which the views read in full."""
        return self.sizes[DELTA]["order_id"] + self.sizes[CHANGES]["order_id"]

    def products(self) -> int:
        """Return the number of different products sold."""
        name = f"{self._warehouse.dataset.dataset_id}.baskets_{self._warehouse.facts}"
        text = f"SELECT COUNT(DISTINCT product_id) FROM `{name}`"
        (row,) = self._warehouse.client.query(text).result()
        return int(row[0])

    def scanned(self, query: str, *, since: datetime = EVER) -> int:
        """By a query by the name of its file, which asks for rows of the changelog of some days."""
        where = f"timestamp >= TIMESTAMP '{since:%Y-%m-%d}'"
        sizes = dict(self.sizes)
        if tables.CHANGELOG in statement(query):
            sizes[tables.CHANGELOG] = self.of(tables.CHANGELOG, where)
        return sum(sizes[table][column] for table, column in columns_scanned(query, sizes))

    def _fields(self, table: str) -> list[bigquery.SchemaField]:
        return list(self._warehouse.client.get_table(self._warehouse.dataset.table(table)).schema)


def facts_scanned(stored: StoredBytes) -> dict[str, int]:
    """By each statement of one making of facts of a base and its delta of the day."""
    return {
        "older_rows": stored.scanned("older_rows", since=stored.base.changed_since),
        CHANGES: stored.scanned("refresh_order_entries", since=stored.delta.changed_since),
        "refresh_order_facts": stored.scanned("refresh_order_facts"),
        "refresh_customers": stored.scanned("refresh_customers"),
    }


def delta_scanned(stored: StoredBytes) -> int:
    """By the making of a delta, once a day."""
    return stored.scanned("refresh_order_entries", since=stored.base.changed_since)


def tables_named(query: str) -> int:
    """Return the number of tables that a query reads, also through views, by the name of its
    file."""
    views: dict[str, Any] = {name: _selection(f"create_{name}_view") for name in VIEWS}
    tree: Any = exp.expand(_selection(query), views, dialect="bigquery")
    own = {each.alias for each in tree.find_all(exp.CTE)}
    return len({table.name for table in tree.find_all(exp.Table)} - own)


def columns_scanned(query: str, sizes: Sizes) -> Iterable[tuple[str, str]]:
    """Table and column of what a query by the name of its file refers to, also through views."""
    schema: dict[str, object] = {
        table: {column.partition(".")[0]: "STRING" for column in columns}
        for table, columns in sizes.items()
    }
    views: dict[str, Any] = {name: _selection(f"create_{name}_view") for name in VIEWS}
    tree: Any = exp.expand(_selection(query), views, dialect="bigquery")
    tree = qualify(tree, schema=schema, dialect="bigquery", validate_qualify_columns=False)
    tree = pushdown_projections(tree)
    parts = {
        dot.expression.name
        for dot in tree.find_all(exp.Dot)
        if isinstance(dot.this, exp.Column) and dot.this.name in UNNESTED
    }
    return {
        (source.name, stored)
        for scope in traverse_scope(tree)
        for column in scope.columns
        if isinstance(source := scope.sources.get(column.table), exp.Table)
        for stored in sizes.get(source.name, {})
        if stored == column.name or stored in {f"{column.name}.{part}" for part in parts}
    }


def _selection(query: str) -> Any:
    parsed: Any = parse_one(statement(query).replace("{dataset}.", ""), read="bigquery")
    return parsed.expression if isinstance(parsed, exp.Create) else parsed


def _size(column: str, field: bigquery.SchemaField) -> str:
    if field.field_type == "STRING":
        size = f"{BYTES_OF_A_STRING} + BYTE_LENGTH({column})"
    elif field.mode == "REPEATED":
        return f"{BYTES_OF_A_NUMBER} * ARRAY_LENGTH({column})"
    else:
        size = "1" if field.field_type in ("BOOL", "BOOLEAN") else f"{BYTES_OF_A_NUMBER}"
    return f"IF({column} IS NULL, 0, {size})"
