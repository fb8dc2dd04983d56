"""The nightly computation, as the scheduled function and the tool run it."""

from collections.abc import Sequence
from datetime import datetime, time

from functions.services import Services
from shared import logs
from shared.clock import Clock
from shared.computing.compute import (
    ComputeRun,
    Progress,
    as_of,
    attempt_at,
    compute,
    fail_all,
)
from shared.computing.job import JobRun, claim, newest_due
from shared.computing.question import ComputedOrganization, Question
from shared.computing.questions import QUESTIONS
from shared.errors import ConflictError
from shared.organizations.settings import organization_settings
from shared.storage.job_store import FirestoreJobs
from shared.storage.organization_list import organization_ids
from shared.storage.result_store import ResultWriter

JOB = "compute_analytics"
NIGHT = time(3)
"""When the computation of a night is due, in UTC: after the audit, which mends the export."""


def compute_night(services: Services, now: datetime, *, clock: Clock, stop_at: datetime) -> str:
    """Compute what is left of the newest night; gives what became of it, in a word."""
    run = claim(FirestoreJobs(services.client), JOB, newest_due(NIGHT, now), clock=clock)
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
        if done.failed:
            run.fail("failed: " + ", ".join(done.failed))
            return "failed"
        if not done.complete:
            run.pause()
            return "paused"
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
    """Compute for these organisations.

    The results of one whose settings cannot be read are marked failed. Nothing else can be done
    about it before somebody mends these, so the run does not count as failed.
    """
    instant = as_of(run, clock)
    results = ResultWriter(services.client)
    organizations = []
    for org_id in org_ids:
        try:
            settings = services.organizations.refreshed(org_id)
        except Exception as error:
            # Whatever is stored there, it is not the other organisations' trouble.
            logs.organization_not_computed(org_id)
            attempt = attempt_at(clock(), due_at=due_at, as_of=instant)
            unread = ComputedOrganization.of(organization_settings(org_id, None, None), instant)
            fail_all(results, questions, unread, attempt, type(error).__name__)
            results.changed(org_id)
            continue
        organizations.append(ComputedOrganization.of(settings, instant))
    return compute(
        services.warehouse(),
        results,
        questions,
        organizations,
        run,
        due_at=due_at,
        as_of=instant,
        clock=clock,
        stop_at=stop_at,
        progress=progress,
    )
