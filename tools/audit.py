"""Check organisations from their orders to their counters: `python -m tools.audit`."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Annotated

import typer
from rich.table import Table

from shared.audit.job import audit_organization, prepared_facts, text_of_value
from shared.audit.report import AuditReport
from shared.kernel.clock import utc_now
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services
from tools.connection import Project, connect
from tools.console import CONSOLE, progress, run
from tools.organization import require_organization
from tools.organization_option import organization_id

SHOWN_ORDERS = 3
"""Of each finding; the report has more."""
AT_ONCE = 8
"""Organisations audited at the same time."""


def main(
    org: Annotated[
        str | None, typer.Option(help="Only this organisation.", callback=organization_id)
    ] = None,
    project: Project = None,
    repair: Annotated[bool, typer.Option(help="Repair differences.")] = True,
) -> None:
    """Check the ledger, the export, customers, segments and counters of every organisation, or one.

    Repairs differences and checks once more; the report is the one that the API returns. Exits with
    code 1 if differences remain. Orders may keep arriving meanwhile: writes younger than ten
    minutes are skipped.
    """
    services = connect(project, warehouse=True)
    if org is None:
        reports = audit_all(services, repair=repair)
        CONSOLE.print(_summary(reports))
        if any(isinstance(each, Exception) or each.remaining for each in reports.values()):
            raise typer.Exit(code=1)
        return
    require_organization(services, org)
    report = run_audit(services, org, repair=repair)
    CONSOLE.print(_checks(report))
    if any(check.samples for check in report.checks):
        CONSOLE.print(_samples(report))
    if report.findings or report.busy_customers:
        CONSOLE.print(_findings(report))
    if report.remaining:
        raise typer.Exit(code=1)


def audit_all(services: Services, *, repair: bool) -> dict[str, AuditReport | Exception]:
    """Audit every organisation, AT_ONCE at a time; returns its report, or its error, by id."""
    org_ids = organization_ids(services.client)
    facts, made_at = prepared_facts(services, org_ids)
    outcomes: dict[str, AuditReport | Exception] = {}

    def audit(org_id: str) -> AuditReport:
        return audit_organization(
            services,
            org_id,
            due_at=utc_now(),
            clock=utc_now,
            repair=repair,
            warehouse=services.warehouse().reading(facts),
            facts_made_at=made_at,
        )

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        with progress("Checking", len(org_ids)) as show:
            running = {pool.submit(audit, org_id): org_id for org_id in org_ids}
            for count, future in enumerate(as_completed(running), start=1):
                try:
                    outcomes[running[future]] = future.result()
                except Exception as error:
                    outcomes[running[future]] = error
                show(count)
    finally:
        # Whoever stops the tool waits for those at work, and for no other.
        pool.shutdown(cancel_futures=True)
    return dict(sorted(outcomes.items()))


def run_audit(services: Services, org: str, *, repair: bool) -> AuditReport:
    """Audit one organisation and publish the report."""
    with CONSOLE.status("Preparing tables") as status:
        facts, made_at = prepared_facts(services, [org])
        return audit_organization(
            services,
            org,
            due_at=utc_now(),
            clock=utc_now,
            repair=repair,
            warehouse=services.warehouse().reading(facts),
            facts_made_at=made_at,
            on_progress=lambda part: status.update(f"Checking {part}"),
        )


def _summary(reports: dict[str, AuditReport | Exception]) -> Table:
    table = Table("organisation", title="Audit")
    for number in ("orders", "drift", "remaining"):
        table.add_column(number, justify="right")
    for org_id, report in reports.items():
        if isinstance(report, Exception):
            table.add_row(org_id, type(report).__name__, style="red")
            continue
        style = "red" if report.remaining else "yellow" if report.drift else "green"
        numbers = (report.orders, report.drift, report.remaining)
        table.add_row(org_id, *(f"{number:,}" for number in numbers), style=style)
    return table


def _checks(report: AuditReport) -> Table:
    numbers = ("expected", "found", "drift", "repaired", "remaining")
    table = Table("check", title=f"Audit of {report.org_id}")
    for number in numbers:
        table.add_column(number, justify="right")
    for check in report.checks:
        style = "red" if check.remaining else "yellow" if check.drift else "green"
        values = [f"{getattr(check, number):,}" for number in numbers]
        table.add_row(check.check.value, *values, style=style)
    return table


def _samples(report: AuditReport) -> Table:
    table = Table("check", "document", "field", "found", "expected", title="Some of what differed")
    for check in report.checks:
        for difference in check.samples:
            table.add_row(
                check.check.value,
                difference.document,
                difference.field,
                text_of_value(difference.found),
                text_of_value(difference.expected),
            )
    return table


def _findings(report: AuditReport) -> Table:
    table = Table("noticed", "code", "orders", "newest", title="Findings on orders")
    for finding in report.findings:
        newest = ", ".join(finding.newest_order_ids[:SHOWN_ORDERS])
        table.add_row(finding.kind.value, finding.code, f"{finding.orders:,}", newest)
    for busy in report.busy_customers:
        table.add_row("busy customer", busy.customer_key, f"{busy.orders:,}", busy.day.isoformat())
    return table


if __name__ == "__main__":
    run(main)
