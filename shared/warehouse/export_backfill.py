"""Load the current ledger into the changelog: entries counted before the export existed.

Each entry becomes an IMPORT row, which any change of the entry supersedes, so this may run beside
the trigger. The ledger is read by id, one load job after another; after each, the last id is saved,
so that the next run continues a killed one. A load job is named after the run and its content: a
part loaded before a kill is not loaded again, unless an entry in it has changed since. The view
takes one of duplicate rows.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError
from shared.nightly.job_run import JobRun, JobState, JobStatus, JobStore
from shared.warehouse.changelog import ChangelogRow, imported_row

JOB = "export_backfill"
LOAD_ROWS = 5_000
LOAD_BYTES = 20_000_000
"""Limits of one load job, so that it is held in memory easily. BigQuery takes 1,500 a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDocument:
    """A ledger entry as it is stored."""

    name: str
    """Full name of the document."""
    data: Mapping[str, Any]


class Ledger(Protocol):
    """Reads all entries, or those of one organisation."""

    def documents(self, after: str | None) -> Iterator[LedgerDocument]:
        """In ascending order of their ids, from the first one above `after`."""
        ...


class Loader(Protocol):
    """Loads rows into the changelog."""

    def load(self, rows: Iterable[ChangelogRow], *, job_id: str) -> int:
        """Load rows, unless it was done before under this id."""
        ...


def job_name(org_id: str | None) -> str:
    """Return the name of the job that keeps the progress of a backfill, of all entries or of one
    organisation's."""
    return JOB if org_id is None else f"{JOB}_{org_id}"


def backfill_export(
    ledger: Ledger,
    loader: Loader,
    jobs: JobStore,
    org_id: str | None,
    *,
    restart: bool,
    clock: Clock,
    on_progress: Callable[[int], None],
) -> int:
    """Load the rest of an unfinished run, or everything; returns how many entries are loaded.

    `on_progress` gets the number of entries loaded so far, by earlier runs too. Costs one read per
    entry, and a write per load job. Raises ConflictError if a run that began later has taken
    over, and whatever else the ports raise.
    """
    run = _begin(jobs, job_name(org_id), restart=restart, clock=clock)
    rows_loaded: int = run.cursor.get("loaded", 0)
    on_progress(rows_loaded)
    try:
        rows = (
            imported_row(document.name, document.data)
            for document in ledger.documents(run.cursor.get("after"))
        )
        for load in loads(rows):
            loader.load(load, job_id=_job_id(run.state, load))
            rows_loaded += len(load)
            run.advance({"after": load[-1].document_id, "loaded": rows_loaded})
            on_progress(rows_loaded)
        run.complete(source_rows=rows_loaded)
    except ConflictError:
        raise
    except Exception as error:
        # Where a write of the state took effect and its answer was lost, this one is refused.
        with suppress(ConflictError):
            run.fail(type(error).__name__)
        raise
    return rows_loaded


def loads(
    rows: Iterable[ChangelogRow], *, most_bytes: int = LOAD_BYTES
) -> Iterator[list[ChangelogRow]]:
    """Rows in parts of LOAD_ROWS and `most_bytes` of data at most, or of a single row."""
    load: list[ChangelogRow] = []
    size = 0
    for row in rows:
        row_size = len((row.data or "").encode())
        if load and (len(load) == LOAD_ROWS or size + row_size > most_bytes):
            yield load
            load, size = [], 0
        load.append(row)
        size += row_size
    if load:
        yield load


def _begin(jobs: JobStore, name: str, *, restart: bool, clock: Clock) -> JobRun:
    """Take over from a running or killed predecessor: the caller is a person."""
    stored, revision = jobs.load(name)
    now = clock()
    if stored is None or stored.status is JobStatus.COMPLETE or restart:
        stored = JobState(
            name=name, due_at=now, status=JobStatus.RUNNING, started_at=now, lease_until=None
        )
    state = replace(stored, status=JobStatus.RUNNING)
    return JobRun(jobs, state, jobs.save(state, revision), clock)


def _job_id(state: JobState, load: Iterable[ChangelogRow]) -> str:
    digest = hashlib.sha256()
    for row in load:
        digest.update(f"{row.document_name}\n{row.data}\n".encode())
    return f"{JOB}_{state.started_at:%Y%m%dT%H%M%S%f}_{digest.hexdigest()[:32]}"
