"""The option that names an organisation."""

import typer

from shared.kernel.compared_text import unformatted
from shared.kernel.organization_ids import valid_organization_id


def organization_id(value: str | None) -> str | None:
    """The id as orders that name the organisation are read: without what nobody sees in it.

    Callback of `--org`. Raises BadParameter, which ends a tool with exit code 2, where no
    organisation can have such an id.
    """
    if value is None:
        return None
    id = unformatted(value).strip()
    if not valid_organization_id(id):
        raise typer.BadParameter("must be the id of an organisation.")
    return id
