"""Functions run by the clock."""

from datetime import timedelta
from typing import Any

from firebase_functions import scheduler_fn

from functions.deployment import (
    REGION,
    SCHEDULE_TIMEOUT_SECONDS,
    SCHEDULE_WORK_SECONDS,
    SECRET,
)
from functions.services import services
from shared import logs
from shared.clock import utc_now
from shared.reconciliation import ageing
from shared.storage import roll_up as rolling_up
from shared.storage.product_sales import refresh_product_sales

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


@scheduler_fn.on_schedule(schedule="every 5 minutes", **SCHEDULED)
def age_segments(event: scheduler_fn.ScheduledEvent) -> None:
    """Move the customers whose segment changes by time alone."""
    run = ageing.age_segments(
        services().due_customers,
        services().organizations,
        clock=utc_now,
        stop_at=utc_now() + timedelta(seconds=SCHEDULE_WORK_SECONDS),
    )
    logs.customers_aged(
        due=run.due, moved=run.moved, conflicts=run.conflicts, complete=run.complete
    )


@scheduler_fn.on_schedule(schedule="every 5 minutes", **SCHEDULED)
def reclassify_segments(event: scheduler_fn.ScheduledEvent) -> None:
    """Go on with evaluating customers under changed rules, where that is not done yet."""
    left = services().reclassifier.run_all(utc_now() + timedelta(seconds=SCHEDULE_WORK_SECONDS))
    logs.reclassifications_continued(left=left)


@scheduler_fn.on_schedule(schedule="every 60 minutes", **SCHEDULED)
def roll_up(event: scheduler_fn.ScheduledEvent) -> None:
    """Add up the daily statistics of days that are over, then the sales by product."""
    stop_at = utc_now() + timedelta(seconds=SCHEDULE_WORK_SECONDS)
    run = rolling_up.roll_up(
        services().client, services().organizations, clock=utc_now, stop_at=stop_at
    )
    logs.days_rolled_up(
        days=run.days, shards=run.shards, failures=run.failures, complete=run.complete
    )
    refreshed = refresh_product_sales(
        services().client, services().organizations, clock=utc_now, stop_at=stop_at
    )
    logs.product_sales_refreshed(
        refreshed=refreshed.refreshed,
        unchanged=refreshed.unchanged,
        failures=refreshed.failures,
        written=refreshed.written,
        complete=refreshed.complete,
    )
