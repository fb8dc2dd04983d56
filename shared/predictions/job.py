"""Fit a model, publish it if it should replace the one in force, and keep the evidence.

A task per organisation, which the organisation's task of the nightly computation enqueues. Only
this task imports numpy and scipy.
"""

from datetime import timedelta

from shared.kernel.clock import Clock
from shared.kernel.errors import NotAskedError
from shared.nightly.asking import AS_OF, FACTS, failed_questions
from shared.nightly.compute import OrganizationAnswers
from shared.nightly.dispatch import Task
from shared.nightly.job_run import ENDED, JobRun
from shared.nightly.result import Attempt, attempt_at
from shared.nightly.result_store import ResultWriter
from shared.predictions.evidence.refit import Decision
from shared.predictions.fitting import NO_WINDOW, Fit, fit
from shared.predictions.model import PublishedModel
from shared.predictions.question import NAME as SAMPLES
from shared.predictions.question import PredictionSamplesQuestion
from shared.predictions.result import NAME, month_ends, predictions_result
from shared.predictions.windows import windows_of
from shared.services import Services
from shared.warehouse.answers import NightAnswers

QUEUE = "predictorganization"


def run_predict_task(services: Services, task: Task, run: JobRun, *, clock: Clock) -> int | None:
    """Predict for a task's organisation; returns its orders, where anything was published."""
    failures = failed_questions(task)
    problem = failures.get(FACTS) or failures.get(SAMPLES)
    if problem is not None:
        attempt = attempt_at(clock(), due_at=task.due_at)
        results = ResultWriter(services.client)
        results.fail_all(task.org_id, [NAME], attempt, problem)
        results.invalidate(task.org_id)
        return None
    attempt = attempt_at(clock(), due_at=task.due_at, as_of=task.instant(AS_OF))
    was_killed = run.state.last_error == ENDED
    return predict_organization(
        services, task.org_id, task.detail(FACTS), attempt, clock=clock, was_killed=was_killed
    )


def predict_organization(
    services: Services,
    org_id: str,
    facts: str,
    attempt: Attempt,
    *,
    clock: Clock,
    was_killed: bool = False,
) -> int | None:
    """Fit, publish and keep the result; returns the organisation's orders, None if all is done.

    One query and one read, two for the rules, and where a model is published what any change of
    rules costs. Re-raises any failure, after marking the result failed; a model that was published
    before that stays, and a further attempt finds it in force.
    """
    results = ResultWriter(services.client)
    if not results.outdated(org_id, [NAME], attempt):
        results.invalidate(org_id)
        return None
    if was_killed:
        results.fail_all(org_id, [NAME], attempt, ENDED)
    try:
        answers = NightAnswers(services.warehouse(), facts)
        own = answers.of(org_id, [PredictionSamplesQuestion()])
        if own is None:
            services.organizations.refreshed(org_id)
            raise NotAskedError("The questions were not asked about this organisation.")
        in_force = services.rules(org_id).current().rules.model
        outcome, customers = _fit_model(own, attempt, in_force, clock)
        if outcome.decision.publish and outcome.model is not None:
            in_force = _published(services, org_id, in_force, outcome.model)
        result = predictions_result(
            outcome,
            in_force,
            customers=customers,
            horizon_days=own.organization.churn_horizon_days,
            today=own.organization.today,
        )
        results.publish(org_id, result, attempt, own.orders)
    except Exception as error:
        results.fail_all(org_id, [NAME], attempt, type(error).__name__)
        raise
    finally:
        results.invalidate(org_id)
    return own.orders


def _fit_model(
    own: OrganizationAnswers, attempt: Attempt, in_force: PublishedModel | None, clock: Clock
) -> tuple[Fit, int]:
    organization = own.organization
    now, past = windows_of(
        own.rows.get(SAMPLES, ()), attempt.computed_at, organization.churn_horizon_days
    )
    if now is None:
        return Fit(model=None, decision=Decision(publish=False, reason=NO_WINDOW)), 0
    ends = [
        (end - organization.today) // timedelta(days=1) for end in month_ends(organization.today)
    ]
    outcome = fit(now, past, fitted_at=clock(), in_force=in_force, forecast_ends=ends)
    return outcome, now.sample.population


def _published(
    services: Services, org_id: str, before: PublishedModel | None, model: PublishedModel
) -> PublishedModel | None:
    """Put a model in force unless another one was published meanwhile; returns the one in force."""

    def decide(current: PublishedModel | None) -> PublishedModel | None:
        return model if current == before else current

    return services.rules(org_id).publish_model(decide).model
