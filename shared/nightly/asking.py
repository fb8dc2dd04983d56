"""A night: the facts, and the answers to all questions, for all organisations.

A call of the scheduled function makes the facts and asks every question; each answer is a table
with a row per organisation. Then it dispatches a *wave*: a task per organisation, which publishes
the results. A failure is contained: a question whose query fails is asked again by the next call,
after those not asked yet; the available answers are dispatched before that, together with the
failure, so that each organisation's result says why it is missing. A later answer makes another
wave, which keeps existing results.

All calls of a night use the same facts, even if others are made meanwhile, as of the instant at
which they were made and under the settings of that instant: the facts lack later orders, so at a
later instant a customer would seem to have been away for too long.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidTaskError
from shared.nightly.dispatch import Task
from shared.nightly.job_run import ENDED, JobRun
from shared.nightly.question import AskedQuestion, ComputedOrganization, Scan, scans

FACTS = "facts"
"""Detail of a task: the name of the night's tables. In reports of failures, the making of them."""
AS_OF = "as_of"
FAILED = "failed"
"""Detail of a task: the errors of questions that have no answer, by name, in JSON."""

Progress = Callable[[str], None]
"""Called with the name of a scan before it is asked."""


class Tables(Protocol):
    """Makes facts and answers."""

    def make_facts(self, organizations: Sequence[ComputedOrganization]) -> str:
        """Make the tables that questions read; returns their name."""
        ...

    def ask(self, facts: str, scan: Scan, now: datetime) -> None:
        """Make the table of a scan's answers."""
        ...

    def combine(self, facts: str, scans: Iterable[str]) -> None:
        """Make one table of the answers of these scans, by organisation and question."""
        ...


@dataclass(slots=True, kw_only=True)
class Night:
    """Progress of a night."""

    facts: str | None = None
    """Name of the tables; None until they are made."""
    as_of: datetime | None = None
    """Instant at which they were made."""
    answered: set[str] = field(default_factory=set)
    """Scans that have an answer."""
    failed: dict[str, str] = field(default_factory=dict)
    """Errors of what has no answer, by question, or by FACTS."""
    asking: list[str] = field(default_factory=list)
    """Questions being asked; after a killed call, those it was asking."""
    wave: int = 0
    """The number of the next one."""
    news: bool = False
    """Whether any answer has not been stored by a wave yet."""
    run: JobRun | None = None
    """Keeps it, where there is one."""

    @classmethod
    def of(cls, run: JobRun) -> "Night":
        """Return the night as earlier calls of the run left it."""
        cursor = run.cursor
        facts = cursor.get("facts")
        night = cls(
            facts=facts,
            as_of=datetime.fromisoformat(cursor["as_of"]) if facts else None,
            answered=set(cursor.get("answered", ())),
            failed=dict(cursor.get("failed", {})),
            wave=cursor.get("wave", 0),
            news=cursor.get("news", False),
            run=run,
        )
        for name in cursor.get("at_work", ()):
            night._fail(name, ENDED)
        return night

    def save(self) -> None:
        """Keep it. Raises ConflictError if another call has taken over."""
        if self.run:
            self.run.advance(
                {
                    "facts": self.facts,
                    "as_of": self.as_of and self.as_of.isoformat(),
                    "answered": sorted(self.answered),
                    "failed": self.failed,
                    "at_work": self.asking,
                    "wave": self.wave,
                    "news": self.news,
                }
            )

    def make_facts(
        self, tables: Tables, organizations: Sequence[ComputedOrganization], as_of: datetime
    ) -> None:
        """Make the facts. Raises what went wrong, after noting it."""
        try:
            self.facts = tables.make_facts(organizations)
        except Exception as error:
            self._fail(FACTS, type(error).__name__)
            raise
        self.as_of = as_of
        self.failed.pop(FACTS, None)
        self.save()

    def waiting(
        self, questions: Iterable[AskedQuestion]
    ) -> tuple[list[AskedQuestion], list[AskedQuestion]]:
        """Return questions that have not been asked yet, and those that failed."""
        unanswered = [question for question in questions if question.scan not in self.answered]
        return (
            [question for question in unanswered if question.name not in self.failed],
            [question for question in unanswered if question.name in self.failed],
        )

    def ask(
        self,
        tables: Tables,
        questions: Iterable[AskedQuestion],
        *,
        clock: Clock,
        stop_at: datetime,
        on_progress: Progress = lambda part: None,
    ) -> bool:
        """Ask questions, one scan after the other; False if the time allowed ended first."""
        assert self.facts is not None
        assert self.as_of is not None
        for scan in scans(questions):
            if clock() >= stop_at:
                return False
            on_progress(scan.name)
            self.asking = [question.name for question in scan.questions]
            self.save()
            try:
                tables.ask(self.facts, scan, self.as_of)
            except Exception as error:
                # Any failure is shown to every organisation that lacks a new result because of it.
                logs.question_failed(scan.name)
                for name in self.asking:
                    self._fail(name, type(error).__name__)
            else:
                for name in self.asking:
                    self.failed.pop(name, None)
                self.answered.add(scan.name)
                self.news = True
            self.asking = []
            self.save()
        return True

    def combine(self, tables: Tables) -> None:
        """Make the table of all answers that tasks read."""
        if self.facts is not None:
            tables.combine(self.facts, sorted(self.answered))

    def count_wave(self) -> None:
        """Count a wave as dispatched."""
        self.wave += 1
        self.news = False
        self.save()

    @property
    def details(self) -> Mapping[str, str]:
        """Arguments of the tasks of the next wave."""
        details = {FAILED: json.dumps(self.failed, sort_keys=True)}
        if self.facts and self.as_of:
            details |= {FACTS: self.facts, AS_OF: self.as_of.isoformat()}
        return details

    def _fail(self, name: str, error: str) -> None:
        if self.failed.get(name) != error:
            self.failed[name] = error
            self.news = True


def failed_questions(task: Task) -> Mapping[str, str]:
    """Return the errors of unanswered questions, from a task's details. Raises InvalidTaskError."""
    try:
        failures: Any = json.loads(task.detail(FAILED))
    except ValueError:
        failures = None
    if not isinstance(failures, dict) or not all(
        isinstance(each, str) for each in failures.values()
    ):
        raise InvalidTaskError(f"details.{FAILED}", "must be an object of strings, in JSON")
    return failures
