"""Compute the scheduled analytics now: `python -m tools.compute`."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from functions.computing import compute_organizations
from functions.services import Services
from shared.clock import utc_now
from shared.computing.compute import ComputeRun
from shared.storage.organization_list import organization_ids
from tools.connection import Project, connect
from tools.console import CONSOLE, run
from tools.errors import ToolError
from tools.organization import require_organization
from tools.organization_option import organization_id


def main(
    org: Annotated[
        str | None, typer.Option(help="Only this organisation.", callback=organization_id)
    ] = None,
    project: Project = None,
) -> None:
    """Compute cohorts, affinity, churn and the rest from the export, as each night does.

    Results are replaced one by one, each as a whole; the API answers with them. May be stopped at
    any time. Ends with exit code 1 where something could not be computed, and names it.
    """
    services = connect(project, warehouse=True)
    if org is not None:
        require_organization(services, org)
    done = run_compute(services, org)
    CONSOLE.print(f"Computed {org or 'all organisations'} from {done.source_rows:,} orders.")
    if not done.complete:
        raise ToolError("Not everything was computed in the time allowed: run it again.")
    if done.failed:
        raise ToolError(
            f"Not computed: {', '.join(done.failed)}. What was computed before is still shown, "
            "as stale; the log above says what went wrong."
        )


def run_compute(services: Services, org: str | None) -> ComputeRun:
    """Every question, with a progress bar for each."""
    now = utc_now()
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=CONSOLE,
    )
    tasks = {}

    def show(step: str, done: int, of: int) -> None:
        if step not in tasks:
            tasks[step] = bars.add_task(step.replace("_", " "))
        bars.update(tasks[step], completed=done, total=of)

    with bars:
        return compute_organizations(
            services,
            [org] if org else organization_ids(services.client),
            None,
            due_at=now,
            clock=utc_now,
            stop_at=now + timedelta(hours=6),
            progress=show,
        )


if __name__ == "__main__":
    run(main)
