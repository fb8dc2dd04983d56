"""Count the sessions of events that are there already: `python -m tools.funnel_backfill`."""

from typing import Annotated

import typer

from shared.funnel.event_store import event_pages
from shared.services import Services
from tools.connection import Project, connect
from tools.console import CONSOLE, progress, run
from tools.organization_option import organization_id


def main(
    org: Annotated[
        str,
        typer.Option(help="The organisation whose events are counted.", callback=organization_id),
    ],
    project: Project = None,
) -> None:
    """Count an organisation's events of the last 365 days, as if each had just been written.

    May be stopped at any time: the next run reads the events again and writes only those not
    counted yet. Live triggers may run meanwhile.
    """
    events, sessions_written = run_funnel_backfill(connect(project), org)
    CONSOLE.print(f"{events:,} events read, {sessions_written:,} sessions written.")


def run_funnel_backfill(services: Services, org: str) -> tuple[int, int]:
    """Events read, and writes of sessions, with a progress bar."""
    events = sessions_written = 0
    with progress("Counting events", None) as show:
        for page in event_pages(services.client, org):
            sessions_written += services.funnel().record(page)
            events += len(page)
            show(events)
    return events, sessions_written


if __name__ == "__main__":
    run(main)
