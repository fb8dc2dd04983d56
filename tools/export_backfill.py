"""Export orders counted before the export existed: `python -m tools.export_backfill`."""

from typing import Annotated

import typer

from shared.kernel.clock import utc_now
from shared.kernel.errors import ConflictError
from shared.nightly.job_store import FirestoreJobs
from shared.services import Services
from shared.warehouse.export_backfill import backfill_export
from shared.warehouse.ledger_source import FirestoreLedger
from tools.connection import Project, connect
from tools.console import CONSOLE, progress, run
from tools.errors import ToolError
from tools.organization_option import organization_id


def main(
    org: Annotated[
        str | None, typer.Option(help="Only this organisation's orders.", callback=organization_id)
    ] = None,
    project: Project = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Start over instead of continuing an interrupted run.")
    ] = False,
) -> None:
    """Load every ledger entry into BigQuery: the current state of each order.

    For orders counted before the export existed. A stopped run continues when run again; after a
    complete one, it loads everything again, which does no harm. Live triggers may run meanwhile:
    any change that they export supersedes the rows loaded here.
    """
    rows_loaded = run_export_backfill(connect(project, warehouse=True), org, restart=restart)
    CONSOLE.print(f"Loaded {rows_loaded:,} orders.")


def run_export_backfill(services: Services, org: str | None, *, restart: bool = False) -> int:
    """Create the tables where they are missing, and load, with a progress bar."""
    warehouse = services.warehouse()
    warehouse.prepare()
    with progress("Loading orders", None) as show:
        try:
            return backfill_export(
                FirestoreLedger(services.client, org),
                warehouse,
                FirestoreJobs(services.client),
                org,
                restart=restart,
                clock=utc_now,
                on_progress=show,
            )
        except ConflictError:
            raise ToolError("Another run has taken over; this one has stopped.") from None


if __name__ == "__main__":
    run(main)
