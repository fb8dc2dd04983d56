"""Duration of nights with 100 to 100,000 organisations of one time zone, on a virtual clock.

Dispatching, the beginning and end of tasks, and the limits of queues are the product's own, with
the state of tasks in memory. The work of a task, the listing of organisations and the queries are
not run: their calls are constants, those of a task counted by tests. What takes time is simulated:
10 ms per call to Firestore, 10 s per query, 50 ms per call to Cloud Tasks, and a queue that
dispatches as fast, and as many at once, as the deployed one. The baseline goes through the
organisations one after the other, for 8 minutes of every half hour.
"""

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from functions.tasks import auditorganization, computeorganization
from shared.audit import job as auditing
from shared.computation import job as computing
from shared.computation.questions import QUESTIONS
from shared.nightly.attempt import begin
from shared.nightly.dispatch import THREADS, Task, dispatch
from shared.nightly.job_run import JobState, JobStatus
from shared.nightly.nights import SETTINGS_AT_ONCE
from shared.nightly.question import scans
from tests.audit.audit_costs import (
    AUDIT_CALLS,
    AUDIT_QUERIES,
    READS_PER_ORDER,
    night_reads,
)
from tests.benchmarks.ratio import Ratio
from tests.computation.compute_costs import COMPUTE_CALLS
from tests.contract.installation_costs import NIGHTS, Month
from tests.nightly.memory_jobs import MemoryJobs

ORGANIZATIONS = (100, 1_000, 10_000, 100_000)
DUE = datetime(2026, 3, 1, 1, tzinfo=UTC)
CALL = timedelta(milliseconds=10)
QUERY = timedelta(seconds=10)
ENQUEUE = timedelta(milliseconds=50)
LISTED = 300
"""Documents that one call lists."""
BOOKED = 400
"""Nights that are noted in one call."""
TASK_CALLS = 4
"""Of those of each task: whether the organisation exists, and its state, read once and written
twice.
"""
FACTS_QUERIES = 8
"""Three views, the count, and the tables of delta, changes, facts and customers."""
GOAL_HOURS = 2
ORDERS_EACH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Work of a night per organisation."""

    name: str
    queue: str
    function: Any
    calls: int
    """To Firestore, by a task."""
    queries: int
    """To BigQuery, by a task."""
    dispatch_queries: int
    """For all organisations."""


KINDS = (
    Kind(
        name="audits",
        queue=auditing.QUEUE,
        function=auditorganization,
        calls=AUDIT_CALLS,
        queries=AUDIT_QUERIES,
        # The tables, and that of summaries.
        dispatch_queries=FACTS_QUERIES + 1,
    ),
    Kind(
        name="results",
        queue=computing.QUEUE,
        function=computeorganization,
        calls=COMPUTE_CALLS,
        queries=1,
        # The tables, those of organisations, of baskets and of all answers, and each scan.
        dispatch_queries=FACTS_QUERIES + 3 + len(scans(QUESTIONS)),
    ),
)


@dataclass(slots=True)
class Clock:
    """Stands still until work takes its time."""

    now: datetime = DUE

    def __call__(self) -> datetime:
        return self.now


class States(MemoryJobs):
    """States of tasks; each call takes its time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.calls = 0
        self._clock = clock

    def load(self, name: str) -> tuple[JobState | None, object]:
        self._call()
        return super().load(name)

    def save(self, state: JobState, revision: object) -> object:
        self._call()
        return super().save(state, revision)

    def _call(self) -> None:
        self.calls += 1
        self._clock.now += CALL


