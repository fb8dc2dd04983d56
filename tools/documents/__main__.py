"""Write the generated parts of the documents: `python -m tools.documents`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tools.documents.blocks import rendered
from tools.documents.contents import BLOCKS, ROOT


def main(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a document is not up to date.")
    ] = False,
) -> None:
    """Write the generated tables and lists of README.md and docs/*.md."""
    changes = dict(outdated(documents()))
    for path, text in changes.items():
        name = path.relative_to(ROOT)
        if check:
            typer.echo(f"{name} is out of date: run `python -m tools.documents`.", err=True)
        else:
            path.write_text(text, encoding="utf-8")
            typer.echo(f"Wrote {name}.")
    if check and changes:
        raise typer.Exit(1)
    if not changes:
        typer.echo("All documents are up to date.")


def documents() -> list[Path]:
    """The documents that may have generated blocks."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def outdated(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    """Documents that differ from the code, each with the text it should have."""
    for path in paths:
        text = path.read_text(encoding="utf-8")
        generated = rendered(text, BLOCKS)
        if generated != text:
            yield path, generated


if __name__ == "__main__":
    typer.run(main)
