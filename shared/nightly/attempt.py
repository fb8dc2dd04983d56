"""Attempts at a task: completed work is not repeated, and failures are recorded.

A queue may deliver a task twice, late, or after the last delivery was killed. So each organisation
has a document per queue that holds the scheduled time of the latest attempt, and its outcome:

* a task whose scheduled time is done, or older than the one worked on last, does nothing; of one
  time, so is one of an earlier part;
* a second delivery of a task that is being worked on does nothing;
* a later attempt takes over at once: the queue makes it only after the one before was answered or
  ended;
* an attempt continues from the cursor of the one before, and a further part from that of its part;
* a task waits while an earlier one is running: the queue delivers it again.

An attempt that the platform killed reads as failed: see `JobState.status_at`.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError, TaskBusyError
from shared.nightly.dispatch import Task
from shared.nightly.job_run import ENDED, JobRun, JobState, JobStatus, JobStore

LEASE = timedelta(minutes=31)
"""Longer than any task may run."""
MAX_CONFLICTS = 3


def begin(store: JobStore, task: Task, attempt: int, *, clock: Clock) -> JobRun | None:
    """Take up a task, `store` being the organisation's; None if there is nothing to do.

    `attempt` is the number of the delivery, from 1. One read, and one write if there is something
    to do. Raises TaskBusyError if a task of an earlier time is running.
    """
    for _ in range(MAX_CONFLICTS):
        stored, revision = store.load(task.queue)
        state = _next_state(stored, task, attempt, clock())
        if state is None:
            return None
        try:
            return JobRun(store, state, store.save(state, revision), clock, lease=LEASE)
        except ConflictError:
            # Another delivery has just begun: what it saved decides.
            continue
    raise TaskBusyError("Other deliveries keep starting.")


def _next_state(
    stored: JobState | None, task: Task, attempt: int, now: datetime
) -> JobState | None:
    state = JobState(
        name=task.queue,
        due_at=task.due_at,
        part=task.part,
        status=JobStatus.RUNNING,
        started_at=now,
        lease_until=now + LEASE,
        attempt=attempt,
    )
    if stored is None:
        return state
    state = replace(
        state,
        computed_at=stored.computed_at,
        source_rows=stored.source_rows,
        lag_seconds=stored.lag_seconds,
    )
    is_leased = stored.lease_until is not None and now < stored.lease_until
    order, stored_order = (task.due_at, task.part), (stored.due_at, stored.part)
    if order > stored_order:
        if is_leased:
            raise TaskBusyError("An earlier task is still running.")
        goes_on = task.due_at == stored.due_at and stored.status is not JobStatus.COMPLETE
        return replace(state, cursor=stored.cursor) if goes_on else state
    if order < stored_order or stored.status is JobStatus.COMPLETE:
        return None
    if is_leased and attempt <= stored.attempt:
        return None
    state = replace(state, cursor=stored.cursor)
    if stored.lease_until is None:
        return replace(state, failures=stored.failures, last_error=stored.last_error)
    return replace(state, failures=stored.failures + 1, last_error=ENDED)
