"""Dispatch of the tasks due at a scheduled time: once, until every task is enqueued."""

from collections.abc import Callable
from datetime import datetime

from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError, UnansweredError
from shared.nightly.attempt import LEASE
from shared.nightly.dispatch import DispatchOutcome
from shared.nightly.job_run import JobRun, JobStore, claim

NOTHING_DUE = "nothing due"


def dispatch_once(
    store: JobStore,
    name: str,
    due_at: datetime,
    dispatching: Callable[[JobRun], DispatchOutcome],
    *,
    clock: Clock,
    max_failures: int | None = None,
) -> str:
    """Dispatch the tasks due at a scheduled time, unless that is done; returns the outcome in a
    word.

    `complete`; `paused`, out of time; `failed`, if a queue refused some, or a question was not
    answered; `overtaken` by another call; or `nothing due`, for one read. The next call continues,
    after any number of failures or `max_failures`. The run's cursor holds work that all tasks
    share, so that it is done once. Re-raises any other error of `dispatching`, after recording its
    kind.
    """
    run = claim(store, name, due_at, clock=clock, lease=LEASE, max_failures=max_failures)
    if run is None:
        return NOTHING_DUE
    try:
        outcome = dispatching(run)
        if outcome.failed:
            run.fail("QueueError")
            return "failed"
        if not outcome.in_time:
            run.pause()
            return "paused"
        run.complete()
        return "complete"
    except ConflictError:
        # Another call has taken over, and dispatches what is not dispatched yet.
        return "overtaken"
    except UnansweredError as error:
        run.fail(str(error))
        return "failed"
    except Exception as error:
        run.fail(type(error).__name__)
        raise
