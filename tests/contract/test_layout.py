"""Folders and files stay small enough to be taken in at a glance, and no code is there twice."""

import subprocess
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.contract.documents import ROOT

SOURCE = (".css", ".js", ".mjs", ".py", ".sql", ".ts", ".tsx")
GENERATED = {"dashboard/lib/api/schema.d.ts"}
MOST_FILES = 30
MOST_LINES = 400
MOST_LINES_OF_FUNCTIONS = 800
PRODUCT = {"dashboard", "functions", "shared", "tools"}
COMPARED = (".py", ".ts", ".tsx")
DUPLICATE_LINES = 10


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


def duplicates(texts: Mapping[str, str]) -> list[set[str]]:
    """Return the places of each run of ten lines that is there twice, without regard to blanks."""
    places: defaultdict[int, set[str]] = defaultdict(set)
    for name, text in texts.items():
        lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
        for start in range(len(lines) - DUPLICATE_LINES + 1):
            run = lines[start : start + DUPLICATE_LINES]
            places[hash(tuple(line for _, line in run))].add(f"{name}:{run[0][0]}")
    return [each for each in places.values() if len(each) > 1]


def test_no_ten_lines_of_the_product_are_there_twice() -> None:
    compared = [path for path in sources() if path.parts[0] in PRODUCT and path.suffix in COMPARED]
    assert len(compared) > 100
    assert duplicates({str(path): (ROOT / path).read_text("utf-8") for path in compared}) == []


def test_ten_equal_lines_are_found_and_nine_are_not() -> None:
    body = [f"line {n}" for n in range(DUPLICATE_LINES)]
    one, other = "\n".join(["a", *body]), "\n\n".join(["b", *(f"    {each}" for each in body)])
    assert duplicates({"one": one, "other": other}) == [{"one:2", "other:3"}]
    assert duplicates({"one": one, "other": other.replace("line 9", "x")}) == []
