"""The manifest from which the functions are deployed, made the way the Firebase CLI has it made."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from functions import tasks
from shared.audit import job as auditing
from shared.backfill import job as backfilling
from shared.campaigns import job as campaigning
from shared.computation import job as computing
from shared.insights import job as generating
from shared.kernel import platform
from shared.nightly.attempt import LEASE
from shared.nightly.queue import LONGEST_SECONDS
from shared.predictions import job as predicting
from shared.rules import job as reclassifying
from tests.support.linked_project import same_project

ROOT = Path(__file__).parents[2]

DISCOVER = """
import gc, json, sys, yaml
from firebase_functions.private import serving
manifest = yaml.safe_load(serving.functions_as_yaml(serving.get_functions()))
collector = {"enabled": gc.isenabled(), "frozen": gc.get_freeze_count()}
found = {"manifest": manifest, "modules": sorted(sys.modules), "collector": collector}
json.dump(found, sys.stdout)
"""

ANSWERING = ("api", "insights")
WRITTEN = ("customer", "event", "ledger", "order", "settings")
QUEUED = ("audit", "backfill", "campaigns", "compute", "insights", "predict", "reclassify")
SCHEDULED = (
    *("age_segments", "reclassify_segments", "resume_campaigns"),
    *("audit", "compute_analytics", "generate_insights"),
)
FUNCTIONS = tuple(
    sorted(
        (
            *ANSWERING,
            *SCHEDULED,
            *(f"on_{document}_written" for document in WRITTEN),
            *(f"{work}organization" for work in QUEUED),
        )
    )
)

FIREBASE_TOOLS = "firebase-cli/node_modules/firebase-tools/lib"

LONGEST_TIMEOUT = {
    "httpsTrigger": 3600,
    "eventTrigger": 540,
    "scheduleTrigger": 1800,
    "taskQueueTrigger": 1800,
}
"""Seconds that the platform lets a function run, by what triggers it."""

# What the CLI puts in for a function that states none: see its resolveCpuAndConcurrency.
DEFAULT_CPU = {256: 1, 512: 1, 1024: 1, 2048: 1, 4096: 2}
DEFAULT_CONCURRENCY = 80

HEAVY = {
    "anthropic",
    "flask_openapi3",
    "google.cloud.bigquery",
    "numpy",
    "pydantic",
    "scipy",
    "sklearn",
}
OF_SOME_FUNCTIONS = {
    "shared.predictions.job",
    "shared.predictions.fitting",
    "shared.audit.job",
    "shared.backfill.job",
    "shared.campaigns.job",
    "shared.computation.job",
    "shared.insights.job",
    "shared.api.app",
    "shared.rules.job",
    "shared.cohorts.cohorts",
    "shared.audit.audit",
    "shared.insights",
    "shared.nightly",
    "shared.products.store",
    "shared.reconciliation.ageing",
    "shared.reconciliation.backfill",
    "shared.reconciliation.reclassification",
    "shared.funnel.recorder_store",
    "shared.nightly.job_store",
    "shared.rules.store",
    "shared.warehouse",
}
"""Modules of this project that only some functions need, and import themselves."""


@pytest.fixture(scope="module")
def discovered() -> dict[str, Any]:
    """Return the functions found by a fresh interpreter, without settings and secrets in its
    environment."""
    return discover({})


def discover(environment: dict[str, str], project: Path = ROOT) -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, "-c", DISCOVER],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    actual: dict[str, Any] = json.loads(answer.stdout)
    return actual


@pytest.fixture(scope="module")
def manifest(discovered: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = discovered["manifest"]
    return made


@pytest.fixture(params=FUNCTIONS)
def function(manifest: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each function in turn."""
    actual: dict[str, Any] = manifest["endpoints"][request.param]
    return actual


def trigger_of(function: dict[str, Any]) -> str:
    (kind,) = LONGEST_TIMEOUT.keys() & function.keys()
    return kind


def test_exactly_these_functions_are_deployed(manifest: dict[str, Any]) -> None:
    assert sorted(manifest["endpoints"]) == sorted(FUNCTIONS)


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("on_customer_written", "customers/{customerId}"),
        ("on_event_written", "organizations/{orgId}/events/{eventId}"),
        ("on_ledger_written", "order_ledger/{orderId}"),
        ("on_order_written", "orders/{orderId}"),
        ("on_settings_written", "tenants/{orgId}/settings/{name}"),
    ],
)
def test_events_are_delivered_again_when_they_fail(
    manifest: dict[str, Any], name: str, document: str
) -> None:
    assert manifest["endpoints"][name]["eventTrigger"] == {
        "eventType": "google.cloud.firestore.document.v1.written",
        "eventFilters": {"database": "(default)", "namespace": "(default)"},
        "eventFilterPathPatterns": {"document": document},
        "retry": True,
    }


