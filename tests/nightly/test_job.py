"""A scheduled time is worked on once, by one at a time, until it is done."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import ConflictError
from shared.nightly.job_run import ENDED, LEASE, MAX_ATTEMPTS, JobStatus, claim
from tests.nightly.memory_jobs import MemoryJobs

DUE = datetime(2026, 3, 1, 3, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = DUE

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryJobs:
    return MemoryJobs()


def test_a_scheduled_time_that_is_complete_is_not_worked_on_again(
    store: MemoryJobs, clock: Clock
) -> None:
    run = claim(store, "job", DUE, clock=clock)
    assert run is not None
    clock.now += timedelta(seconds=90)
    run.complete(source_rows=7)
    assert claim(store, "job", DUE, clock=clock) is None
    assert claim(store, "job", DUE - timedelta(days=1), clock=clock) is None
    state = store.states["job"][0]
    assert (state.status, state.lag_seconds, state.source_rows) == (JobStatus.COMPLETE, 90, 7)
    assert state.computed_at == clock.now
    assert claim(store, "job", DUE + timedelta(days=1), clock=clock) is not None


def test_one_at_a_time_until_the_lease_runs_out(store: MemoryJobs, clock: Clock) -> None:
    first = claim(store, "job", DUE, clock=clock)
    assert first is not None
    first.advance({"done": ["a"]})
    assert claim(store, "job", DUE, clock=clock) is None
    assert claim(store, "job", DUE + timedelta(hours=1), clock=clock) is None
    clock.now += LEASE
    second = claim(store, "job", DUE, clock=clock)
    assert second is not None
    assert second.cursor == {"done": ["a"]}
    assert (second.state.failures, second.state.last_error) == (1, ENDED)
    with pytest.raises(ConflictError):
        first.advance({"done": ["a", "b"]})
    second.complete()


def test_of_two_that_claim_at_once_one_gets_it(store: MemoryJobs, clock: Clock) -> None:
    class Slow(MemoryJobs):
        def load(self, name: str) -> tuple[None, None]:
            return None, None

    slow = Slow()
    slow.states = store.states
    assert claim(slow, "job", DUE, clock=clock) is not None
    assert claim(slow, "job", DUE, clock=clock) is None


def test_a_paused_run_goes_on_from_its_cursor(store: MemoryJobs, clock: Clock) -> None:
    run = claim(store, "job", DUE, clock=clock)
    assert run is not None
    run.advance({"done": ["a"]})
    run.pause()
    again = claim(store, "job", DUE, clock=clock)
    assert again is not None
    assert again.cursor == {"done": ["a"]}


def test_failures_are_tried_again_and_then_left_to_the_next_time(
    store: MemoryJobs, clock: Clock
) -> None:
    for attempt in range(MAX_ATTEMPTS):
        run = claim(store, "job", DUE, clock=clock)
        assert run is not None, attempt
        run.fail("BadGateway")
    state = store.states["job"][0]
    assert (state.status, state.last_error) == (JobStatus.FAILED, "BadGateway")
    assert claim(store, "job", DUE, clock=clock) is None
    later = claim(store, "job", DUE + timedelta(days=1), clock=clock)
    assert later is not None
    assert later.state.failures == 0
    assert later.cursor == {}


def test_calls_that_are_ended_count_as_failures(store: MemoryJobs, clock: Clock) -> None:
    for attempt in range(MAX_ATTEMPTS):
        assert claim(store, "job", DUE, clock=clock) is not None, attempt
        clock.now += LEASE
    assert claim(store, "job", DUE, clock=clock) is None
    state = store.states["job"][0]
    assert (state.status, state.failures, state.last_error) == (
        JobStatus.FAILED,
        MAX_ATTEMPTS,
        ENDED,
    )
    assert state.lease_until is None
    later = claim(store, "job", DUE + timedelta(days=1), clock=clock)
    assert later is not None
    assert later.state.failures == 0


def test_a_failure_leaves_the_report_of_the_last_complete_run(
    store: MemoryJobs, clock: Clock
) -> None:
    run = claim(store, "job", DUE, clock=clock)
    assert run is not None
    run.complete(source_rows=5)
    clock.now += timedelta(days=1)
    run = claim(store, "job", clock.now, clock=clock)
    assert run is not None
    run.fail("BadGateway")
    state = store.states["job"][0]
    assert (state.computed_at, state.source_rows) == (DUE, 5)


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["claim", "advance", "pause", "fail", "complete", "die", "wait"]),
            st.integers(0, 3),
        ),
        max_size=40,
    )
)
def test_never_two_holders(steps: list[tuple[str, int]]) -> None:
    store, clock = MemoryJobs(), Clock()
    holders = []
    for step, day in steps:
        if step == "claim":
            run = claim(store, "job", DUE + timedelta(days=day), clock=clock)
            if run is not None:
                holders.append(run)
        elif step == "wait":
            clock.now += LEASE / 2
        elif step != "die" and holders:
            holder = holders[-1]
            try:
                if step == "advance":
                    holder.advance({"done": []})
                elif step == "pause":
                    holder.pause()
                elif step == "fail":
                    holder.fail("x")
                else:
                    holder.complete()
            except ConflictError:
                raise AssertionError("the newest holder lost its lease") from None
        for older in holders[:-1]:
            with pytest.raises(ConflictError):
                older.advance({})
