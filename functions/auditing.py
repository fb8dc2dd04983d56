"""The nightly audit, as the scheduled function and the tool run it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from functions.services import Services
from shared import logs
from shared.audit.audit import SETTLE, Auditor, Step
from shared.audit.report import RESULT, AuditReport, CheckReport
from shared.clock import Clock
from shared.computing.compute import attempt_at
from shared.computing.job import JobRun, claim, newest_due
from shared.computing.result import Result, ResultStatus
from shared.errors import ConflictError
from shared.orders.identity import CustomerKeyer
from shared.reconciliation.differences import Difference
from shared.reconciliation.reconcile import Reconciler
from shared.storage.audit_store import FirestoreAuditStore
from shared.storage.job_store import FirestoreJobs
from shared.storage.order_source import ordering_organizations
from shared.storage.organization_list import organization_ids
from shared.storage.result_store import ResultReader, ResultWriter

JOB = "audit"
NIGHT = time(1)
"""When the audit of a night is due, in UTC: before the computation, so that this is made of an
export that has been put right."""
MAX_ATTEMPTS = 3
"""How often an organisation is begun in a night."""
UNFINISHED = "Unfinished"
"""The `last_error` of a report whose audit was begun and never came to its end."""
SHOWN_CHARACTERS = 200


def audit_night(services: Services, now: datetime, *, clock: Clock, stop_at: datetime) -> str:
    """Audit the organisations left of the newest night; gives what became of it, in a word.

    The next call goes on with the next organisation. One whose audit fails, or is ended by the
    platform, does not hold up the others: it comes last, at most `MAX_ATTEMPTS` times a night, and
    the run counts as failed.
    """
    run = claim(FirestoreJobs(services.client), JOB, newest_due(NIGHT, now), clock=clock)
    if run is None:
        return "nothing due"
    try:
        _note_unfinished(services, run, now)
        left = _left(services, run)
        if left:
            facts_made_at = _refreshed_facts(services, run, left, now)
        for org_id in left:
            if clock() >= stop_at:
                run.pause()
                return "paused"
            _begin(run, org_id)
            try:
                report = audit_organization(
                    services,
                    org_id,
                    due_at=run.state.due_at,
                    clock=clock,
                    facts_made_at=facts_made_at,
                )
            except Exception:
                # Told where the report is looked for, and in the log.
                run.advance({**run.cursor, "begun": None})
                continue
            run.advance(
                {
                    **run.cursor,
                    "begun": None,
                    "done": [*run.cursor.get("done", ()), org_id],
                    "orders": run.cursor.get("orders", 0) + report.orders,
                }
            )
        if run.cursor.get("attempts", {}).keys() - set(run.cursor.get("done", ())):
            run.fail("failed for some organisations")
            return "failed"
        run.complete(source_rows=run.cursor.get("orders", 0))
        return "complete"
    except ConflictError:
        # Another call has taken over, and goes on from what is done.
        return "overtaken"
    except Exception as error:
        run.fail(type(error).__name__)
        raise


def _left(services: Services, run: JobRun) -> list[str]:
    """Organisations to audit in this call: those that failed before, now or last night, last."""
    done, attempts = run.cursor.get("done", ()), run.cursor.get("attempts", {})

    def worries(org_id: str) -> tuple[int, bool]:
        state = ResultReader(services.client, org_id).state(RESULT)
        failed = state is not None and state.status is ResultStatus.FAILED
        return attempts.get(org_id, 0), failed

    stored = organization_ids(services.client)
    # All events of a new organisation may have been lost: then only its orders know of it.
    lost = ordering_organizations(
        services.client, services.organizations.resolve, {*stored, *attempts}
    )
    return sorted(
        (
            org_id
            for org_id in sorted({*stored, *lost})
            if org_id not in done and attempts.get(org_id, 0) < MAX_ATTEMPTS
        ),
        key=worries,
    )


def _refreshed_facts(
    services: Services, run: JobRun, org_ids: Sequence[str], now: datetime
) -> datetime:
    """When the making of the typed tables began; where it fails, every report says so."""
    made_at = _store(services).now()
    try:
        services.warehouse().refresh_facts()
    except Exception as error:
        attempt = attempt_at(now, due_at=run.state.due_at)
        for org_id in org_ids:
            ResultWriter(services.client).fail(org_id, RESULT, attempt, type(error).__name__)
        raise
    return made_at


def _begin(run: JobRun, org_id: str) -> None:
    """Note which organisation is begun, so that it is known if the platform ends this call."""
    attempts = run.cursor.get("attempts", {})
    run.advance(
        {
            **run.cursor,
            "begun": org_id,
            "attempts": {**attempts, org_id: attempts.get(org_id, 0) + 1},
        }
    )


def _note_unfinished(services: Services, run: JobRun, now: datetime) -> None:
    """Report the organisation that the call before this one had begun when it was ended."""
    org_id = run.cursor.get("begun")
    if org_id is not None:
        logs.audit_unfinished(org_id)
        ResultWriter(services.client).fail(
            org_id, RESULT, attempt_at(now, due_at=run.state.due_at), UNFINISHED
        )
        run.advance({**run.cursor, "begun": None})


def audit_organization(
    services: Services,
    org_id: str,
    *,
    due_at: datetime,
    clock: Clock,
    repair: bool = True,
    settle: timedelta | None = None,
    facts_made_at: datetime | None = None,
    on_step: Step = lambda step: None,
) -> AuditReport:
    """Audit one organisation and publish the report; `settle` is SETTLE where left out.

    Raises what went wrong, after noting it beside the last report.
    """
    now = clock()
    attempt = attempt_at(now, due_at=due_at)
    results = ResultWriter(services.client)
    try:
        report = _auditor(services, clock, SETTLE if settle is None else settle).audit(
            org_id, repair=repair, facts_made_at=facts_made_at, on_step=on_step
        )
        results.publish(org_id, quality(report), attempt, report.orders)
    except Exception as error:
        logs.audit_failed(org_id)
        results.fail(org_id, RESULT, attempt, type(error).__name__)
        raise
    logs.organization_audited(org_id, drift=report.drift, remaining=report.remaining)
    return report


def quality(report: AuditReport) -> Result:
    """The report as it is stored."""
    return Result(
        name=RESULT,
        entries=(),
        summary={
            "checks": [_stored(check) for check in report.checks],
            "findings": [
                {
                    "kind": finding.kind.value,
                    "code": finding.code,
                    "orders": finding.orders,
                    "newest_order_ids": list(finding.newest_order_ids),
                }
                for finding in report.findings
            ],
            "busy_customers": [
                {
                    "customer_key": busy.customer_key,
                    "date": busy.day.isoformat(),
                    "orders": busy.orders,
                }
                for busy in report.busy_customers
            ],
        },
    )


def _auditor(services: Services, clock: Clock, settle: timedelta) -> Auditor:
    from shared.warehouse.audited_export import AuditedExport

    store = _store(services)
    return Auditor(
        store=store,
        warehouse=AuditedExport(services.warehouse()),
        reconciler=Reconciler(
            store, services.organizations, CustomerKeyer(services.secret), clock=clock
        ),
        organizations=services.organizations,
        clock=clock,
        settle=settle,
        may_export=services.settings.export_enabled,
    )


def _store(services: Services) -> FirestoreAuditStore:
    return FirestoreAuditStore(services.client, shards=1, shard_prefix="a_")


def _stored(check: CheckReport) -> Mapping[str, Any]:
    return {
        "check": check.check.value,
        "expected": check.expected,
        "found": check.found,
        "drift": check.drift,
        "repaired": check.repaired,
        "remaining": check.remaining,
        "checked_at": check.checked_at,
        "samples": [_sample(difference) for difference in check.samples],
    }


def _sample(difference: Difference) -> Mapping[str, str | None]:
    return {
        "document": difference.document,
        "field": difference.field,
        "expected": shown(difference.expected),
        "found": shown(difference.found),
    }


def shown(value: object) -> str | None:
    """A value for people to read; None for what is not there."""
    return None if value is None else str(value)[:SHOWN_CHARACTERS]
