"""The dashboard's pure parts, its types of the API, and what its pages load."""

import gzip
import json
import re
import textwrap
from pathlib import Path

import pytest

from tests.dashboard.npm import DASHBOARD, npm

OUT = DASHBOARD / "out"
PAGES = (
    *("index", "segment", "thresholds", "customers", "customer"),
    *("campaigns", "campaigns/new", "campaign", "insights", "quality", "analytics"),
    *("analytics/cohorts", "analytics/products", "analytics/churn", "analytics/predictions"),
)

FIRST_BYTES = 200_000
"""JavaScript, compressed, that a page loads before its first numbers."""
ALL_BYTES = 380_000
"""The same of all pages together, with what they load later."""

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
IMPORT = re.compile(r"from '(\.[^']+)'")
SOURCE = re.compile(r'src="/(?P<path>[^"]+)"')


def compressed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes()))


def scripts(page: str) -> set[Path]:
    """The files that a page loads at once, without those for browsers that know no modules."""
    text = (OUT / f"{page}.html").read_text()
    return {
        OUT / source["path"]
        for script in SCRIPT.finditer(text)
        if "noModule" not in script["attributes"]
        and (source := SOURCE.search(script["attributes"]))
    }


def test_what_is_pure() -> None:
    npm("test")


def test_the_types_are_those_of_the_api(tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    npm("types", OUTPUT=str(made))
    committed = DASHBOARD / "lib" / "api" / "schema.d.ts"
    assert made.read_text() == committed.read_text(), "run: npm --prefix dashboard run types"


def test_a_field_that_the_api_no_longer_has_fails_the_build() -> None:
    """The cards show it: they compile with the types as they are, and with no others."""
    errors = json.loads(npm("removed"))
    assert errors["whole"] == []
    assert errors["without"]
    assert all("averageOrderValue" in error for error in errors["without"]), errors


@pytest.mark.parametrize("name", ["example.ts", "server.ts"])
def test_a_documented_example_is_one_that_compiles(name: str) -> None:
    """The build checks it, against the types at the generator's defaults."""
    example = (DASHBOARD / "tests" / name).read_text()
    documented = (DASHBOARD.parent / "docs" / "dashboard.md").read_text()
    assert textwrap.indent(example, "  ") in documented


def test_the_folder_of_a_page_can_be_copied_alone() -> None:
    """It imports nothing of another page: what pages share is in `components` and `lib`."""
    app = DASHBOARD / "app"
    found = [
        f"{file.relative_to(app)}: {imported[1]}"
        for file in app.rglob("*.tsx")
        if file.parent != app
        for imported in IMPORT.finditer(file.read_text())
        if (target := (file.parent / imported[1]).resolve()).is_relative_to(app)
        and target.relative_to(app).parts[0] != file.relative_to(app).parts[0]
    ]
    assert found == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_its_first_numbers_with_little_code(page: str) -> None:
    sizes = {file.name: compressed(file) for file in scripts(page)}
    assert sizes
    assert sum(sizes.values()) <= FIRST_BYTES, sizes


def test_all_pages_together_load_little_code() -> None:
    """Whoever visits every page, and listens, has loaded this and no more."""
    legacy = {
        OUT / source["path"]
        for page in PAGES
        for script in SCRIPT.finditer((OUT / f"{page}.html").read_text())
        if "noModule" in script["attributes"] and (source := SOURCE.search(script["attributes"]))
    }
    at_once = set().union(*(scripts(each) for each in PAGES))
    everything = set(OUT.rglob("*.js")) - legacy
    sizes = {file.name: compressed(file) for file in everything}
    assert everything - at_once, "listening to counts is loaded later"
    assert sum(sizes.values()) <= ALL_BYTES, sizes


@pytest.mark.parametrize("page", [*PAGES, "404"])
def test_a_page_runs_its_own_scripts_alone(page: str) -> None:
    text = (OUT / f"{page}.html").read_text()
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    assert policy.start() < text.index("<script")
    assert "unsafe" not in policy[1]
    assert " style=" not in text
