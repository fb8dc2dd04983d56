"""From the export to a published model and its evidence: the tasks of predictions."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from google.cloud import firestore

from functions import tasks
from shared.computation.job import dispatch_computation
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.nightly.dispatch import Task
from shared.nightly.job_run import JobState, JobStatus
from shared.nightly.job_store import FirestoreJobs
from shared.nightly.result import ResultState, ResultStatus
from shared.nightly.result_store import ResultReader
from shared.predictions import job
from shared.predictions.job import QUEUE
from shared.predictions.result import NAME
from shared.reconciliation.stores.reclassification_store import reclassification
from shared.services import Services
from shared.warehouse.warehouse import Warehouse
from tests.support.memory_queue import MemoryQueue
from tests.support.own_data import own_client, own_warehouse
from tests.support.tasks import deliver
from tests.support.warehouse_facts import fact_row
from tools import predict as tool
from tools.errors import ToolError

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECRET = b"a secret of at least thirty-two bytes"
HOSTILE = ("one_customer", "one_order_each", "one_day", "free", "only_returns", "ahead", "old")
"""Organisations of one strange kind of data each."""


def orders(random: Random) -> Iterator[tuple[str, str, float, int]]:
    """Organisation, customer, days ago and cents of each order."""
    for number in range(220):
        rhythm, start = random.choice((9, 20, 45)), random.uniform(30, 640)
        stays = random.choice((10, 80, 500, 700))
        ago = start
        while ago > max(0.5, start - stays):
            yield "shop", f"c{number:03}", ago, random.randrange(500, 9_000)
            ago -= random.expovariate(1 / rhythm) + 0.5
    for number in range(30):
        yield "one_customer", "c", 20 * number + 1, 1_000
        yield "one_order_each", f"c{number}", 15 * number + 1, 1_000
        yield "one_day", f"c{number}", 100, 1_000
        yield "free", f"c{number % 5}", 15 * number + 1, 0
        yield "only_returns", f"c{number % 5}", 15 * number + 1, -1_000
        yield "ahead", f"c{number % 5}", -1 - number / 10, 1_000
        yield "old", f"c{number % 5}", 7_300 * (number % 2) + number + 1, 1_000


@pytest.fixture(scope="module")
def exported(bigquery_host: str) -> Iterator[Warehouse]:
    with own_warehouse() as warehouse:
        warehouse.load(
            [
                fact_row(
                    f"{org}{number}",
                    org_id=org,
                    customer=customer,
                    ordered_at=NOW - timedelta(days=ago),
                    amount_cents=cents,
                )
                for number, (org, customer, ago, cents) in enumerate(orders(Random(15)))
            ]
        )
        yield warehouse


class Night:
    """An installation and the tasks that its nights enqueue."""

    def __init__(
        self,
        client: firestore.Client,
        warehouse: Warehouse,
        organizations: Sequence[str] = ("shop", "empty"),
    ) -> None:
        self.client, self.now, self.queue = client, NOW, MemoryQueue()
        self.services: Services = replace(
            build_services(client, Settings(settings_refresh_seconds=0), SECRET),
            warehouse=lambda: warehouse,
            queue=lambda: self.queue,
        )
        for org in organizations:
            client.document(paths.segment_counts_shard(org, "0")).set({"changes": 1})

    def run(self, now: datetime | None = None) -> list[Task]:
        """A night with all its tasks; gives those of predictions."""
        self.now = now or self.now
        dispatch_computation(
            self.services, self.now, clock=lambda: self.now, stop_at=self.now + timedelta(minutes=8)
        )
        actual = []
        while self.queue.waiting:
            task = self.queue.waiting.pop(0)
            actual += [task] if task.queue == QUEUE else []
            assert self.deliver(task) in (200, 204)
        return actual

    def deliver(self, task: Task, attempt: int = 1) -> int:
        function = tasks.predictorganization if task.queue == QUEUE else tasks.computeorganization
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(tasks, "services", lambda: self.services)
            patched.setattr(tasks, "utc_now", lambda: self.now)
            return deliver(function, task, attempt)

    def result(self, org: str = "shop") -> ResultState:
        state = ResultReader(self.client, org).state(NAME)
        assert state
        return state

    def task_state(self, org: str = "shop") -> JobState:
        state, _ = FirestoreJobs(self.client, org).load(QUEUE)
        assert state
        return state


@pytest.fixture
def night(firestore_emulator: str, exported: Warehouse) -> Iterator[Night]:
    with own_client() as client:
        yield Night(client, exported)


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for each in value.values():
            yield from numbers(each)
    elif isinstance(value, list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, float):
        yield value


def test_a_night_publishes_a_model_with_its_evidence(night: Night) -> None:
    actual = night.run()

    assert {task.org_id for task in actual} == {"shop", "empty"}
    state, model = night.result(), night.services.rules("shop").current().rules.model
    assert state.status is ResultStatus.READY
    assert model
    assert state.summary["published"] is True
    assert state.summary["model"]["kind"] == model.kind.value
    assert state.summary["model"]["evidence"]["origins"] >= 3
    assert state.summary["customers"] == 220
    months = state.summary["months"]
    assert [months[0]["from"], months[0]["until"]] == ["2026-03-10", "2026-04-01"]
    assert len(months) == 12
    assert all(month["existing_cents"] >= 0 for month in months)
    assert len(state.summary["past_forecasts"]) >= 3
    assert state.summary["interval"]["low"] < 1 < state.summary["interval"]["high"]
    # All customers are to be evaluated under it.
    work = reclassification(
        night.client.document(paths.reclassification("shop")).get().to_dict() or {}
    )
    assert work.revision == night.services.rules("shop").current().rules.revision == 1
    assert night.task_state().status is JobStatus.COMPLETE


def test_strange_data_has_a_stated_fallback_and_no_nan(
    firestore_client: firestore.Client, exported: Warehouse
) -> None:
    night = Night(firestore_client, exported, ("empty", *HOSTILE))
    night.run()

    for org in ("empty", *HOSTILE):
        state = night.result(org)
        assert state.status is ResultStatus.READY, (org, state.last_error)
        assert state.summary["decision"]
        assert all(map(math.isfinite, numbers(dict(state.summary)))), org
        model = night.services.rules(org).current().rules.model
        assert (state.summary["model"] is None) is (model is None)
    for org in ("empty", "ahead", "only_returns"):
        assert night.services.rules(org).current().rules.model is None


def test_what_is_done_is_not_done_again_and_a_young_model_stays(night: Night) -> None:
    first = next(task for task in night.run() if task.org_id == "shop")
    published = night.services.rules("shop").current().rules
    state = night.result()

    night.deliver(first)
    assert night.result() == state
    night.run(NOW + timedelta(days=1))

    assert night.services.rules("shop").current().rules == published
    assert night.result().computed_at == NOW + timedelta(days=1)
    assert night.result().summary["published"] is False
    assert "less than a week" in night.result().summary["decision"]
    assert night.result().summary["model"]["fitted_at"] == NOW


def test_a_failure_is_shown_and_what_was_computed_stays(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.run()
    before = night.result()

    def fails(*arguments: object, **named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(job, "fit", fails)
    night.now = NOW + timedelta(days=1)
    dispatch_computation(
        night.services, night.now, clock=lambda: night.now, stop_at=night.now + timedelta(minutes=8)
    )
    while night.queue.waiting:
        task = night.queue.waiting.pop(0)
        status = night.deliver(task)
        if task.queue == QUEUE and task.org_id == "shop":
            assert status == 500

    after = night.result()
    assert (after.status, after.last_error) == (ResultStatus.FAILED, "ZeroDivisionError")
    assert (after.summary, after.computed_at) == (before.summary, before.computed_at)
    assert night.services.rules("shop").current().rules.model is not None


def test_the_switch_stops_asking_and_fitting(night: Night) -> None:
    night.services = replace(
        night.services, settings=replace(night.services.settings, predictions_enabled=False)
    )

    assert night.run() == []
    assert ResultReader(night.client, "shop").state(NAME) is None
    task = Task(queue=QUEUE, org_id="shop", due_at=NOW)
    assert night.deliver(task) in (200, 204)
    assert night.services.rules("shop").current().rules.model is None


def test_the_tool_fits_now_and_takes_a_model_out_of_force(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "utc_now", lambda: NOW)

    assert tool.predict_now(night.services, ["shop", "empty"]) == []
    assert night.services.rules("shop").current().rules.model is not None

    monkeypatch.setattr(tool, "connect", lambda *arguments, **named: night.services)
    tool.main(org="shop", withdraw=True)
    assert night.services.rules("shop").current().rules.model is None
    with pytest.raises(ToolError, match="--org"):
        tool.main(withdraw=True)
