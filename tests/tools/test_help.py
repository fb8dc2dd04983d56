"""Help of the tools."""

import pytest

from tests.support.tool_help import tool_help


def help_lines(tool: str) -> list[str]:
    """Lines of the help in a terminal of 80 columns."""
    return [line.strip() for line in tool_help(tool, columns=80).splitlines()]


def test_lines_of_a_paragraph_are_as_long_as_the_terminal_allows() -> None:
    shown = help_lines("tools.export_backfill")
    start = shown.index(next(line for line in shown if line.startswith("For orders counted")))
    paragraph = shown[start : shown.index("", start)]
    assert len(paragraph) > 2
    assert all(len(line) > 60 for line in paragraph[:-1])


@pytest.mark.parametrize(
    ("tool", "fact"),
    [
        ("tools.rebuild", "By default GOOGLE_CLOUD_PROJECT, or else with"),
        ("tools.export_backfill", "For orders counted before the export existed."),
        ("tools.compute", "Exits with code 1 if any computation failed"),
        ("tools.audit", "Exits with code 1 if differences remain."),
    ],
)
def test_a_tool_states_its_exit_codes_and_defaults(tool: str, fact: str) -> None:
    words = " ".join(help_lines(tool)).replace("│", " ")
    assert fact in " ".join(words.split())
