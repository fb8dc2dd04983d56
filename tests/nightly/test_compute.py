"""A result that cannot be published is marked failed and does not hold up the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.computation.questions import QUESTIONS
from shared.kernel.errors import NotAskedError, UnstorableError
from shared.nightly.compute import OrganizationAnswers, compute_organization
from shared.nightly.job_run import ENDED
from shared.nightly.question import AskedQuestion, ComputedOrganization, Parameter, Question, Row
from shared.nightly.result import Attempt, Result, attempt_at
from shared.segments.thresholds import Thresholds

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
ATTEMPT = attempt_at(NOW, due_at=NOW)
ORGANIZATION = ComputedOrganization(
    org_id="a", time_zone=ZoneInfo("UTC"), today=date(2026, 3, 1), thresholds=Thresholds()
)


@dataclass(frozen=True)
class Counting:
    """Counts rows."""

    name: str
    scan: str = "rows"
    sql: str = "rows"
    text_columns: frozenset[str] = frozenset()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterator[Result]:
        yield Result(name=self.name, entries=[], summary={"rows": len(list(rows))})


@dataclass
class FakeAnswers:
    rows: Mapping[str, Sequence[Row]]
    away: bool = False

    def of(self, org_id: str, questions: Iterable[AskedQuestion]) -> OrganizationAnswers | None:
        if self.away:
            raise ConnectionError
        if org_id != "a":
            return None
        return OrganizationAnswers(organization=ORGANIZATION, orders=5, rows=self.rows)


@dataclass
class Kept:
    published: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    refusing: str | None = None

    def outdated(self, org_id: str, names: Iterable[str], attempt: Attempt) -> list[str]:
        return [name for name in names if name not in self.published]

    def publish(self, org_id: str, result: Result, attempt: Attempt, source_rows: int) -> None:
        if result.name == self.refusing:
            raise UnstorableError
        assert source_rows == 5
        self.published[result.name] = result.summary["rows"]
        self.failed.pop(result.name, None)

    def fail_all(self, org_id: str, names: Iterable[str], attempt: Attempt, error: str) -> None:
        self.failed |= dict.fromkeys(names, error)

    def invalidate(self, org_id: str) -> None:
        self.touched.append(org_id)


ANSWERS = FakeAnswers({"one": [{}, {}], "two": [{}]})
ASKED: list[Question] = [Counting("one"), Counting("two"), Counting("three")]


def compute(kept: Kept, *, answers: FakeAnswers = ANSWERS, org_id: str = "a", **more: Any) -> Any:
    options: dict[str, Any] = {"failures": {}, "settings": str, **more}
    return compute_organization(answers, kept, org_id, ASKED, ATTEMPT, **options)


def test_a_question_without_rows_has_a_result() -> None:
    kept = Kept()
    assert compute(kept) == 5
    assert kept == Kept(published={"one": 2, "two": 1, "three": 0}, touched=["a"])


def test_a_question_that_failed_is_told_and_is_no_zero() -> None:
    kept = Kept()
    assert compute(kept, failures={"three": "BadRequest"}) == 5
    assert kept.published == {"one": 2, "two": 1}
    assert kept.failed == {"three": "BadRequest"}


def test_a_result_that_is_refused_holds_up_no_other() -> None:
    kept = Kept(refusing="one")
    with pytest.raises(UnstorableError):
        compute(kept)
    assert kept.published == {"two": 1, "three": 0}
    assert (kept.failed, kept.touched) == ({"one": "UnstorableError"}, ["a"])

    kept.refusing = None
    assert compute(kept) == 5
    assert kept.failed == {}


def test_what_is_there_already_is_not_asked_for_and_pages_are_invalidated_again() -> None:
    kept = Kept(published={"one": 2, "two": 1, "three": 0})
    assert compute(kept, answers=FakeAnswers({}, away=True)) is None
    assert kept.touched == ["a"]


def test_answers_that_cannot_be_read_are_told() -> None:
    kept = Kept(published={"two": 1})
    with pytest.raises(ConnectionError):
        compute(kept, answers=FakeAnswers({}, away=True))
    assert kept.failed == dict.fromkeys(("one", "three"), "ConnectionError")
    assert kept.touched == ["a"]


def test_an_organisation_that_was_not_asked_about_gets_no_zeros() -> None:
    kept = Kept()
    with pytest.raises(NotAskedError):
        compute(kept, org_id="b")
    assert kept.published == {}
    assert set(kept.failed.values()) == {"NotAskedError"}

    def unreadable(org_id: str) -> None:
        raise LookupError(org_id)

    with pytest.raises(LookupError):
        compute(kept, org_id="b", settings=unreadable)
    assert set(kept.failed.values()) == {"LookupError"}


def test_after_an_attempt_that_was_ended_results_say_so_until_they_are_there() -> None:
    kept = Kept(refusing="one")
    with pytest.raises(ConnectionError):
        compute(kept, answers=FakeAnswers({}, away=True), was_killed=True)
    seen: list[dict[str, str]] = []

    class Looking(FakeAnswers):
        def of(self, org_id: str, questions: Iterable[AskedQuestion]) -> OrganizationAnswers | None:
            seen.append(dict(kept.failed))
            return super().of(org_id, questions)

    with pytest.raises(UnstorableError):
        compute(kept, answers=Looking(ANSWERS.rows), was_killed=True)
    assert seen == [dict.fromkeys(("one", "two", "three"), ENDED)]
    assert kept.failed == {"one": "UnstorableError"}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.name)
def test_a_question_has_one_result_of_its_name(question: Question) -> None:
    """By it, a failure is noted without an answer."""
    assert [result.name for result in question.results(ORGANIZATION, [])] == [question.name]
