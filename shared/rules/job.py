"""Changed rules: a task evaluates an organisation's customers and continues in further tasks."""

from contextlib import suppress
from datetime import datetime, timedelta

from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError
from shared.kernel.platform import TASK_WORK_SECONDS
from shared.nightly.dispatch import DispatchOutcome, Task, dispatch
from shared.services import Services

QUEUE = "reclassifyorganization"


def begin_reclassification(services: Services, org_id: str, changed_at: datetime) -> None:
    """Enqueue the evaluation of customers under rules that changed at an instant."""
    _enqueue(services, Task(queue=QUEUE, org_id=org_id, due_at=changed_at))


def dispatch_unsettled(
    services: Services, due_at: datetime, *, clock: Clock, stop_at: datetime
) -> DispatchOutcome:
    """Enqueue a task for every organisation whose work is not settled: one query, in pages."""
    tasks = (
        Task(queue=QUEUE, org_id=org_id, due_at=due_at)
        for org_id in services.reclassifier().unsettled()
    )
    return dispatch(services.queue(), QUEUE, tasks, clock=clock, stop_at=stop_at)


def run_reclassification_task(services: Services, task: Task, *, clock: Clock) -> None:
    """Evaluate customers page by page; out of time, enqueue a task that continues.

    The first task of several leaves the work to the running one; one that continues another does
    not. Re-raises any failure, after recording it beside the place reached.
    """
    worker = services.reclassifier()
    go_on = worker.run if task.part else worker.take_up
    stop_at = clock() + timedelta(seconds=TASK_WORK_SECONDS)
    try:
        settled = go_on(task.org_id, stop_at)
    except Exception as error:
        # On a conflict another task has taken over and reports the outcome.
        with suppress(ConflictError):
            worker.fail(task.org_id, type(error).__name__)
        raise
    logs.customers_reclassified(task.org_id, settled=settled)
    if not settled and clock() >= stop_at:
        _enqueue(services, task.next_part())


def _enqueue(services: Services, task: Task) -> None:
    is_enqueued = services.queue().enqueue(task)
    logs.tasks_dispatched(QUEUE, enqueued=int(is_enqueued), existing=int(not is_enqueued), failed=0)
