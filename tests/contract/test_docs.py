"""Links, commands, functions and documents are as the documents have them."""

import json
import re
from pathlib import Path

import pytest

import main
from functions import schedules
from functions.schedules import HOURLY
from shared.customers import query as customers_query
from shared.firestore import paths
from shared.history.query import Basis
from shared.history.segment_history import Unit
from shared.kernel.settings import CUSTOMER_KEY_SECRET, Settings
from shared.kernel.version import VERSION
from shared.segments.threshold_version import ThresholdSource
from shared.web import parameters
from shared.web.filters import ListFormat
from tests.contract.documents import (
    ADRS,
    API,
    ARCHITECTURE,
    CHANGELOG,
    CODE,
    CONFIGURATION,
    CONTRIBUTING,
    DOCUMENTS,
    DOCUMENTS_PAGE,
    FENCE,
    HEADING,
    LINK,
    LOCAL_STACK,
    MAX_README_LINES,
    README,
    ROOT,
    RUNBOOK,
    anchors,
    by_code,
    prose,
    rows,
    section,
    text,
)
from tests.support.tool_help import tool_help
from tools.stack import emulator_jar


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(prose(document)):
        if re.match(r"[a-z]+://", link):
            continue
        file, _, anchor = link.partition("#")
        target = (document.parent / file).resolve() if file else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def targets() -> set[str]:
    (declared,) = re.findall(r"^\.PHONY: (.+)$", text(ROOT / "Makefile"), re.MULTILINE)
    return set(declared.split())


def test_every_make_target_named_is_there() -> None:
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(
            r"(?:^|[`'])make (?:[A-Z]+=\S+ )?([a-z-]+)", text(document), re.MULTILINE
        )
    }
    assert {"demo", "test", "install", "emulators"} <= named
    assert named <= targets()


def test_every_make_target_is_described() -> None:
    described = re.findall(r"^make ([a-z-]+) ", text(CONTRIBUTING), re.MULTILINE)
    assert set(described) == targets() - {"help", "check"}


def commands() -> dict[str, set[str]]:
    """Modules that the documents say to run, with the options they are run with."""
    actual: dict[str, set[str]] = {}
    for document in DOCUMENTS:
        for module, rest in re.findall(r"python -m ([\w.]+)([^`\n]*)", text(document)):
            actual.setdefault(module, set()).update(re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest))
    del actual["pytest"]
    return actual


def test_maintenance_commands_are_described() -> None:
    assert {"tools.backfill", "tools.rebuild", "tools.openapi"} <= commands().keys()


@pytest.mark.parametrize(("module", "options"), sorted(commands().items()))
def test_every_command_runs_and_has_its_options(module: str, options: set[str]) -> None:
    assert options <= set(re.findall(r"--[a-z-]+", tool_help(module, columns=200)))


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    assert len(text(README).splitlines()) <= MAX_README_LINES
    linked = {(ROOT / link).resolve() for link in LINK.findall(prose(README)) if "#" not in link}
    assert {*(ROOT / "docs").glob("*.md"), CONTRIBUTING, CHANGELOG} <= linked


def test_every_route_that_the_readme_names_exists() -> None:
    named = {
        code
        for _, routes in rows(section(README, "What it answers"))
        for code in CODE.findall(routes)
    }
    api = json.loads(text(ROOT / "docs" / "openapi.json"))
    assert named <= {
        f"{method.upper()} {path.removeprefix('/v1/')}"
        for path, methods in api["paths"].items()
        for method in methods
    }
    assert len(named) > 15


def test_values_of_parameters_are_the_codes() -> None:
    described = text(API)
    for value in (
        *customers_query.SortField,
        *ListFormat,
        *parameters.SortOrder,
        *Basis,
        *Unit,
        *ThresholdSource,
    ):
        assert f"`{value}`" in described


def test_every_function_has_its_place_in_the_runbook() -> None:
    titles = {title for _, title in HEADING.findall(prose(RUNBOOK))}
    for name in main.__all__:
        assert name in titles
        assert f"`{name}`" in text(ARCHITECTURE)


def test_every_function_is_in_the_picture() -> None:
    ((_, _, picture),) = [
        actual for actual in FENCE.findall(text(ARCHITECTURE)) if actual[1] == "mermaid"
    ]
    assert set(re.findall(r"\[(\w+)\]", picture)) >= set(main.__all__)


def test_every_document_path_is_described() -> None:
    described = " ".join(row[0] for row in rows(section(DOCUMENTS_PAGE, "Documents")))
    collections = {
        value for name, value in vars(paths).items() if name.isupper() and isinstance(value, str)
    }
    assert len(collections) == 34
    for name in collections:
        assert re.search(rf"[`/]{name}/", described), name
    for document in paths.SettingsDocument:
        assert f"/{paths.SETTINGS}/{document}`" in described, document


