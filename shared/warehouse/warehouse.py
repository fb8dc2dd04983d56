"""The warehouse as the product uses it: rows in, answers out.

Every call has a deadline, so that whoever cannot reach the warehouse says so, and every query a
limit of bytes to be billed.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from google.api_core import exceptions
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

_RETRY = bigquery.DEFAULT_RETRY.with_delay(initial=0.2, maximum=4.0).with_timeout(2 * CALL_SECONDS)
_CALL: dict[str, Any] = {"retry": _RETRY, "timeout": CALL_SECONDS}


class Warehouse:
    """One dataset. Raises what BigQuery raises, after retries within the deadlines."""

    def __init__(self, client: bigquery.Client, dataset: str, *, maximum_bytes_billed: int) -> None:
        self.client = client
        self.dataset = bigquery.DatasetReference(client.project, dataset)
        self._maximum_bytes_billed = maximum_bytes_billed

    def prepare(self) -> None:
        """Create the dataset and the changelog where they are missing, and the view anew.

        Left to those that find them missing and to what runs seldom: BigQuery takes few changes of
        one table in a second, and an installation's instances may start all at once.
        """
        self.client.create_dataset(self.dataset, exists_ok=True, **_CALL)
        self.client.create_table(tables.changelog_table(self.dataset), exists_ok=True, **_CALL)
        self._run("create_latest_view", {})

    def append(self, rows: Sequence[ChangelogRow]) -> None:
        """Stream rows into the changelog, which is created where it is missing.

        Raises WarehouseError where a row is not taken.
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
            **_CALL,
        )
        if problems:
            raise WarehouseError(f"{len(problems)} rows were refused.")

    def load(self, rows: Iterable[ChangelogRow], *, job_id: str | None = None) -> int:
        """Add rows to the changelog, which is there, in one load job; gives how many.

        With an id under which they have been loaded before, they are not loaded again. A load that
        failed is tried anew under an id that continues it.
        """
        lines = [json.dumps(_json_row(row)) for row in rows]
        if not lines:
            return 0
        content = "\n".join(lines).encode()
        base = job_id or uuid4().hex
        for attempt in count(1):
            job, begun_before = self._begin_load(content, f"{base}_{attempt}")
            if begun_before and job.error_result is not None:
                continue
            job.result(retry=_RETRY, timeout=QUERY_SECONDS)
            break
        return len(lines)

    def _begin_load(self, content: bytes, job_id: str) -> tuple[Any, bool]:
        """The job, and whether it was begun before and its answer lost."""
        configuration = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
            schema=tables.CHANGELOG_SCHEMA,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
        )
        table = self.dataset.table(tables.CHANGELOG)
        try:
            job = self.client.load_table_from_file(
                io.BytesIO(content),
                table,
                job_id=job_id,
                job_config=configuration,
                timeout=QUERY_SECONDS,
            )
        except exceptions.Conflict:
            # A job is found only where it runs.
            location = self.client.get_dataset(self.dataset, **_CALL).location
            return self.client.get_job(job_id, location=location, **_CALL), True
        return job, False

    def refresh_facts(self) -> None:
        """Make the typed tables anew from the changelog."""
        self.prepare()
        self._run("refresh_order_entries", {})
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
            # So that nobody pays for what nobody waits for any more.
            job_timeout_ms=int(1000 * QUERY_SECONDS),
            query_parameters=[_parameter(name, value) for name, value in parameters.items()],
        )
        text = statement(sql).replace("{dataset}", self.dataset.dataset_id)
        # The emulator answers this call only when the query is done.
        job = self.client.query(
            text, job_config=configuration, retry=_RETRY, job_retry=None, timeout=QUERY_SECONDS
        )
        return job.result(page_size=PAGE_ROWS, retry=_RETRY, job_retry=None, timeout=QUERY_SECONDS)


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
