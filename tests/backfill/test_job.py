"""A backfill as tasks: one per organisation, which continues in further tasks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import tasks
from shared.backfill import job as backfilling
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.errors import QueueError
from shared.kernel.settings import Settings
from shared.nightly.dispatch import Task
from shared.nightly.job_run import JobState, JobStatus
from shared.nightly.job_store import FirestoreJobs
from shared.reconciliation import backfill
from shared.reconciliation.reconcile import Reconciler
from shared.services import Services
from tests.support.memory_queue import MemoryQueue
from tests.support.tasks import deliver
from tests.support.world import Order
from tools.backfill import LOOK_EVERY_SECONDS, start_tasks
from tools.errors import ToolError

SECRET = b"a secret that is only used in tests"
NOW = datetime.now(UTC)
NORTH, SOUTH = "org_north", "org_south"
CUSTOMERS, EACH = 6, 4
ORDERS = CUSTOMERS * EACH


class Installation:
    """Two organisations with orders that no trigger has seen, the queue, and the tasks' clock."""

    def __init__(self, client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self.queue = MemoryQueue()
        self.now = NOW
        self.client = client
        self.services: Services = replace(
            build_services(client, Settings(settings_refresh_seconds=0), SECRET),
            queue=lambda: self.queue,
        )
        monkeypatch.setattr(tasks, "services", lambda: self.services)
        monkeypatch.setattr(tasks, "utc_now", self.clock)
        # A commit holds the orders of one customer.
        monkeypatch.setattr(backfill, "BATCH_ORDERS", EACH)
        monkeypatch.setattr(backfilling, "TASK_WORKERS", 1)
        for org_id in (NORTH, SOUTH):
            for number in range(ORDERS):
                order = Order(
                    org=org_id,
                    email=f"person{number % CUSTOMERS}@example.org",
                    cents=4000,
                    ordered_at=NOW - timedelta(days=number),
                )
                client.document(paths.order(f"{org_id}_{number:02}")).set(order.data())

    def clock(self) -> datetime:
        return self.now

    def start(self, *org_ids: str) -> None:
        backfilling.dispatch_backfills(
            self.services,
            self.queue,
            org_ids,
            self.now,
            clock=self.clock,
            stop_at=self.now + timedelta(hours=1),
        )

    def run(self) -> list[int]:
        """The parts that ran."""
        return [task.part for task in self.queue.run(self.deliver)]

    def deliver(self, task: Task, attempt: int = 1) -> int:
        return deliver(tasks.backfillorganization, task, attempt)

    def state(self, org_id: str = NORTH) -> JobState:
        state, _ = FirestoreJobs(self.client, org_id).load(backfilling.QUEUE)
        assert state is not None
        return state

    def orders_of_customers(self, org_id: str) -> list[int]:
        actual = self.client.collection(paths.customers(org_id)).stream()
        return [customer.get("order_count") for customer in actual]

    def ledger_updates(self) -> Mapping[str, Any]:
        actual = self.client.collection(paths.LEDGER).stream()
        return {entry.id: entry.update_time for entry in actual}


@pytest.fixture
def installation(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    return Installation(firestore_client, monkeypatch)


@pytest.fixture
def each_commit(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Have something happen before every commit; it gets the number of the commit, from 1."""
    count = 0

    def have(happen: Callable[[int], None]) -> None:
        original = Reconciler.reconcile_all

        def reconcile_all(reconciler: Reconciler, sources: Any) -> Any:
            nonlocal count
            count += 1
            happen(count)
            return original(reconciler, sources)

        monkeypatch.setattr(Reconciler, "reconcile_all", reconcile_all)

    yield have


def test_a_task_per_organisation_counts_its_orders(installation: Installation) -> None:
    installation.start(NORTH, SOUTH)
    assert installation.run() == [0, 0]

    for org_id in (NORTH, SOUTH):
        assert installation.orders_of_customers(org_id) == [EACH] * CUSTOMERS
        state = installation.state(org_id)
        assert (state.status, state.source_rows) == (JobStatus.COMPLETE, ORDERS)


def test_out_of_time_a_further_task_goes_on_from_the_place(
    installation: Installation, each_commit: Any
) -> None:
    """Each commit takes ten minutes, of the 25 that a task has."""

    def takes_long(_: int) -> None:
        installation.now += timedelta(minutes=10)

    each_commit(takes_long)
    installation.start(NORTH)
    first = installation.queue.waiting[0]
    assert installation.deliver(first) == 200

    assert installation.queue.waiting[1:] == [first.next_part()]
    state = installation.state()
    counted = state.cursor["orders"]
    assert (state.status, state.lease_until) == (JobStatus.RUNNING, None)
    assert 0 < counted < ORDERS
    assert counted == len(installation.ledger_updates())
    before = installation.ledger_updates()

    installation.queue.waiting.pop(0)
    assert installation.run() == [1]

    state = installation.state()
    assert (state.status, state.source_rows) == (JobStatus.COMPLETE, ORDERS)
    assert installation.orders_of_customers(NORTH) == [EACH] * CUSTOMERS
    after = installation.ledger_updates()
    assert {id: after[id] for id in before} == before, "none was counted twice"


def test_a_task_that_fails_says_why_and_its_next_delivery_goes_on(
    installation: Installation, each_commit: Any
) -> None:
    def fail_at_the_fourth(number: int) -> None:
        if number == 4:
            raise ZeroDivisionError

    each_commit(fail_at_the_fourth)
    installation.start(NORTH)
    (task,) = installation.queue.waiting
    assert installation.deliver(task) == 500

    state = installation.state()
    assert (state.status, state.last_error) == (JobStatus.FAILED, "ZeroDivisionError")
    assert state.cursor["orders"] == 3 * EACH
    before = installation.ledger_updates()

    assert installation.deliver(task, 2) == 200
    state = installation.state()
    assert (state.status, state.last_error) == (JobStatus.COMPLETE, None)
    assert state.source_rows == ORDERS
    after = installation.ledger_updates()
    assert {id: after[id] for id in before} == before


class Killed(BaseException):
    """The platform ends the instance: nothing of this product handles it."""


def test_a_killed_task_goes_on_from_the_place_that_it_noted(
    installation: Installation, each_commit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill_at_the_sixth(number: int) -> None:
        installation.now += timedelta(minutes=1)
        if number == 6:
            # Nothing that it would do at its end is done.
            monkeypatch.setattr(backfilling.Place, "keep", lambda place: None)
            raise Killed

    each_commit(kill_at_the_sixth)
    kept = backfilling.Place.keep
    installation.start(NORTH)
    (task,) = installation.queue.waiting
    with suppress(Killed):
        installation.deliver(task)
    noted = installation.state().cursor["orders"]
    assert 0 < noted < ORDERS
    monkeypatch.setattr(backfilling.Place, "keep", kept)
    installation.now += timedelta(minutes=40)
    assert installation.state().status_at(installation.now) is JobStatus.FAILED

    assert installation.deliver(task, 2) == 200
    assert installation.state().source_rows == ORDERS
    assert installation.orders_of_customers(NORTH) == [EACH] * CUSTOMERS


def test_a_repeated_task_does_nothing(installation: Installation) -> None:
    installation.start(NORTH)
    (task,) = installation.queue.waiting
    installation.run()
    before = installation.ledger_updates()
    assert installation.deliver(task) == 200
    assert installation.ledger_updates() == before
    assert installation.state().source_rows == ORDERS


def test_a_further_task_that_the_queue_does_not_take_is_a_failure_that_goes_on(
    installation: Installation, each_commit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def takes_long(number: int) -> None:
        installation.now += timedelta(minutes=10)

    each_commit(takes_long)
    installation.start(NORTH)
    (task,) = installation.queue.waiting

    def refuse(queue: MemoryQueue, task: Task) -> bool:
        raise QueueError("The queue is not there.")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryQueue, "enqueue", refuse)
        assert installation.deliver(task) == 500
    state = installation.state()
    assert (state.status, state.last_error) == (JobStatus.FAILED, "QueueError")

    assert installation.deliver(task, 2) == 200
    assert installation.state().source_rows == ORDERS


def test_orders_that_one_task_cannot_even_read_are_an_error_that_says_so(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = backfilling.add_orders

    def slowly(*arguments: Any) -> None:
        original(*arguments)
        installation.now += timedelta(minutes=26)

    monkeypatch.setattr(backfilling, "add_orders", slowly)
    installation.start(NORTH)
    (task,) = installation.queue.waiting
    assert installation.deliver(task) == 500
    assert installation.state().last_error == "TooManyOrdersError"
    assert installation.queue.waiting == [task]


def test_the_tool_starts_tasks_and_waits_for_them(installation: Installation) -> None:
    """Organisations that only orders name are among them."""
    looks: list[float] = []

    def meanwhile(seconds: float) -> None:
        looks.append(seconds)
        installation.deliver(installation.queue.waiting.pop(0))

    start_tasks(installation.services, None, installation.queue, sleep=meanwhile)
    assert looks == [LOOK_EVERY_SECONDS] * 2
    for org_id in (NORTH, SOUTH):
        assert installation.orders_of_customers(org_id) == [EACH] * CUSTOMERS


def test_the_tool_names_organisations_that_failed_and_why(
    installation: Installation, each_commit: Any
) -> None:
    def fail(_: int) -> None:
        raise ZeroDivisionError

    each_commit(fail)
    attempts = iter(range(1, 7))

    def meanwhile(_: float) -> None:
        installation.now = datetime.now(UTC)
        installation.deliver(installation.queue.waiting[0], next(attempts))

    with pytest.raises(ToolError, match=r"Not counted: org_north \(ZeroDivisionError\)"):
        start_tasks(installation.services, NORTH, installation.queue, sleep=meanwhile)
    assert next(attempts, None) is None, "it waits for the last attempt"
