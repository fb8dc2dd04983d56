"""The organisation that a tool works on."""

import typer

from shared.backfill.job import read_orders
from shared.firestore import paths
from shared.services import Services


def require_organization(services: Services, org: str) -> None:
    """Raise BadParameter, which exits a tool with code 2, if `org` is unknown.

    Costs one read; orders are searched only if nothing is stored for the organisation.
    """
    stored = services.client.document(paths.TENANTS, org).collections()
    if next(iter(stored), None) is None and next(read_orders(services, org), None) is None:
        raise typer.BadParameter(
            f"there is no organisation {org}: it has no orders, no settings and no documents.",
            param_hint="--org",
        )
