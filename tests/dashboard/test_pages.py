"""Every page in a real browser, against a fake API: what it says, asks for, and can be used."""

import json
from typing import Any

import pytest

from tests.dashboard.npm import DASHBOARD, npm

pytestmark = pytest.mark.timeout(300)

VIEWS: dict[str, list[str]] = json.loads((DASHBOARD / "tests" / "views.json").read_text())


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """Return the findings of dashboard/tests/browser/pages.mjs, in one browser."""
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
        again = [[path, 304] for path in sorted(calls)]
        assert seen["views"][page]["again"] == again, page


def test_a_broken_down_cell_leads_to_its_customers_and_to_a_campaign(
    seen: dict[str, Any],
) -> None:
    nobody = {"breakdown": "channel", "value": "", "period": "1"}
    in_store = {"breakdown": "channel", "value": "in_store", "period": "0"}
    assert seen["journeys"]["cells"] == {
        "First order in 2026-08 · Not named, ordered in 2026-09": [nobody, nobody],
        "First order in 2026-09 · in_store, ordered in 2026-09": [in_store, in_store],
    }


def test_a_custom_segment_is_counted_as_of_the_chosen_day(seen: dict[str, Any]) -> None:
    """It used to be counted as of today beneath the words “As of the end of Nov 1, 2026”."""
    unknown = "–\n(Amounts are not recorded for past days)"
    assert seen["journeys"]["days"] == [["37", "3.7%", "$18,200.50"], ["12", "24.0%", unknown]]


def test_the_keyboard_reaches_what_the_story_changes(seen: dict[str, Any]) -> None:
    assert seen["reached"] == [
        "signed in",
        "cohorts",
        "3,1",
        "left the table",
        "First order in 2026-08, ordered in 2026-09",
        "its customers",
        "Customer Number 2",
        "Customer Number 3",
        "left the rows",
        "a segment of one’s own",
        "saved thresholds",
        "VIP to Loyal",
        "campaign from vip to loyal",
        "created",
        "signed out",
    ]


def test_hostile_names_are_text_that_stays_in_its_place(seen: dict[str, Any]) -> None:
    """HTML, a script, a formula, a turned direction and 10,000 characters, wherever somebody may
    name something: shown as written, turning no other text around, on pages as wide as a phone."""
    nameless = {"/analytics/churn", "/thresholds"}
    assert seen["hostile"] == {
        "named": sorted(VIEWS.keys() - nameless),
        "wrong": {},
        "dialogs": [],
        "title": "Customer segments",
    }


def test_progress_goes_on_past_slow_answers_and_failures(seen: dict[str, Any]) -> None:
    """A poll that ended the call before it, or ended at a failure, showed progress for ever."""
    assert "41 moved" in seen["polling"]


def test_axe_finds_nothing_on_a_phone_in_the_dark_or_where_all_failed(
    seen: dict[str, Any],
) -> None:
    """Nor is anything lost with forced colours, wider than a phone, or unreadable on 4k."""
    assert seen["accessible"]["wrong"] == {}
    assert seen["states"]["inaccessible"] == [], "with problems, pending, out of date, loading"


def test_nothing_moves_for_whoever_wants_that(seen: dict[str, Any]) -> None:
    assert seen["accessible"]["moves"] == {"no-preference": True, "reduce": False}


def test_role_organisation_and_controls_are_as_the_api_has_them(seen: dict[str, Any]) -> None:
    """The token of the tests names neither; the API does, for each organisation."""
    account = seen["account"]
    assert account["own"]["who"] == "super_user of org_fake"
    assert account["own"]["actions"] > 0
    assert account["offered"] == ["org_other"]
    assert account["other"] == {
        "who": "super_user of org_other, reads only",
        "actions": 0,
        "euros": True,
        "polled": 1,
        "named": ["org_other"],
    }
    reader = account["reader"]
    assert reader["who"] == "budtender of org_fake, reads only"
    assert set(reader["actions"].values()) == {0}
    assert reader["files"] == 0


def test_no_number_is_shown_before_the_api_has_said_whose_it_is(seen: dict[str, Any]) -> None:
    failed = seen["account"]["failed"]
    assert "Nobody knows." in failed["said"]
    assert failed["cards"] == 0


def test_the_wizard_shows_what_earlier_campaigns_brought(seen: dict[str, Any]) -> None:
    """And expects nothing of the next one before three were measured."""
    found = seen["campaigns"]
    first = ["Aug 1, 2026", "3,000", "$3.00", "$1.75 to $4.25"]
    assert found["estimated"]["rows"][0] == first
    assert len(found["estimated"]["rows"]) == 3
    assert found["estimated"]["said"] == (
        "On average $2.10 per customer written to, from -$0.40 to $4.60 (95 % range), "
        "over 3 campaigns."
    )
    assert len(found["two"]["rows"]) == 2
    assert found["two"]["said"].endswith("from three measured campaigns on.")
    assert found["none"] == {"said": "None has been measured yet.", "rows": []}


def test_a_campaigns_performance_is_shown_by_segment_and_by_day(seen: dict[str, Any]) -> None:
    found = seen["campaigns"]
    assert found["segments"] == [
        ["At Risk", "160", "18", "$1,104.50", "$384.00", "-$176.00 to $944.00"],
        ["Churned", "160", "18", "$1,104.50", "Not measurable", "–"],
    ]
    # 160 customers were written to and 40 held out.
    assert found["days"] == [
        ["Nov 10, 2026", "6", "$360.00", "$2.50", "$1.25"],
        ["Nov 12, 2026", "11", "$724.50", "$4.50", "$3.25"],
        # Credited as of now, and the night has not measured it.
        ["Nov 13, 2026", "1", "$20.00", "–\n(Not measured yet)", "–\n(Not measured yet)"],
    ]
