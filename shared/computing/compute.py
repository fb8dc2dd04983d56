"""Ask every question for every organisation, and publish what comes back.

A failure is contained: a question whose query fails is marked failed for every organisation and the
others are still asked; one organisation whose result cannot be published does not hold up the next.
What was computed before stays where it is. The run then counts as failed, and the next call asks
again only what is missing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Protocol

from shared import logs
from shared.clock import Clock
from shared.computing.job import JobRun
from shared.computing.question import ComputedOrganization, Parameter, Question, Row, parameters
from shared.computing.result import Result

FACTS = "facts"
"""Name of the first step: the typed tables made anew from the export."""


class Warehouse(Protocol):
    """What the questions are asked of."""

    def refresh_facts(self) -> None:
        """Make the typed tables anew from the export."""
        ...

    def rows(self, sql: str, parameters: Mapping[str, Parameter]) -> Iterator[Row]:
        """Run a query by the name of its file."""
        ...

    def order_counts(self) -> Mapping[str, int]:
        """Counted orders in the typed tables, by organisation."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What all results of a run have in common."""

    generation: str
    """Another one for every attempt, also at the same run: what is read is never written to."""
    due_at: datetime
    computed_at: datetime


class Results(Protocol):
    """Where results are published."""

    def publish(self, org_id: str, result: Result, attempt: Attempt, source_rows: int) -> None:
        """Replace an organisation's result as a whole."""
        ...

    def fail(self, org_id: str, name: str, attempt: Attempt, error: str) -> None:
        """Note that a result could not be computed; what was there stays."""
        ...

    def changed(self, org_id: str) -> None:
        """Have the organisation's pages made anew."""
        ...


Progress = Callable[[str, int, int], None]
"""Told the step, how many organisations of it are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeRun:
    """What a run did."""

    source_rows: int
    """Counted orders that it was computed from."""
    failed: tuple[str, ...]
    """Steps that are not done for every organisation."""
    complete: bool
    """False if the time allowed ended first; the next call goes on."""


def compute(
    warehouse: Warehouse,
    results: Results,
    questions: Sequence[Question],
    organizations: Sequence[ComputedOrganization],
    run: JobRun | None,
    *,
    due_at: datetime,
    clock: Clock,
    stop_at: datetime,
    progress: Progress = lambda step, done, of: None,
) -> ComputeRun:
    """Compute everything that the run's cursor does not name as done.

    `organizations` are in order of their ids. Raises what refreshing the facts raises: without
    facts there is nothing to ask.
    """
    done: set[str] = set(run.cursor.get("done", ())) if run else set()
    if FACTS not in done:
        progress(FACTS, 0, 1)
        warehouse.refresh_facts()
        _advance(run, done, FACTS)
        progress(FACTS, 1, 1)
    counts = warehouse.order_counts()
    failed: list[str] = []
    for question in questions:
        if question.name in done:
            continue
        if clock() >= stop_at:
            return ComputeRun(
                source_rows=sum(counts.values()), failed=tuple(failed), complete=False
            )
        if _ask(question, warehouse, results, organizations, counts, due_at, clock, progress):
            _advance(run, done, question.name)
        else:
            failed.append(question.name)
    for organization in organizations:
        results.changed(organization.org_id)
    return ComputeRun(source_rows=sum(counts.values()), failed=tuple(failed), complete=True)


def _advance(run: JobRun | None, done: set[str], step: str) -> None:
    done.add(step)
    if run:
        run.advance({"done": sorted(done)})


def _ask(
    question: Question,
    warehouse: Warehouse,
    results: Results,
    organizations: Sequence[ComputedOrganization],
    counts: Mapping[str, int],
    due_at: datetime,
    clock: Clock,
    progress: Progress,
) -> bool:
    """Whether every organisation has its results."""
    now = clock()
    attempt = Attempt(generation=now.strftime("%Y%m%dT%H%M%S%fZ"), due_at=due_at, computed_at=now)
    whole = True
    waiting = list(organizations)
    try:
        rows = warehouse.rows(question.sql, parameters(question, organizations, now))
        for organization, own in _by_organization(organizations, rows):
            waiting.remove(organization)
            whole &= _publish(question, results, organization, own, counts, attempt)
            progress(question.name, len(organizations) - len(waiting), len(organizations))
    except Exception as error:
        # Whatever it was, it is told for each organisation that has no new result because of it.
        logs.question_failed(question.name)
        for organization in waiting:
            _fail(question, results, organization, attempt, error)
        return False
    return whole


def _by_organization(
    organizations: Sequence[ComputedOrganization], rows: Iterable[Row]
) -> Iterator[tuple[ComputedOrganization, list[Row]]]:
    """Every organisation with all its rows; both come in order of the organisations' ids.

    Where the answer breaks off, it raises before it gives an organisation a part of its rows.
    """
    groups = groupby(rows, key=lambda row: str(row["org_id"]))
    found = next(groups, None)
    for organization in organizations:
        while found is not None and found[0] < organization.org_id:
            found = next(groups, None)
        if found is not None and found[0] == organization.org_id:
            yield organization, list(found[1])
            found = next(groups, None)
        else:
            yield organization, []


def _publish(
    question: Question,
    results: Results,
    organization: ComputedOrganization,
    rows: Iterable[Row],
    counts: Mapping[str, int],
    attempt: Attempt,
) -> bool:
    try:
        for result in question.results(organization, rows):
            results.publish(
                organization.org_id, result, attempt, counts.get(organization.org_id, 0)
            )
    except Exception as error:
        # One organisation's trouble is not the others'; it is told where the result is looked for.
        logs.question_failed(question.name)
        _fail(question, results, organization, attempt, error)
        return False
    return True


def _fail(
    question: Question,
    results: Results,
    organization: ComputedOrganization,
    attempt: Attempt,
    error: Exception,
) -> None:
    for result in question.results(organization, ()):
        results.fail(organization.org_id, result.name, attempt, type(error).__name__)
