"""Time zones of organisations."""

import pytest

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
