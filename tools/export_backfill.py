"""Export what was counted before there was an export: `python -m tools.export_backfill`."""

from typing import Annotated

import typer

from functions.services import Services
from shared.clock import utc_now
from shared.errors import ConflictError
from shared.storage.job_store import FirestoreJobs
from shared.storage.ledger_source import FirestoreLedger
from shared.warehouse.export_backfill import backfill_export
from tools.connection import connect
from tools.console import CONSOLE, progress, run
from tools.errors import ToolError


def main(
    org: Annotated[str | None, typer.Option(help="Only this organisation's orders.")] = None,
    project: Annotated[str | None, typer.Option(help="The Google Cloud project.")] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew, whatever an earlier run has done.")
    ] = False,
) -> None:
    """Load all orders as they are counted, or one organisation's, into the warehouse.

    May be stopped at any time: run again, it goes on after what is loaded. Orders that change
    meanwhile are exported by their own events, which come before what is loaded here.
    """
    loaded = run_export_backfill(connect(project), org, restart=restart)
    CONSOLE.print(f"Loaded {loaded:,} orders.")


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
