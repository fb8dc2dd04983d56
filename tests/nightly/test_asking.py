"""A question that fails delays no other, and the next call asks the remaining ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError, InvalidTaskError
from shared.nightly.asking import AS_OF, FACTS, FAILED, Night, failed_questions
from shared.nightly.dispatch import Task
from shared.nightly.job_run import ENDED, LEASE, JobRun, claim
from shared.nightly.question import ComputedOrganization, Parameter, Question, Row, Scan, scans
from shared.nightly.result import Result
from tests.nightly.memory_jobs import MemoryJobs

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Asked:
    """A question of that name."""

    name: str
    scan: str = ""
    sql: str = "rows"
    text_columns: frozenset[str] = frozenset()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scan", self.scan or self.name)

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterator[Result]:
        yield Result(name=self.name, entries=[])


QUESTIONS: list[Question] = [Asked("bad"), Asked("good"), Asked("last")]


class KilledError(BaseException):
    """The process ends."""


@dataclass
class FakeTables:
    """Records which questions were asked of which facts; fails or ends the process on demand."""

    failing: set[str] = field(default_factory=set)
    ended_by: str = ""
    made: int = 0
    asked: list[tuple[str, str, datetime]] = field(default_factory=list)
    combined: list[tuple[str, list[str]]] = field(default_factory=list)

    def make_facts(self, organizations: Sequence[ComputedOrganization]) -> str:
        if "facts" in self.failing:
            raise ConnectionError
        self.made += 1
        return f"facts_{self.made}"

    def ask(self, facts: str, scan: Scan, now: datetime) -> None:
        self.asked.append((facts, scan.name, now))
        if scan.name == self.ended_by:
            raise KilledError
        if scan.name in self.failing:
            raise ConnectionError

    def combine(self, facts: str, scans: Iterable[str]) -> None:
        self.combined.append((facts, list(scans)))

    @property
    def names(self) -> list[str]:
        return [name for _, name, _ in self.asked]


class Calls:
    """Calls of a scheduled function for one night."""

    def __init__(self) -> None:
        self.store = MemoryJobs()
        self.tables = FakeTables()
        self.now = NOW
        self.waves: list[tuple[int, Mapping[str, str]]] = []

    def run(self) -> JobRun:
        run = claim(self.store, "job", NOW, clock=lambda: self.now)
        assert run is not None
        return run

    def call(self, clock: Clock | None = None) -> bool:
        """Everything that is left, as the scheduled function does it."""
        run = self.run()
        night = Night.of(run)
        if night.facts is None:
            night.make_facts(self.tables, [], self.now)
        for questions in night.waiting(QUESTIONS):
            if not night.ask(
                self.tables, questions, clock=clock or (lambda: self.now), stop_at=NOW + 9 * HOUR
            ):
                run.pause()
                return False
            if night.news:
                night.combine(self.tables)
                self.waves.append((night.wave, night.details))
                night.count_wave()
        run.pause()
        return True


@pytest.fixture
def calls() -> Calls:
    return Calls()


def failure_details(failed: str) -> dict[str, str]:
    return {FACTS: "facts_1", AS_OF: NOW.isoformat(), FAILED: failed}


def test_a_night_without_trouble_is_one_wave(calls: Calls) -> None:
    assert calls.call()
    assert calls.tables.names == ["bad", "good", "last"]
    assert calls.tables.combined == [("facts_1", ["bad", "good", "last"])]
    assert calls.waves == [(0, failure_details("{}"))]
    assert calls.call()
    assert len(calls.tables.asked) == 3
    assert len(calls.waves) == 1


def test_a_question_that_fails_is_told_and_asked_again_of_the_same_facts(calls: Calls) -> None:
    calls.tables.failing.add("bad")
    calls.call()
    calls.now += 2 * HOUR
    calls.call()
    assert calls.waves == [(0, failure_details('{"bad": "ConnectionError"}'))], "told once"
    calls.tables.failing.clear()
    calls.now += HOUR
    calls.call()
    assert calls.waves[1:] == [(1, failure_details("{}"))]
    assert calls.tables.names == ["bad", "good", "last", "bad", "bad"]
    assert {(facts, now) for facts, _, now in calls.tables.asked} == {("facts_1", NOW)}
    assert calls.tables.combined[-1] == ("facts_1", ["bad", "good", "last"])


def test_what_failed_is_asked_after_what_was_not_asked_yet_and_dispatched(calls: Calls) -> None:
    calls.tables.failing.add("bad")
    looks = iter([NOW])
    assert not calls.call(clock=lambda: next(looks, NOW + 9 * HOUR))
    assert calls.waves == [], "some questions have not been asked"
    assert calls.call()
    assert calls.tables.names == ["bad", "good", "last", "bad"]
    assert calls.waves == [(0, failure_details('{"bad": "ConnectionError"}'))]


def test_what_a_call_was_ended_at_is_told_and_asked_last(calls: Calls) -> None:
    calls.tables.ended_by = "bad"
    for _ in range(3):
        with pytest.raises(KilledError):
            calls.call()
        calls.now += LEASE
    assert calls.tables.names == ["bad", "good", "last", "bad", "bad"]
    assert calls.waves == [(0, failure_details(f'{{"bad": "{ENDED}"}}'))]


def test_questions_of_one_scan_are_asked_and_fail_together(calls: Calls) -> None:
    questions: list[Question] = [Asked("one", scan="both"), Asked("alone"), Asked("two", "both")]
    run = calls.run()
    night = Night.of(run)
    night.make_facts(calls.tables, [], NOW)
    calls.tables.failing.add("both")
    night.ask(calls.tables, questions, clock=lambda: NOW, stop_at=NOW + HOUR)
    assert calls.tables.names == ["both", "alone"]
    assert night.failed == dict.fromkeys(("one", "two"), "ConnectionError")
    assert [question.name for question in night.waiting(questions)[1]] == ["one", "two"]
    calls.tables.failing.clear()
    calls.tables.ended_by = "both"
    with pytest.raises(KilledError):
        night.ask(calls.tables, night.waiting(questions)[1], clock=lambda: NOW, stop_at=NOW + HOUR)
    calls.now += LEASE
    night = Night.of(calls.run())
    assert night.failed == dict.fromkeys(("one", "two"), ENDED)


def test_the_lists_of_a_scan_are_put_together() -> None:
    questions: list[Question] = [
        Asked("one", "both", parameters={"unit": "day", "periods": ["1"]}),
        Asked("two", "both", parameters={"unit": "day", "periods": ["2", "3"]}),
    ]
    (scan,) = scans(questions)
    assert scan.parameters(NOW) == {"now": NOW, "unit": "day", "periods": ["1", "2", "3"]}
    (scan,) = scans([*questions, Asked("three", "both", parameters={"unit": "month"})])
    with pytest.raises(ValueError, match="disagree about unit"):
        scan.parameters(NOW)


def test_a_night_that_version_0_3_was_ended_in_is_begun_again(calls: Calls) -> None:
    """Its cursor names one question, and no facts."""
    calls.run().advance({"asking": "good", "answered": [], "begun": None})
    calls.now += LEASE
    calls.call()
    assert [details[FAILED] for _, details in calls.waves] == ["{}"]


def test_facts_that_cannot_be_made_are_told_once(calls: Calls) -> None:
    calls.tables.failing.add("facts")
    for news in (True, False):
        run = calls.run()
        night = Night.of(run)
        with pytest.raises(ConnectionError):
            night.make_facts(calls.tables, [], NOW)
        assert night.news is news
        assert night.details == {FAILED: '{"facts": "ConnectionError"}'}
        night.combine(calls.tables)
        night.count_wave()
        run.pause()
    assert calls.tables.combined == []
    calls.tables.failing.clear()
    calls.call()
    assert calls.waves == [(2, failure_details("{}"))]


def test_whoever_lost_the_lease_asks_nothing_more(calls: Calls) -> None:
    run = calls.run()
    night = Night.of(run)
    night.make_facts(calls.tables, [], NOW)
    calls.now += LEASE
    calls.run()
    with pytest.raises(ConflictError):
        night.ask(calls.tables, QUESTIONS, clock=lambda: NOW, stop_at=NOW + HOUR)
    assert calls.tables.asked == []


@pytest.mark.parametrize("failed", ["", "[]", '{"a": 1}', "null"])
def test_details_that_say_no_failures(failed: str) -> None:
    task = Task(queue="q", org_id="org", due_at=NOW, details={FAILED: failed})
    with pytest.raises(InvalidTaskError) as raised:
        failed_questions(task)
    assert raised.value.field == "details.failed"
