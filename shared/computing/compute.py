"""Ask every question for every organisation, and publish what comes back.

A failure is contained: a question whose query fails is marked failed for every organisation and the
others are still asked; one organisation whose result cannot be published does not hold up the next.
What was computed before stays where it is. The run then counts as failed, and the next call asks
again only what is missing, and last what failed, or what a call was at when it was ended.

All calls of a run ask the same facts, whoever makes others meanwhile, as of the instant at which
they were made: of what came later they know nothing, so at a later instant a customer would seem to
have been away for too long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Protocol

from shared import logs
from shared.clock import Clock
from shared.computing.job import ENDED, JobRun
from shared.computing.question import ComputedOrganization, Parameter, Question, Row, parameters
from shared.computing.result import Result

FACTS = "facts"
"""Name of the first step: the typed tables made anew from the export."""
PAGES = "pages"
"""Name of the last step: pages made anew."""


class Warehouse(Protocol):
    """What the questions are asked of."""

    facts: str | None
    """Name of the typed tables that queries read."""

    def refresh_facts(self) -> str:
        """Make typed tables from the export and read them from now on; gives their name."""
        ...

    def refresh_baskets(self) -> None:
        """Make the typed tables that only questions read."""
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
    """As of when."""


def attempt_at(now: datetime, *, due_at: datetime, as_of: datetime | None = None) -> Attempt:
    """The attempt that begins now; as of now where left out."""
    return Attempt(
        generation=now.strftime("%Y%m%dT%H%M%S%fZ"), due_at=due_at, computed_at=as_of or now
    )


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
    """Counted orders of the organisations that it computed for."""
    failed: tuple[str, ...]
    """Steps that are not done for every organisation."""
    complete: bool
    """False if the time allowed ended first; the next call goes on."""


@dataclass(slots=True, kw_only=True)
class _Cursor:
    """How far a run has come, kept with its job."""

    run: JobRun | None
    facts: str | None
    """Name of the facts that all questions are asked of; None until they are made."""
    as_of: datetime | None
    """When they were made."""
    done: set[str]
    failed: set[str]
    """Failed by this call or one before."""
    asking: str | None
    """What is being asked; after a call that was ended, what it was at."""

    @classmethod
    def of(cls, run: JobRun | None) -> "_Cursor":
        kept = run.cursor if run else {}
        facts = kept.get("facts")
        return cls(
            run=run,
            facts=facts,
            as_of=datetime.fromisoformat(kept["as_of"]) if facts else None,
            done=set(kept.get("done", ())),
            failed=set(kept.get("failed", ())),
            asking=kept.get("asking"),
        )

    def save(self) -> None:
        if self.run:
            self.run.advance(
                {
                    "facts": self.facts,
                    "as_of": self.as_of and self.as_of.isoformat(),
                    "done": sorted(self.done),
                    "failed": sorted(self.failed),
                    "asking": self.asking,
                }
            )


def as_of(run: JobRun | None, clock: Clock) -> datetime:
    """The instant that everything is computed as of."""
    return _Cursor.of(run).as_of or clock()


def compute(
    warehouse: Warehouse,
    results: Results,
    questions: Sequence[Question],
    organizations: Sequence[ComputedOrganization],
    run: JobRun | None,
    *,
    due_at: datetime,
    as_of: datetime,
    clock: Clock,
    stop_at: datetime,
    progress: Progress = lambda step, done, of: None,
) -> ComputeRun:
    """Compute everything that the run's cursor does not name as done, as of an instant.

    `organizations` are in order of their ids. Without facts there is nothing to ask: where making
    them fails, every result is marked failed, and what it raised is raised.
    """
    cursor = _Cursor.of(run)
    waiting = [question for question in questions if question.name not in cursor.done]

    def fail(failing: Sequence[Question], error: str) -> None:
        attempt = attempt_at(clock(), due_at=due_at, as_of=as_of)
        for organization in organizations:
            fail_all(results, failing, organization, attempt, error)

    try:
        if cursor.facts is None:
            progress(FACTS, 0, 1)
            cursor.facts, cursor.as_of = warehouse.refresh_facts(), as_of
            warehouse.refresh_baskets()
            cursor.save()
            progress(FACTS, 1, 1)
        warehouse.facts = cursor.facts
        counts = warehouse.order_counts()
    except Exception as error:
        fail(waiting, type(error).__name__)
        _tell(results, organizations)
        raise
    interrupted = [question for question in waiting if question.name == cursor.asking]
    fail(interrupted, ENDED)
    cursor.failed.update(question.name for question in interrupted)
    failed: list[str] = []
    complete = True
    for question in sorted(waiting, key=lambda each: each.name in cursor.failed):
        if clock() >= stop_at:
            complete = False
            break
        cursor.asking = question.name
        cursor.save()
        attempt = attempt_at(clock(), due_at=due_at, as_of=as_of)
        if _ask(question, warehouse, results, organizations, counts, attempt, progress):
            cursor.done.add(question.name)
        else:
            cursor.failed.add(question.name)
            failed.append(question.name)
    cursor.asking = None
    cursor.save()
    if not _tell(results, organizations):
        failed.append(PAGES)
    return ComputeRun(
        source_rows=sum(counts.get(each.org_id, 0) for each in organizations),
        failed=tuple(failed),
        complete=complete,
    )


def fail_all(
    results: Results,
    questions: Sequence[Question],
    organization: ComputedOrganization,
    attempt: Attempt,
    error: str,
) -> None:
    """Note that nothing could be computed for an organisation; what was there stays.

    Whoever calls it has the organisation's pages made anew.
    """
    for question in questions:
        for result in question.results(organization, ()):
            results.fail(organization.org_id, result.name, attempt, error)


def _tell(results: Results, organizations: Sequence[ComputedOrganization]) -> bool:
    """Have the pages of every organisation made anew; whether that was noted for all."""
    told = True
    for organization in organizations:
        try:
            results.changed(organization.org_id)
        except Exception:
            logs.question_failed(PAGES)
            told = False
    return told


def _ask(
    question: Question,
    warehouse: Warehouse,
    results: Results,
    organizations: Sequence[ComputedOrganization],
    counts: Mapping[str, int],
    attempt: Attempt,
    progress: Progress,
) -> bool:
    """Whether every organisation has its results."""
    whole = True
    waiting = list(organizations)
    try:
        asked = parameters(question, organizations, attempt.computed_at)
        rows = warehouse.rows(question.sql, asked)
        for organization, own in _by_organization(organizations, rows):
            waiting.remove(organization)
            whole &= _publish(question, results, organization, own, counts, attempt)
            progress(question.name, len(organizations) - len(waiting), len(organizations))
    except Exception as error:
        # Whatever it was, it is told for each organisation that has no new result because of it.
        logs.question_failed(question.name)
        for organization in waiting:
            fail_all(results, [question], organization, attempt, type(error).__name__)
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
        fail_all(results, [question], organization, attempt, type(error).__name__)
        return False
    return True
