"""Nights over exported orders of three organisations."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import tasks
from shared.computation.job import JOB, QUEUE, dispatch_computation
from shared.computation.questions import QUESTIONS
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.nightly.dispatch import Task
from shared.nightly.job_run import JobState
from shared.nightly.job_store import FirestoreJobs
from shared.nightly.question import scans
from shared.services import Services
from shared.warehouse.warehouse import Warehouse
from tests.support.memory_queue import MemoryQueue
from tests.support.tasks import deliver
from tests.support.warehouse_facts import fact_row

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ORGANIZATIONS = ("north", "south", "without_orders")
SCANS = scans(QUESTIONS)
SECRET = b"a secret of at least thirty-two bytes"
LINES = [("p1", "Blue", "Flower", 1000, 500), ("p2", "Tin", "Edibles", 1000, 500)]


class Night:
    """An installation, its scheduled function, and the tasks that this enqueued."""

    def __init__(self, services: Services) -> None:
        self.queue = MemoryQueue()
        self.services = replace(services, queue=lambda: self.queue)
        self.client = services.client
        self.now = NOW

    def dispatch(self, now: datetime | None = None) -> str:
        self.now = now or self.now
        return dispatch_computation(
            self.services, self.now, clock=lambda: self.now, stop_at=self.now + timedelta(minutes=8)
        )

    def deliver(self, task: Task | object, attempt: int = 1) -> int:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(tasks, "services", lambda: self.services)
            patched.setattr(tasks, "utc_now", lambda: self.now)
            return deliver(tasks.computeorganization, task, attempt)

    def run(self, now: datetime | None = None) -> str:
        """Dispatch, and deliver every task once."""
        outcome = self.dispatch(now)
        self.queue.run(self.deliver)
        return outcome

    def task(self, org_id: str) -> Task:
        (actual,) = (task for task in self.queue.waiting if task.org_id == org_id)
        return actual

    def state(self, org_id: str) -> JobState:
        state, _ = FirestoreJobs(self.client, org_id).load(QUEUE)
        assert state is not None
        return state

    @property
    def job(self) -> JobState:
        state, _ = FirestoreJobs(self.client).load(JOB.name)
        assert state is not None
        return state


def export_orders(warehouse: Warehouse) -> None:
    """Those of two of the organisations, and of one that is not there."""
    warehouse.append(
        [
            fact_row(
                f"{org}{number}",
                org_id=org,
                customer=f"c{number % 7}",
                ordered_at=NOW - timedelta(days=number * 9),
                lines=LINES,
                event_id=f"{org}{number}",
            )
            for org in ("north", "south", "unheard_of")
            for number in range(20)
        ]
    )


def built(client: firestore.Client, warehouse: Warehouse) -> Services:
    settings = Settings(settings_refresh_seconds=0, predictions_enabled=False)
    services = build_services(client, settings, SECRET)
    return replace(services, warehouse=lambda: warehouse)


def before_the_first_night(client: firestore.Client, warehouse: Warehouse) -> Night:
    """An installation of three organisations."""
    for org in ORGANIZATIONS:
        client.document(paths.segment_counts_shard(org, "0")).set({"changes": 1})
    client.document(paths.analytics_settings("south")).set({"timeZone": "Asia/Tokyo"})
    return Night(built(client, warehouse))


def states(night: Night, org: str) -> dict[str, dict[str, Any]]:
    folder = night.client.collection(f"{paths.TENANTS}/{org}/{paths.ANALYTICS}")
    return {snapshot.id: snapshot.to_dict() or {} for snapshot in folder.stream()}
