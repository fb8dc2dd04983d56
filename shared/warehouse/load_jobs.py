"""Rows into tables in jobs of a known id, so that a repeated call loads nothing twice."""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any
from uuid import uuid4

from google.api_core import exceptions
from google.cloud import bigquery

from shared.warehouse.calls import CALL, QUERY_SECONDS, RETRY


def append_rows(
    client: bigquery.Client,
    table: bigquery.TableReference,
    schema: Sequence[bigquery.SchemaField],
    rows: Iterable[Mapping[str, Any]],
    *,
    job_id: str | None = None,
) -> int:
    """Add rows to a table, which is there, in one load job; returns how many.

    Rows already loaded under this id are not loaded again. After a failed load the id is
    continued with another number.
    """
    lines = list(map(json.dumps, rows))
    if not lines:
        return 0
    content = "\n".join(lines).encode()
    base = job_id or uuid4().hex
    for attempt in count(1):
        job, begun_before = _begin(client, table, schema, content, f"{base}_{attempt}")
        if begun_before and job.error_result is not None:
            continue
        job.result(retry=RETRY, timeout=QUERY_SECONDS)
        break
    return len(lines)


def _begin(
    client: bigquery.Client,
    table: bigquery.TableReference,
    schema: Sequence[bigquery.SchemaField],
    content: bytes,
    job_id: str,
) -> tuple[Any, bool]:
    """The job, and whether it was begun before and its answer lost."""
    configuration = bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
        schema=schema,
        create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
        write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
    )
    try:
        job = client.load_table_from_file(
            io.BytesIO(content),
            table,
            job_id=job_id,
            job_config=configuration,
            timeout=QUERY_SECONDS,
        )
    except exceptions.Conflict:
        # A job is found only where it runs.
        dataset = bigquery.DatasetReference(table.project, table.dataset_id)
        location = client.get_dataset(dataset, **CALL).location
        return client.get_job(job_id, location=location, **CALL), True
    return job, False
