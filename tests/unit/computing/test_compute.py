"""One trouble holds up nothing else, and what is left is done by the next call."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.clock import Clock
from shared.computing.compute import PAGES, Attempt, as_of, compute
from shared.computing.job import ENDED, LEASE, claim
from shared.computing.question import ComputedOrganization, Parameter, Question, Row
from shared.computing.result import Result
from shared.segments.thresholds import Thresholds
from tests.support.memory_jobs import MemoryJobs

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
ORGANIZATIONS = [
    ComputedOrganization(
        org_id=id, time_zone=ZoneInfo("UTC"), today=date(2026, 3, 1), thresholds=Thresholds()
    )
    for id in ("a", "b", "c")
]


@dataclass(frozen=True)
class Counting:
    """How many rows there are."""

    name: str
    sql: str = "rows"
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterator[Result]:
        yield Result(name=self.name, entries=[], summary={"rows": len(list(rows))})


class KilledError(BaseException):
    """The process ends."""


@dataclass
class FakeRows:
    """A warehouse that holds one list of rows, and fails where it is told to."""

    held: list[dict[str, Any]]
    failing: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    instants: set[Any] = field(default_factory=set)
    fail_after: int | None = None
    ended_by: str = ""

    facts: str | None = None
    made: int = 0
    facts_asked: set[str | None] = field(default_factory=set)

    def refresh_facts(self) -> str:
        self.asked.append("facts")
        if "facts" in self.failing:
            raise ConnectionError
        self.made += 1
        self.facts = f"facts {self.made}"
        return self.facts

    def refresh_baskets(self) -> None:
        self.asked.append("baskets")

    def order_counts(self) -> Mapping[str, int]:
        return {"a": 2, "c": 1}

    def rows(self, sql: str, parameters: Mapping[str, Parameter]) -> Iterator[Row]:
        self.asked.append(sql)
        self.facts_asked.add(self.facts)
        self.instants.add(parameters["now"])
        if sql == self.ended_by:
            raise KilledError
        if sql in self.failing and self.fail_after is None:
            raise ConnectionError
        for number, row in enumerate(self.held):
            if sql in self.failing and number == self.fail_after:
                raise ConnectionError
            yield row


@dataclass
class Kept:
    published: dict[tuple[str, str], int] = field(default_factory=dict)
    failed: set[tuple[str, str, str]] = field(default_factory=set)
    touched: list[str] = field(default_factory=list)
    refusing: str | None = None
    untold: str | None = None

    def publish(self, org_id: str, result: Result, attempt: Attempt, source_rows: int) -> None:
        if org_id == self.refusing:
            raise ValueError
        self.published[org_id, result.name] = result.summary["rows"]

    def fail(self, org_id: str, name: str, attempt: Attempt, error: str) -> None:
        self.failed.add((org_id, name, error))

    def changed(self, org_id: str) -> None:
        if org_id == self.untold:
            raise ConnectionError
        self.touched.append(org_id)


ROWS = [{"org_id": "a"}, {"org_id": "a"}, {"org_id": "aa"}, {"org_id": "c"}, {"org_id": "d"}]


def run_with(
    warehouse: FakeRows,
    kept: Kept,
    questions: list[Question],
    store: MemoryJobs,
    stop_at: datetime = NOW + timedelta(hours=1),
    now: datetime = NOW,
    clock: Clock | None = None,
) -> tuple[bool, tuple[str, ...]]:
    run = claim(store, "job", NOW, clock=lambda: now)
    assert run is not None
    done = compute(
        warehouse,
        kept,
        questions,
        ORGANIZATIONS,
        run,
        due_at=NOW,
        as_of=as_of(run, lambda: now),
        clock=clock or (lambda: now),
        stop_at=stop_at,
    )
    run.pause()
    return done.complete, done.failed


def test_every_organisation_gets_its_own_rows_and_no_others() -> None:
    kept = Kept()
    run_with(FakeRows(ROWS), kept, [Counting("count")], MemoryJobs())
    assert kept.published == {("a", "count"): 2, ("b", "count"): 0, ("c", "count"): 1}
    assert kept.touched == ["a", "b", "c"]


def test_a_question_that_fails_is_told_everywhere_and_asked_again() -> None:
    store, kept = MemoryJobs(), Kept()
    warehouse = FakeRows(ROWS, failing={"bad"})
    questions: list[Question] = [Counting("worse", sql="bad"), Counting("count")]
    assert run_with(warehouse, kept, questions, store) == (True, ("worse",))
    assert kept.failed == {(id, "worse", "ConnectionError") for id in ("a", "b", "c")}
    assert kept.published.keys() == {(id, "count") for id in ("a", "b", "c")}

    warehouse.failing.clear()
    warehouse.asked.clear()
    assert run_with(warehouse, kept, questions, store) == (True, ())
    assert warehouse.asked == ["bad"], "only what was missing"
    assert kept.published["a", "worse"] == 2


@pytest.mark.parametrize("after", [1, 2, 4])
def test_an_answer_that_breaks_off_publishes_no_part_of_an_organisation(after: int) -> None:
    kept = Kept()
    warehouse = FakeRows(ROWS, failing={"rows"}, fail_after=after)
    assert run_with(warehouse, kept, [Counting("count")], MemoryJobs()) == (True, ("count",))
    told = {org for org, _ in kept.published} | {org for org, _, _ in kept.failed}
    assert told == {"a", "b", "c"}
    assert kept.published.get(("a", "count"), 2) == 2
    assert kept.published.get(("c", "count"), 1) == 1


def test_one_organisation_does_not_hold_up_the_next() -> None:
    kept = Kept(refusing="a")
    assert run_with(FakeRows(ROWS), kept, [Counting("count")], MemoryJobs()) == (True, ("count",))
    assert kept.failed == {("a", "count", "ValueError")}
    assert kept.published == {("b", "count"): 0, ("c", "count"): 1}


def test_what_a_call_was_ended_at_is_told_and_asked_last() -> None:
    store, kept = MemoryJobs(), Kept()
    warehouse = FakeRows(ROWS, ended_by="slow")
    questions: list[Question] = [Counting("endless", sql="slow"), Counting("count")]
    for calls in range(2):
        with pytest.raises(KilledError):
            run_with(warehouse, kept, questions, store, now=NOW + calls * LEASE)
    assert warehouse.asked == ["facts", "baskets", "slow", "rows", "slow"]
    assert kept.published.keys() == {(id, "count") for id in ("a", "b", "c")}
    assert kept.failed == {(id, "endless", ENDED) for id in ("a", "b", "c")}


def test_what_failed_is_asked_after_what_was_not_asked_yet() -> None:
    store, kept = MemoryJobs(), Kept()
    warehouse = FakeRows(ROWS, failing={"bad"})
    questions: list[Question] = [Counting("worse", sql="bad"), Counting("count")]
    times = iter([NOW, NOW, NOW])
    late = NOW + timedelta(hours=2)
    ended = run_with(warehouse, kept, questions, store, clock=lambda: next(times, late))
    assert ended == (False, ("worse",))
    assert run_with(warehouse, kept, questions, store) == (True, ("worse",))
    assert warehouse.asked == ["facts", "baskets", "bad", "rows", "bad"]


def test_without_facts_every_result_is_told_to_have_failed() -> None:
    store, kept = MemoryJobs(), Kept()
    warehouse = FakeRows(ROWS, failing={"facts"})
    with pytest.raises(ConnectionError):
        run_with(warehouse, kept, [Counting("count")], store)
    assert kept.failed == {(id, "count", "ConnectionError") for id in ("a", "b", "c")}
    assert kept.touched == ["a", "b", "c"]


def test_a_later_call_asks_as_of_when_the_facts_were_made() -> None:
    store = MemoryJobs()
    warehouse = FakeRows(ROWS, failing={"bad"})
    questions: list[Question] = [Counting("worse", sql="bad"), Counting("count")]
    run_with(warehouse, Kept(), questions, store)
    run_with(warehouse, Kept(), questions, store, now=NOW + timedelta(hours=2))
    assert warehouse.instants == {NOW}
    assert warehouse.asked.count("facts") == 1


def test_a_later_call_asks_the_facts_of_the_first_whoever_made_others_meanwhile() -> None:
    store = MemoryJobs()
    warehouse = FakeRows(ROWS, failing={"bad"})
    questions: list[Question] = [Counting("worse", sql="bad"), Counting("count")]
    run_with(warehouse, Kept(), questions, store)
    assert warehouse.refresh_facts() == "facts 2"
    run_with(warehouse, Kept(), questions, store)
    assert warehouse.facts_asked == {"facts 1"}


def test_pages_that_cannot_be_made_anew_are_not_the_others_trouble() -> None:
    store, kept = MemoryJobs(), Kept(untold="a")
    warehouse = FakeRows(ROWS)
    assert run_with(warehouse, kept, [Counting("count")], store) == (True, (PAGES,))
    assert kept.touched == ["b", "c"]
    kept.untold = None
    assert run_with(warehouse, kept, [Counting("count")], store) == (True, ())
    assert kept.touched == ["b", "c", "a", "b", "c"]


def test_out_of_time_the_next_call_goes_on() -> None:
    store, kept = MemoryJobs(), Kept()
    warehouse = FakeRows(ROWS)
    assert run_with(warehouse, kept, [Counting("count")], store, stop_at=NOW) == (False, ())
    assert warehouse.asked == ["facts", "baskets"]
    assert kept.touched == ["a", "b", "c"], "what an earlier call published may be untold"
    assert run_with(warehouse, kept, [Counting("count")], store) == (True, ())
    assert warehouse.asked == ["facts", "baskets", "rows"]
