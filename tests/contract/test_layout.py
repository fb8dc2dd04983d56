"""Folders and files stay small enough to be taken in at a glance."""

import subprocess
from collections import Counter
from pathlib import Path

from tests.contract.documents import ROOT

SOURCE = (".css", ".js", ".mjs", ".py", ".sql", ".ts", ".tsx")
GENERATED = {"dashboard/lib/api/schema.d.ts"}
MOST_FILES = 30
MOST_LINES = 400
MOST_LINES_OF_FUNCTIONS = 800


def sources() -> list[Path]:
    """Return every source file that a person writes, without installed ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = (Path(name) for name in listed if name not in GENERATED)
    return [path for path in paths if path.suffix in SOURCE and (ROOT / path).is_file()]


def lines_of(path: Path) -> int:
    return len((ROOT / path).read_text("utf-8").splitlines())


def test_no_folder_holds_more_than_30_source_files() -> None:
    files = Counter(path.parent for path in sources())
    assert {str(folder): n for folder, n in files.items() if n > MOST_FILES} == {}


def test_no_file_is_longer_than_400_lines() -> None:
    lines = {str(path): lines_of(path) for path in sources()}
    assert {path: n for path, n in lines.items() if n > MOST_LINES} == {}


def test_functions_have_fewer_than_800_lines() -> None:
    functions = [path for path in sources() if path.parts[0] == "functions"]
    assert sum(map(lines_of, functions)) < MOST_LINES_OF_FUNCTIONS
