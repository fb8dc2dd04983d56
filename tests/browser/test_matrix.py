"""firestore.rules asked by the real SDK: matrix.test.mjs states who may do what, where."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from shared.firestore import paths
from tests.browser import node
from tests.security_rules.browser import (
    CoverageReport,
    coverage_report,
    expression_values,
    line_results,
)
from tests.support.own_data import own_project_id

pytestmark = pytest.mark.timeout(400)

RULES = (Path(__file__).parents[2] / "firestore.rules").read_text()


def names() -> list[str]:
    """Return the names of collections: in the rules, of the product, and of earlier dashboards."""
    in_rules = re.findall(r"match /(\w+)/\{", RULES)
    in_product = [value for name, value in vars(paths).items() if name.isupper()]
    return sorted({*in_rules, *in_product, "insights", "segment_campaigns"})


@pytest.fixture(scope="module")
def project() -> str:
    """The project that the whole matrix is tried in."""
    return own_project_id("matrix")


@pytest.fixture(scope="module")
def tried(firestore_emulator: str, project: str) -> subprocess.CompletedProcess[str]:
    """Run every access of the matrix in a browser."""
    host, _, port = firestore_emulator.rpartition(":")
    matrix = {"project": project, "host": host, "port": int(port), "names": names()}
    return subprocess.run(
        node.node("--test-reporter=tap", "matrix.test.mjs"),
        cwd=node.FOLDER,
        env={**os.environ, "MATRIX": json.dumps(matrix)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def report(
    firestore_emulator: str, project: str, tried: subprocess.CompletedProcess[str]
) -> CoverageReport:
    """Return the coverage of the rules by those accesses."""
    return coverage_report(firestore_emulator, project)


def test_everybody_may_do_what_the_table_says(tried: subprocess.CompletedProcess[str]) -> None:
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert re.search(r"^# pass [1-9]", tried.stdout, re.MULTILINE)
    assert re.search(r"^# skipped 0$", tried.stdout, re.MULTILINE)


def test_every_allow_granted_and_refused(report: CoverageReport) -> None:
    allows = [
        number
        for number, line in enumerate(RULES.splitlines(), start=1)
        if line.strip().startswith("allow ")
    ]
    results = line_results(report)
    assert allows
    assert [line for line in allows if results.get(line) != {True, False}] == []


def test_no_expression_of_the_rules_is_idle(report: CoverageReport) -> None:
    """Each was evaluated, and each condition, also as a part of another, had both results."""
    idle = {
        where: values
        for where, values in expression_values(report)
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
