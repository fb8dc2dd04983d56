"""Examples that Hypothesis draws."""

import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from tests.support.examples import constants_of_all_rules


def drawn() -> list[tuple[int, str]]:
    actual: list[tuple[int, str]] = []

    @settings(max_examples=200, derandomize=True, database=None)
    @given(st.integers(), st.text())
    def draw(number: int, text: str) -> None:
        actual.append((number, text))

    draw()
    return actual


def test_they_do_not_depend_on_which_modules_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = drawn()
    (tmp_path / "loaded_late.py").write_text(
        f"TEXTS = {[f'constant {n}' for n in range(99)]}\nNUMBERS = {[*range(990, 1099)]}"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import_module("loaded_late")
    try:
        assert drawn() == before
    finally:
        del sys.modules["loaded_late"]


def test_constants_of_the_rules_are_drawn() -> None:
    constants = constants_of_all_rules()
    assert providers._get_local_constants() == constants
    assert "chargeback" in constants.set_for_type("string")