def test_who_reads_a_document_is_what_the_rules_say() -> None:
    rules = text(ROOT / "firestore.rules")
    readable = set(re.findall(r"match /(\w+)/\{\w+\} \{\s+allow read", rules))
    for path, _, _, browsers in rows(section(DOCUMENTS_PAGE, "Documents")):
        collection = CODE.findall(path)[0].split("/")[-2]
        assert (browsers == "read") == (collection in readable), path


def test_ranges_of_settings_are_those_that_are_accepted() -> None:
    described = by_code(section(CONFIGURATION, "Variables"))
    for name in ("COUNTER_SHARDS", "SETTINGS_REFRESH_SECONDS", "MAXIMUM_GIGABYTES_BILLED"):
        lowest, highest = map(int, re.findall(r"(\d+) to (\d+)", described[name][2])[0])
        for accepted in (lowest, highest):
            settings = Settings.from_environment({name: str(accepted)})
            assert getattr(settings, name.lower()) == accepted
        for refused in (lowest - 1, highest + 1):
            with pytest.raises(Exception, match=name):
                Settings.from_environment({name: str(refused)})


def test_every_variable_that_is_read_is_described() -> None:
    read = {
        CUSTOMER_KEY_SECRET,
        emulator_jar.VARIABLE,
        "CLOUDSDK_ROOT",
        "CLOUDSDK_ROOT_DIR",
        "FIREBASE_AUTH_EMULATOR_HOST",
        "FIRESTORE_EMULATOR_HOST",
    }
    pattern = re.compile(r"""environ(?:ment)?(?:\.get\(|\[)\s*["']([A-Z][A-Z_]+)["']""")
    for folder in ("functions", "shared", "tools"):
        for file in (ROOT / folder).rglob("*.py"):
            read.update(pattern.findall(text(file)))
    described = {
        code for page in (CONFIGURATION, LOCAL_STACK) for code in CODE.findall(prose(page))
    }
    assert read - {"HOME", "PATH"} <= described


def test_functions_run_as_often_as_stated() -> None:
    for function, minutes in (
        (main.age_segments, 5),
        (main.reclassify_segments, 5),
        (main.resume_campaigns, 5),
        (main.generate_insights, 60),
    ):
        schedule = function.__firebase_endpoint__.scheduleTrigger["schedule"]  # type: ignore[attr-defined]
        assert schedule == f"every {minutes} minutes"
        for document in (ARCHITECTURE, RUNBOOK):
            assert f"every {minutes} minutes" in text(document)
    for function in (main.audit, main.compute_analytics):
        schedule = function.__firebase_endpoint__.scheduleTrigger["schedule"]  # type: ignore[attr-defined]
        assert schedule == HOURLY
    for name in ("audit", "compute_analytics"):
        assert f"`{name}` is called every hour, on the hour." in text(ARCHITECTURE)
        assert "Called every hour, on the hour." in section(RUNBOOK, name)


def test_who_says_that_a_scheduled_time_is_done_is_what_the_functions_log() -> None:
    """Jobs with a scheduled time of each call are skipped; those of a night are not due."""
    source = text(Path(schedules.__file__))
    skipping = re.findall(r'(?:run_job|_dispatch)\("(\w+)"', source)
    (_, _, _, where, _) = by_code(section(RUNBOOK, "Log events"))["job_skipped"]
    assert sorted(where.split(", ")) == sorted(skipping)
    for function in ("compute_analytics", "audit"):
        assert function not in skipping


def test_decisions_are_numbered_without_gaps_and_complete() -> None:
    for number, decision in enumerate(ADRS, start=1):
        title, *parts = [title for _, title in HEADING.findall(text(decision))]
        assert re.fullmatch(rf"{number:04}-[a-z0-9-]+\.md", decision.name)
        assert title.startswith(f"{number:04} ")
        assert parts == ["Context", "Decision", "Consequences"]


def test_the_newest_version_of_the_changelog_is_this_one() -> None:
    versions = re.findall(r"^## \[([\d.]+)\] - (\d{4}-\d{2}-\d{2})$", text(CHANGELOG), re.MULTILINE)
    assert versions[0][0] == VERSION
    assert [day for _, day in versions] == sorted((day for _, day in versions), reverse=True)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_words_are_plain(document: Path) -> None:
    banned = r"\b(simply|just|easily|obviously|seamless\w*|powerful|robust|blazing\w*|TODO|FIXME)\b"
    assert re.findall(banned, prose(document), re.IGNORECASE) == []
