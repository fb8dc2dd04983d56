"""What tools say of themselves."""

import pytest

from tests.support.tool_help import tool_help


def told(tool: str) -> list[str]:
    """Lines of the help in a terminal of 80 columns."""
    return [line.strip() for line in tool_help(tool, columns=80).splitlines()]


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
