"""Runs of a scheduled job: once per scheduled time, one at a time, resumable, and visible.

The platform may call a scheduled function twice, late, or while the last call is still running, and
may kill it at any time. So the job's document holds the scheduled time being processed, who may
process it until when (the lease), and the progress (the cursor):

* a call for a scheduled time that is complete, or older than the newest, does nothing;
* a call while another one holds the lease does nothing;
* a call after a failure continues from the cursor, as does one after an expired lease: its holder
  was killed, which is a failure too. A job may leave the rest to the next scheduled time after
  `MAX_ATTEMPTS` failures;
* a call that lost the lease notices when it next saves its cursor, and stops.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Protocol

from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError

LEASE = timedelta(minutes=10)
"""Longer than a scheduled function runs, unless it says for how long."""
MAX_ATTEMPTS = 5
ENDED = "Ended"
"""Error of a call that the platform killed."""


class JobStatus(StrEnum):
    """Status of the newest scheduled time of a job."""

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """The newest scheduled time of a job and how far it has come."""

    name: str
    due_at: datetime
    """The scheduled time."""
    status: JobStatus
    started_at: datetime
    lease_until: datetime | None
    """None if no call is running."""
    failures: int = 0
    part: int = 0
    """Of a task: which one of its scheduled time."""
    attempt: int = 1
    """For a task: the delivery that is running, or was the last to run."""
    cursor: Mapping[str, Any] = field(default_factory=dict)
    """Work done so far, in a form of the job's own."""
    computed_at: datetime | None = None
    """End of the last complete run, for any scheduled time."""
    source_rows: int | None = None
    lag_seconds: int | None = None
    """Seconds from the scheduled time to the end of the last complete run."""
    last_error: str | None = None

    def status_at(self, now: datetime) -> JobStatus:
        """Return the status; FAILED for a run that the platform killed, which cannot say so
        itself."""
        lease_expired = self.lease_until is not None and now >= self.lease_until
        return JobStatus.FAILED if lease_expired else self.status


class JobStore(Protocol):
    """Keeps one document per job."""

    def load(self, name: str) -> tuple[JobState | None, object]:
        """The state and its revision."""
        ...

    def save(self, state: JobState, revision: object) -> object:
        """Replace the state; returns the new revision. Raises ConflictError if it has changed."""
        ...


class JobRun:
    """A run that holds the lease."""

    def __init__(
        self,
        store: JobStore,
        state: JobState,
        revision: object,
        clock: Clock,
        *,
        lease: timedelta = LEASE,
    ) -> None:
        self._store = store
        self._revision = revision
        self._clock = clock
        self._lease = lease
        self.state = state

    @property
    def cursor(self) -> Mapping[str, Any]:
        """Work done so far."""
        return self.state.cursor

    def advance(self, cursor: Mapping[str, Any]) -> None:
        """Save the progress and extend the lease. Raises ConflictError if it is lost."""
        self._save(replace(self.state, cursor=cursor, lease_until=self._clock() + self._lease))

    def pause(self) -> None:
        """Release the lease, so that the next call continues from the cursor."""
        self._save(replace(self.state, lease_until=None))

    def complete(self, *, source_rows: int | None = None) -> None:
        """Mark this scheduled time as complete."""
        now = self._clock()
        self._save(
            replace(
                self.state,
                status=JobStatus.COMPLETE,
                lease_until=None,
                computed_at=now,
                source_rows=source_rows,
                lag_seconds=max(0, int((now - self.state.due_at).total_seconds())),
                last_error=None,
                cursor={},
            )
        )

    def fail(self, error: str) -> None:
        """Mark this scheduled time as failed; the next call tries again."""
        self._save(
            replace(
                self.state,
                status=JobStatus.FAILED,
                lease_until=None,
                failures=self.state.failures + 1,
                last_error=error,
            )
        )

    def _save(self, state: JobState) -> None:
        self._revision = self._store.save(state, self._revision)
        self.state = state


def newest_due(night: time, now: datetime) -> datetime:
    """Return the newest instant of a daily time."""
    due_at = datetime.combine(now.date(), night, now.tzinfo)
    return due_at if due_at <= now else due_at - timedelta(days=1)


def claim(
    store: JobStore,
    name: str,
    due_at: datetime,
    *,
    clock: Clock,
    lease: timedelta = LEASE,
    max_failures: int | None = MAX_ATTEMPTS,
) -> JobRun | None:
    """Take the lease for a scheduled time; None if nothing is to be done or another call holds it.

    After `max_failures` the rest waits for the next scheduled time; None for as many as it takes.
    One read, and one write if anything is to be done.
    """
    stored, revision = store.load(name)
    now = clock()
    if stored is None:
        stored = JobState(
            name=name, due_at=due_at, status=JobStatus.RUNNING, started_at=now, lease_until=None
        )
    elif stored.lease_until is not None and now < stored.lease_until:
        return None
    elif due_at > stored.due_at:
        stored = replace(stored, due_at=due_at, started_at=now, failures=0, cursor={})
    elif due_at < stored.due_at or is_over(stored, max_failures):
        return None
    elif stored.lease_until is not None:
        stored = replace(stored, failures=stored.failures + 1, last_error=ENDED)
    state = replace(stored, status=JobStatus.RUNNING, lease_until=now + lease)
    if is_over(state, max_failures):
        state = replace(state, status=JobStatus.FAILED, lease_until=None)
    try:
        run = JobRun(store, state, store.save(state, revision), clock, lease=lease)
    except ConflictError:
        return None
    return None if is_over(state, max_failures) else run


def is_over(state: JobState, max_failures: int | None) -> bool:
    """Whether a scheduled time is complete, or was given up after `max_failures`."""
    given_up = max_failures is not None and state.failures >= max_failures
    return given_up or state.status is JobStatus.COMPLETE
