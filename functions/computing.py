"""The nightly computation, as the scheduled function and the tool run it."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from functions.services import Services
from shared import logs
from shared.clock import Clock
from shared.computing.compute import ComputeRun, Progress, compute
from shared.computing.job import JobRun, claim
from shared.computing.question import ComputedOrganization, Question
from shared.computing.questions import QUESTIONS
from shared.errors import ConflictError, UnreadableRulesError
from shared.storage.job_store import FirestoreJobs
from shared.storage.organization_list import organization_ids
from shared.storage.result_store import ResultWriter

JOB = "compute_analytics"
NIGHT = time(3)
"""When the computation of a night is due, in UTC."""


def due_at(now: datetime) -> datetime:
    """The newest instant at which a computation was due."""
    night = datetime.combine(now.date(), NIGHT, now.tzinfo)
    return night if night <= now else night - timedelta(days=1)


def compute_night(services: Services, now: datetime, *, clock: Clock, stop_at: datetime) -> str:
    """Compute what is left of the newest night; gives what became of it, in a word."""
    run = claim(FirestoreJobs(services.client), JOB, due_at(now), clock=clock)
    if run is None:
        return "nothing due"
    try:
        done = compute_organizations(
            services,
            organization_ids(services.client),
            run,
            due_at=run.state.due_at,
            clock=clock,
            stop_at=stop_at,
        )
        if not done.complete:
            run.pause()
            return "paused"
        if done.failed:
            run.fail("failed: " + ", ".join(done.failed))
            return "failed"
        run.complete(source_rows=done.source_rows)
        return "complete"
    except ConflictError:
        # Another call has taken over, and goes on from what is done.
        return "overtaken"
    except Exception as error:
        run.fail(type(error).__name__)
        raise


def compute_organizations(
    services: Services,
    org_ids: Sequence[str],
    run: JobRun | None,
    *,
    due_at: datetime,
    clock: Clock,
    stop_at: datetime,
    progress: Progress = lambda step, done, of: None,
    questions: Sequence[Question] = QUESTIONS,
) -> ComputeRun:
    """Compute for these organisations; those whose settings cannot be read are left out."""
    organizations = []
    for org_id in org_ids:
        try:
            settings = services.organizations.refreshed(org_id)
        except UnreadableRulesError:
            logs.question_failed(JOB)
            continue
        organizations.append(
            ComputedOrganization(
                org_id=org_id,
                time_zone=settings.time_zone,
                today=clock().astimezone(settings.time_zone).date(),
                thresholds=settings.thresholds,
            )
        )
    return compute(
        services.warehouse(),
        ResultWriter(services.client),
        questions,
        organizations,
        run,
        due_at=due_at,
        clock=clock,
        stop_at=stop_at,
        progress=progress,
    )
