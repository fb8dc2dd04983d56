"""A BigQuery emulator with orders in it."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tools.stack.bigquery_emulator import bigquery_emulator

LOAD_ROWS = 50_000
MAXIMUM_BYTES_BILLED = 10**12


@contextmanager
def loaded_warehouse(rows: Iterable[ChangelogRow]) -> Iterator[Warehouse]:
    """The export with these rows, not made into typed tables yet."""
    with tempfile.TemporaryDirectory() as folder, bigquery_emulator(log_folder=Path(folder)) as up:
        os.environ.update(up.environment)
        warehouse = Warehouse(
            bigquery_client("demo-bench"), "bench", maximum_bytes_billed=MAXIMUM_BYTES_BILLED
        )
        warehouse.prepare()
        rest = iter(rows)
        while part := list(islice(rest, LOAD_ROWS)):
            warehouse.load(part)
        yield warehouse
