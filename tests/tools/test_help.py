"""What tools say of themselves."""

import os
import subprocess
import sys

import pytest

from tools.firebase_cli import ROOT


def told(tool: str) -> list[str]:
    """Lines of the help in a terminal of 80 columns."""
    done = subprocess.run(
        [sys.executable, "-m", tool, "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.strip() for line in done.stdout.splitlines()]


def test_lines_of_a_paragraph_are_as_long_as_the_terminal_allows() -> None:
    shown = told("tools.export_backfill")
    start = shown.index(next(line for line in shown if line.startswith("For orders that were")))
    paragraph = shown[start : shown.index("", start)]
    assert len(paragraph) > 2
    assert all(len(line) > 60 for line in paragraph[:-1])


@pytest.mark.parametrize(
    ("tool", "fact"),
    [
        ("tools.rebuild", "By default GOOGLE_CLOUD_PROJECT, or else with"),
        ("tools.export_backfill", "For orders that were counted before there was an export."),
        ("tools.compute", "Ends with exit code 1 where something could not be computed"),
        ("tools.audit", "Ends with exit code 1 where anything is left."),
    ],
)
def test_what_a_person_has_to_know_is_told(tool: str, fact: str) -> None:
    words = " ".join(told(tool)).replace("│", " ")
    assert fact in " ".join(words.split())
