"""Check an organisation from its orders to its counters: `python -m tools.audit --org ORG`."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from functions.auditing import audit_organization, shown
from functions.services import Services
from shared.audit.report import AuditReport
from shared.clock import utc_now
from shared.storage.roll_up import roll_up
from tools.connection import Project, connect
from tools.console import CONSOLE, run
from tools.organization import require_organization
from tools.organization_option import organization_id

SHOWN_ORDERS = 3
"""Of each finding; the report has more."""


def main(
    org: Annotated[str, typer.Option(help="The organisation to check.", callback=organization_id)],
    project: Project = None,
    repair: Annotated[bool, typer.Option(help="Put right what is not.")] = True,
) -> None:
    """Check the ledger, the export, customers, segments and counters of an organisation.

    Puts right what differs and checks once more; the report is what the API answers with. Ends
    with exit code 1 where anything is left. Orders may keep arriving meanwhile: what is younger
    than ten minutes is not looked at.
    """
    services = connect(project, warehouse=True)
    require_organization(services, org)
    report = run_audit(services, org, repair=repair)
    CONSOLE.print(_checks(report))
    if any(check.samples for check in report.checks):
        CONSOLE.print(_samples(report))
    if report.findings or report.busy_customers:
        CONSOLE.print(_findings(report))
    if report.remaining:
        raise typer.Exit(code=1)


def run_audit(services: Services, org: str, *, repair: bool) -> AuditReport:
    """Audit, publish the report, and roll up what was added to days that are over."""
    with CONSOLE.status("Checking") as status:
        report = audit_organization(
            services,
            org,
            due_at=utc_now(),
            clock=utc_now,
            repair=repair,
            on_step=lambda step: status.update(f"Checking {step}"),
        )
        if repair and report.drift:
            roll_up(
                services.client,
                services.organizations,
                clock=utc_now,
                stop_at=utc_now() + timedelta(hours=6),
                org_id=org,
            )
    return report


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
                shown(difference.found),
                shown(difference.expected),
            )
    return table


def _findings(report: AuditReport) -> Table:
    table = Table("noticed", "code", "orders", "newest", title="What orders are noticed for")
    for finding in report.findings:
        newest = ", ".join(finding.newest_order_ids[:SHOWN_ORDERS])
        table.add_row(finding.kind.value, finding.code, f"{finding.orders:,}", newest)
    for busy in report.busy_customers:
        table.add_row("busy customer", busy.customer_key, f"{busy.orders:,}", busy.day.isoformat())
    return table


if __name__ == "__main__":
    run(main)
