"""Installed packages are pinned exactly, and the repository names no path of one machine."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
NODE_FOLDERS = ("firebase-cli", "tests/browser", "dashboard")

PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[0-9][a-z0-9.]*)$")

# In parts, so that this file does not name them.
PACKAGE_HOSTS = (
    "registry." + "npmjs",
    "pypi." + "org",
    "files.python" + "hosted",
    "registry." + "yarn",
)
MACHINE_PATHS = (
    "/" + "work/",
    "/" + "root/",
    "/" + "home/",
    "/" + "Users/",
    "/opt/" + "wheels",
    "/opt/" + "pypi",
)


def pins(file: str) -> dict[str, str]:
    """Name to version. Fails on any line that is neither a pin nor a comment."""
    actual = {}
    for line in (ROOT / file).read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text:
            match = PIN.match(text)
            assert match, f"{file}: {line!r} is no exact pin"
            actual[match["name"]] = match["version"]
    return actual


def locked(folder: str) -> dict[str, dict[str, Any]]:
    """Return the packages that the lock of a folder installs, by path."""
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())
    return {path: package for path, package in lock["packages"].items() if path}


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_every_requirement_is_pinned_exactly_and_no_index_is_named(file: str) -> None:
    assert pins(file)


def test_development_has_what_is_deployed_in_the_same_version() -> None:
    deployed, development = (pins(file) for file in REQUIREMENTS)
    assert deployed.items() <= development.items()


def test_nothing_heavy_is_deployed() -> None:
    """But for numpy and scipy, which the fit of a prediction model alone imports."""
    heavy = {"duckdb", "pandas", "pyarrow", "pytest", "scikit-learn"}
    assert not heavy & pins("requirements.txt").keys()


def test_what_relies_on_internals_is_pinned_where_it_is_asked_for() -> None:
    """The retry of Firestore events sets a field that only this version is known to read."""
    assert "firebase-functions==0.6.0" in (ROOT / "requirements.in").read_text().splitlines()


@pytest.mark.parametrize("folder", NODE_FOLDERS)
def test_every_node_package_asked_for_is_pinned_exactly(folder: str) -> None:
    package = json.loads((ROOT / folder / "package.json").read_text())
    asked = package.get("dependencies", {}) | package["devDependencies"]
    assert asked
    for name, version in asked.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert locked(folder)[f"node_modules/{name}"]["version"] == version


def test_the_firebase_cli_is_of_the_release_that_the_local_stack_knows() -> None:
    version = locked("firebase-cli")["node_modules/firebase-tools"]["version"]
    assert version.startswith("15.")


@pytest.mark.parametrize("folder", NODE_FOLDERS)
def test_the_lock_names_hashes_and_no_addresses(folder: str) -> None:
    packages = locked(folder)
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert not [
        name
        for name, package in packages.items()
        if "integrity" not in package and not package.get("inBundle")
    ]


def test_functions_are_not_taken_for_node_ones() -> None:
    """With a package.json beside main.py the Firebase CLI neither deploys nor emulates Python."""
    assert not (ROOT / "package.json").exists()


@pytest.mark.parametrize("text", [*PACKAGE_HOSTS, *MACHINE_PATHS])
def test_no_file_names_a_package_registry_or_a_path_of_one_machine(text: str) -> None:
    actual = subprocess.run(
        ["git", "grep", "--name-only", "--fixed-strings", "-I", text],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert actual.returncode in {0, 1}, actual.stderr
    assert actual.stdout.splitlines() == []
