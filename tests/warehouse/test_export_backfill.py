"""A backfill of the export that is killed anywhere loads everything, and nothing twice."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import ConflictError
from shared.nightly.job_run import JobState, JobStatus
from shared.warehouse import export_backfill
from shared.warehouse.changelog import ChangelogRow, document_name, imported_row
from shared.warehouse.export_backfill import LedgerDocument, backfill_export, job_name, loads
from tests.nightly.memory_jobs import MemoryJobs

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class KilledError(BaseException):
    """The process ends: nothing after it runs, not even what handles errors."""


class World:
    """A ledger, a warehouse and the job's document, with something befalling their calls."""

    def __init__(self, count: int, befall: Callable[[int], None] = lambda call: None) -> None:
        self.ledger = {f"o{n:03}": {"n": n} for n in range(count)}
        self.loaded: dict[str, list[ChangelogRow]] = {}
        self.jobs = MemoryJobs()
        self.befall = befall
        self.calls = 0
        self.now = NOW

    def call(self) -> None:
        self.calls += 1
        self.befall(self.calls)

    def documents(self, after: str | None) -> Iterator[LedgerDocument]:
        for id in sorted(self.ledger):
            if after is None or id > after:
                self.call()
                name = document_name("shop", f"order_ledger/{id}")
                yield LedgerDocument(name=name, data=dict(self.ledger[id]))

    def load(self, rows: Iterable[ChangelogRow], *, job_id: str) -> int:
        self.call()
        self.loaded.setdefault(job_id, list(rows))
        self.call()
        return 0

    def run(self, *, restart: bool = False, org: str | None = None) -> int:
        world = self

        class Jobs:
            def load(self, name: str) -> tuple[JobState | None, object]:
                world.call()
                return world.jobs.load(name)

            def save(self, state: JobState, revision: object) -> object:
                world.call()
                saved = world.jobs.save(state, revision)
                world.call()
                return saved

        self.now += timedelta(seconds=1)
        return backfill_export(
            self,
            self,
            Jobs(),
            org,
            restart=restart,
            clock=lambda: self.now,
            on_progress=lambda loaded: None,
        )

    def ids(self) -> list[str]:
        return sorted(row.document_id for rows in self.loaded.values() for row in rows)

    @property
    def state(self) -> JobState:
        return self.jobs.states[job_name(None)][0]


@pytest.fixture(autouse=True)
def small_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_backfill, "LOAD_ROWS", 3)


def at(number: int, error: BaseException) -> Callable[[int], None]:
    def befall(call: int) -> None:
        if call == number:
            raise error

    return befall


def test_everything_is_loaded_once_in_loads_of_a_size() -> None:
    world = World(8)
    assert world.run() == 8
    assert world.ids() == sorted(world.ledger)
    assert [len(rows) for rows in world.loaded.values()] == [3, 3, 2]
    assert all(row.operation == "IMPORT" for rows in world.loaded.values() for row in rows)
    assert (world.state.status, world.state.source_rows) == (JobStatus.COMPLETE, 8)


def test_a_failure_is_to_be_seen_until_it_is_made_up_for() -> None:
    world = World(8, at(8, ConnectionError("in secret detail")))
    with pytest.raises(ConnectionError):
        world.run()
    assert (world.state.status, world.state.last_error) == (JobStatus.FAILED, "ConnectionError")
    world.run()
    assert (world.state.status, world.state.last_error) == (JobStatus.COMPLETE, None)


def test_an_empty_ledger_is_loaded_too() -> None:
    world = World(0)
    assert world.run() == 0
    assert world.state.status is JobStatus.COMPLETE


@pytest.mark.parametrize("error", [KilledError(), ConnectionError()], ids=["killed", "failed"])
def test_ended_at_any_call_the_next_run_loads_the_rest(error: BaseException) -> None:
    whole = World(8)
    whole.run()
    for number in range(1, whole.calls + 1):
        world = World(8, at(number, error))
        with pytest.raises(type(error)):
            world.run()
        was_complete = bool(world.jobs.states) and world.state.status is JobStatus.COMPLETE
        assert world.run() == 8
        if not was_complete:  # where only the answer was lost, a person has all of it loaded again
            assert world.ids() == sorted(world.ledger), number
        assert world.state.status is JobStatus.COMPLETE


@given(
    kills=st.lists(st.integers(1, 25), max_size=8),
    changes=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9)), max_size=8),
)
def test_killed_again_and_again_while_the_ledger_changes(
    kills: list[int], changes: list[tuple[int, int]]
) -> None:
    world = World(8)
    for kill in kills:
        world.befall = at(world.calls + kill, KilledError())
        with suppress(KilledError):
            world.run()
        if changes:
            number, value = changes.pop()
            world.ledger[f"o{number:03}"] = {"n": value}
    before = set(world.ledger)
    world.befall = lambda call: None
    world.run(restart=not kills)
    first_eight = {f"o{n:03}" for n in range(8)}
    assert first_eight <= set(world.ids()) <= before


def test_a_finished_run_is_not_gone_on_with() -> None:
    world = World(4)
    world.run()
    world.run()
    assert world.ids() == sorted([*world.ledger, *world.ledger])


def test_begun_anew_all_is_loaded_although_half_was() -> None:
    world = World(8, at(16, KilledError()))
    with pytest.raises(KilledError):
        world.run()
    assert len(world.ids()) > 3
    world.run(restart=True)
    assert set(world.ids()) == set(world.ledger)
    assert len(world.ids()) > 8
    assert world.state.source_rows == 8


def test_of_two_runs_at_once_the_later_one_goes_on() -> None:
    world = World(8)
    began_later = False

    def befall(call: int) -> None:
        nonlocal began_later
        if world.loaded and not began_later:
            began_later = True
            world.run()

    world.befall = befall
    with pytest.raises(ConflictError):
        world.run()
    assert world.state.status is JobStatus.COMPLETE
    assert world.ids() == sorted(world.ledger)


def test_organisations_have_runs_of_their_own() -> None:
    world = World(2)
    world.run(org="org_north")
    assert list(world.jobs.states) == ["export_backfill_org_north"]


@given(sizes=st.lists(st.integers(0, 120), max_size=30))
def test_loads_keep_their_limits_and_the_sequence(sizes: list[int]) -> None:
    rows = [imported_row(f"d/{n}", {"t": "é" * size}) for n, size in enumerate(sizes)]
    parts = list(loads(rows, most_bytes=200))
    assert [row for part in parts for row in part] == rows
    for part in parts:
        size = sum(len((row.data or "").encode()) for row in part)
        assert 1 <= len(part) <= 3
        assert size <= 200 or len(part) == 1


def test_progress_counts_what_earlier_runs_loaded() -> None:
    shown: list[Any] = []
    world = World(8)
    world.jobs.save(
        JobState(
            name=job_name(None),
            due_at=NOW,
            status=JobStatus.FAILED,
            started_at=NOW,
            lease_until=None,
            cursor={"after": "o002", "loaded": 3},
        ),
        None,
    )
    backfill_export(
        world,
        world,
        world.jobs,
        None,
        restart=False,
        clock=lambda: NOW,
        on_progress=shown.append,
    )
    assert shown == [3, 6, 8]
    assert world.ids() == ["o003", "o004", "o005", "o006", "o007"]
