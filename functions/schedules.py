"""Scheduled functions.

Each runs once per scheduled time and one at a time, continues where the last call stopped, and
leaves a report; see `shared.nightly.job_run`. Modules that only one of them uses are imported
inside it: instances of other functions would load them for nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from firebase_functions import scheduler_fn

from functions.deployment import REGION, SECRET
from functions.services import services
from shared.kernel import logs
from shared.kernel.clock import utc_now
from shared.kernel.errors import ConflictError
from shared.kernel.platform import (
    DISPATCH_TIMEOUT_SECONDS,
    DISPATCH_WORK_SECONDS,
    SCHEDULE_TIMEOUT_SECONDS,
    SCHEDULE_WORK_SECONDS,
)

if TYPE_CHECKING:
    from shared.nightly.dispatch import DispatchOutcome

SCHEDULED: dict[str, Any] = {
    "region": REGION,
    "secrets": [SECRET],
    "timeout_sec": SCHEDULE_TIMEOUT_SECONDS,
    "memory": 512,
    "cpu": 1,
    "concurrency": 1,
    "max_instances": 1,
}
"""One run of each at a time."""
DISPATCHING = {**SCHEDULED, "timeout_sec": DISPATCH_TIMEOUT_SECONDS}
HOURLY = "0 * * * *"
"""On the hour, when nights begin in most time zones."""
AGEING_MINUTES = 5


@scheduler_fn.on_schedule(schedule=f"every {AGEING_MINUTES} minutes", **SCHEDULED)
def age_segments(event: scheduler_fn.ScheduledEvent) -> None:
    """Count orders whose date is reached, and move customers with a due transition.

    Once an hour, also retry orders whose events failed at every delivery.
    """
    from shared.reconciliation import ageing, dated_ahead

    def work(stop_at: datetime) -> bool:
        due_orders = dated_ahead.count_due_orders(
            services().due_orders, services().reconciler, clock=utc_now, stop_at=stop_at
        )
        logs.due_orders_counted(
            due=due_orders.due, failed=due_orders.failed, complete=due_orders.complete
        )
        run = ageing.age_segments(
            services().due_customers, services().organizations, clock=utc_now, stop_at=stop_at
        )
        logs.customers_aged(
            due=run.due,
            moved=run.moved,
            conflicts=run.conflicts,
            put_off=run.put_off,
            complete=run.complete,
        )
        complete = due_orders.complete and run.complete
        if event.schedule_time.minute < AGEING_MINUTES:
            complete = _retry_unprocessed(stop_at) and complete
        return complete

    run_job("age_segments", event.schedule_time, work)


def _retry_unprocessed(stop_at: datetime) -> bool:
    from shared.reconciliation.unprocessed import retry_unprocessed

    run = retry_unprocessed(
        services().unprocessed, services().reconciler, clock=utc_now, stop_at=stop_at
    )
    logs.unprocessed_orders_retried(
        due=run.due, processed=run.processed, failed=run.failed, complete=run.complete
    )
    return run.complete


@scheduler_fn.on_schedule(schedule="every 5 minutes", **SCHEDULED)
def reclassify_segments(event: scheduler_fn.ScheduledEvent) -> None:
    """Dispatch evaluations under changed rules that are not settled yet."""
    from shared.rules.job import dispatch_unsettled

    _dispatch("reclassify_segments", event, dispatch_unsettled)


@scheduler_fn.on_schedule(schedule="every 5 minutes", **SCHEDULED)
def resume_campaigns(event: scheduler_fn.ScheduledEvent) -> None:
    """Dispatch unfinished work on campaigns."""
    from shared.campaigns.job import dispatch_unfinished

    _dispatch("resume_campaigns", event, dispatch_unfinished)


@scheduler_fn.on_schedule(schedule="every 60 minutes", **SCHEDULED)
def generate_insights(event: scheduler_fn.ScheduledEvent) -> None:
    """Dispatch the generation of insights for every organisation that is due."""
    from shared.insights.job import dispatch_insights

    if not services().settings.insights_enabled:
        logs.job_switched_off("generate_insights")
        return
    _dispatch("generate_insights", event, dispatch_insights)


@scheduler_fn.on_schedule(schedule=HOURLY, **DISPATCHING)
def compute_analytics(event: scheduler_fn.ScheduledEvent) -> None:
    """Ask about the organisations whose night has begun, and dispatch the answers."""
    from shared.computation.job import dispatch_computation

    _dispatch_night("compute_analytics", dispatch_computation)


@scheduler_fn.on_schedule(schedule=HOURLY, **DISPATCHING)
def audit(event: scheduler_fn.ScheduledEvent) -> None:
    """Dispatch the audits of the organisations whose night has begun."""
    from shared.audit.job import dispatch_audits

    _dispatch_night("audit", dispatch_audits)


def _dispatch_night(name: str, dispatch: Callable[..., str]) -> None:
    if not services().settings.compute_enabled:
        logs.job_switched_off(name)
        return
    now = utc_now()
    stop_at = now + timedelta(seconds=DISPATCH_WORK_SECONDS)
    logs.night_dispatched(name, dispatch(services(), now, clock=utc_now, stop_at=stop_at))


def _dispatch(
    name: str, event: scheduler_fn.ScheduledEvent, dispatch: "Callable[..., DispatchOutcome]"
) -> None:
    def work(stop_at: datetime) -> bool:
        return dispatch(services(), event.schedule_time, clock=utc_now, stop_at=stop_at).complete

    run_job(name, event.schedule_time, work)


def run_job(name: str, scheduled: datetime, work: Callable[[datetime], bool]) -> None:
    """Run the work of one scheduled time, unless it is complete or running.

    `work` gets the instant to stop at, and returns whether everything is done.
    """
    from shared.nightly.job_run import claim
    from shared.nightly.job_store import FirestoreJobs

    run = claim(FirestoreJobs(services().client), name, scheduled, clock=utc_now)
    if run is None:
        logs.job_skipped(name)
        return
    try:
        complete = work(utc_now() + timedelta(seconds=SCHEDULE_WORK_SECONDS))
    except Exception as error:
        run.fail(type(error).__name__)
        raise
    try:
        if complete:
            run.complete()
        else:
            run.pause()
    except ConflictError:
        # The lease ran out and another call took over: the report is its own.
        logs.job_skipped(name)
