"""Nights of an audit, and their reports."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from google.cloud import firestore

from functions import tasks
from shared.audit import job as auditing
from shared.nightly.dispatch import Task
from shared.nightly.job_run import JobState
from shared.nightly.job_store import FirestoreJobs
from shared.nightly.result import ResultState
from shared.nightly.result_store import ResultReader
from shared.services import Services
from tests.support.memory_queue import MemoryQueue
from tests.support.shop import NOW
from tests.support.tasks import deliver

HOUR = timedelta(hours=1)


class Night:
    """Calls of the scheduled function, and the tasks that it enqueued."""

    def __init__(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        self.queue = MemoryQueue()
        self.services = replace(services, queue=lambda: self.queue)
        self.now = NOW
        monkeypatch.setattr(tasks, "services", lambda: self.services)
        monkeypatch.setattr(tasks, "utc_now", lambda: self.now)

    def dispatch(self, now: datetime | None = None) -> str:
        self.now = now or self.now
        return auditing.dispatch_audits(
            self.services, self.now, clock=lambda: self.now, stop_at=self.now + HOUR
        )

    def deliver(self, task: Task | object, attempt: int = 1) -> int:
        return deliver(tasks.auditorganization, task, attempt)

    def run(self) -> dict[str, int]:
        """Deliver every task once; the status of each answer by organisation."""
        answers: dict[str, int] = {}

        def work(task: Task) -> None:
            answers[task.org_id] = self.deliver(task)

        self.queue.run(work)
        return answers

    def task(self, org_id: str) -> Task:
        (actual,) = (task for task in self.queue.waiting if task.org_id == org_id)
        return actual

    def state(self, org_id: str) -> JobState:
        state, _ = FirestoreJobs(self.services.client, org_id).load(auditing.QUEUE)
        assert state is not None
        return state

    @property
    def job(self) -> JobState:
        state, _ = FirestoreJobs(self.services.client).load(auditing.JOB.name)
        assert state is not None
        return state


def quality(client: firestore.Client, org: str) -> ResultState:
    state = ResultReader(client, org).state("quality")
    assert state is not None
    return state
