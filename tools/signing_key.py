"""Show what a sender of campaigns signs with: `python -m tools.signing_key --org ORG`."""

from typing import Annotated

import typer

from shared.web.signatures import signing_key
from tools.connection import Project, connect
from tools.console import run
from tools.organization import require_organization
from tools.organization_option import organization_id


def main(
    org: Annotated[str, typer.Option(help="The organisation.", callback=organization_id)],
    project: Project = None,
) -> None:
    """Print the key with which an organisation's sender signs events of campaigns.

    It follows from CUSTOMER_KEY_SECRET, which must be set, and from the organisation, so it is
    always the same. Whoever has it may report events of this organisation's campaigns.
    """
    services = connect(project)
    require_organization(services, org)
    typer.echo(signing_key(services.secret, org))


if __name__ == "__main__":
    run(main)
