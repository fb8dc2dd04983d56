"""The nightly audit goes through all organisations, reports, and goes on after a stop."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import typer
from google.cloud import firestore

from functions import auditing
from functions.services import Services
from shared.clock import Clock
from shared.computing.job import JobStatus
from shared.computing.result import ResultState, ResultStatus
from shared.storage import paths
from shared.storage.job_store import FirestoreJobs
from shared.storage.result_store import ResultReader
from shared.warehouse.warehouse import Warehouse
from tests.http.shop import NOW, ORG, OTHER, Shop, days_ago
from tools import audit as tool

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def installation(services: Services, shop: Shop, warehouse: Warehouse) -> Services:
    """Two organisations whose orders are counted, and none exported yet."""
    for org in (ORG, OTHER):
        for number in range(4):
            shop.order(f"p{number % 3}@example.org", 10 + number, at=days_ago(number * 25), org=org)
    return replace(services, warehouse=lambda: warehouse)


def clock() -> Clock:
    return lambda: NOW


def quality(client: firestore.Client, org: str) -> ResultState | None:
    return ResultReader(client, org).state("quality")


def test_all_organisations(
    installation: Services, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "SETTLE", timedelta(0))
    outcome = auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER)
    assert outcome == "complete"
    for org in (ORG, OTHER):
        state = quality(firestore_client, org)
        assert state is not None
        assert (state.status, state.source_rows) == (ResultStatus.READY, 4)
        assert state.lag_seconds == 7 * 3600
        export = state.summary["checks"][1]
        assert (export["check"], export["expected"]) == ("export_complete", 4)
        assert len(state.summary["checks"]) == 5
    job, _ = FirestoreJobs(firestore_client).load(auditing.JOB)
    assert job is not None
    assert (job.status, job.source_rows) == (JobStatus.COMPLETE, 8)
    again = auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER)
    assert again == "nothing due"


def test_one_organisation_that_fails_does_not_hold_up_the_others(
    installation: Services, firestore_client: firestore.Client
) -> None:
    rules = firestore_client.document(paths.segment_rules(ORG))
    rules.set({"revision": "damaged"})
    outcome = auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER)
    assert outcome == "failed"
    state = quality(firestore_client, ORG)
    assert state is not None
    assert (state.status, state.last_error) == (ResultStatus.FAILED, "UnreadableRulesError")
    other = quality(firestore_client, OTHER)
    assert other is not None
    assert other.status is ResultStatus.READY

    rules.delete()
    assert auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER) == "complete"
    state = quality(firestore_client, ORG)
    assert state is not None
    assert state.status is ResultStatus.READY


def test_a_run_that_is_out_of_time_goes_on(
    installation: Services, firestore_client: firestore.Client
) -> None:
    seen = times()
    outcome = auditing.audit_night(
        installation, NOW, clock=lambda: next(seen), stop_at=NOW + timedelta(seconds=3)
    )
    assert outcome == "paused"
    assert quality(firestore_client, ORG) is not None
    assert quality(firestore_client, OTHER) is None
    assert auditing.audit_night(installation, LATER, clock=clock(), stop_at=LATER) == "complete"
    assert quality(firestore_client, OTHER) is not None


def times() -> Iterator[datetime]:
    """Every look at the clock takes a second."""
    for second in range(1000):
        yield NOW + timedelta(seconds=second)


def test_the_tool_says_what_is_left(
    installation: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(auditing, "SETTLE", timedelta(0))
    monkeypatch.setattr(tool, "utc_now", lambda: NOW)
    monkeypatch.setattr(tool, "connect", lambda project: installation)
    with pytest.raises(typer.Exit) as ended:
        tool.main(org=ORG, repair=False)
    assert ended.value.exit_code == 1
    told = capsys.readouterr().out
    assert "export_complete" in told
    assert "export order_0001" in told

    tool.main(org=ORG)
    tool.main(org=ORG, repair=False)


def test_an_export_that_is_switched_off_is_reported_and_left_alone(
    installation: Services, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "SETTLE", timedelta(0))
    off = replace(installation, settings=replace(installation.settings, export_enabled=False))
    assert auditing.audit_night(off, NOW, clock=clock(), stop_at=LATER) == "complete"
    assert off.warehouse().order_counts() == {}
    state = quality(firestore_client, ORG)
    assert state is not None
    export = state.summary["checks"][1]
    assert (export["drift"], export["repaired"], export["remaining"]) == (4, 0, 4)
