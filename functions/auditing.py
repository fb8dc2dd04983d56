"""The nightly audit, as the scheduled function and the tool run it."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from functions.services import Services
from shared import logs
from shared.audit.audit import SETTLE, Auditor, Step
from shared.audit.report import RESULT, AuditReport, CheckReport
from shared.clock import Clock
from shared.computing.compute import Attempt
from shared.computing.job import claim
from shared.computing.result import Result
from shared.errors import ConflictError
from shared.orders.identity import CustomerKeyer
from shared.reconciliation.differences import Difference
from shared.reconciliation.reconcile import Reconciler
from shared.storage.audit_store import FirestoreAuditStore
from shared.storage.job_store import FirestoreJobs
from shared.storage.organization_list import organization_ids
from shared.storage.result_store import ResultWriter

JOB = "audit"
NIGHT = time(5)
"""When the audit of a night is due, in UTC: after the computation."""
SHOWN_CHARACTERS = 200


def due_at(now: datetime) -> datetime:
    """The newest instant at which an audit was due."""
    night = datetime.combine(now.date(), NIGHT, now.tzinfo)
    return night if night <= now else night - timedelta(days=1)


def audit_night(services: Services, now: datetime, *, clock: Clock, stop_at: datetime) -> str:
    """Audit the organisations left of the newest night; gives what became of it, in a word.

    The next call goes on with the next organisation. One whose audit fails does not hold up the
    others; the run then counts as failed, and the next call tries that one again.
    """
    run = claim(FirestoreJobs(services.client), JOB, due_at(now), clock=clock)
    if run is None:
        return "nothing due"
    try:
        facts_made_at = _store(services).now()
        services.warehouse().refresh_facts()
        done: list[str] = list(run.cursor.get("done", ()))
        orders = int(run.cursor.get("orders", 0))
        failed = False
        for org_id in organization_ids(services.client):
            if org_id in done:
                continue
            if clock() >= stop_at:
                run.pause()
                return "paused"
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
                failed = True
                continue
            done.append(org_id)
            orders += report.orders
            run.advance({"done": done, "orders": orders})
        if failed:
            run.fail("failed for some organisations")
            return "failed"
        run.complete(source_rows=orders)
        return "complete"
    except ConflictError:
        # Another call has taken over, and goes on from what is done.
        return "overtaken"
    except Exception as error:
        run.fail(type(error).__name__)
        raise


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
    attempt = Attempt(generation=now.strftime("%Y%m%dT%H%M%S%fZ"), due_at=due_at, computed_at=now)
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
        name=RESULT, entries=(), summary={"checks": [_stored(check) for check in report.checks]}
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
