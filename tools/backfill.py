"""Count existing orders: `python -m tools.backfill`."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import firebase_admin
import typer
from rich.table import Table

from shared.backfill.job import (
    QUEUE,
    add_orders,
    count_orders,
    dispatch_backfills,
    organizations_with_orders,
    read_orders,
)
from shared.backfill.order_index import OrderIndex
from shared.kernel.clock import utc_now
from shared.kernel.platform import REGION, TASK_ATTEMPTS
from shared.nightly.dispatch import TaskQueue
from shared.nightly.job_run import JobState, JobStatus
from shared.nightly.job_store import FirestoreJobs
from shared.nightly.queue import CloudTasks
from shared.reconciliation.backfill import BackfillTotals
from shared.services import Services
from tools.connection import Project, connect
from tools.console import CONSOLE, progress, run
from tools.errors import ToolError
from tools.organization_option import organization_id

DEFAULT_WORKERS = 4
LOOK_EVERY_SECONDS = 5.0
DISPATCH_AT_MOST = timedelta(hours=1)


def main(
    org: Annotated[
        str | None, typer.Option(help="Only this organisation's orders.", callback=organization_id)
    ] = None,
    project: Project = None,
    workers: Annotated[int, typer.Option(min=1, max=32, help="Commits under way at once.")] = (
        DEFAULT_WORKERS
    ),
    tasks: Annotated[
        bool, typer.Option("--tasks", help="Have a task per organisation count them.")
    ] = False,
) -> None:
    """Count all orders, or one organisation's, as if each had just been written.

    May be stopped at any time: the next run reads the orders again and writes only those not
    counted yet. Live triggers may run meanwhile.

    With --tasks the deployed function backfillorganization does the work, for many organisations at
    once, and this shows the progress; the tasks continue when it is stopped.
    """
    services = connect(project)
    if tasks:
        start_tasks(services, org, project_queue(services))
        return
    totals = run_backfill(services, org, workers)
    table = Table("counted", "number", title="Backfill")
    for name in ("orders", "orders_written", "customers_written", "transitions", "rejected"):
        table.add_row(name.replace("_", " "), f"{getattr(totals, name):,}")
    CONSOLE.print(table)


def run_backfill(services: Services, org: str | None, workers: int) -> BackfillTotals:
    """Read and count, with progress bars."""
    with OrderIndex() as index:
        with progress("Reading orders", None) as show:
            add_orders(index, read_orders(services, org), show)
        with progress("Counting orders", len(index)) as show:
            return count_orders(
                services, index, workers=workers, on_progress=lambda totals: show(totals.orders)
            )


def project_queue(services: Services) -> TaskQueue:
    """The queues of the project that the tool works on."""
    options = {"projectId": services.client.project}
    return CloudTasks(REGION, firebase_admin.initialize_app(options=options, name=QUEUE))


def start_tasks(
    services: Services,
    org: str | None,
    queue: TaskQueue,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Enqueue a task per organisation, and wait for the last, with a progress bar.

    Polls every organisation that is not done, one read each. Raises ToolError naming the
    organisations that failed, with the reasons.
    """
    org_ids = organizations_with_orders(services) if org is None else [org]
    due_at = utc_now()
    try:
        outcome = dispatch_backfills(
            services, queue, org_ids, due_at, clock=utc_now, stop_at=due_at + DISPATCH_AT_MOST
        )
    except ValueError as error:
        raise ToolError(f"Tasks need the credentials of a service account: {error}") from None
    if not outcome.complete:
        raise ToolError(
            f"The queue {QUEUE} did not take {outcome.failed:,} of {len(org_ids):,} tasks."
        )
    with progress("Organisations", len(org_ids)) as show:
        failures = _until_done(services, org_ids, due_at, show, sleep)
    if failures:
        raise ToolError(
            "Not counted: "
            + ", ".join(f"{state_org} ({reason})" for state_org, reason in failures.items())
            + ". Run it again for these."
        )


def _until_done(
    services: Services,
    org_ids: Sequence[str],
    due_at: datetime,
    show: Callable[[int], None],
    sleep: Callable[[float], None],
) -> dict[str, str]:
    """Wait for all tasks to end; return why organisations failed, by their ids."""
    failures: dict[str, str] = {}
    waiting = list(org_ids)
    while True:
        unfinished = []
        for org_id in waiting:
            state, _ = FirestoreJobs(services.client, org_id).load(QUEUE)
            if state is None or state.due_at < due_at or not _is_over(state):
                unfinished.append(org_id)
            elif state.status is not JobStatus.COMPLETE:
                failures[org_id] = state.last_error or state.status.value
        waiting = unfinished
        show(len(org_ids) - len(waiting))
        if not waiting:
            return failures
        sleep(LOOK_EVERY_SECONDS)


def _is_over(state: JobState) -> bool:
    """Done, by this start or a later one, or failed for good."""
    if state.status is JobStatus.COMPLETE:
        return True
    return state.attempt >= TASK_ATTEMPTS and state.status_at(utc_now()) is JobStatus.FAILED


if __name__ == "__main__":
    run(main)
