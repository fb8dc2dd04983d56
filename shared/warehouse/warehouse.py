"""The warehouse as the product uses it: rows in, answers out.

Every call has a deadline, so that a scheduled function that cannot reach the warehouse says so
before the platform ends it. Every query has a limit of bytes to be billed.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud import bigquery

from shared.computing.question import Parameter, Row
from shared.errors import WarehouseError
from shared.warehouse import tables
from shared.warehouse.changelog import ChangelogRow

SQL_FOLDER = Path(__file__).with_name("sql")

CALL_SECONDS = 20.0
"""Longest time for one call, and twice that with retries."""
QUERY_SECONDS = 300.0
"""Longest time for one query or load."""
PAGE_ROWS = 20_000

_RETRY = Retry(
    predicate=if_exception_type(
        exceptions.BadGateway,
        exceptions.ServiceUnavailable,
        exceptions.TooManyRequests,
        ConnectionError,
    ),
    initial=0.2,
    maximum=4.0,
    timeout=2 * CALL_SECONDS,
)
_CALL: dict[str, Any] = {"retry": _RETRY, "timeout": CALL_SECONDS}


class Warehouse:
    """One dataset. Raises what BigQuery raises, after retries within the deadlines."""

    def __init__(self, client: bigquery.Client, dataset: str, *, maximum_bytes_billed: int) -> None:
        self._client = client
        self.dataset = bigquery.DatasetReference(client.project, dataset)
        self._maximum_bytes_billed = maximum_bytes_billed
        self.bytes_processed = 0
        """By all queries so far."""

    def prepare(self) -> None:
        """Create the dataset, the changelog and its view, where they are missing."""
        self._client.create_dataset(self.dataset, exists_ok=True, **_CALL)
        self._client.create_table(tables.changelog_table(self.dataset), exists_ok=True, **_CALL)
        self._run("create_latest_view", {})

    def append(self, rows: Sequence[ChangelogRow]) -> None:
        """Stream rows into the changelog. Raises WarehouseError where one is not taken."""
        problems = self._client.insert_rows_json(
            self.dataset.table(tables.CHANGELOG),
            [_json_row(row) for row in rows],
            row_ids=[row.event_id or None for row in rows],
            **_CALL,
        )
        if problems:
            raise WarehouseError(f"{len(problems)} rows were refused.")

    def load(self, rows: Iterable[ChangelogRow], *, job_id: str | None = None) -> int:
        """Add rows to the changelog in one load job; gives how many.

        A job whose id was used before is not run again.
        """
        lines = [json.dumps(_json_row(row)) for row in rows]
        if not lines:
            return 0
        configuration = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
            schema=tables.CHANGELOG_SCHEMA,
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
        )
        table = self.dataset.table(tables.CHANGELOG)
        content = io.BytesIO("\n".join(lines).encode())
        try:
            job = self._client.load_table_from_file(
                content, table, job_id=job_id, job_config=configuration, timeout=QUERY_SECONDS
            )
            job.result(retry=_RETRY, timeout=QUERY_SECONDS)
        except exceptions.Conflict:
            # It was run before, and its answer was lost.
            self._client.get_job(job_id or "", **_CALL).result(timeout=QUERY_SECONDS)
        return len(lines)

    def refresh_facts(self) -> None:
        """Make `order_facts` and `order_lines` anew from the changelog."""
        self._run("refresh_order_facts", {})
        self._run("refresh_order_lines", {})

    def order_counts(self) -> dict[str, int]:
        """Counted orders by organisation, as of the last refresh."""
        return {row["org_id"]: row["orders"] for row in self.rows("order_counts", {})}

    def rows(self, sql: str, parameters: Mapping[str, Parameter]) -> Iterator[Row]:
        """Run a query by the name of its file; gives its rows as they come."""
        for row in self._run(sql, parameters):
            yield dict(row)

    def _run(
        self, sql: str, parameters: Mapping[str, Parameter]
    ) -> "bigquery.table.RowIterator | bigquery.table._EmptyRowIterator":
        configuration = bigquery.QueryJobConfig(
            default_dataset=self.dataset,
            maximum_bytes_billed=self._maximum_bytes_billed,
            query_parameters=[_parameter(name, value) for name, value in parameters.items()],
        )
        job = self._client.query(statement(sql), job_config=configuration, job_retry=None, **_CALL)
        rows = job.result(page_size=PAGE_ROWS, retry=_RETRY, job_retry=None, timeout=QUERY_SECONDS)
        self.bytes_processed += job.total_bytes_processed or 0
        return rows


@cache
def statement(sql: str) -> str:
    """The text of a query by the name of its file."""
    return (SQL_FOLDER / f"{sql}.sql").read_text(encoding="utf-8")


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
