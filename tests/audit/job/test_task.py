"""The task that audits an organisation: repeated, late, ended, or without a warehouse."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.audit import job as auditing
from shared.audit.report import AuditReport
from shared.firestore import paths
from shared.nightly.dispatch import Task
from shared.nightly.job_run import ENDED, JobStatus
from shared.nightly.result import ResultStatus
from shared.nightly.result_store import ResultWriter
from shared.services import Services
from tests.audit.job.night import HOUR, Night, quality
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER
from tests.support.warehouse_facts import order_counts


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The organisations whose audit was begun."""
    seen: list[str] = []
    whole = auditing.audit_organization

    def audit(services: Services, org_id: str, **more: Any) -> AuditReport:
        seen.append(org_id)
        return whole(services, org_id, **more)

    monkeypatch.setattr(auditing, "audit_organization", audit)
    yield seen


def test_a_task_that_is_delivered_again_or_late_audits_nothing(
    night: Night, audited: list[str]
) -> None:
    night.dispatch()
    old = night.task(ORG)
    night.queue.waiting.clear()
    night.dispatch(NOW + timedelta(days=1))
    new = night.task(ORG)
    assert night.deliver(new) == 200
    for attempt in (1, 2):
        assert night.deliver(new, attempt) == 200
        assert night.deliver(old, attempt) == 200
    assert audited == [ORG]


class PlatformEnds(BaseException):
    """The platform ends the call: nothing that is written below is reached."""


def test_a_task_that_the_platform_ends_is_visible_and_done_by_its_next_attempt(
    night: Night, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.dispatch()
    task = night.task(ORG)
    fail = ResultWriter.fail
    reported: list[str] = []

    def ended(*args: Any, **more: Any) -> None:
        raise PlatformEnds

    def noted(*args: Any, **more: Any) -> None:
        reported.append(args[-1])
        fail(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(auditing, "_auditor", ended)
        with pytest.raises(PlatformEnds):
            night.deliver(task)
    state = night.state(ORG)
    assert state.status_at(NOW) is JobStatus.RUNNING
    assert state.status_at(NOW + HOUR) is JobStatus.FAILED

    monkeypatch.setattr(ResultWriter, "fail", noted)
    night.now += timedelta(minutes=1)
    assert night.deliver(task) == 200, "another delivery of the same attempt does nothing"
    assert night.state(ORG) == state
    assert night.deliver(task, 2) == 200
    assert reported == [ENDED]
    assert quality(firestore_client, ORG).status is ResultStatus.READY
    assert night.state(ORG).status is JobStatus.COMPLETE


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"due_at": NOW.isoformat()},
        Task(queue=auditing.QUEUE, org_id="org_of_nobody", due_at=NOW),
        Task(queue=auditing.QUEUE, org_id=ORG, due_at=NOW),
    ],
    ids=["nothing", "no organisation", "unknown organisation", "no tables"],
)
def test_a_task_that_can_never_succeed_is_logged_and_dropped(
    night: Night, data: object, caplog: pytest.LogCaptureFixture, audited: list[str]
) -> None:
    caplog.set_level("INFO", logger="segments")
    assert night.deliver(data) == 200
    (record,) = caplog.records
    assert record.getMessage() in ("task_malformed", "task_without_organization")
    assert audited == []
    unknown = night.services.client.document(paths.TENANTS, "org_of_nobody")
    assert list(unknown.collections()) == []


def test_a_warehouse_that_is_away_is_told_in_every_report_once_a_night(
    night: Night, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.dispatch()
    night.run()
    before = quality(firestore_client, ORG)

    def away(org_ids: object) -> None:
        raise ConnectionError("with some detail")

    warehouse = night.services.warehouse()
    monkeypatch.setattr(warehouse, "refresh_facts", away)
    tomorrow = NOW + timedelta(days=1)
    for expected in (2 + 4, 2):
        with metered(firestore_client) as meter, pytest.raises(ConnectionError):
            night.dispatch(tomorrow)
        assert meter.documents_written == expected
    assert (night.job.status, night.job.last_error) == (JobStatus.FAILED, "ConnectionError")
    assert night.queue.waiting == []
    for org_id in (ORG, OTHER):
        state = quality(firestore_client, org_id)
        assert (state.status, state.last_error) == (ResultStatus.FAILED, "ConnectionError")
        assert state.computed_at == before.computed_at


def test_an_export_that_is_switched_off_is_reported_and_left_alone(
    night: Night, firestore_client: firestore.Client
) -> None:
    settings = replace(night.services.settings, export_enabled=False)
    night.services = replace(night.services, settings=settings)
    night.dispatch()
    night.run()
    assert order_counts(night.services.warehouse()) == {}
    export = quality(firestore_client, ORG).summary["checks"][1]
    assert (export["drift"], export["repaired"], export["remaining"]) == (4, 0, 4)
