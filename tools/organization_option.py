"""The option that names an organisation."""

import typer

from shared.kernel.compared_text import unformatted
from shared.kernel.organization_ids import valid_organization_id


def organization_id(value: str | None) -> str | None:
    """Return the id in the form read from orders: without invisible characters.

    Callback of `--org`. Raises BadParameter, which exits a tool with code 2, for an id that no
    organisation can have.
    """
    if value is None:
        return None
    id = unformatted(value).strip()
    if not valid_organization_id(id):
        raise typer.BadParameter("must be the id of an organisation.")
    return id
