"""A task delivered twice, late or after it was ended does nothing twice, and says what it did."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import ConflictError, TaskBusyError
from shared.nightly.attempt import LEASE, begin
from shared.nightly.dispatch import Task
from shared.nightly.job_run import ENDED, JobRun, JobState, JobStatus
from tests.nightly.memory_jobs import MemoryJobs

DUE = datetime(2026, 3, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
QUEUE = "auditorganization"


class Night:
    """Deliveries of one organisation's tasks."""

    def __init__(self, store: MemoryJobs | None = None) -> None:
        self.store = store or MemoryJobs()
        self.now = DUE

    def deliver(self, attempt: int = 1, *, days: int = 0, part: int = 0) -> JobRun | None:
        task = Task(queue=QUEUE, org_id="org_1", due_at=DUE + days * DAY, part=part)
        return begin(self.store, task, attempt, clock=lambda: self.now)

    def begun(self, attempt: int = 1, *, days: int = 0, part: int = 0) -> JobRun:
        run = self.deliver(attempt, days=days, part=part)
        assert run is not None
        return run

    @property
    def state(self) -> JobState:
        return self.store.states[QUEUE][0]


@pytest.fixture
def night() -> Night:
    return Night()


def test_what_is_done_is_not_done_again(night: Night) -> None:
    run = night.begun()
    night.now += timedelta(seconds=40)
    run.complete(source_rows=7)
    assert (night.state.status, night.state.source_rows) == (JobStatus.COMPLETE, 7)
    assert (night.state.computed_at, night.state.lag_seconds) == (night.now, 40)
    for attempt in (1, 2, 9):
        assert night.deliver(attempt) is None


def test_a_second_delivery_beside_the_first_does_nothing(night: Night) -> None:
    run = night.begun()
    assert night.deliver() is None
    run.complete()


def test_a_task_that_comes_after_a_newer_one_does_nothing(night: Night) -> None:
    night.begun(days=1).complete()
    assert night.deliver() is None
    night.begun(days=2).fail("BadGateway")
    assert night.deliver(days=1) is None
    assert night.state.last_error == "BadGateway"


def test_a_failure_stays_until_an_attempt_succeeds(night: Night) -> None:
    night.begun(1).fail("BadGateway")
    assert (night.state.status, night.state.failures) == (JobStatus.FAILED, 1)
    second = night.begun(2)
    assert (night.state.attempt, night.state.last_error) == (2, "BadGateway")
    second.fail("TooLarge")
    assert (night.state.status, night.state.failures, night.state.last_error) == (
        JobStatus.FAILED,
        2,
        "TooLarge",
    )
    night.begun(3).complete()
    assert (night.state.status, night.state.last_error) == (JobStatus.COMPLETE, None)


def test_a_failure_leaves_when_it_was_done_last(night: Night) -> None:
    night.begun().complete(source_rows=5)
    night.now += DAY
    night.begun(days=1).fail("BadGateway")
    assert (night.state.computed_at, night.state.source_rows) == (DUE, 5)
    night.now += DAY
    night.begun(days=2)
    assert (night.state.failures, night.state.last_error) == (0, None)


def test_the_next_attempt_takes_over_from_one_that_was_ended_at_once(night: Night) -> None:
    ended = night.begun(1)
    night.now += timedelta(minutes=1)
    second = night.begun(2)
    assert (night.state.failures, night.state.last_error) == (1, ENDED)
    with pytest.raises(ConflictError):
        ended.complete()
    second.complete()


def test_an_attempt_goes_on_from_the_place_of_the_one_before(night: Night) -> None:
    first = night.begun(1)
    first.advance({"after": "k"})
    first.fail("BadGateway")
    second = night.begun(2)
    assert second.cursor == {"after": "k"}
    second.complete()
    assert night.begun(days=1).cursor == {}


def test_after_the_last_attempt_was_ended_it_reads_as_failed(night: Night) -> None:
    night.begun(6)
    assert night.state.status_at(night.now) is JobStatus.RUNNING
    assert night.state.status_at(night.now + LEASE) is JobStatus.FAILED
    night.now += DAY
    night.begun(1, days=1).complete()
    assert night.state.status_at(night.now + DAY) is JobStatus.COMPLETE


def test_a_task_waits_for_the_one_before(night: Night) -> None:
    first = night.begun()
    for attempt in (1, 2):
        with pytest.raises(TaskBusyError):
            night.deliver(attempt, days=1)
    first.complete()
    night.begun(3, days=1).complete()


def test_a_further_part_of_the_same_time_is_work_of_its_own(night: Night) -> None:
    first = night.begun()
    with pytest.raises(TaskBusyError):
        night.deliver(part=1)
    first.complete(source_rows=5)
    second = night.begun(part=1)
    assert (second.state.failures, second.state.source_rows) == (0, 5)
    assert night.deliver(2) is None, "the part before comes too late"
    second.complete()
    assert night.deliver(part=1) is None


def test_of_two_deliveries_at_once_one_begins() -> None:
    class Late(MemoryJobs):
        """The first look comes before the other delivery saves."""

        looked = False

        def load(self, name: str) -> tuple[JobState | None, object]:
            if not self.looked:
                self.looked = True
                return None, None
            return super().load(name)

    night = Night()
    night.begun()
    late = Late()
    late.states = night.store.states
    assert Night(late).deliver() is None


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["deliver", "repeat", "complete", "fail", "end", "wait"]),
            st.integers(0, 2),
        ),
        max_size=40,
    )
)
def test_whatever_the_queue_does_no_time_is_done_twice_nor_two_at_once(
    steps: list[tuple[str, int]],
) -> None:
    """`end` is the platform ending the run: the next attempt of its task follows it."""
    night = Night()
    working: tuple[int, JobRun] | None = None
    attempts = [1, 1, 1]
    done: set[int] = set()
    for step, day in steps:
        if step == "wait":
            night.now += LEASE / 3
        elif step in ("deliver", "repeat"):
            if step == "deliver" and not (working and working[0] == day):
                attempts[day] += 1
            try:
                run = night.deliver(attempts[day], days=day)
            except TaskBusyError:
                continue
            if run is not None:
                assert day not in done, "done twice"
                assert day >= max(done, default=0), "after a newer one"
                assert working is None or night.now >= working[1].state.started_at + LEASE
                working = day, run
        elif working is not None:
            worked_on, run = working
            working = None
            if step == "complete":
                run.complete()
                done.add(worked_on)
            elif step == "fail":
                run.fail("Broken")
