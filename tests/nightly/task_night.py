"""A night of audits through the queues of the Firebase CLI, in which much goes wrong."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import psutil
from google.cloud import firestore

from shared.audit.job import JOB, QUEUE
from shared.firestore import paths
from shared.nightly.dispatch import Task
from shared.nightly.job_run import JobState, JobStatus
from shared.nightly.job_store import FirestoreJobs
from shared.nightly.local_night import newest_night
from shared.nightly.queue import CloudTasks
from shared.nightly.result import ResultStatus
from shared.nightly.result_store import ResultReader
from tools.stack.local_stack import FirebaseEmulators
from tools.stack.processes import marked_processes


@dataclass(frozen=True, kw_only=True)
class Repeated(Task):
    """A task that the queue does not know by its name."""

    copy: int

    @property
    def name(self) -> str:
        return f"{self.copy}-{super().name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of a night, all of whose expectations held."""

    seconds: float
    """From the scheduled function to the last of the organisations that are not broken."""
    killed: int
    """Processes killed while running tasks."""
    attempts: Counter[int]
    """Organisations by the attempt that did their task."""
    repeated: int
    """Deliveries that were repeated, or late, and did nothing."""


class TaskNight:
    """A night of organisations with an order each, one of which has damaged rules."""

    def __init__(
        self,
        emulators: FirebaseEmulators,
        client: firestore.Client,
        queue: CloudTasks,
        whole: Sequence[str],
        broken: str,
        *,
        kills: int = 1,
        patience: timedelta = timedelta(minutes=3),
        pause_seconds: float = 0.05,
    ) -> None:
        """`kills` is the number of processes to kill, spread evenly over the organisations."""
        self.emulators = emulators
        self.client = client
        self.queue = queue
        self.whole = whole
        self.broken = broken
        self._kills = kills
        self._patience = patience
        self._pause_seconds = pause_seconds

    def run(self) -> Figures:
        """Write the orders, run the night, and compare the results with the guarantees.

        Raises AssertionError if a task was lost or done twice, or a failure is not visible.
        """
        self._write_orders()
        rules = self.client.document(paths.segment_rules(self.broken))
        rules.set({"revision": "damaged"})
        try:
            return self._night()
        finally:
            rules.delete()

    def _write_orders(self) -> None:
        org_ids = (*self.whole, self.broken)
        for org_id in org_ids:
            order = {
                "orgId": org_id,
                "status": "completed",
                "customer": {"email": "ada@example.org"},
                "totals": {"total": 5},
                "items": [],
                "createdAt": datetime.now(UTC) - timedelta(days=2),
            }
            self.client.document(paths.order(f"{org_id}_1")).set(order)
        entries = [self.client.document(paths.ledger_entry(f"{org_id}_1")) for org_id in org_ids]
        self._until(
            lambda: all(entry.exists for entry in self.client.get_all(entries)), "orders counted"
        )

    def _night(self) -> Figures:
        started = time.monotonic()
        self.emulators.run_schedule("audit")
        job, _ = FirestoreJobs(self.client).load("audit")
        assert job is not None
        assert (job.status, job.last_error) == (JobStatus.COMPLETE, None)
        night = newest_night(JOB.hour, ZoneInfo("UTC"), job.due_at).due_at

        killed = 0
        for kill in range(self._kills):
            self._until(partial(self._at_work, kill * len(self.whole) // self._kills), "at work")
            killed += self._kill_workers()
        assert killed >= self._kills
        seen = {org_id for org_id in self.whole if self._state(org_id)}
        for org_id in seen:
            self._repeat(org_id, night, 1)
        self._until(
            lambda: len(self._with(JobStatus.COMPLETE)) == len(self.whole),
            "all other organisations",
        )
        seconds = time.monotonic() - started
        for org_id in self.whole:
            self._repeat(org_id, night, 2)
            self._repeat(org_id, night - timedelta(days=1), 3)
        self.emulators.run_schedule("audit")
        self._until(
            lambda: self._times("task_skipped").keys() >= set(self.whole),
            "repeated and late tasks",
        )
        attempts = self._check_the_whole(killed)
        self._until(lambda: self._status(self.broken) is JobStatus.FAILED, "the broken one tried")
        self._check_the_broken()
        return Figures(
            seconds=seconds,
            killed=killed,
            attempts=attempts,
            repeated=len(seen) + 2 * len(self.whole),
        )

    def _check_the_whole(self, killed: int) -> Counter[int]:
        done = self._times("task_done")
        assert max(done[org_id] for org_id in self.whole) == 1, "none is done twice"
        # Whoever is killed when its work is stored has no time to log it.
        assert sum(done[org_id] == 0 for org_id in self.whole) <= killed
        attempts: Counter[int] = Counter()
        for org_id in self.whole:
            state = self._state(org_id)
            assert state is not None
            attempts[state.attempt] += 1
            result = ResultReader(self.client, org_id).state("quality")
            assert result is not None
            assert (result.status, result.source_rows) == (ResultStatus.READY, 1)
        assert max(attempts) > 1, "one was killed"
        return attempts

    def _check_the_broken(self) -> None:
        broken = self._state(self.broken)
        report = ResultReader(self.client, self.broken).state("quality")
        assert broken is not None
        assert report is not None
        assert broken.last_error == report.last_error == "UnreadableRulesError"
        assert report.status is ResultStatus.FAILED

    def _until(self, condition: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + self._patience.total_seconds()
        while not condition():
            assert time.monotonic() < deadline, f"in time: {what}"
            time.sleep(self._pause_seconds)

    def _state(self, org_id: str) -> JobState | None:
        return FirestoreJobs(self.client, org_id).load(QUEUE)[0]

    def _status(self, org_id: str) -> JobStatus | None:
        actual = self._state(org_id)
        return actual.status if actual else None

    def _with(self, status: JobStatus) -> list[str]:
        """The organisations, the broken one aside, whose task has this status."""
        return [org_id for org_id in self.whole if self._status(org_id) is status]

    def _at_work(self, completed: int) -> bool:
        """Whether so many are done, and another one is running."""
        statuses = [self._status(org_id) for org_id in self.whole]
        done = statuses.count(JobStatus.COMPLETE) >= completed
        return done and JobStatus.RUNNING in statuses

    def _repeat(self, org_id: str, due_at: datetime, copy: int) -> None:
        """The same work under another name, as a queue that delivers twice."""
        assert self.queue.enqueue(Repeated(queue=QUEUE, org_id=org_id, due_at=due_at, copy=copy))

    def _kill_workers(self) -> int:
        """End the processes that run audits, as the platform ends an instance without a word."""
        killed = 0
        for process in marked_processes(self.emulators.server.mark):
            with suppress(psutil.NoSuchProcess):
                if process.environ().get("FUNCTION_TARGET") == QUEUE:
                    process.kill()
                    killed += 1
        return killed

    def _times(self, event: str) -> Counter[str]:
        """Count logged events by organisation."""
        pattern = rf'"message": "{event}".*?"org_id": "(\w+)"'
        return Counter(re.findall(pattern, self.emulators.server.output()))
