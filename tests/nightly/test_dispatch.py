"""Each organisation's work becomes one task, whose name says which work it is."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import InvalidTaskError, QueueError
from shared.nightly.dispatch import (
    MAX_ATTEMPTS,
    PART,
    THREADS,
    DispatchOutcome,
    Task,
    dispatch,
    task_from,
)
from tests.support.memory_queue import MemoryQueue

DUE = datetime(2026, 3, 1, 1, tzinfo=UTC)
LATER = DUE + timedelta(hours=1)


def task(org_id: str, **more: Any) -> Task:
    return Task(**{"queue": "auditorganization", "due_at": DUE, "org_id": org_id, **more})


tasks = st.builds(
    Task,
    queue=st.sampled_from(["auditorganization", "reclassifyorganization"]),
    org_id=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
        lambda id: "/" not in id and id.strip() and id.strip(".") and "__" not in id
    ),
    due_at=st.datetimes(timezones=st.just(UTC)),
    part=st.integers(0, 10_000),
    details=st.dictionaries(st.text(), st.text()),
)


@given(tasks)
def test_every_name_is_one_that_cloud_tasks_takes(task: Task) -> None:
    assert re.fullmatch("[A-Za-z0-9_-]{1,500}", task.name)
    assert re.fullmatch("[0-9a-f]{20}", task.name.partition("-")[0])


@given(tasks, tasks)
def test_names_are_the_same_for_the_same_work_alone(one: Task, other: Task) -> None:
    def work(task: Task) -> object:
        return task.queue, task.org_id, task.due_at, task.part

    assert (one.name == other.name) == (work(one) == work(other))


def test_names_of_one_night_spread() -> None:
    heads = Counter(task(f"org_{number}").name[0] for number in range(3_200))
    assert len(heads) == 16
    assert max(heads.values()) < 300


@given(tasks)
def test_a_task_comes_out_as_it_went_in(task: Task) -> None:
    assert task_from(task.queue, task.as_data()) == task


GOOD = task("org_1", details={"facts": "x"}).as_data()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (None, "data"),
        ([GOOD], "data"),
        ({**GOOD, "org_id": None}, "org_id"),
        ({**GOOD, "org_id": "a/b"}, "org_id"),
        ({key: value for key, value in GOOD.items() if key != "org_id"}, "org_id"),
        ({**GOOD, "due_at": "yesterday"}, "due_at"),
        ({**GOOD, "due_at": "2026-03-01T01:00:00"}, "due_at"),
        ({**GOOD, "due_at": 1772326800}, "due_at"),
        ({**GOOD, "part": -1}, "part"),
        ({**GOOD, "part": True}, "part"),
        ({**GOOD, "part": "1"}, "part"),
        ({**GOOD, "details": ["facts"]}, "details"),
        ({**GOOD, "details": {"facts": 1}}, "details"),
        ({**GOOD, "retries": 1}, "retries"),
    ],
)
def test_data_that_is_none_of_a_task_is_refused_by_the_field(data: object, field: str) -> None:
    with pytest.raises(InvalidTaskError) as error:
        task_from("auditorganization", data)
    assert error.value.field == field


def test_details_that_are_missing_or_no_instants_are_named() -> None:
    assert task("org_1", details={"made_at": DUE.isoformat()}).instant("made_at") == DUE
    with pytest.raises(InvalidTaskError, match=r"^details\.made_at must be an instant"):
        task("org_1", details={"made_at": "night"}).instant("made_at")
    with pytest.raises(InvalidTaskError, match=r"^details\.facts is missing"):
        task("org_1").detail("facts")


def run(queue: Any, tasks: Iterator[Task] | list[Task], **more: Any) -> DispatchOutcome:
    known = {"clock": lambda: DUE, "stop_at": LATER, "sleep": lambda seconds: None}
    return dispatch(queue, "computeorganization", tasks, **{**known, **more})


def test_all_are_enqueued_and_once() -> None:
    queue = MemoryQueue()
    organizations = [task(f"org_{number}") for number in range(PART + 7)]
    assert run(queue, iter(organizations)) == DispatchOutcome(enqueued=PART + 7)
    assert sorted(queue.waiting, key=lambda task: int(task.org_id[4:])) == organizations
    again = [*organizations, task("org_new")]
    assert run(queue, again) == DispatchOutcome(enqueued=1, existing=PART + 7)


def test_not_more_calls_at_once_than_the_client_has_connections() -> None:
    class Watched(MemoryQueue):
        at_once = most = 0
        lock = Lock()

        def enqueue(self, task: Task) -> bool:
            with self.lock:
                self.at_once += 1
                self.most = max(self.most, self.at_once)
            try:
                return super().enqueue(task)
            finally:
                with self.lock:
                    self.at_once -= 1

    queue = Watched()
    run(queue, [task(f"org_{number}") for number in range(400)])
    assert 1 <= queue.most <= THREADS


class Refusing(MemoryQueue):
    """Refuses the tasks of some organisations so many times each."""

    def __init__(self, times: dict[str, int]) -> None:
        super().__init__()
        self.times = times

    def enqueue(self, task: Task) -> bool:
        if self.times.get(task.org_id, 0) > 0:
            self.times[task.org_id] -= 1
            raise QueueError("UNAVAILABLE")
        return super().enqueue(task)


def test_a_queue_that_is_away_for_a_moment_gets_the_task_all_the_same() -> None:
    queue, waits = Refusing({"org_1": MAX_ATTEMPTS - 1}), list[float]()
    done = run(queue, [task("org_1"), task("org_2")], sleep=waits.append)
    assert done == DispatchOutcome(enqueued=2)
    assert len(waits) == MAX_ATTEMPTS - 1


def test_one_that_is_refused_for_good_holds_up_no_other_and_is_counted() -> None:
    queue = Refusing({"org_1": MAX_ATTEMPTS})
    done = run(queue, [task("org_1"), task("org_2")])
    assert done == DispatchOutcome(enqueued=1, failed=1)
    assert not done.complete
    assert run(queue, [task("org_1"), task("org_2")]) == DispatchOutcome(enqueued=1, existing=1)


def test_out_of_time_says_so_and_the_next_call_enqueues_the_rest() -> None:
    queue = MemoryQueue()
    organizations = [task(f"org_{number}") for number in range(2 * PART)]
    looks = iter([DUE, LATER])
    first = run(queue, organizations, clock=lambda: next(looks))
    assert (first.enqueued, first.complete) == (PART, False)
    assert run(queue, organizations) == DispatchOutcome(enqueued=PART, existing=PART)
