"""The documents, and how tests read them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
RUNBOOK = ROOT / "docs" / "runbook.md"
API = ROOT / "docs" / "api.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
COSTS = ROOT / "docs" / "costs.md"
CUSTOM_SEGMENTS = ROOT / "docs" / "custom-segments.md"
DEPLOY = ROOT / "docs" / "deploy.md"
DOCUMENTS_PAGE = ROOT / "docs" / "documents.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
LIMITS = ROOT / "docs" / "limits.md"
LOCAL_STACK = ROOT / "docs" / "local-stack.md"
ORDERS = ROOT / "docs" / "orders.md"
SEGMENTS = ROOT / "docs" / "segments.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
CHANGELOG = ROOT / "CHANGELOG.md"
ADRS = sorted((ROOT / "docs" / "adr").iterdir())
DOCUMENTS = (README, CONTRIBUTING, CHANGELOG, *sorted((ROOT / "docs").glob("*.md")), *ADRS)
MAX_README_LINES = 200

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


def text(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def one_line(document: Path) -> str:
    """The words of a document, wherever its lines end."""
    return " ".join(text(document).split())


def prose(document: Path) -> str:
    """The document without its blocks of code."""
    return FENCE.sub("", text(document))


def section(document: Path, title: str) -> str:
    """Return the text below a heading, up to the next one of the same or a higher level."""
    whole = prose(document)
    (start,) = [actual for actual in HEADING.finditer(whole) if actual[2] == title]
    level = len(start[1])
    after = whole[start.end() :]
    end = re.search(rf"^#{{1,{level}}} ", after, re.MULTILINE)
    return after[: end.start()] if end else after


def rows(markdown: str) -> Iterator[list[str]]:
    """Cells of every row of every table, headings and rules left out."""
    table: list[list[str]] = []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        else:
            yield from table[2:]
            table = []


def by_code(markdown: str) -> dict[str, list[str]]:
    """Rows by the code in their first cell."""
    return {code: row for row in rows(markdown) for code in CODE.findall(row[0])[:1]}


def anchors(document: Path) -> set[str]:
    """Names of the headings in links, as GitHub makes them."""
    actual = set()
    for _, title in HEADING.findall(prose(document)):
        kept = re.sub(r"[^\w\- ]", "", title.lower())
        actual.add(kept.replace(" ", "-"))
    return actual
