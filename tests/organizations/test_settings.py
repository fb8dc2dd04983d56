"""Time zones and placeholders of organisations."""

import pytest

from shared.orders.nobody import STANDARD, Placeholders
from shared.organizations.settings import organization_settings


def time_zone(name: object) -> tuple[str, list[str]]:
    """The time zone in force, and the settings that are refused."""
    settings = organization_settings("org", None, {"timeZone": name})
    return settings.time_zone.key, [problem.field for problem in settings.problems]


@pytest.mark.parametrize(
    "name", ["America/Chicago", "Europe/Kyiv", "America/Argentina/Ushuaia", "US/Pacific", "UTC"]
)
def test_a_name_of_the_time_zone_database_is_in_force(name: str) -> None:
    assert time_zone(name) == (name, [])


@pytest.mark.parametrize("name", [None, ""])
def test_nothing_means_utc(name: object) -> None:
    assert time_zone(name) == ("UTC", [])


@pytest.mark.parametrize(
    "name",
    [
        *("localtime", "posixrules", "posix/America/New_York", "right/UTC", "Factory"),
        *("utc", "america/chicago", "America", "tzdata.zi", "../UTC", "/etc/localtime"),
        *(" UTC", "UTC\0", "+02:00", "Mars/Olympus", 5, ["UTC"], {"zone": "UTC"}),
    ],
)
def test_a_name_that_the_warehouse_would_not_know_is_a_problem_of_that_setting(
    name: object,
) -> None:
    assert time_zone(name) == ("UTC", ["timeZone"])


def placeholders(stored: object) -> tuple[Placeholders, list[str]]:
    """The placeholders in force, and the settings that are refused."""
    settings = organization_settings("org", None, {"placeholders": stored})
    return settings.placeholders, [problem.field for problem in settings.problems]


def test_an_organisation_adds_placeholders() -> None:
    in_force, problems = placeholders(["Walk-In", 999, "555-010-9999", "till@example.org"])
    assert not problems
    assert all(text in in_force for text in ("walk-in", "999", "5550109999", "till@example.org"))
    assert "guest" in in_force
    assert placeholders(None) == (STANDARD, [])


@pytest.mark.parametrize("stored", ["walk-in", 5, {"a": "b"}, ["a"] * 1001])
def test_what_is_no_list_of_placeholders_is_not_in_force(stored: object) -> None:
    assert placeholders(stored) == (STANDARD, ["placeholders"])


@pytest.mark.parametrize("entry", ["", " \u200b", None, True, 1.5, ["a"], "a" * 321])
def test_a_placeholder_that_is_none_is_named_and_the_others_are_in_force(entry: object) -> None:
    in_force, problems = placeholders([entry, "walk-in"])
    assert problems == ["placeholders[0]"]
    assert "walk-in" in in_force


@pytest.mark.parametrize(("stored", "days"), [(None, 90), (7, 7), (365, 365), (28.0, 28)])
def test_a_horizon_of_churn_is_whole_days(stored: object, days: int) -> None:
    settings = organization_settings("org", None, {"churnHorizonDays": stored})
    assert (settings.churn_horizon_days, settings.problems) == (days, ())


@pytest.mark.parametrize("stored", [6, 366, 0, -90, 90.5, "90", True, float("nan"), [90]])
def test_another_horizon_of_churn_is_not_in_force(stored: object) -> None:
    settings = organization_settings("org", None, {"churnHorizonDays": stored})
    assert settings.churn_horizon_days == 90
    assert [problem.field for problem in settings.problems] == ["churnHorizonDays"]
