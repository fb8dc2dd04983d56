"""The nightly computation: a scheduled function dispatches it; a task or the tool computes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time

from shared.campaigns.performance.lift_store import LiftResults, asked_campaigns
from shared.campaigns.performance.members_store import with_members
from shared.computation.questions import PRODUCT_SALES, asked_questions, night_questions
from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.kernel.errors import UnansweredError
from shared.nightly.asking import AS_OF, FACTS, Night, failed_questions
from shared.nightly.compute import compute_organization, fail_organization
from shared.nightly.dispatch import DispatchOutcome, Task, dispatch
from shared.nightly.job_run import ENDED, MAX_ATTEMPTS, JobRun
from shared.nightly.nights import COMPUTATION, DueOrganization, NightlyJob
from shared.nightly.question import ComputedOrganization
from shared.nightly.result import Attempt, attempt_at
from shared.nightly.result_store import ResultWriter
from shared.organizations.settings import OrganizationSettings
from shared.products.store import ProductResults
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services
from shared.warehouse.answers import NightAnswers, NightTables

QUEUE = "computeorganization"
CAMPAIGNS_AT_ONCE = 16
"""Organisations whose campaigns are read at the same time."""
PREDICT = "predictorganization"
"""Queue of predictions, whose job imports libraries for a second."""
JOB = NightlyJob(
    name=COMPUTATION,
    # After the audit, which mends the export.
    hour=time(3),
    organizations=lambda services: organization_ids(services.client),
    # Each call asks queries.
    max_failures=MAX_ATTEMPTS,
)


def dispatch_computation(
    services: Services, now: datetime, *, clock: Clock, stop_at: datetime
) -> str:
    """Ask the questions for the organisations whose night has begun, and enqueue a task for each.

    Returns the outcome in a word; see `NightlyJob` for the cost. After five calls that failed,
    these organisations wait for their next night.
    """

    def dispatching(run: JobRun, due: Sequence[DueOrganization]) -> DispatchOutcome:
        night = Night.of(run)
        outcome = _Call(services, due, night, clock, stop_at).go_on()
        if outcome.complete and night.failed:
            raise UnansweredError("not answered: " + ", ".join(sorted(night.failed)))
        return outcome

    return JOB.dispatch(services, now, dispatching, clock=clock)


class _Call:
    """One call of the scheduled function for a night."""

    def __init__(
        self,
        services: Services,
        due: Sequence[DueOrganization],
        night: Night,
        clock: Clock,
        stop_at: datetime,
    ) -> None:
        self._services = services
        self._due = due
        self._night = night
        self._clock = clock
        self._stop_at = stop_at
        self._tables = NightTables(services.warehouse(), [each.org_id for each in due])

    def go_on(self) -> DispatchOutcome:
        """Continue the night from where the last call stopped."""
        night, outcome = self._night, DispatchOutcome()
        if not self._services.settings.roll_up_enabled:
            logs.job_switched_off(PRODUCT_SALES.name)
        if night.facts is None:
            as_of = self._clock()
            readable = [each.settings for each in self._due if each.settings]
            organizations = asked_organizations(self._services, readable, as_of)
            try:
                night.make_facts(self._tables, organizations, as_of)
            except Exception:
                self._dispatch()
                raise
        for questions in night.waiting(night_questions(self._services.settings)):
            if not night.ask(self._tables, questions, clock=self._clock, stop_at=self._stop_at):
                return replace(outcome, in_time=False)
            outcome = outcome.plus(self._dispatch())
            if not outcome.complete:
                return outcome
        return outcome

    def _dispatch(self) -> DispatchOutcome:
        """Dispatch a wave if there are new answers or failures."""
        night = self._night
        if not night.news:
            return DispatchOutcome()
        night.combine(self._tables)
        tasks = (
            Task(
                queue=QUEUE,
                org_id=each.org_id,
                due_at=each.night.due_at,
                part=night.wave,
                details=night.details,
            )
            for each in self._due
        )
        outcome = dispatch(
            self._services.queue(), QUEUE, tasks, clock=self._clock, stop_at=self._stop_at
        )
        if outcome.complete:
            night.count_wave()
        return outcome


def asked_organizations(
    services: Services, settings: Sequence[OrganizationSettings], as_of: datetime
) -> list[ComputedOrganization]:
    """Organisations with their campaigns as a run sees them, CAMPAIGNS_AT_ONCE read at a time.

    Loads the members of campaigns that were sent since the last run: see `with_members`.
    """

    def with_campaigns(own: OrganizationSettings) -> ComputedOrganization:
        campaigns = asked_campaigns(services.client, own.org_id, as_of)
        return ComputedOrganization.of(own, as_of, campaigns)

    with ThreadPoolExecutor(CAMPAIGNS_AT_ONCE) as pool:
        organizations = list(pool.map(with_campaigns, settings))
    return with_members(services.client, services.warehouse, organizations)


def run_compute_task(services: Services, task: Task, run: JobRun, *, clock: Clock) -> int | None:
    """Publish the results of a task's organisation; returns its orders, if any was published.

    Enqueues the task of its predictions first, which a queue takes once.
    """
    failures = failed_questions(task)
    if services.settings.predictions_enabled:
        services.queue().enqueue(replace(task, queue=PREDICT))
    if FACTS in failures:
        attempt = attempt_at(clock(), due_at=task.due_at)
        results = ResultWriter(services.client)
        questions = asked_questions(services.settings)
        fail_organization(results, task.org_id, questions, attempt, failures[FACTS])
        return None
    night = Night(facts=task.detail(FACTS), as_of=task.instant(AS_OF), failed=dict(failures))
    attempt = attempt_at(clock(), due_at=task.due_at, as_of=night.as_of)
    was_killed = run.state.last_error == ENDED
    return publish(services, task.org_id, night, attempt, clock=clock, was_killed=was_killed)


def publish(
    services: Services,
    org_id: str,
    night: Night,
    attempt: Attempt,
    *,
    clock: Clock,
    was_killed: bool = False,
) -> int | None:
    """Publish an organisation's results of a night. See `compute_organization`."""
    assert night.facts is not None
    results = ProductResults(services.client, services.organizations, clock=clock)
    return compute_organization(
        NightAnswers(services.warehouse(), night.facts),
        LiftResults(services.client, results, results.state),
        org_id,
        asked_questions(services.settings),
        attempt,
        failures=night.failed,
        was_killed=was_killed,
        settings=services.organizations.refreshed,
    )
