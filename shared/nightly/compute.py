"""Publish the results of one organisation from the answers of a night.

A failure is contained: a result that cannot be made or published is marked failed, and the others
are published. Earlier results stay.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.kernel import logs
from shared.kernel.errors import NotAskedError
from shared.nightly.job_run import ENDED
from shared.nightly.question import AskedQuestion, ComputedOrganization, Question, Row
from shared.nightly.result import Attempt, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationAnswers:
    """A night's answers about one organisation."""

    organization: ComputedOrganization
    """The organisation when the questions were asked."""
    orders: int
    """Its counted orders."""
    rows: Mapping[str, Sequence[Row]]
    """By question; missing where the answer has none."""


class Answers(Protocol):
    """The answers of a night."""

    def of(self, org_id: str, questions: Iterable[AskedQuestion]) -> OrganizationAnswers | None:
        """Return the answers about an organisation; None if no question was asked about it."""
        ...


class Results(Protocol):
    """Publishes results."""

    def outdated(self, org_id: str, names: Iterable[str], attempt: Attempt) -> list[str]:
        """Return those of an organisation's results that are older than the attempt."""
        ...

    def publish(self, org_id: str, result: Result, attempt: Attempt, source_rows: int) -> None:
        """Replace an organisation's result as a whole."""
        ...

    def fail_all(self, org_id: str, names: Iterable[str], attempt: Attempt, error: str) -> None:
        """Record that results could not be computed; earlier ones stay."""
        ...

    def invalidate(self, org_id: str) -> None:
        """Invalidate the organisation's pages."""
        ...


def compute_organization(
    answers: Answers,
    results: Results,
    org_id: str,
    questions: Sequence[Question],
    attempt: Attempt,
    *,
    failures: Mapping[str, str],
    settings: Callable[[str], object],
    was_killed: bool = False,
) -> int | None:
    """Publish an organisation's outdated results; returns its number of orders, or None.

    `failures` has the errors of questions without an answer, whose results are marked with them;
    `settings` reads the organisation's settings, and raises if they are unreadable; `was_killed`
    says that the previous attempt was killed. Re-raises the last error, after all other results
    are published and those without a new one are marked failed.
    """
    names = results.outdated(org_id, [question.name for question in questions], attempt)
    waiting = [question for question in questions if question.name in names]
    if not waiting:
        # Published by an attempt that may have been ended before this.
        results.invalidate(org_id)
        return None
    if was_killed:
        results.fail_all(org_id, names, attempt, ENDED)
    failure: Exception | None = None
    try:
        own = answers.of(org_id, waiting)
        if own is None:
            settings(org_id)
            raise NotAskedError("The questions did not include this organisation.")
    except Exception as error:
        results.fail_all(org_id, names, attempt, type(error).__name__)
        results.invalidate(org_id)
        raise
    for question in waiting:
        problem = failures.get(question.name)
        if problem is None:
            try:
                for result in question.results(own.organization, own.rows.get(question.name, ())):
                    results.publish(org_id, result, attempt, own.orders)
                continue
            except Exception as error:
                logs.question_failed(question.name)
                failure, problem = error, type(error).__name__
        results.fail_all(org_id, [question.name], attempt, problem)
    results.invalidate(org_id)
    if failure:
        raise failure
    return own.orders


def fail_organization(
    results: Results,
    org_id: str,
    questions: Iterable[Question],
    attempt: Attempt,
    error: str,
) -> None:
    """Record that nothing could be computed for an organisation; earlier results stay."""
    results.fail_all(org_id, [question.name for question in questions], attempt, error)
    results.invalidate(org_id)
