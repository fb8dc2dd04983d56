"""Code in the documents runs."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from threading import Timer
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.reconciliation.stores.ageing_queue import place
from tests.browser.node import FOLDER, node
from tests.contract.documents import DOCUMENTS_PAGE, FENCE, RUNBOOK, text
from tests.support.shop import ORG
from tests.support.shop import Shop as CountedShop


def test_the_health_check_runs_and_finds_what_is_wrong(
    firestore_client: firestore.Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=3)
    for path, document in (
        (paths.rejected_order("o1"), {"org_id": None, "code": "date_missing", "field": "date"}),
        (paths.customer("org_north", "a"), {"ageing": place("a", long_ago)}),
        (paths.customer("org_north", "b"), {"ageing": place("b", datetime.now(UTC))}),
        (paths.customer("org_north", "c"), {"ageing": place("c", None)}),
        (paths.reclassification("org_north"), _work("org_north", long_ago, settled=False)),
        (paths.reclassification("org_south"), _work("org_south", long_ago, settled=True)),
        (
            paths.reclassification("org_west"),
            _work("org_west", datetime.now(UTC), settled=False),
        ),
        (
            paths.task("org_north", "auditorganization"),
            _task("failed", 6, "UnreadableRulesError", None),
        ),
        (
            paths.task("org_south", "auditorganization"),
            _task("running", 2, "Ended", timedelta(minutes=-1)),
        ),
        (
            paths.task("org_west", "auditorganization"),
            _task("running", 1, None, timedelta(minutes=9)),
        ),
        (f"{paths.UNPROCESSED}/o9", {"org_id": None}),
        (paths.job("audit"), _job(datetime(2026, 3, 10, 5, tzinfo=UTC))),
        (paths.result("org_north", "churn"), _result("failed", last_error="Forbidden")),
        (paths.result("org_north", "rfm"), _result("ready")),
        (paths.result("org_north", "affinity"), _result("ready", stale_at=long_ago)),
        (
            paths.result("org_north", "quality"),
            _result("ready", summary={"checks": [{"remaining": 0}, {"remaining": 3}]}),
        ),
    ):
        firestore_client.document(path).set(document)
    ((_, _, snippet),) = [
        actual for actual in FENCE.findall(text(RUNBOOK)) if actual[1] == "python"
    ]
    monkeypatch.setenv("PROJECT", firestore_client.project)

    exec(compile(snippet, str(RUNBOOK), "exec"), {})

    assert capsys.readouterr().out.splitlines() == [
        "rejected orders: {'date_missing': 1}",
        "  o1 None date_missing date",
        "customers overdue for age_segments: 1",
        "unprocessed orders: 1",
        "reclassifications unsettled for an hour: org_north",
        "job: audit failed 2026-03-10 05:00 BadRequest",
        "task: org_north auditorganization 6 UnreadableRulesError",
        "result: org_north affinity ready None",
        "result: org_north churn failed Forbidden",
        "left by the audit: org_north 3",
        "task: org_south auditorganization 2 Ended",
    ]


def _work(org_id: str, started_at: datetime, *, settled: bool) -> dict[str, object]:
    return {"org_id": org_id, "started_at": started_at, "settled": settled}


def _job(due_at: datetime) -> dict[str, object]:
    return {"status": "failed", "due_at": due_at, "last_error": "BadRequest"}


def _task(status: str, attempt: int, error: str | None, lease: timedelta | None) -> dict[str, Any]:
    lease_until = None if lease is None else datetime.now(UTC) + lease
    state = {"status": status, "attempt": attempt, "last_error": error}
    return {**state, "lease_until": lease_until}


def _result(status: str, **fields: object) -> dict[str, object]:
    stale_at = datetime.now(UTC) + timedelta(hours=30)
    return {"status": status, "stale_at": stale_at, "last_error": None, **fields}


LISTENER_SETUP = """
    import {{ initializeApp }} from 'firebase/app';
    import {{ connectFirestoreEmulator, setLogLevel }} from './firestore_for_browsers.mjs';

    const {{ orgId, project, host, port, mockUserToken }} = JSON.parse('{arguments}');
    const show = (customers) => console.log(JSON.stringify(customers));
    setLogLevel('silent');
    initializeApp({{ projectId: project, apiKey: 'any' }});
    connectFirestoreEmulator(getFirestore(), host, port, {{ mockUserToken }});
"""


def test_the_listener_is_shown_the_counts_and_each_change(
    shop: CountedShop, project_id: str, firestore_emulator: str
) -> None:
    ((_, _, snippet),) = [
        actual for actual in FENCE.findall(text(DOCUMENTS_PAGE)) if actual[1] == "js"
    ]
    host, _, port = firestore_emulator.rpartition(":")
    arguments = {
        "orgId": ORG,
        "project": project_id,
        "host": host,
        "port": int(port),
        "mockUserToken": {"sub": "somebody", "role": "brand", "orgId": ORG},
    }
    # The build that browsers load; a plain import gives Node.js the one for servers.
    snippet = snippet.replace("'firebase/firestore'", "'./firestore_for_browsers.mjs'")
    script = LISTENER_SETUP.format(arguments=json.dumps(arguments)) + snippet
    for _ in range(8):  # some in a shard that counts orders and no customer
        shop.order("ada@example.org")
    process = subprocess.Popen(
        node("--input-type=module", "--eval", script),
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    patience = Timer(60, process.kill)
    patience.start()
    with process:
        try:
            shown = (json.loads(line) for line in process.stdout)
            assert {"new": 1} in shown
            shop.order("bob@example.org")
            assert {"new": 2} in shown
        finally:
            patience.cancel()
            process.kill()
