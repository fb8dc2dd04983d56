"""Record the existing customers of the dashboard: `python -m tools.contacts_backfill`."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer

from shared.contacts.customer_profile_store import customers_of
from shared.contacts.store import RecordOutcome, profile_ids
from shared.kernel.parts import parts
from shared.reconciliation.stores.order_source import claimed_ids
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services
from tools.connection import Project, connect
from tools.console import CONSOLE, progress, run
from tools.organization_option import organization_id

AT_ONCE = 500


def main(
    org: Annotated[
        str | None,
        typer.Option(
            help="Only customers whose orgId is this organisation or an alias of it. Documents "
            "that were deleted unnoticed are found only without it.",
            callback=organization_id,
        ),
    ] = None,
    workers: Annotated[int, typer.Option(help="Documents under way at once.", min=1, max=64)] = 16,
    project: Project = None,
) -> None:
    """Bring contact points up to date with every document of `customers`, then customers with both.

    May be stopped at any time: the next run reads the documents again and writes only changes. Live
    triggers may run meanwhile.
    """
    services = connect(project)
    documents, points, documents_forgotten = run_contacts_backfill(services, org, workers=workers)
    customers, profiles = run_profiles_backfill(services, org, workers=workers)
    CONSOLE.print(
        f"{documents:,} documents read, {points:,} contact points written, "
        f"{documents_forgotten:,} deleted documents taken back; {customers:,} customers read, "
        f"{profiles:,} written."
    )


def run_contacts_backfill(
    services: Services, org: str | None, *, workers: int = 16
) -> tuple[int, int, int]:
    """Documents read, contact points written and deleted documents, with a progress bar."""
    contacts = services.contacts()
    began_at = contacts.server_time()
    ids = profile_ids(services.client, None if org is None else claimed_ids(services.client, org))
    document_keys: set[str] = set()
    documents = points = 0
    with (
        progress("Reading customers", None) as show,
        ThreadPoolExecutor(max_workers=workers) as threads,
    ):
        for outcome in _in_parts(threads, ids, services):
            document_keys.add(outcome.document_key)
            documents += 1
            points += outcome.points_written
            show(documents)
    documents_forgotten = contacts.forget_deleted(document_keys, began_at) if org is None else 0
    return documents, points, documents_forgotten


def run_profiles_backfill(
    services: Services, org: str | None, *, workers: int = 16
) -> tuple[int, int]:
    """Customers read and written, with a progress bar."""
    organizations = [org] if org is not None else organization_ids(services.client)
    customers = documents_written = 0
    with (
        progress("Looking up profiles", None) as show,
        ThreadPoolExecutor(max_workers=workers) as threads,
    ):
        for org_id in organizations:
            for part in parts(customers_of(services.client, org_id), AT_ONCE):
                documents_written += sum(threads.map(services.profiles().look_up, part))
                customers += len(part)
                show(customers)
    return customers, documents_written


def _in_parts(
    threads: ThreadPoolExecutor, ids: Iterable[str], services: Services
) -> Iterator[RecordOutcome]:
    """Yield so many at a time, so that neither ids nor results pile up."""
    for part in parts(ids, AT_ONCE):
        yield from threads.map(services.contacts().record, part)


if __name__ == "__main__":
    run(main)
