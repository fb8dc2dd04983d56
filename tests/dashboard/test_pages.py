"""Every page in a real browser, against a fake API: what it says, asks for, and can be used."""

import json
from typing import Any

import pytest

from tests.dashboard.npm import DASHBOARD, npm

pytestmark = pytest.mark.timeout(300)

VIEWS: dict[str, list[str]] = json.loads((DASHBOARD / "tests" / "views.json").read_text())


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What dashboard/tests/browser/pages.mjs saw, in one browser."""
    found: dict[str, Any] = json.loads(npm("pages"))
    return found


def test_every_page_says_in_which_state_each_answer_is(seen: dict[str, Any]) -> None:
    """A state for each route: pending, failed, stale, not computed, null, empty, loading, offline,
    unreachable, and each status."""
    assert seen["states"]["wrong"] == []
    assert seen["states"]["checked"] > 280


def test_no_state_is_an_error_of_the_page(seen: dict[str, Any]) -> None:
    """No exception, no rejection that nobody handles, nothing on the console."""
    assert seen["errors"] == []


def test_a_view_asks_for_what_is_written_down_and_a_second_one_for_nothing_new(
    seen: dict[str, Any],
) -> None:
    assert seen["views"].keys() == VIEWS.keys()
    for page, calls in VIEWS.items():
        assert seen["views"][page]["asked"] == sorted(calls), page
        again = seen["views"][page]["again"]
        assert again == [304] * len(calls), page


def test_the_keyboard_reaches_a_segment_of_a_cohorts_cell(seen: dict[str, Any]) -> None:
    assert seen["reached"] == [
        "signed in",
        "cohorts",
        "3,1",
        "left the table",
        "First order in 2026-08, ordered in 2026-09",
        "its customers",
        "signed out",
    ]


def test_progress_goes_on_past_slow_answers_and_failures(seen: dict[str, Any]) -> None:
    """A poll that ended the call before it, or ended at a failure, showed progress for ever."""
    assert "41 moved" in seen["polling"]


def test_axe_finds_nothing_on_a_phone_in_the_dark_or_where_all_failed(
    seen: dict[str, Any],
) -> None:
    assert seen["accessible"] == {}
