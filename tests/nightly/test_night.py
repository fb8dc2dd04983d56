"""A night is dispatched once, however often it takes."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.kernel.errors import ConflictError
from shared.nightly.dispatch import DispatchOutcome
from shared.nightly.job_run import JobRun, JobStatus
from shared.nightly.night import dispatch_once
from tests.nightly.memory_jobs import MemoryJobs

DUE = datetime(2026, 3, 1, 1, tzinfo=UTC)


class Nights:
    """Calls of a scheduled function, with the outcome of each dispatch given by the test."""

    def __init__(self) -> None:
        self.store = MemoryJobs()
        self.cursors: list[object] = []

    def call(self, done: DispatchOutcome | Exception, *, days: int = 0) -> str:
        def dispatching(run: JobRun) -> DispatchOutcome:
            self.cursors.append(run.cursor)
            run.advance({"facts": "made"})
            if isinstance(done, Exception):
                raise done
            return done

        due_at = DUE + timedelta(days=days)
        return dispatch_once(self.store, "audit", due_at, dispatching, clock=lambda: due_at)

    @property
    def state(self) -> tuple[JobStatus, str | None]:
        state, _ = self.store.states["audit"]
        return state.status, state.last_error


def test_what_is_dispatched_is_not_dispatched_again() -> None:
    nights = Nights()
    assert nights.call(DispatchOutcome(enqueued=2, existing=1)) == "complete"
    assert nights.state == (JobStatus.COMPLETE, None)
    assert nights.call(DispatchOutcome()) == "nothing due"
    assert nights.call(DispatchOutcome(), days=1) == "complete"
    assert nights.cursors == [{}, {}]


def test_no_number_of_failures_ends_a_night_and_what_all_tasks_share_is_made_once() -> None:
    nights = Nights()
    for _ in range(9):
        assert nights.call(DispatchOutcome(enqueued=2, failed=1)) == "failed"
        assert nights.state == (JobStatus.FAILED, "QueueError")
    with pytest.raises(ConnectionError):
        nights.call(ConnectionError("with some detail"))
    assert nights.state == (JobStatus.FAILED, "ConnectionError")
    assert nights.call(DispatchOutcome(existing=1, in_time=False)) == "paused"
    assert nights.call(DispatchOutcome(existing=3)) == "complete"
    assert nights.cursors == [{}, *[{"facts": "made"}] * 11]


def test_a_call_that_was_overtaken_leaves_the_report_to_the_other() -> None:
    assert Nights().call(ConflictError("another call has saved")) == "overtaken"
