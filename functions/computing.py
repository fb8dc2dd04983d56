"""The nightly computation: a scheduled function dispatches it; a task or the tool computes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time

from functions.questions import QUESTIONS
from functions.services import Services
from shared import logs
from shared.clock import Clock
from shared.errors import UnansweredError
from shared.nightly.asking import AS_OF, FACTS, Night, failed_questions
from shared.nightly.compute import compute_organization, fail_organization
from shared.nightly.dispatch import Dispatched, Task, dispatch
from shared.nightly.job import ENDED, MAX_ATTEMPTS, JobRun, newest_due
from shared.nightly.night import dispatch_once
from shared.nightly.question import ComputedOrganization
from shared.nightly.result import Attempt, attempt_at
from shared.storage.job_store import FirestoreJobs
from shared.storage.organization_list import organization_ids
from shared.storage.result_store import ResultWriter
from shared.warehouse.answers import NightAnswers, NightTables

JOB = "compute_analytics"
QUEUE = "computeorganization"
NIGHT = time(3)
"""When the computation of a night is due, in UTC: after the audit, which mends the export."""
SETTINGS_AT_ONCE = 16
"""Organisations whose settings are read at the same time."""


def dispatch_computation(
    services: Services, now: datetime, *, clock: Clock, stop_at: datetime
) -> str:
    """Ask what has no answer yet in the newest night, and enqueue a task for every organisation.

    Gives what became of it, in a word. One read per organisation, in pages, and three for its
    settings. After five calls that failed, the rest waits for the next night: each asks queries.
    """

    def dispatching(run: JobRun) -> Dispatched:
        night = Night.of(run)
        done = _Call(services, run, night, clock, stop_at).go_on()
        if done.complete and night.failed:
            raise UnansweredError("not answered: " + ", ".join(sorted(night.failed)))
        return done

    return dispatch_once(
        FirestoreJobs(services.client),
        JOB,
        newest_due(NIGHT, now),
        dispatching,
        clock=clock,
        max_failures=MAX_ATTEMPTS,
    )


class _Call:
    """One call of the scheduled function for a night."""

    def __init__(
        self, services: Services, run: JobRun, night: Night, clock: Clock, stop_at: datetime
    ) -> None:
        self._services = services
        self._night = night
        self._due_at = run.state.due_at
        self._clock = clock
        self._stop_at = stop_at
        self._org_ids = organization_ids(services.client)
        self._tables = NightTables(services.warehouse())

    def go_on(self) -> Dispatched:
        """Continue the night from where the last call stopped."""
        night, done = self._night, Dispatched()
        if night.facts is None:
            as_of = self._clock()
            organizations = asked_organizations(self._services, self._org_ids, as_of)
            try:
                night.make_facts(self._tables, organizations, as_of)
            except Exception:
                self._dispatch()
                raise
        for questions in night.waiting(QUESTIONS):
            if not night.ask(self._tables, questions, clock=self._clock, stop_at=self._stop_at):
                return replace(done, in_time=False)
            done = done.plus(self._dispatch())
            if not done.complete:
                return done
        return done

    def _dispatch(self) -> Dispatched:
        """Dispatch a wave where there are news."""
        night = self._night
        if not night.news:
            return Dispatched()
        night.combine(self._tables)
        tasks = (
            Task(
                queue=QUEUE,
                org_id=org_id,
                due_at=self._due_at,
                part=night.wave,
                details=night.details,
            )
            for org_id in self._org_ids
        )
        done = dispatch(self._services.queue(), tasks, clock=self._clock, stop_at=self._stop_at)
        logs.tasks_dispatched(
            QUEUE, enqueued=done.enqueued, existing=done.existing, failed=done.failed
        )
        if done.complete:
            night.dispatched()
        return done


def asked_organizations(
    services: Services, org_ids: Sequence[str], as_of: datetime
) -> list[ComputedOrganization]:
    """The organisations whose settings can be read, as the questions see them.

    Whatever is stored for another one, it is not their trouble; its own task says what it is.
    """

    def read(org_id: str) -> ComputedOrganization | None:
        try:
            return ComputedOrganization.of(services.organizations.refreshed(org_id), as_of)
        except Exception:
            logs.organization_not_asked(org_id)
            return None

    with ThreadPoolExecutor(SETTINGS_AT_ONCE) as pool:
        return [found for found in pool.map(read, org_ids) if found]


def run_compute_task(services: Services, task: Task, run: JobRun, *, clock: Clock) -> int | None:
    """Publish the results of a task's organisation; gives its orders, where any was published."""
    failed = failed_questions(task)
    if FACTS in failed:
        attempt = attempt_at(clock(), due_at=task.due_at)
        results = ResultWriter(services.client)
        fail_organization(results, task.org_id, QUESTIONS, attempt, failed[FACTS])
        return None
    night = Night(facts=task.detail(FACTS), as_of=task.instant(AS_OF), failed=dict(failed))
    attempt = attempt_at(clock(), due_at=task.due_at, as_of=night.as_of)
    ended = run.state.last_error == ENDED
    return publish(services, task.org_id, night, attempt, ended=ended)


def publish(
    services: Services, org_id: str, night: Night, attempt: Attempt, *, ended: bool = False
) -> int | None:
    """Publish an organisation's results of a night. See `compute_organization`."""
    assert night.facts is not None
    return compute_organization(
        NightAnswers(services.warehouse(), night.facts),
        ResultWriter(services.client),
        org_id,
        QUESTIONS,
        attempt,
        failed=night.failed,
        ended=ended,
        settings=services.organizations.refreshed,
    )
