"""firestore.rules asked by the real SDK: matrix.test.mjs states who may do what, where."""

import json
import os
import re
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from shared.storage import paths
from tests.browser import node
from tests.rules.browser import rule_coverage, rule_expressions

RULES = (Path(__file__).parents[2] / "firestore.rules").read_text()


def names() -> list[str]:
    """What collections are called: in the rules, and by the product."""
    in_rules = re.findall(r"match /(\w+)/\{", RULES)
    in_product = [value for name, value in vars(paths).items() if name.isupper()]
    return sorted({*in_rules, *in_product})


@pytest.fixture(scope="module")
def matrix(firestore_emulator: str) -> tuple[str, subprocess.CompletedProcess[str]]:
    """The project that the whole matrix was tried in, and how that went."""
    project = f"demo-matrix-{uuid4().hex[:12]}"
    host, _, port = firestore_emulator.rpartition(":")
    matrix = {"project": project, "host": host, "port": int(port), "names": names()}
    tried = subprocess.run(
        node.node("matrix.test.mjs"),
        cwd=node.FOLDER,
        env={**os.environ, "MATRIX": json.dumps(matrix)},
        capture_output=True,
        text=True,
        check=False,
    )
    return project, tried


@pytest.mark.timeout(400)
def test_everybody_may_do_what_the_table_says(
    matrix: tuple[str, subprocess.CompletedProcess[str]],
) -> None:
    _, tried = matrix
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert re.search(r"^# fail 0$", tried.stdout, re.MULTILINE)
    assert not re.search(r"^# (pass|tests) 0$", tried.stdout, re.MULTILINE)


def test_every_allow_granted_and_refused(
    firestore_emulator: str, matrix: tuple[str, subprocess.CompletedProcess[str]]
) -> None:
    project, _ = matrix
    allows = [
        number
        for number, line in enumerate(RULES.splitlines(), start=1)
        if line.strip().startswith("allow ")
    ]
    decided = rule_coverage(firestore_emulator, project)
    assert allows
    assert [line for line in allows if decided.get(line) != {True, False}] == []


def test_no_expression_of_the_rules_is_idle(
    firestore_emulator: str, matrix: tuple[str, subprocess.CompletedProcess[str]]
) -> None:
    """Each was evaluated, and each condition, also as a part of another, came to both results."""
    project, _ = matrix
    idle = {
        where: values
        for where, values in rule_expressions(firestore_emulator, project)
        if not values
        or (all(isinstance(value, bool) for value in values) and set(values) != {True, False})
    }
    assert idle == {}


def test_packages_that_are_missing_are_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(node, "INSTALLED", tmp_path / "package.json")
    with pytest.raises(AssertionError, match="run 'make install'"):
        node.node("matrix.test.mjs")
