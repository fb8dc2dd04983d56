"""Compute the scheduled analytics now: `python -m tools.compute`."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer

from shared.computation.job import asked_organizations, publish
from shared.computation.questions import asked_questions
from shared.kernel.clock import utc_now
from shared.nightly.asking import Night
from shared.nightly.nights import readable_settings
from shared.nightly.result import attempt_at
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services
from shared.warehouse.answers import NightTables
from tools.connection import Project, connect
from tools.console import CONSOLE, progress, run
from tools.errors import ToolError
from tools.organization import require_organization
from tools.organization_option import organization_id

AT_ONCE = 8
"""Organisations whose results are published at the same time."""
LONGEST = timedelta(hours=6)
"""Time limit for asking all questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputationOutcome:
    """Computed results."""

    orders: int
    """Orders of the organisations with published results."""
    failed: tuple[str, ...]
    """Questions without an answer, and organisations with an unpublished result."""


def main(
    org: Annotated[
        str | None, typer.Option(help="Only this organisation.", callback=organization_id)
    ] = None,
    project: Project = None,
) -> None:
    """Compute cohorts, affinity, churn and the rest from the export, as each night does.

    Results are replaced one by one, each as a whole, and served by the API. May be stopped at
    any time. Exits with code 1 if any computation failed, and names it.
    """
    services = connect(project, warehouse=True)
    if org is not None:
        require_organization(services, org)
    outcome = compute_now(services, [org] if org else organization_ids(services.client))
    CONSOLE.print(f"Computed {org or 'all organisations'} from {outcome.orders:,} orders.")
    if outcome.failed:
        raise ToolError(
            f"Not computed: {', '.join(outcome.failed)}. What was computed before is still shown, "
            "as stale; see the log above for the cause."
        )


def compute_now(services: Services, org_ids: list[str]) -> ComputationOutcome:
    """Ask every question, and publish the results of AT_ONCE organisations at a time."""
    as_of = utc_now()
    night, tables = Night(), NightTables(services.warehouse(), org_ids)
    with CONSOLE.status("Making tables") as status:
        settings = readable_settings(services, org_ids)
        organizations = asked_organizations(services, [each for each in settings if each], as_of)
        night.make_facts(tables, organizations, as_of)
        if not night.ask(
            tables,
            asked_questions(services.settings),
            clock=utc_now,
            stop_at=as_of + LONGEST,
            on_progress=lambda question: status.update(f"Asking {question.replace('_', ' ')}"),
        ):
            raise ToolError("Not every question was asked in the time allowed: run it again.")
        night.combine(tables)

    def compute(org_id: str) -> int:
        attempt = attempt_at(utc_now(), due_at=as_of, as_of=as_of)
        return publish(services, org_id, night, attempt, clock=utc_now) or 0

    orders, failures = 0, set(night.failed)
    with ThreadPoolExecutor(AT_ONCE) as pool, progress("Publishing", len(org_ids)) as show:
        running = {pool.submit(compute, org_id): org_id for org_id in org_ids}
        for count, future in enumerate(as_completed(running), start=1):
            try:
                orders += future.result()
            except Exception:
                failures.add(running[future])
            show(count)
    return ComputationOutcome(orders=orders, failed=tuple(sorted(failures)))


if __name__ == "__main__":
    run(main)
