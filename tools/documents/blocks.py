"""Generated blocks of Markdown documents: found between two comments, and regenerated.

    <!-- generated: settings -->
    …
    <!-- end: settings -->

The text between the comments is generated from the code. A table may leave cells to people: these
keep their text for as long as the code has their row.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

_BLOCK = re.compile(
    r"^(?P<indent> *)<!-- generated: (?P<name>[\w-]+) -->\n"
    r"(?P<body>.*?)"
    r"^(?P=indent)<!-- end: (?P=name) -->$",
    re.MULTILINE | re.DOTALL,
)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Prose:
    """A cell that people write."""

    default: str = ""
    """Initial text of the cell."""


Cell: TypeAlias = str | Prose
Block: TypeAlias = Callable[[str], Iterable[str]]
"""Lines of a block; takes its current text."""


@dataclass(frozen=True, slots=True)
class Table:
    """A block that is a table; each row is known by the code in its first cell, or by the cell."""

    columns: Sequence[str]
    rows: Callable[[], Iterable[Sequence[Cell]]]

    def __call__(self, written: str) -> Iterable[str]:
        by_key = {_key(row[0]): row for row in _rows(written)}
        yield _line(self.columns)
        yield "|" + "---|" * len(self.columns)
        for row in self.rows():
            assert isinstance(row[0], str)
            before = by_key.get(_key(row[0]), ())
            yield _line([_cell(cell, before, place) for place, cell in enumerate(row)])


def rendered(document: str, blocks: Mapping[str, Block]) -> str:
    """Return the document with every block regenerated. Raises KeyError for an unknown block."""

    def block(match: re.Match[str]) -> str:
        indent, name = match["indent"], match["name"]
        lines = [
            f"<!-- generated: {name} -->",
            "",
            *blocks[name](match["body"]),
            "",
            f"<!-- end: {name} -->",
        ]
        return "\n".join(indent + line if line else "" for line in lines)

    return _BLOCK.sub(block, document)


def block_names(document: str) -> list[str]:
    """Names of the blocks that a document has."""
    return [match["name"] for match in _BLOCK.finditer(document)]


def _cell(cell: Cell, before: Sequence[str], place: int) -> str:
    if isinstance(cell, str):
        return cell
    return (before[place] if place < len(before) else "") or cell.default


def _key(cell: str) -> str:
    code = _CODE.search(cell)
    return code[1] if code else cell


def _line(cells: Sequence[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def _rows(markdown: str) -> list[list[str]]:
    """Cells of every row of the table, its heading left out."""
    lines = [line.strip() for line in markdown.splitlines() if line.strip().startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