@pytest.mark.parametrize(
    ("name", "schedule"),
    [
        ("age_segments", "every 5 minutes"),
        ("audit", "0 * * * *"),
        ("compute_analytics", "0 * * * *"),
        ("generate_insights", "every 60 minutes"),
        ("reclassify_segments", "every 5 minutes"),
        ("resume_campaigns", "every 5 minutes"),
    ],
)
def test_schedules(manifest: dict[str, Any], name: str, schedule: str) -> None:
    """A missed run is made up for by the next one, so none is retried."""
    assert manifest["endpoints"][name]["scheduleTrigger"] == {
        "schedule": schedule,
        "retryConfig": {},
    }


def test_scheduled_work_stops_itself_before_the_platform_does(manifest: dict[str, Any]) -> None:
    for function in manifest["endpoints"].values():
        if "scheduleTrigger" in function:
            assert function["timeoutSeconds"] >= platform.SCHEDULE_WORK_SECONDS + 30


def task_functions(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: function
        for name, function in manifest["endpoints"].items()
        if "taskQueueTrigger" in function
    }


def test_every_queue_has_a_name_that_cloud_tasks_takes(manifest: dict[str, Any]) -> None:
    assert task_functions(manifest)
    for name in task_functions(manifest):
        assert re.fullmatch("[A-Za-z0-9-]{1,100}", name)


def test_tasks_are_enqueued_for_the_functions_that_run_them(manifest: dict[str, Any]) -> None:
    queues = {
        auditing.QUEUE,
        backfilling.QUEUE,
        campaigning.QUEUE,
        computing.QUEUE,
        generating.QUEUE,
        predicting.QUEUE,
        reclassifying.QUEUE,
    }
    enqueued = {
        tasks.AUDIT,
        tasks.BACKFILL,
        tasks.CAMPAIGNS,
        tasks.COMPUTE,
        tasks.INSIGHTS,
        tasks.PREDICT,
        tasks.RECLASSIFY,
    }
    assert computing.PREDICT == predicting.QUEUE
    assert queues == enqueued == task_functions(manifest).keys()


def test_tasks_are_tried_again_for_longer_than_a_lease_and_not_for_ever(
    manifest: dict[str, Any],
) -> None:
    """A task of the night before may hold the lease for as long as it is."""
    for function in task_functions(manifest).values():
        retries = function["taskQueueTrigger"]["retryConfig"]
        assert retries["maxDoublings"] >= retries["maxAttempts"] - 1
        assert retries.get("maxRetrySeconds") is None
        waits = [retries["minBackoffSeconds"] * 2**n for n in range(retries["maxAttempts"] - 1)]
        assert sum(waits) >= LEASE.total_seconds()


def test_a_task_has_the_time_that_the_queue_gives_it_and_less_than_a_lease(
    manifest: dict[str, Any],
) -> None:
    for function in task_functions(manifest).values():
        assert function["timeoutSeconds"] == LONGEST_SECONDS < LEASE.total_seconds()
        assert function["timeoutSeconds"] >= platform.TASK_WORK_SECONDS + 240


def test_a_queue_dispatches_as_many_tasks_at_once_as_instances_run(
    manifest: dict[str, Any],
) -> None:
    for function in task_functions(manifest).values():
        limits = function["taskQueueTrigger"]["rateLimits"]
        assert limits["maxConcurrentDispatches"] == function["maxInstances"]
        assert limits["maxDispatchesPerSecond"] <= 500
        assert function["concurrency"] == 1


@pytest.mark.parametrize("name", ["api", "insights"])
def test_the_api_answers_anybody_and_checks_who_it_is(manifest: dict[str, Any], name: str) -> None:
    """Browsers bring an ID token, which the platform's own check of callers does not know."""
    assert manifest["endpoints"][name]["httpsTrigger"] == {}


def test_everything_runs_in_one_region(function: dict[str, Any]) -> None:
    assert function["region"] == ["us-central1"]
    assert function["platform"] == "gcfv2"


def test_every_function_is_called_what_it_is_deployed_as(manifest: dict[str, Any]) -> None:
    entry_points = {name: each["entryPoint"] for name, each in manifest["endpoints"].items()}
    assert entry_points == {name: name for name in FUNCTIONS}


def test_every_function_has_the_secret_and_no_other(function: dict[str, Any]) -> None:
    assert function["secretEnvironmentVariables"] == [{"key": "CUSTOMER_KEY_SECRET"}]


def test_the_secret_is_the_only_parameter(manifest: dict[str, Any]) -> None:
    """The CLI asks for every secret that is named here: whoever has no key is asked for none."""
    assert manifest["params"] == [{"name": "CUSTOMER_KEY_SECRET", "type": "secret"}]


