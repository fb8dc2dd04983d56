"""A night from the scheduled function through the queues of the Firebase CLI to results."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import firebase_admin
import pytest
from google.cloud import firestore

from functions.auditing import JOB, QUEUE
from shared.nightly.dispatch import Task
from shared.nightly.job import JobState, JobStatus
from shared.nightly.local_night import newest_night
from shared.nightly.queue import CloudTasks
from shared.nightly.result import ResultStatus
from shared.storage import paths
from shared.storage.job_store import FirestoreJobs
from shared.storage.result_store import ResultReader
from tools.local_stack import PROJECT, REGION, FirebaseEmulators
from tools.processes import marked_processes

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

BROKEN = "org_task_broken"
WHOLE = [f"org_task_{number:02}" for number in range(12)]
PATIENCE_SECONDS = 180


@dataclass(frozen=True, kw_only=True)
class Repeated(Task):
    """A task that the queue does not know by its name."""

    copy: int

    @property
    def name(self) -> str:
        return f"{self.copy}-{super().name}"


@pytest.fixture
def client(
    emulators: FirebaseEmulators, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firestore.Client]:
    for name, value in emulators.environment.items():
        monkeypatch.setenv(name, value)
    connected = firestore.Client(project=PROJECT)
    yield connected
    connected.close()


@pytest.fixture
def queue(client: firestore.Client) -> Iterator[CloudTasks]:
    """The queues, as whoever else may enqueue."""
    app = firebase_admin.initialize_app(options={"projectId": PROJECT}, name="e2e")
    yield CloudTasks(REGION, app)
    firebase_admin.delete_app(app)


def until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"in time: {what}"
        time.sleep(0.05)


def state(client: firestore.Client, org_id: str) -> JobState | None:
    return FirestoreJobs(client, org_id).load(QUEUE)[0]


def status(client: firestore.Client, org_id: str) -> JobStatus | None:
    found = state(client, org_id)
    return found.status if found else None


def kill_workers(emulators: FirebaseEmulators) -> int:
    """End the processes that run audits, as the platform ends an instance without a word."""
    killed = 0
    for process in marked_processes(emulators.server.mark):
        if process.environ().get("FUNCTION_TARGET") == QUEUE:
            process.kill()
            killed += 1
    return killed


def times(emulators: FirebaseEmulators, event: str) -> Counter[str]:
    """How often an event was logged, by organisation."""
    pattern = rf'"message": "{event}".*?"org_id": "(\w+)"'
    return Counter(re.findall(pattern, emulators.server.output()))


def test_a_night_in_which_tasks_are_killed_repeated_and_late_and_one_organisation_is_broken(
    emulators: FirebaseEmulators,
    client: firestore.Client,
    queue: CloudTasks,
    request: pytest.FixtureRequest,
) -> None:
    for org_id in (*WHOLE, BROKEN):
        # Puts it into the book of nights, should a call of before have listed everybody today.
        client.document(paths.analytics_settings(org_id)).set({"timeZone": "UTC"})
        order = {
            "orgId": org_id,
            "status": "completed",
            "customer": {"email": "ada@example.org"},
            "totals": {"total": 5},
            "items": [],
            "createdAt": datetime.now(UTC) - timedelta(days=2),
        }
        client.document(paths.order(f"{org_id}_1")).set(order)
    entries = [client.document(paths.ledger_entry(f"{org_id}_1")) for org_id in (*WHOLE, BROKEN)]
    until(lambda: all(entry.exists for entry in client.get_all(entries)), "orders counted")
    nights = client.collection(paths.nights(JOB.name))
    booked = [nights.document(org_id) for org_id in (*WHOLE, BROKEN)]
    until(lambda: all(night.exists for night in client.get_all(booked)), "nights in the book")
    rules = client.document(paths.segment_rules(BROKEN))
    rules.set({"revision": "damaged"})
    request.addfinalizer(rules.delete)

    emulators.run_schedule("audit")
    job, _ = FirestoreJobs(client).load("audit")
    assert job is not None
    assert (job.status, job.last_error) == (JobStatus.COMPLETE, None)

    def at_work() -> bool:
        return any(status(client, org_id) is JobStatus.RUNNING for org_id in WHOLE)

    until(at_work, "a task at work")
    assert kill_workers(emulators) >= 1

    def repeat(org_id: str, due_at: datetime, copy: int) -> None:
        """The same work under another name, as a queue that delivers twice."""
        assert queue.enqueue(Repeated(queue=QUEUE, org_id=org_id, due_at=due_at, copy=copy))

    seen = {org_id for org_id in WHOLE if status(client, org_id)}
    night = newest_night(JOB.hour, ZoneInfo("UTC"), job.due_at).due_at
    for org_id in seen:
        repeat(org_id, night, 1)
    until(
        lambda: all(status(client, org_id) is JobStatus.COMPLETE for org_id in WHOLE),
        "all other organisations",
    )
    for org_id in WHOLE:
        repeat(org_id, night, 2)
        repeat(org_id, night - timedelta(days=1), 3)
    emulators.run_schedule("audit")
    until(lambda: times(emulators, "task_skipped").keys() >= set(WHOLE), "repeated and late tasks")

    done = times(emulators, "task_done")
    assert {org_id: done[org_id] for org_id in WHOLE} == dict.fromkeys(WHOLE, 1)
    states = [state(client, org_id) for org_id in WHOLE]
    assert max(found.attempt for found in states if found) > 1, "one was killed"
    for org_id in WHOLE:
        result = ResultReader(client, org_id).state("quality")
        assert result is not None
        assert (result.status, result.source_rows) == (ResultStatus.READY, 1)

    until(lambda: status(client, BROKEN) is JobStatus.FAILED, "the broken one tried")
    broken, report = state(client, BROKEN), ResultReader(client, BROKEN).state("quality")
    assert broken is not None
    assert report is not None
    assert broken.last_error == report.last_error == "UnreadableRulesError"
    assert report.status is ResultStatus.FAILED
