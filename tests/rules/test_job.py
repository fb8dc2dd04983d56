"""A change of rules is a task of its organisation, which continues in further tasks."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import schedules, tasks
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.errors import QueueError
from shared.kernel.settings import Settings
from shared.nightly.dispatch import Task
from shared.reconciliation.reclassification import LONGEST_SILENCE, Reclassification, Reclassifier
from shared.reconciliation.stores import reclassification_store
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.rules import job as reclassifying
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.functions.test_schedules import tick
from tests.support.memory_queue import MemoryQueue
from tests.support.metered import metered
from tests.support.tasks import deliver
from tests.support.world import Order

SECRET = b"a secret that is only used in tests"
NOW = datetime.now(UTC)
NORTH, SOUTH = "org_north", "org_south"
SETTLE = timedelta(minutes=10)


class Installation:
    """Organisations whose rules change, the queue, and the clock of the tasks."""

    def __init__(self, client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self.queue = MemoryQueue()
        self.now = NOW
        built = build_services(client, Settings(settings_refresh_seconds=0), SECRET)
        self.worker = Reclassifier(
            FirestoreReclassifications(client, built.store),
            built.organizations,
            clock=self.clock,
            settle_after=SETTLE,
        )
        self.services: Services = replace(
            built, queue=lambda: self.queue, reclassifier=lambda: self.worker
        )
        for module in (tasks, schedules):
            monkeypatch.setattr(module, "services", lambda: self.services)
            monkeypatch.setattr(module, "utc_now", self.clock)

    def clock(self) -> datetime:
        return self.now

    def customers(self, org_id: str, count: int) -> None:
        """So many, each with an order of 15 days ago."""
        for number in range(count):
            order = Order(
                org=org_id,
                email=f"person{number}@example.org",
                cents=4000,
                ordered_at=NOW - timedelta(days=15),
            )
            order_id = f"{org_id}_{number}"
            self.services.client.document(paths.order(order_id)).set(order.data())
            self.services.reconciler.reconcile(order_id)

    def change(self, org_id: str, slipping_min_days: int = 12) -> Task:
        """Save thresholds under which they slip away, and enqueue what the trigger does."""
        self.services.rules(org_id).save_thresholds(
            Thresholds(slipping_min_days=slipping_min_days), by=None, source=ThresholdSource.API
        )
        reclassifying.begin_reclassification(self.services, org_id, self.now)
        return self.queue.waiting[-1]

    def run(self) -> list[Task]:
        def work(task: Task) -> None:
            assert deliver(tasks.reclassifyorganization, task) == 200

        return self.queue.run(work)

    def state(self, org_id: str) -> Reclassification:
        state = FirestoreReclassifications(self.services.client, self.services.store).state(org_id)
        assert state.value is not None
        return state.value

    def segments(self, org_id: str) -> set[str]:
        actual = self.services.client.collection(paths.customers(org_id)).stream()
        return {customer.get("segment") for customer in actual}


@pytest.fixture
def installation(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    return Installation(firestore_client, monkeypatch)


@pytest.fixture
def slow(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> Callable[[timedelta], None]:
    """Have every page hold two customers and take some time."""

    def each_page_takes(time: timedelta) -> None:
        page = FirestoreReclassifications.page

        def slowly(store: Any, org_id: str, after: str | None) -> Any:
            installation.now += time
            return page(store, org_id, after)

        monkeypatch.setattr(reclassification_store, "PAGE_SIZE", 2)
        monkeypatch.setattr(FirestoreReclassifications, "page", slowly)

    return each_page_takes


def test_a_change_evaluates_nobody_before_its_task_runs(
    installation: Installation,
) -> None:
    installation.customers(NORTH, 3)
    installation.change(NORTH)
    assert not installation.state(NORTH).begun
    assert [task.org_id for task in installation.run()] == [NORTH]
    assert installation.segments(NORTH) == {"slipping"}
    assert (installation.state(NORTH).status, installation.state(NORTH).settled) == (
        "complete",
        False,
    )


def test_what_one_task_does_not_get_done_further_ones_do(
    installation: Installation, slow: Callable[[timedelta], None]
) -> None:
    installation.customers(NORTH, 7)
    first = installation.change(NORTH)
    slow(timedelta(minutes=20))
    done = installation.run()
    assert [task.part for task in done] == [0, 1, 2]
    assert {task.due_at for task in done} == {first.due_at}
    assert installation.segments(NORTH) == {"slipping"}
    state = installation.state(NORTH)
    assert (state.status, state.processed, state.moved) == ("complete", 7, 7)


def test_a_second_delivery_and_a_second_change_leave_the_work_to_whoever_is_at_it(
    installation: Installation, slow: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.customers(NORTH, 5)
    first = installation.change(NORTH)
    slow(timedelta(0))
    page, pages = FirestoreReclassifications.page, itertools.count()

    def meanwhile(store: Any, org_id: str, after: str | None) -> Any:
        if next(pages) == 1:
            installation.now += timedelta(seconds=1)
            installation.change(NORTH, 13)
            for task in (first, installation.queue.waiting.pop()):
                with metered(installation.services.client) as meter:
                    assert deliver(tasks.reclassifyorganization, task) == 200
                assert (meter.documents_read, meter.documents_written) == (2, 0)
        return page(store, org_id, after)

    monkeypatch.setattr(FirestoreReclassifications, "page", meanwhile)
    installation.run()
    state = installation.state(NORTH)
    assert (state.status, state.revision, state.pending_revision) == ("complete", 2, None)


class PlatformEnds(BaseException):
    """The platform ends the call: nothing that is written below is reached."""


def test_a_task_that_the_platform_ends_is_gone_on_with_from_its_place(
    installation: Installation, slow: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.customers(NORTH, 5)
    task = installation.change(NORTH)
    slow(timedelta(0))
    page, places = FirestoreReclassifications.page, list[str | None]()

    def ends(store: Any, org_id: str, after: str | None) -> Any:
        places.append(after)
        if len(places) == 2:
            raise PlatformEnds
        return page(store, org_id, after)

    monkeypatch.setattr(FirestoreReclassifications, "page", ends)
    with pytest.raises(PlatformEnds):
        deliver(tasks.reclassifyorganization, task)
    installation.queue.waiting.clear()
    installation.now += LONGEST_SILENCE
    assert tick(schedules.reclassify_segments, installation.now) == 200
    assert [task.org_id for task in installation.run()] == [NORTH]
    assert places[1] == places[2] is not None
    state = installation.state(NORTH)
    assert (state.status, state.processed) == ("complete", 5)


def test_the_schedule_only_dispatches_what_is_not_settled(installation: Installation) -> None:
    for org_id in (NORTH, SOUTH):
        installation.customers(org_id, 1)
        installation.change(org_id)
    installation.run()
    for number in range(20):
        installation.services.client.document(paths.analytics_settings(f"org_{number}")).set({})

    with metered(installation.services.client) as meter:
        assert tick(schedules.reclassify_segments, NOW) == 200
    # Its job, and a query that finds two.
    assert (meter.documents_read, meter.documents_written) == (3, 2)
    installation.run()
    assert not installation.state(NORTH).settled, "it is too early"

    installation.now += SETTLE
    assert tick(schedules.reclassify_segments, installation.now) == 200
    assert {task.org_id for task in installation.run()} == {NORTH, SOUTH}
    assert installation.state(NORTH).settled
    assert installation.state(SOUTH).settled
    assert tick(schedules.reclassify_segments, installation.now + SETTLE) == 200
    assert installation.queue.waiting == []


def test_one_that_fails_says_why_and_holds_up_no_other(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    for org_id in (NORTH, SOUTH):
        installation.customers(org_id, 1)
    broken = installation.change(NORTH)
    installation.change(SOUTH)
    rules = installation.services.client.document(paths.segment_rules(NORTH))
    kept = rules.get().to_dict()
    rules.update({"definitions": b"damaged"})
    statuses = {}

    def work(task: Task) -> None:
        statuses[task.org_id] = deliver(tasks.reclassifyorganization, task)

    installation.queue.run(work)
    assert statuses == {NORTH: 500, SOUTH: 200}
    assert installation.state(NORTH).last_error == "UnreadableRulesError"
    assert [
        (record.getMessage(), vars(record)["fields"]["org_id"])
        for record in caplog.records
        if record.exc_info
    ] == [("task_failed", NORTH)]
    assert installation.segments(SOUTH) == {"slipping"}

    rules.set(kept or {})
    assert deliver(tasks.reclassifyorganization, broken, 2) == 200
    assert installation.state(NORTH).last_error is None
    assert installation.segments(NORTH) == {"slipping"}


def test_a_queue_that_is_away_fails_the_event_so_that_it_comes_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(MemoryQueue):
        def enqueue(self, task: Task) -> bool:
            raise QueueError("UNAVAILABLE")

    installation.queue = Away()
    with pytest.raises(QueueError):
        installation.change(NORTH)
    assert tick(schedules.reclassify_segments, NOW) == 200
    job = installation.services.client.document(paths.job("reclassify_segments")).get()
    assert job.get("status") == "running", "not all is dispatched"