def test_the_key_of_claude_goes_to_the_functions_that_ask_it_once_it_is_switched_on() -> None:
    manifest = discover({"INSIGHTS_LLM_ENABLED": "true"})["manifest"]

    secrets = {
        name: [each["key"] for each in function["secretEnvironmentVariables"]]
        for name, function in manifest["endpoints"].items()
    }
    with_key = {name for name, names in secrets.items() if "ANTHROPIC_API_KEY" in names}
    assert with_key == {"insights", "insightsorganization"}
    assert all(names[0] == "CUSTOMER_KEY_SECRET" for names in secrets.values())
    assert {each["name"] for each in manifest["params"]} == {
        "ANTHROPIC_API_KEY",
        "CUSTOMER_KEY_SECRET",
    }


@pytest.mark.parametrize(
    ("secrets", "named"),
    [
        (None, False),
        ("CUSTOMER_KEY_SECRET=0\nANTHROPIC_API_KEY=\n#ANTHROPIC_API_KEY=a\n", False),
        ("CUSTOMER_KEY_SECRET=0\nANTHROPIC_API_KEY=a\n", True),
    ],
    ids=["no file", "no key", "a key"],
)
def test_the_emulator_looks_for_no_key_of_claude_that_is_not_on_this_machine(
    tmp_path: Path, secrets: str | None, named: bool
) -> None:
    """It asks Google Cloud for every secret named that its file does not hold."""
    project = same_project(tmp_path)
    if secrets is not None:
        (project / ".secret.local").write_text(secrets)

    actual = discover({"INSIGHTS_LLM_ENABLED": "true", "FUNCTIONS_EMULATOR": "true"}, project)

    names = {each["name"] for each in actual["manifest"]["params"]}
    assert names == {"CUSTOMER_KEY_SECRET"} | ({"ANTHROPIC_API_KEY"} if named else set())


def test_discovery_sees_the_settings_of_the_project(tmp_path: Path) -> None:
    """The switch relies on the CLI looking for functions with `.env.<project>` set."""
    (tmp_path / ".env.demo-x").write_text("INSIGHTS_LLM_ENABLED=true\n")
    source = (ROOT / FIREBASE_TOOLS / "deploy/functions/prepare.js").read_text()
    assert re.search(r"discoverBuild\(\w+, \{\s*\.\.\.userEnvs,", source)
    script = f"""
        const env = require("./{FIREBASE_TOOLS}/functions/env.js");
        const found = env.loadUserEnvs({{
            functionsSource: "{tmp_path}", projectId: "demo-x", projectDir: "{tmp_path}" }});
        console.log(JSON.stringify(found));
    """
    answer = subprocess.run(
        ["node", "--eval", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(answer.stdout.splitlines()[-1]) == {"INSIGHTS_LLM_ENABLED": "true"}


def test_timeouts_are_ones_that_the_platform_keeps(function: dict[str, Any]) -> None:
    assert 0 < function["timeoutSeconds"] <= LONGEST_TIMEOUT[trigger_of(function)]


def test_every_function_has_a_limit_of_instances(function: dict[str, Any]) -> None:
    assert 1 <= function["maxInstances"] <= 100
    assert function["minInstances"] is None


def test_scheduled_functions_do_not_run_beside_themselves(manifest: dict[str, Any]) -> None:
    for function in manifest["endpoints"].values():
        if "scheduleTrigger" in function:
            assert function["maxInstances"] == 1


def test_processor_and_calls_at_once_go_together(function: dict[str, Any]) -> None:
    """Less than one whole processor allows one call at a time."""
    cpu = function.get("cpu") or DEFAULT_CPU[function["availableMemoryMb"]]
    concurrency = function["concurrency"] or DEFAULT_CONCURRENCY
    assert cpu != "gcf_gen1" or concurrency == 1
    assert cpu == "gcf_gen1" or cpu in {1, 2, 4, 6, 8}
    assert 1 <= concurrency <= 1000


def test_the_api_states_how_many_calls_an_instance_takes(manifest: dict[str, Any]) -> None:
    assert manifest["endpoints"]["api"]["cpu"] >= 1
    assert manifest["endpoints"]["api"]["concurrency"] > 1


def test_the_scheduler_and_the_queues_have_to_be_switched_on(manifest: dict[str, Any]) -> None:
    assert {each["api"] for each in manifest["requiredAPIs"]} == {
        "cloudscheduler.googleapis.com",
        "cloudtasks.googleapis.com",
    }


def test_nothing_heavy_is_imported_before_it_is_needed(discovered: dict[str, Any]) -> None:
    """Every instance imports main.py when it starts, whichever function it is for."""
    assert HEAVY.isdisjoint(discovered["modules"])


def test_nor_is_what_only_some_functions_need(discovered: dict[str, Any]) -> None:
    assert all(find_spec(module) for module in OF_SOME_FUNCTIONS)
    assert OF_SOME_FUNCTIONS.isdisjoint(discovered["modules"])


def test_garbage_is_collected_once_everything_is_imported(discovered: dict[str, Any]) -> None:
    assert discovered["collector"]["enabled"]
    assert discovered["collector"]["frozen"] > 100_000
