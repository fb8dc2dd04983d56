"""The audit as a job: a scheduled function dispatches it, and a task or the tool audits an
organisation."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from shared.audit.audit import SETTLE, Auditor, Progress
from shared.audit.export.store import AuditedExport
from shared.audit.findings import MOST_ORDERS_A_DAY
from shared.audit.nightly import audit_night
from shared.audit.report import RESULT, AuditReport, CheckReport, Depth, Place
from shared.audit.store import FirestoreAuditStore
from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.nightly.dispatch import DispatchOutcome, Task, dispatch
from shared.nightly.job_run import ENDED, JobRun
from shared.nightly.nights import AUDIT, DueOrganization, NightlyJob
from shared.nightly.result import Result, attempt_at
from shared.nightly.result_store import ResultReader, ResultWriter
from shared.orders.identity import CustomerKeyer
from shared.reconciliation.differences import Difference
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.due_customers import enqueue_overdue
from shared.reconciliation.stores.order_source import ordering_organizations
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services
from shared.warehouse.warehouse import Warehouse

QUEUE = "auditorganization"
FACTS = "facts"
FACTS_MADE_AT = "facts_made_at"
"""Details of a task: the typed tables of the night, and when the making of them began."""
SHOWN_CHARACTERS = 200


def _audited(services: Services) -> set[str]:
    """Every organisation: where all events of a new one were lost, only its orders know of it."""
    known_ids = set(organization_ids(services.client))
    return known_ids | ordering_organizations(
        services.client, services.organizations.resolve, known_ids
    )


JOB = NightlyJob(
    name=AUDIT,
    # Before the computation, which so reads a repaired export.
    hour=time(1),
    organizations=_audited,
)


def dispatch_audits(services: Services, now: datetime, *, clock: Clock, stop_at: datetime) -> str:
    """Enqueue a task for every organisation whose night has begun; returns the outcome in a word.

    The typed tables that these audits read are made first. See `NightlyJob` for the cost; once a
    day, one read more per value that orders have in each field of the organisation.
    """

    def dispatching(run: JobRun, due: Sequence[DueOrganization]) -> DispatchOutcome:
        details = _refreshed_facts(services, run, [each.org_id for each in due], now)
        tasks = (
            Task(queue=QUEUE, org_id=each.org_id, due_at=each.night.due_at, details=details)
            for each in due
        )
        return dispatch(services.queue(), QUEUE, tasks, clock=clock, stop_at=stop_at)

    return JOB.dispatch(services, now, dispatching, clock=clock)


def _refreshed_facts(
    services: Services, run: JobRun, org_ids: Sequence[str], now: datetime
) -> Mapping[str, str]:
    """Make the typed tables, once per run; if that fails, every report says so."""
    if FACTS in run.cursor:
        return run.cursor
    try:
        facts, made_at = prepared_facts(services, org_ids)
    except Exception as error:
        if not run.state.failures:
            attempt = attempt_at(now, due_at=run.state.due_at)
            ResultWriter(services.client).fail_many(org_ids, RESULT, attempt, type(error).__name__)
        raise
    run.advance({FACTS: facts, FACTS_MADE_AT: made_at.isoformat()})
    return run.cursor


def prepared_facts(services: Services, org_ids: Sequence[str]) -> tuple[str, datetime]:
    """Make the typed tables of some organisations.

    Returns their name, and when their creation began by the database's clock.
    """
    made_at = _store(services).now()
    warehouse = services.warehouse()
    facts = warehouse.refresh_facts(org_ids)
    warehouse.reading(facts).refresh_audit_summaries(org_ids, most_orders_a_day=MOST_ORDERS_A_DAY)
    return facts, made_at


def run_audit_task(services: Services, task: Task, run: JobRun, *, clock: Clock) -> int:
    """Audit the organisation of a task for a night; returns its orders.

    If the previous attempt was killed, the report says so until this one is done.
    """
    warehouse = services.warehouse().reading(task.detail(FACTS))
    facts_made_at = task.instant(FACTS_MADE_AT)
    if run.state.last_error == ENDED:
        attempt = attempt_at(clock(), due_at=task.due_at)
        ResultWriter(services.client).fail(task.org_id, RESULT, attempt, ENDED)
    return audit_organization(
        services,
        task.org_id,
        due_at=task.due_at,
        clock=clock,
        depth=Depth.NIGHTLY,
        warehouse=warehouse,
        facts_made_at=facts_made_at,
    ).orders


def audit_organization(
    services: Services,
    org_id: str,
    *,
    due_at: datetime,
    clock: Clock,
    repair: bool = True,
    depth: Depth = Depth.EVERYTHING,
    warehouse: Warehouse,
    facts_made_at: datetime,
    on_progress: Progress = lambda part: None,
) -> AuditReport:
    """Audit one organisation and publish the report.

    `warehouse` reads the tables made at `facts_made_at`. A repair also enqueues overdue customers
    who are missing from the ageing queue, such as those stored by version 0.3: two reads. If SQL
    still disagrees with the stored values, the next tables are rebuilt in full. The place where the
    next night continues is kept in the report: one read. Re-raises any failure, after recording it
    beside the last report.
    """
    now = clock()
    attempt = attempt_at(now, due_at=due_at)
    results = ResultWriter(services.client)
    try:
        if repair:
            _enqueue_overdue(services, org_id, now)
        place = _place(services, org_id)
        auditor = _auditor(services, clock, warehouse)
        if depth is Depth.NIGHTLY:
            report = audit_night(
                auditor,
                org_id,
                place,
                repair=repair,
                facts_made_at=facts_made_at,
                on_progress=on_progress,
            )
        else:
            report = auditor.audit(
                org_id, repair=repair, facts_made_at=facts_made_at, on_progress=on_progress
            )
        if repair and report.doubts_facts:
            logs.facts_distrusted(org_id)
            warehouse.distrust_bases()
        results.publish(org_id, quality(report, report.place or place), attempt, report.orders)
    except Exception as error:
        logs.audit_failed(org_id)
        results.fail(org_id, RESULT, attempt, type(error).__name__)
        raise
    logs.organization_audited(org_id, drift=report.drift, remaining=report.remaining)
    return report


def _enqueue_overdue(services: Services, org_id: str, now: datetime) -> None:
    enqueued_customers = enqueue_overdue(services.client, org_id, now)
    if enqueued_customers:
        logs.customers_enqueued(org_id, enqueued_customers)


def quality(report: AuditReport, place: Place) -> Result:
    """The report as stored, with the place where the next night continues."""
    return Result(
        name=RESULT,
        entries=(),
        summary={
            "depth": report.depth.value,
            "place": {"slice": place.slice, "after": place.after},
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


def _place(services: Services, org_id: str) -> Place:
    state = ResultReader(services.client, org_id).state(RESULT)
    place = state.summary.get("place") if state else None
    return Place(slice=place["slice"], after=place["after"]) if place else Place()


def _auditor(services: Services, clock: Clock, warehouse: Warehouse) -> Auditor:
    store = _store(services)
    return Auditor(
        store=store,
        warehouse=AuditedExport(warehouse),
        reconciler=Reconciler(
            store, services.organizations, CustomerKeyer(services.secret), clock=clock
        ),
        organizations=services.organizations,
        clock=clock,
        settle=SETTLE,
        may_export=services.settings.export_enabled,
    )


def _store(services: Services) -> FirestoreAuditStore:
    return FirestoreAuditStore(services.client, shards=1)


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
        "expected": text_of_value(difference.expected),
        "found": text_of_value(difference.found),
    }


def text_of_value(value: object) -> str | None:
    """Return a value as text for people, cut to a maximum length; None for None."""
    return None if value is None else str(value)[:SHOWN_CHARACTERS]
