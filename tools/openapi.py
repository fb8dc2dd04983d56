"""Write the API's description to docs/openapi.json: `python -m tools.openapi`."""

from pathlib import Path
from typing import Annotated

import typer

from shared.api.app import described_app
from shared.web.openapi_document import openapi_json

PATH = Path(__file__).parent.parent / "docs" / "openapi.json"


def main(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the file is not up to date.")
    ] = False,
) -> None:
    """Write the description of the API as its routes and models have it."""
    document = openapi_json(described_app())
    if not check:
        PATH.parent.mkdir(exist_ok=True)
        PATH.write_text(document, encoding="utf-8")
        typer.echo(f"Wrote {PATH.name}.")
    elif is_current():
        typer.echo(f"{PATH.name} is up to date.")
    else:
        typer.echo(f"{PATH.name} is out of date: run `python -m tools.openapi`.", err=True)
        raise typer.Exit(1)


def is_current() -> bool:
    """Whether the file says what the code does."""
    if not PATH.exists():
        return False
    return PATH.read_text(encoding="utf-8") == openapi_json(described_app())


if __name__ == "__main__":
    typer.run(main)