class Queue:
    """Takes tasks, THREADS at a time, on the dispatcher's clock."""

    def __init__(self, clock: Clock) -> None:
        self.tasks: list[tuple[datetime, Task]] = []
        self._clock = clock
        self._lock = Lock()

    def enqueue(self, task: Task) -> bool:
        with self._lock:
            self._clock.now += ENQUEUE / THREADS
            self.tasks.append((self._clock.now, task))
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Durations of one night."""

    took: timedelta
    calls: int
    """To Firestore."""


def simulated(kind: Kind, organizations: int) -> Night:
    """Dispatch and do all tasks of a night."""
    clock = Clock()
    # Who is due, and the settings of each; the tables; at last the nights that were dispatched.
    listing = organizations // LISTED + 1 + organizations
    booking = organizations // BOOKED + 1
    clock.now += CALL * listing / SETTINGS_AT_ONCE + kind.dispatch_queries * QUERY
    queue = Queue(clock)
    tasks = (Task(queue=kind.queue, org_id=f"org_{n}", due_at=DUE) for n in range(organizations))
    done = dispatch(queue, kind.queue, tasks, clock=clock, stop_at=DUE + timedelta(days=1))
    assert done.enqueued == organizations
    clock.now += booking * CALL
    limits = kind.function.__firebase_endpoint__.taskQueueTrigger["rateLimits"]
    apart = timedelta(seconds=1) / limits["maxDispatchesPerSecond"]
    free = [DUE] * limits["maxConcurrentDispatches"]
    dispatched, ended, calls = DUE, DUE, listing + booking
    for enqueued_at, task in sorted(queue.tasks, key=lambda each: each[0]):
        clock.now = dispatched = max(enqueued_at, heapq.heappop(free), dispatched + apart)
        states = States(clock)
        run = begin(states, task, 1, clock=clock)
        assert run is not None
        clock.now += CALL * (kind.calls - TASK_CALLS + 1) + QUERY * kind.queries
        run.complete()
        assert states.states[kind.queue][0].status is JobStatus.COMPLETE
        calls += states.calls + kind.calls - TASK_CALLS + 1
        heapq.heappush(free, clock.now)
        ended = max(ended, clock.now)
    return Night(took=ended - DUE, calls=calls)


def one_after_the_other(kind: Kind, organizations: int) -> timedelta:
    """The same work within 8 minutes of every half hour."""
    work = organizations * (CALL * kind.calls + QUERY * kind.queries)
    whole, rest = divmod(work, timedelta(minutes=8))
    return whole * timedelta(minutes=30) + rest


def measure() -> list[Ratio]:
    """Each number of organisations against a loop, and against the cost of the fewest."""
    return [
        *(ratio for kind in KINDS for ratio in _measured(kind)),
        *map(_billed, ORGANIZATIONS),
        *(_audit_reads(orders) for orders in (10_000, 1_000_000)),
    ]


def _billed(organizations: int) -> Ratio:
    """Return the bytes billed by BigQuery, with some orders each."""
    fewest, night = (
        Month(orders=number * ORDERS_EACH, organizations=number).gigabytes / NIGHTS
        for number in (ORGANIZATIONS[0], organizations)
    )
    return Ratio(
        what=f"bytes billed for a night per organisation, {organizations:,} of them (computed)",
        baseline=f"{ORGANIZATIONS[0]:,} organisations",
        value=night / organizations / fewest * ORGANIZATIONS[0],
        goal="≤ 1.00",
        figures=f"{night:,.0f} GB; {1_000 * night / organizations:.0f} MB each",
    )


def _audit_reads(orders: int) -> Ratio:
    """Return the audit's reads where one order of a hundred is written each day, and a customer has
    three."""
    reads = night_reads(orders, customers=orders // 3, recent=2 * orders // 100)
    return Ratio(
        what=f"documents that an audit reads per order and night, {orders:,} orders (computed)",
        baseline=f"{READS_PER_ORDER} reads",
        value=reads / orders / READS_PER_ORDER,
        goal="≤ 1.00",
        figures=f"{reads:,} reads, {reads / orders:.3f} per order",
    )


def _measured(kind: Kind) -> list[Ratio]:
    nights = {organizations: simulated(kind, organizations) for organizations in ORGANIZATIONS}
    per_organization = nights[ORGANIZATIONS[0]].calls / ORGANIZATIONS[0]
    ratios = []
    for organizations, night in nights.items():
        loop = one_after_the_other(kind, organizations)
        ratios += [
            Ratio(
                what=f"a night of {kind.name}, {organizations:,} organisations (simulated)",
                baseline=f"{GOAL_HOURS} h",
                value=night.took / timedelta(hours=GOAL_HOURS),
                goal="≤ 1.00" if organizations <= 10_000 else "",
                figures=f"{_minutes(night.took)}; one after the other {_minutes(loop)}",
            ),
            Ratio(
                what=f"Firestore calls of {kind.name} per organisation, {organizations:,} of them",
                baseline=f"{ORGANIZATIONS[0]:,} organisations",
                value=night.calls / organizations / per_organization,
                goal="≤ 1.00",
                figures=f"{night.calls / organizations:.2f} / {per_organization:.2f}",
            ),
        ]
    return ratios


def _minutes(time: timedelta) -> str:
    return f"{time / timedelta(minutes=1):,.0f} min"
