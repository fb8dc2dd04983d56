"""Switches of an installation."""

import pytest

from shared.errors import ConfigurationError
from shared.settings import Settings

SWITCHES = ("EXPORT_ENABLED", "ROLL_UP_ENABLED", "COMPUTE_ENABLED")


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("false", False), ("", True), (" false ", False)]
)
def test_a_switch_is_on_unless_it_is_switched_off(name: str, text: str, expected: bool) -> None:
    assert getattr(Settings.from_environment({name: text}), name.lower()) is expected
    assert getattr(Settings.from_environment({}), name.lower()) is True


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("text", ["False", "TRUE", "0", "1", "no", "off", "true,false"])
def test_a_switch_is_either_true_or_false(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be true or false; received"):
        Settings.from_environment({name: text})


@pytest.mark.parametrize(("value", "emulator"), [("true", True), ("false", False), ("", False)])
def test_the_emulator_says_that_it_is_one(value: str, emulator: bool) -> None:
    found = Settings.from_environment({"FUNCTIONS_EMULATOR": value})
    assert found.functions_emulator is emulator
