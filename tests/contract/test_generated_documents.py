"""Generated parts of the documents are those of the code, and leave cells that people wrote."""

import inspect
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from shared.kernel import logs
from shared.segments.segment import Segment
from shared.segments.thresholds import STORED_NAMES
from tests.contract.documents import DEPLOY, README, ROOT, rows, section, text
from tools.documents import __main__ as tool
from tools.documents.blocks import Prose, Table, block_names, rendered
from tools.documents.contents import BLOCKS
from tools.documents.log_events import log_events

MAY_BE_EMPTY = {("rejections", "`document_too_large`")}
"""The database refuses these, not an order, so no order is an example."""


def test_every_document_is_up_to_date() -> None:
    outdated = [path.name for path, _ in tool.outdated(tool.documents())]

    assert outdated == [], "run `python -m tools.documents`"


def test_every_block_is_in_some_document() -> None:
    used = {name for path in tool.documents() for name in block_names(text(path))}

    assert used == BLOCKS.keys()


def test_every_cell_that_people_write_is_written() -> None:
    for path in tool.documents():
        for name in block_names(text(path)):
            block = BLOCKS[name]
            if not isinstance(block, Table):
                continue
            _, _, after = text(path).partition(f"<!-- generated: {name} -->")
            written = list(rows(after.partition(f"<!-- end: {name} -->")[0]))
            for cells, row in zip(written, block.rows(), strict=True):
                for cell, source in zip(cells, row, strict=True):
                    unwritten = isinstance(source, Prose) and not cell
                    assert not unwritten or (name, row[0]) in MAY_BE_EMPTY, (name, row[0])


def test_every_segment_and_threshold_is_in_the_table() -> None:
    table = section(README, "The eight segments")

    assert {cells[2] for cells in rows(table)} == {
        f"{segment.label} `{segment.value}`" for segment in Segment
    }
    assert all(f"`{name}`" in table for name in STORED_NAMES)


def test_every_log_function_writes_the_event_it_is_named_for() -> None:
    functions = {
        name
        for name, value in vars(logs).items()
        if inspect.isfunction(value) and value.__module__ == logs.__name__
    }
    events = [event.name for event in log_events()]

    assert {*events} == {name for name in functions if not name.startswith("_")} - {"configure"}
    assert len(events) == len({*events})


def test_every_function_is_deployed_where_the_readme_says_so() -> None:
    assert block_names(text(README)).count("deployment") == 1
    assert block_names(text(DEPLOY)).count("deployment") == 1


def document(body: str, *, indent: str = "") -> str:
    lines = ["before", "<!-- generated: things -->", *body.splitlines(), "<!-- end: things -->"]
    return "\n".join(indent + line if line else "" for line in lines) + "\n"


def test_a_row_keeps_what_people_wrote_and_follows_the_code_in_the_rest() -> None:
    table = Table(
        ("Thing", "Number", "Meaning"),
        lambda: (("`a`", "2", Prose("default")), ("`c`", "3", Prose("default"))),
    )
    before = document(
        "| Thing | Number | Meaning |\n|---|---|---|\n| `a` | 1 | written |\n| `b` | 1 | gone |"
    )

    assert rendered(before, {"things": table}) == document(
        "\n| Thing | Number | Meaning |\n|---|---|---|\n"
        "| `a` | 2 | written |\n| `c` | 3 | default |\n\n"
    )


def test_an_unknown_block_is_an_error() -> None:
    with pytest.raises(KeyError, match="things"):
        rendered(document(""), {})


WORDS = st.text("abc xyz", min_size=1).map(str.strip).filter(bool)


@given(
    rows=st.lists(st.tuples(WORDS, WORDS, WORDS), unique_by=lambda row: row[0]),
    indent=st.sampled_from(["", "   "]),
)
def test_generating_twice_changes_nothing(rows: list[tuple[str, str, str]], indent: str) -> None:
    first = Table(("A", "B", "C"), lambda: rows)
    prose = Table(("A", "B", "C"), lambda: [(key, Prose(), value) for key, _, value in rows])
    once = rendered(document("", indent=indent), {"things": first})

    assert rendered(once, {"things": first}) == once
    assert rendered(once, {"things": prose}) == once


def test_a_check_fails_where_a_document_is_out_of_date(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = typer.Typer()
    app.command()(tool.main)
    page = ROOT / "docs" / "local-stack.md"
    path = tmp_path / "local-stack.md"
    path.write_text(text(page).replace("`8080`", "`8081`"), encoding="utf-8")
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "documents", lambda: [path])

    assert CliRunner().invoke(app, ["--check"]).exit_code == 1
    assert CliRunner().invoke(app, []).exit_code == 0
    assert CliRunner().invoke(app, ["--check"]).exit_code == 0
    assert "| `FIRESTORE_PORT` | `8080` |" in text(path)
