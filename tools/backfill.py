"""Count the orders that are there already: `python -m tools.backfill`."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from functions.services import Services
from shared.clock import utc_now
from shared.orders.identity import CustomerKeyer
from shared.reconciliation.backfill import BackfillTotals, backfill
from shared.reconciliation.ledger import SourceOrder
from shared.reconciliation.reconcile import Reconciler
from shared.storage.firestore_ledger_store import FirestoreLedgerStore
from shared.storage.order_source import all_orders, orders_claimed_for
from shared.storage.roll_up import roll_up
from tools.connection import Project, connect
from tools.console import CONSOLE, progress, run
from tools.organization_option import organization_id

DEFAULT_WORKERS = 4


def main(
    org: Annotated[
        str | None, typer.Option(help="Only this organisation's orders.", callback=organization_id)
    ] = None,
    project: Project = None,
    workers: Annotated[int, typer.Option(min=1, max=32, help="Commits under way at once.")] = (
        DEFAULT_WORKERS
    ),
) -> None:
    """Count all orders, or one organisation's, as if each had just been written.

    May be stopped at any time: run again, it goes over the orders anew and writes only what is
    not counted yet. Live triggers may run meanwhile.
    """
    totals = run_backfill(connect(project), org, workers)
    table = Table("counted", "number", title="Backfill")
    for name in ("orders", "orders_written", "customers_written", "transitions", "rejected"):
        table.add_row(name.replace("_", " "), f"{getattr(totals, name):,}")
    CONSOLE.print(table)


def run_backfill(services: Services, org: str | None, workers: int) -> BackfillTotals:
    """Read, count, and roll up the days that are over, with progress bars."""
    with progress("Reading orders", None) as show:
        sources = list(_counting(read_orders(services, org), show))
    with progress("Counting orders", len(sources)) as show:
        totals = backfill(
            sources, reconcilers(services, workers), lambda totals: show(totals.orders)
        )
    roll_up(
        services.client,
        services.organizations,
        clock=utc_now,
        stop_at=utc_now() + timedelta(hours=6),
        org_id=org,
    )
    return totals


def read_orders(services: Services, org: str | None) -> Iterator[SourceOrder]:
    """All orders, or those that belong to one organisation, normalised."""
    orders = (
        all_orders(services.client) if org is None else orders_claimed_for(services.client, org)
    )
    for raw in orders:
        source = services.reconciler.normalized(raw)
        owner = source.fact or source.rejection
        if org is None or (owner is not None and owner.org_id == org):
            yield source


def reconcilers(services: Services, workers: int) -> list[Reconciler]:
    """One per worker, each adding to counter documents of its own, so that none waits."""
    return [
        Reconciler(
            FirestoreLedgerStore(services.client, shards=1, shard_prefix=f"b{worker}_"),
            services.organizations,
            CustomerKeyer(services.secret),
        )
        for worker in range(workers)
    ]


def _counting(sources: Iterable[SourceOrder], show: Callable[[int], None]) -> Iterator[SourceOrder]:
    for number, source in enumerate(sources, start=1):
        show(number)
        yield source


if __name__ == "__main__":
    run(main)
