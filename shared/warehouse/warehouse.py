"""The warehouse as the product uses it: rows in, answers out.

Every call has a deadline, so that an unreachable warehouse is an error, and every query has a limit
of billed bytes.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from google.api_core import exceptions
from google.cloud import bigquery

from shared.kernel import logs
from shared.kernel.clock import Clock, utc_now
from shared.kernel.errors import WarehouseError
from shared.nightly.question import Parameter, Row
from shared.orders.lines import NO_PRODUCT
from shared.warehouse import tables
from shared.warehouse.calls import CALL, QUERY_SECONDS, RETRY
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.load_jobs import append_rows
from shared.warehouse.order_base import (
    MADE_AT,
    OrderBase,
    changed_since,
    distrust_table,
    distrusted_at,
    newest_base,
    order_bases,
)
from shared.warehouse.order_delta import OrderDelta, day_began, newest_delta, order_deltas
from shared.warehouse.typed_tables import outdated, with_facts

SQL_FILES = {path.stem: path for path in Path(__file__).parents[1].rglob("*.sql")}
"""Every query by its name; each file is next to the rule that reads its answer."""
PARTS = "parts"

PAGE_ROWS = 20_000
EVER = datetime(1, 1, 1, tzinfo=UTC)
MAXIMUM_PRODUCTS = 100
"""Maximum number of products of one order that form pairs."""

_PART = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _OlderRows:
    """Number of rows of the changelog before those read beside each table."""

    base: int
    delta: int


class Warehouse:
    """One dataset. Raises what BigQuery raises, after retries within the deadlines.

    Typed tables that are made together carry one name, that of these facts, behind their own, and
    are never changed. Queries of the same facts agree, even if other tables are made meanwhile. The
    SQL uses their plain names.
    """

    def __init__(
        self,
        client: bigquery.Client,
        dataset: str,
        *,
        maximum_bytes_billed: int,
        clock: Clock = utc_now,
    ) -> None:
        self.client = client
        self.dataset = bigquery.DatasetReference(client.project, dataset)
        self.facts: str | None = None
        """The facts that queries read: those made last, or others that were made before."""
        self._maximum_bytes_billed = maximum_bytes_billed
        self._clock = clock

    def reading(self, facts: str | None) -> "Warehouse":
        """Return the same warehouse with queries on these facts."""
        reader = Warehouse(
            self.client,
            self.dataset.dataset_id,
            maximum_bytes_billed=self._maximum_bytes_billed,
            clock=self._clock,
        )
        reader.facts = facts
        return reader

    def prepare(self) -> None:
        """Create the dataset and the changelog where they are missing, and replace the view.

        Called when they are missing, and by rare jobs: BigQuery takes few changes of one table in a
        second, and an installation's instances may start all at once.
        """
        self.client.create_dataset(self.dataset, exists_ok=True, **CALL)
        self.client.create_table(tables.changelog_table(self.dataset), exists_ok=True, **CALL)
        self.client.create_table(tables.members_table(self.dataset), exists_ok=True, **CALL)
        self._run("create_latest_view", {})

    def append(self, rows: Sequence[ChangelogRow]) -> None:
        """Stream rows into the changelog, which is created where it is missing.

        Raises WarehouseError if a row is not taken.
        """
        try:
            self._stream(rows)
        except exceptions.NotFound:
            self.prepare()
            self._stream(rows)

    def _stream(self, rows: Sequence[ChangelogRow]) -> None:
        problems = self.client.insert_rows_json(
            self.dataset.table(tables.CHANGELOG),
            [_json_row(row) for row in rows],
            row_ids=[row.event_id or None for row in rows],
            **CALL,
        )
        if problems:
            raise WarehouseError(f"{len(problems)} rows were rejected.")

    def load(self, rows: Iterable[ChangelogRow], *, job_id: str | None = None) -> int:
        """Add rows to the existing changelog in one load job; returns how many.

        Rows already loaded under this id are not loaded again. After a failed load the id is
        continued with another number.
        """
        table = self.dataset.table(tables.CHANGELOG)
        return append_rows(
            self.client, table, tables.CHANGELOG_SCHEMA, map(_json_row, rows), job_id=job_id
        )

    def load_members(self, rows: Iterable[Mapping[str, Any]], *, job_id: str) -> int:
        """Add members of frozen audiences in one load job, as `load` does; returns how many.

        Makes the table where it is missing.
        """
        table = tables.members_table(self.dataset)
        self.client.create_table(table, exists_ok=True, **CALL)
        return append_rows(self.client, table.reference, table.schema, rows, job_id=job_id)

    def refresh_facts(self, org_ids: Sequence[str] | None = None) -> str:
        """Make typed tables from the changelog and use them from now on; returns their name.

        Of these organisations, or of all: only their clusters are read, and the ids of all orders
        that have changed.

        They are made from the newest base, its delta of the day and the changes since; see
        `order_base` and `order_delta`. Any number may be made concurrently, and the next run uses
        or deletes the remains of a killed one. Deletes tables older than FACTS_KEPT, and bases and
        deltas that no remaining one uses.
        """
        self.prepare()
        now = self._clock()
        tables = {
            table.table_id: table.table_type
            for table in self.client.list_tables(self.dataset, **CALL)
        }
        usable = self._usable_base(tables, now)
        base, older = usable or self._make_base(now)
        delta = newest_delta(order_deltas(tables), base, now, older_rows=older.delta)
        if delta is None:
            delta = self._make_delta(base, older, now)
        self.facts = f"{now:{MADE_AT}}_{uuid4().hex[:8]}"
        self._make_entries(f"order_changes_{self.facts}", delta.changed_since)
        parts = {"base": base.table, "delta": delta.table}
        self._run("create_order_entries_view", {}, **parts)
        self._run("create_order_lines_view", {}, **parts)
        self._run("refresh_order_facts", of_organizations(org_ids))
        self._run("refresh_customers", {})
        logs.facts_made(self.facts, in_full=usable is None)
        self._delete_outdated(tables, now)
        return self.facts

    def distrust_bases(self) -> None:
        """Have the next facts made from every row of the changelog: existing bases may be wrong."""
        table = bigquery.Table(self.dataset.table(distrust_table(self._clock())))
        self.client.create_table(table, exists_ok=True, **CALL)

    def refresh_audit_summaries(
        self, org_ids: Sequence[str] | None = None, *, most_orders_a_day: int
    ) -> None:
        """Make the table of these facts that only audits read, of these organisations or of all.

        It names the customers with more orders on a day than `most_orders_a_day`.
        """
        self._run(
            "refresh_audit_summaries",
            {"most_orders": most_orders_a_day, **of_organizations(org_ids)},
        )

    def _usable_base(
        self, tables: Iterable[str], now: datetime
    ) -> tuple[OrderBase, _OlderRows] | None:
        base = newest_base(order_bases(tables), now, distrusted_at=distrusted_at(tables))
        if base is None:
            return None
        older = self._older_rows(base.changed_since, now)
        return (base, older) if older.base == base.older_rows else None

    def _make_base(self, now: datetime) -> tuple[OrderBase, _OlderRows]:
        """Counts first: the next facts are in full if a row comes before the table is made."""
        made_at = now.replace(microsecond=0)
        older = self._older_rows(changed_since(made_at), now)
        base = OrderBase(made_at=made_at, older_rows=older.base, id=uuid4().hex[:8])
        self._make_entries(base.table, EVER)
        return base, older

    def _make_delta(self, base: OrderBase, older: _OlderRows, now: datetime) -> OrderDelta:
        """Of the rows since the base was made; `older` was counted before."""
        delta = OrderDelta(
            base_id=base.id,
            made_at=now.replace(microsecond=0),
            older_rows=older.delta,
            id=uuid4().hex[:8],
        )
        self._make_entries(delta.table, base.changed_since)
        return delta

    def _older_rows(self, base_since: datetime, now: datetime) -> _OlderRows:
        parameters = {"base_since": base_since, "delta_since": day_began(now)}
        (row,) = self.rows("older_rows", parameters)
        return _OlderRows(base=int(row["of_base"]), delta=int(row["of_delta"]))

    def _make_entries(self, table: str, since: datetime) -> None:
        self._run("refresh_order_entries", {"changed_since": since}, entries=table)

    def refresh_baskets(self, org_ids: Sequence[str] | None = None) -> None:
        """Make the table of these facts that only the nightly questions read."""
        self._run(
            "refresh_baskets",
            {
                "maximum_products": MAXIMUM_PRODUCTS,
                "no_product": NO_PRODUCT,
                **of_organizations(org_ids),
            },
        )

    def _delete_outdated(self, tables: Mapping[str, str], now: datetime) -> None:
        """`tables` is the type of each by name."""
        for table in outdated(tables, now):
            if tables[table] == "VIEW":
                self._run("drop_view", {}, view=table)
            else:
                self.client.delete_table(self.dataset.table(table), not_found_ok=True, **CALL)

    def load_table(
        self,
        table: str,
        schema: Sequence[bigquery.SchemaField],
        rows: Iterable[Mapping[str, Any]],
    ) -> None:
        """Make a table of rows, clustered by organisation, in place of any of its name."""
        empty = bigquery.Table(self.dataset.table(table), schema=schema)
        empty.clustering_fields = ["org_id"]
        self.client.create_table(empty, exists_ok=True, **CALL)
        content = "\n".join(map(json.dumps, rows)).encode()
        if not content:
            return
        configuration = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
            schema=schema,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
        )
        configuration.clustering_fields = ["org_id"]
        job = self.client.load_table_from_file(
            io.BytesIO(content),
            empty.reference,
            job_config=configuration,
            timeout=QUERY_SECONDS,
        )
        job.result(retry=RETRY, timeout=QUERY_SECONDS)

    def rows(self, sql: str, parameters: Mapping[str, Parameter]) -> Iterator[Row]:
        """Run a query by the name of its file; yields its rows."""
        for row in self._run(sql, parameters):
            yield dict(row)

    def _run(
        self, sql: str, parameters: Mapping[str, Parameter], **names: str
    ) -> "bigquery.table.RowIterator | bigquery.table._EmptyRowIterator":
        return self.run(statement(sql), parameters, **names)

    def run(
        self, text: str, parameters: Mapping[str, Parameter], **names: str
    ) -> "bigquery.table.RowIterator | bigquery.table._EmptyRowIterator":
        """Run a query on the typed tables by their plain names; `names` replace its `{…}`."""
        configuration = bigquery.QueryJobConfig(
            default_dataset=self.dataset,
            maximum_bytes_billed=self._maximum_bytes_billed,
            # So that nobody pays for what nobody waits for any more.
            job_timeout_ms=int(1000 * QUERY_SECONDS),
            query_parameters=[_parameter(name, value) for name, value in parameters.items()],
        )
        text = with_facts(text, self.facts)
        for placeholder, name in {"dataset": self.dataset.dataset_id, **names}.items():
            text = text.replace(f"{{{placeholder}}}", name)
        # The emulator answers this call only when the query is done.
        job = self.client.query(
            text, job_config=configuration, retry=RETRY, job_retry=None, timeout=QUERY_SECONDS
        )
        return job.result(page_size=PAGE_ROWS, retry=RETRY, job_retry=None, timeout=QUERY_SECONDS)


def of_organizations(org_ids: Sequence[str] | None) -> Mapping[str, Parameter]:
    """Return the parameters of a query for these organisations, or for all.

    A list, as BigQuery skips clusters by constants and not by what another table says.
    """
    return {"all_organizations": org_ids is None, "org_ids": org_ids or []}


@cache
def statement(sql: str) -> str:
    """The text of a query by the name of its file, with the parts that it shares with others."""
    text = SQL_FILES[sql].read_text(encoding="utf-8")
    return _PART.sub(lambda match: statement(match[1]).rstrip(), text)


def _json_row(row: ChangelogRow) -> dict[str, Any]:
    return {
        **asdict(row),
        "timestamp": row.timestamp.astimezone(UTC).isoformat(timespec="microseconds"),
    }


def _parameter(
    name: str, value: Parameter
) -> bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter:
    match value:
        case None | str():
            return bigquery.ScalarQueryParameter(name, "STRING", value)
        case bool():
            return bigquery.ScalarQueryParameter(name, "BOOL", value)
        case int():
            return bigquery.ScalarQueryParameter(name, "INT64", value)
        case float():
            return bigquery.ScalarQueryParameter(name, "FLOAT64", value)
        case datetime():
            return bigquery.ScalarQueryParameter(name, "TIMESTAMP", value)
        case date():
            return bigquery.ScalarQueryParameter(name, "DATE", value)
        case _:
            return bigquery.ArrayQueryParameter(name, "STRING", list(value))
