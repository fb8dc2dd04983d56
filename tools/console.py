"""Output and prompts of tools."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from tools.errors import ToolError

CONSOLE = Console()


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar; call the yielded function with the number done so far."""
    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    with Progress(*columns, TimeElapsedColumn(), console=CONSOLE) as bar:
        task = bar.add_task(title, total=total)
        yield lambda completed: bar.update(task, completed=completed)


def run(command: Callable[..., None]) -> None:
    """Run a command line. A ToolError ends it with one sentence and exit code 1."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(help=_paragraphs(command.__doc__ or ""))(command)
    try:
        app()
    except ToolError as error:
        Console(stderr=True).print(f"[red]{error}[/red]", highlight=False)
        sys.exit(1)


def _paragraphs(text: str) -> str:
    """A text whose lines end where its paragraphs do, so that a terminal breaks them alone."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
