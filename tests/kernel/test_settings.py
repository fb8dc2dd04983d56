"""Switches of an installation."""

import pytest

from shared.kernel.errors import ConfigurationError
from shared.kernel.settings import EFFORTS, Settings

SWITCHES = ("EXPORT_ENABLED", "ROLL_UP_ENABLED", "COMPUTE_ENABLED", "INSIGHTS_ENABLED")


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
    actual = Settings.from_environment({"FUNCTIONS_EMULATOR": value})
    assert actual.functions_emulator is emulator


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("false", False), ("", False), (" true ", True)]
)
def test_claude_is_off_unless_it_is_switched_on(text: str, expected: bool) -> None:
    """Switching it on requires a key, and costs money."""
    actual = Settings.from_environment({"INSIGHTS_LLM_ENABLED": text})
    assert actual.insights_llm_enabled is expected
    assert Settings.from_environment({}).insights_llm_enabled is False


@pytest.mark.parametrize("text", ["", *EFFORTS])
def test_the_effort_is_one_that_the_api_knows(text: str) -> None:
    assert Settings.from_environment({"INSIGHTS_EFFORT": text}).insights_effort == (text or "low")


@pytest.mark.parametrize("text", ["Low", "none", "11"])
def test_any_other_effort_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError, match="INSIGHTS_EFFORT must be one of low, medium"):
        Settings.from_environment({"INSIGHTS_EFFORT": text})
