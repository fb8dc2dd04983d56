"""Recompute an organisation from its orders: `python -m tools.rebuild --org ORG`."""

from typing import Annotated

import typer
from rich.table import Table

from shared.audit.rebuild import rebuild
from shared.audit.store import FirestoreAuditStore
from shared.kernel.clock import utc_now
from shared.orders.identity import CustomerKeyer
from shared.products.unused_sales_store import delete_unused_sales
from shared.reconciliation.differences import RebuildReport
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.search_words import refresh_search_words
from shared.services import Services
from tools.connection import Project, connect
from tools.console import CONSOLE, run
from tools.organization import require_organization
from tools.organization_option import organization_id


def main(
    org: Annotated[
        str, typer.Option(help="The organisation to recompute.", callback=organization_id)
    ],
    project: Project = None,
) -> None:
    """Recompute everything derived for one organisation, report every difference, repair it.

    Search words that an earlier version stored are brought up to date as well, and sales by product
    that version 0.3 counted are deleted.

    Orders may keep arriving meanwhile.
    """
    services = connect(project)
    require_organization(services, org)
    report = run_rebuild(services, org)
    CONSOLE.print(
        f"Checked {report.orders:,} orders and {report.customers:,} customers of {org}: "
        f"{_count(len(report.differences))}, all repaired."
        if report.differences
        else f"Checked {report.orders:,} orders and {report.customers:,} customers of {org}: "
        "no difference."
    )
    if report.differences:
        table = Table("document", "field", "found", "expected")
        for difference in report.differences:
            table.add_row(
                difference.document,
                difference.field,
                str(difference.found),
                str(difference.expected),
            )
        CONSOLE.print(table)


def _count(differences: int) -> str:
    return f"{differences:,} difference{'' if differences == 1 else 's'}"


def run_rebuild(services: Services, org: str) -> RebuildReport:
    """Read the orders, check and repair each step, and delete unused documents."""
    store = FirestoreAuditStore(services.client, shards=1)
    with CONSOLE.status("Reading orders") as status:
        report = rebuild(
            org,
            store,
            Reconciler(store, services.organizations, CustomerKeyer(services.secret)),
            services.organizations,
            clock=utc_now,
            on_progress=lambda part: status.update(f"Checking {part}"),
        )
        status.update("Checking search words")
        outdated = refresh_search_words(services.client, org)
        status.update("Checking what earlier versions counted")
        unused = delete_unused_sales(services.client, org)
    if unused:
        CONSOLE.print(f"Deleted sales by product of 0.3 from {unused:,} documents.")
    if outdated:
        CONSOLE.print(f"Brought the search words of {outdated:,} customers up to date.")
    return report


if __name__ == "__main__":
    run(main)
