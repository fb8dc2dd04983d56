"""Functions run by task queues, each for one organisation.

The scheduled functions enqueue their tasks; see `shared.nightly`. A task that can never succeed is
logged and dropped. Any other failure is noted in the organisation's document of the queue, and the
queue tries again. Modules that only tasks use are imported inside them.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from firebase_functions.https_fn import CallableRequest, FunctionsErrorCode, HttpsError

from functions.deployment import INSIGHTS_SECRETS, task_queue
from functions.services import services
from shared.kernel import logs
from shared.kernel.clock import utc_now
from shared.kernel.errors import ConflictError, InvalidTaskError, TaskBusyError, TaskUnfinishedError

if TYPE_CHECKING:
    from shared.nightly.dispatch import Task
    from shared.nightly.job_run import JobRun

RETRY_COUNT = "X-CloudTasks-TaskRetryCount"

AUDIT = "auditorganization"
BACKFILL = "backfillorganization"
CAMPAIGNS = "campaignsorganization"
COMPUTE = "computeorganization"
INSIGHTS = "insightsorganization"
PREDICT = "predictorganization"
RECLASSIFY = "reclassifyorganization"

Work = Callable[["Task", "JobRun"], int | None]
"""Does a task; returns its number of orders, if known. Raises TaskUnfinishedError if a further task
is to continue from the cursor."""


@task_queue(at_once=100, memory=2048)
def auditorganization(request: CallableRequest[object]) -> None:
    """Audit one organisation and publish the report."""
    from shared.audit.job import run_audit_task

    work = partial(run_audit_task, services(), clock=utc_now)
    run_task(AUDIT, request, work, enabled=services().settings.compute_enabled)


@task_queue(at_once=20, memory=1024)
def backfillorganization(request: CallableRequest[object]) -> None:
    """Count the existing orders of one organisation, as far as the time allows."""
    from shared.backfill.job import run_backfill_task

    run_task(BACKFILL, request, partial(run_backfill_task, services(), clock=utc_now))


@task_queue(at_once=20, memory=1024)
def campaignsorganization(request: CallableRequest[object]) -> None:
    """Continue the campaigns of one organisation, as far as the time allows.

    Each campaign's document records its progress.
    """
    from shared.campaigns.job import run_campaigns_task

    _resumed(CAMPAIGNS, request, partial(run_campaigns_task, services(), clock=utc_now))


@task_queue(at_once=100, memory=1024)
def computeorganization(request: CallableRequest[object]) -> None:
    """Publish one organisation's results from the answers of the night."""
    from shared.computation.job import run_compute_task

    work = partial(run_compute_task, services(), clock=utc_now)
    run_task(COMPUTE, request, work, enabled=services().settings.compute_enabled)


@task_queue(at_once=20, memory=512, secrets=INSIGHTS_SECRETS)
def insightsorganization(request: CallableRequest[object]) -> None:
    """Bring one organisation's insights up to date."""
    from shared.insights.job import make_insights

    def work(task: "Task", run: "JobRun") -> None:
        make_insights(services(), task.org_id, clock=utc_now)

    run_task(INSIGHTS, request, work, enabled=services().settings.insights_enabled)


@task_queue(at_once=20, memory=2048)
def predictorganization(request: CallableRequest[object]) -> None:
    """Fit one organisation's model; publish it if it should replace the one in force."""
    from shared.predictions.job import run_predict_task

    work = partial(run_predict_task, services(), clock=utc_now)
    run_task(PREDICT, request, work, enabled=services().settings.predictions_enabled)


@task_queue(at_once=20, memory=512)
def reclassifyorganization(request: CallableRequest[object]) -> None:
    """Evaluate one organisation's customers under changed rules, as far as the time allows.

    The organisation's document of the work records its progress.
    """
    from shared.rules.job import run_reclassification_task

    _resumed(RECLASSIFY, request, partial(run_reclassification_task, services(), clock=utc_now))


def _resumed(queue: str, request: CallableRequest[object], work: "Callable[[Task], None]") -> None:
    """Run a resumable task whose documents hold the progress."""
    task = accepted(queue, request)
    if task is None:
        return
    try:
        work(task)
    except Exception:
        logs.task_failed(queue, task.org_id, _attempt(request))
        raise HttpsError(FunctionsErrorCode.INTERNAL, "The task failed.") from None


def accepted(queue: str, request: CallableRequest[object]) -> "Task | None":
    """The task of a request; None, after logging why, where it can never succeed. One read."""
    from shared.nightly.dispatch import task_from
    from shared.reconciliation.stores.organization_list import organization_exists

    try:
        task = task_from(queue, request.data)
    except InvalidTaskError as error:
        logs.task_malformed(queue, error.field)
        return None
    if not organization_exists(services().client, task.org_id):
        logs.task_without_organization(queue, task.org_id)
        return None
    return task


def _attempt(request: CallableRequest[object]) -> int:
    return 1 + int(request.raw_request.headers.get(RETRY_COUNT, "0"))


def run_task(
    queue: str, request: CallableRequest[object], work: Work, *, enabled: bool = True
) -> None:
    """Do a task, unless it is done or being done, or the work is switched off.

    Costs two reads and two writes beside the work. Raises HttpsError if the queue is to deliver
    it again.
    """
    from shared.nightly.attempt import begin
    from shared.nightly.job_run import ENDED
    from shared.nightly.job_store import FirestoreJobs

    if not enabled:
        logs.job_switched_off(queue)
        return
    task = accepted(queue, request)
    if task is None:
        return
    attempt = _attempt(request)
    try:
        run = begin(FirestoreJobs(services().client, task.org_id), task, attempt, clock=utc_now)
    except TaskBusyError:
        logs.task_postponed(queue, task.org_id)
        raise HttpsError(FunctionsErrorCode.UNAVAILABLE, "Another task is running.") from None
    if run is None:
        logs.task_skipped(queue, task.org_id)
        return
    if run.state.last_error == ENDED:
        logs.task_unfinished(queue, task.org_id)
    try:
        _finish(task, run, attempt, work)
    except ConflictError:
        # A later attempt took over and reports the outcome.
        logs.task_skipped(queue, task.org_id)


def _finish(task: "Task", run: "JobRun", attempt: int, work: Work) -> None:
    try:
        try:
            source_rows = work(task, run)
        except TaskUnfinishedError:
            run.pause()
            # This one is delivered again where it is ended before the next is enqueued.
            is_enqueued = services().queue().enqueue(task.next_part())
            logs.tasks_dispatched(
                task.queue, enqueued=int(is_enqueued), existing=int(not is_enqueued), failed=0
            )
            return
    except InvalidTaskError as error:
        logs.task_malformed(task.queue, error.field)
        run.fail(type(error).__name__)
    except Exception as error:
        logs.task_failed(task.queue, task.org_id, attempt)
        run.fail(type(error).__name__)
        raise HttpsError(FunctionsErrorCode.INTERNAL, "The task failed.") from None
    else:
        run.complete(source_rows=source_rows)
        logs.task_done(task.queue, task.org_id, attempt=attempt)
