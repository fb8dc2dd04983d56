"""The nightly audit goes through all organisations, reports, and goes on after a stop."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import typer
from google.cloud import firestore

from functions import auditing
from functions.services import Services
from shared.audit.report import AuditReport
from shared.clock import Clock
from shared.computing.job import JobStatus
from shared.computing.result import ResultState, ResultStatus
from shared.orders.event_size import LARGE_BYTES
from shared.storage import paths
from shared.storage.job_store import FirestoreJobs
from shared.storage.result_store import ResultReader
from shared.warehouse.warehouse import Warehouse
from tests.http.dashboard import Dashboard
from tests.http.shop import NOW, ORG, OTHER, Shop, days_ago, item, key_of
from tools import audit as tool

LATER = NOW + timedelta(hours=1)
AS_OF = NOW.isoformat().replace("+00:00", "Z")


@pytest.fixture
def installation(services: Services, shop: Shop, warehouse: Warehouse) -> Services:
    """Two organisations whose orders are counted, and none exported yet."""
    for org in (ORG, OTHER):
        for number in range(4):
            shop.order(f"p{number % 3}@example.org", 10 + number, at=days_ago(number * 25), org=org)
    return replace(services, warehouse=lambda: warehouse)


def clock() -> Clock:
    return lambda: NOW


def night(services: Services, now: datetime) -> str:
    return auditing.audit_night(
        services, now, clock=lambda: now, stop_at=now + timedelta(minutes=8)
    )


def audited(client: firestore.Client, org: str) -> bool:
    return ResultReader(client, org).state("quality") is not None


def quality(client: firestore.Client, org: str) -> ResultState:
    state = ResultReader(client, org).state("quality")
    assert state is not None
    return state


def test_all_organisations(
    installation: Services, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "SETTLE", timedelta(0))
    outcome = auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER)
    assert outcome == "complete"
    for org in (ORG, OTHER):
        state = quality(firestore_client, org)
        assert (state.status, state.source_rows) == (ResultStatus.READY, 4)
        assert state.lag_seconds == 11 * 3600
        export = state.summary["checks"][1]
        assert (export["check"], export["expected"]) == ("export_complete", 4)
        assert len(state.summary["checks"]) == 5
    job, _ = FirestoreJobs(firestore_client).load(auditing.JOB)
    assert job is not None
    assert (job.status, job.source_rows) == (JobStatus.COMPLETE, 8)
    again = auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER)
    assert again == "nothing due"


def test_what_orders_are_noticed_for_is_reported_by_organisation(
    installation: Services, shop: Shop, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing showed the ledger's warnings, nor who is a placeholder in all but name."""
    monkeypatch.setattr(auditing, "SETTLE", timedelta(0))
    for number in range(51):
        shop.order("till@example.org", 5, at=NOW - timedelta(minutes=number), id=f"till_{number}")
    shop.order("a@example.org", items=[item("p1", 5), {**item("p2", 5), "price": "dear"}], id="o1")
    shop.order("b@example.org", items=[{**item("p1", 5), "price": "?"}], id="o2", at=days_ago(2))
    shop.order("b@example.org", id="large", notes="x" * LARGE_BYTES)
    shop.order("c@example.org", status="canceled", id="o3")
    shop.order("d@example.org", status="no such status", id="o4")
    shop.order("e@example.org", status="canceled", id="theirs", org=OTHER)

    auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER)

    # Only the next audit finds what comes after this one, and the answer says which it was.
    shop.order("f@example.org", status="canceled", id="later")
    answer = dashboard.get("/v1/analytics/quality")
    assert (answer["computedAt"], answer["status"]) == (AS_OF, "ready")
    assert answer["findings"] == [
        {"kind": kind, "code": code, "orders": len(ids), "newestOrderIds": ids}
        for kind, code, ids in (
            ("warning", "items[].price", ["o1", "o2"]),
            ("warning", "document_large", ["large"]),
            ("exclusion", "cancelled", ["o3"]),
            ("exclusion", "unknown_status", ["o4"]),
            ("rejection", "status_unknown", ["o4"]),
        )
    ]
    key = key_of("till@example.org")
    assert answer["busyCustomers"] == [
        {"customerKey": key, "date": NOW.date().isoformat(), "orders": 51}
    ]


def test_one_organisation_that_fails_does_not_hold_up_the_others(
    installation: Services, firestore_client: firestore.Client
) -> None:
    rules = firestore_client.document(paths.segment_rules(ORG))
    rules.set({"revision": "damaged"})
    outcome = auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER)
    assert outcome == "failed"
    state = quality(firestore_client, ORG)
    assert (state.status, state.last_error) == (ResultStatus.FAILED, "UnreadableRulesError")
    other = quality(firestore_client, OTHER)
    assert other.status is ResultStatus.READY

    rules.delete()
    assert auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER) == "complete"
    state = quality(firestore_client, ORG)
    assert state.status is ResultStatus.READY


def test_a_run_that_is_out_of_time_goes_on(
    installation: Services, firestore_client: firestore.Client
) -> None:
    seen = times()
    outcome = auditing.audit_night(
        installation, NOW, clock=lambda: next(seen), stop_at=NOW + timedelta(seconds=3)
    )
    assert outcome == "paused"
    assert audited(firestore_client, ORG)
    assert not audited(firestore_client, OTHER)
    assert auditing.audit_night(installation, LATER, clock=clock(), stop_at=LATER) == "complete"
    assert audited(firestore_client, OTHER)


def test_an_organisation_all_of_whose_events_were_lost_is_audited(
    installation: Services, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "SETTLE", timedelta(0))
    order = {"status": "completed", "createdAt": days_ago(3), "totals": {"total": 5}, "items": []}
    orders = firestore_client.collection(paths.ORDERS)
    orders.document("lost").set({**order, "brandId": "org_new"})
    for number, odd in enumerate(("a_location", " ", "a/b", "..")):
        orders.document(f"odd{number}").set({**order, "orgId": ORG, "brandId": odd})
    assert night(installation, NOW) == "complete"
    assert firestore_client.document(paths.ledger_entry("lost")).get().get("org_id") == "org_new"
    state = quality(firestore_client, "org_new")
    assert state is not None
    assert state.source_rows == 1
    assert not audited(firestore_client, "a_location")


class PlatformEnds(BaseException):
    """The platform ends the call: nothing that is written below is reached."""


class Nights:
    """Calls every half hour, in each of which the platform ends the audit of some organisations."""

    def __init__(
        self, services: Services, monkeypatch: pytest.MonkeyPatch, *, ended: set[str]
    ) -> None:
        self.services = services
        self.now = NOW
        self.audited: list[str] = []
        whole = auditing.audit_organization

        def audit(services: Services, org_id: str, **more: Any) -> AuditReport:
            self.audited.append(org_id)
            if org_id in ended:
                raise PlatformEnds
            return whole(services, org_id, **more)

        monkeypatch.setattr(auditing, "audit_organization", audit)

    def call(self) -> str:
        """One call; what became of it."""
        self.now += timedelta(minutes=30)
        try:
            return night(self.services, self.now)
        except PlatformEnds:
            return "ended"


def test_an_organisation_whose_audit_is_ended_is_counted_and_holds_up_nobody(
    installation: Services, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights = Nights(installation, monkeypatch, ended={ORG})
    assert [nights.call() for _ in range(4)] == ["ended", "ended", "ended", "failed"]
    assert nights.audited == [ORG, OTHER, ORG, ORG]
    state = quality(firestore_client, ORG)
    assert (state.status, state.last_error) == (ResultStatus.FAILED, "Unfinished")
    other = quality(firestore_client, OTHER)
    assert other.status is ResultStatus.READY
    job, _ = FirestoreJobs(firestore_client).load(auditing.JOB)
    assert job is not None
    assert (job.status, job.last_error) == (JobStatus.FAILED, "failed for some organisations")
    assert job.cursor == {
        "begun": None,
        "attempts": {ORG: 3, OTHER: 1},
        "done": [OTHER],
        "orders": 4,
    }


def test_who_failed_last_night_comes_last(
    installation: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights = Nights(installation, monkeypatch, ended={ORG})
    assert [nights.call() for _ in range(4)][-1] == "failed"
    nights.now += timedelta(days=1)
    nights.audited.clear()
    assert nights.call() == "ended"
    assert nights.audited == [OTHER, ORG]


def test_who_fails_is_tried_three_times_a_night_and_counts_where_a_call_ends_early(
    installation: Services, firestore_client: firestore.Client
) -> None:
    firestore_client.document(paths.segment_rules(ORG)).set({"revision": "damaged"})
    seen = times()
    outcome = auditing.audit_night(
        installation, NOW, clock=lambda: next(seen), stop_at=NOW + timedelta(seconds=3)
    )
    assert outcome == "paused"
    for call in range(1, 5):
        now = LATER + timedelta(hours=call)
        assert night(installation, now) == "failed"
    job, _ = FirestoreJobs(firestore_client).load(auditing.JOB)
    assert job is not None
    assert job.cursor["attempts"] == {ORG: 3, OTHER: 1}


def times(start: datetime = NOW) -> Iterator[datetime]:
    """Every look at the clock takes a second."""
    for second in range(1000):
        yield start + timedelta(seconds=second)


def test_the_tool_says_what_is_left(
    installation: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(auditing, "SETTLE", timedelta(0))
    monkeypatch.setattr(tool, "utc_now", lambda: NOW)
    monkeypatch.setattr(tool, "connect", lambda project, warehouse: installation)
    with pytest.raises(typer.Exit) as ended:
        tool.main(org=ORG, repair=False)
    assert ended.value.exit_code == 1
    told = capsys.readouterr().out
    assert "export_complete" in told
    assert "export order_0001" in told

    tool.main(org=ORG)
    tool.main(org=ORG, repair=False)


def test_a_warehouse_that_is_away_is_told_in_every_report(
    installation: Services, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditing.audit_night(installation, NOW, clock=clock(), stop_at=LATER)
    before = quality(firestore_client, ORG)

    def away() -> None:
        raise ConnectionError("with some detail")

    warehouse = installation.warehouse()
    monkeypatch.setattr(warehouse, "refresh_facts", away)
    tomorrow = NOW + timedelta(days=1)
    with pytest.raises(ConnectionError):
        auditing.audit_night(
            replace(installation, warehouse=lambda: warehouse),
            tomorrow,
            clock=lambda: tomorrow,
            stop_at=tomorrow + timedelta(hours=1),
        )
    for org_id in (ORG, OTHER):
        state = quality(firestore_client, org_id)
        assert (state.status, state.last_error) == (ResultStatus.FAILED, "ConnectionError")
        assert state.computed_at == before.computed_at


def test_an_export_that_is_switched_off_is_reported_and_left_alone(
    installation: Services, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "SETTLE", timedelta(0))
    off = replace(installation, settings=replace(installation.settings, export_enabled=False))
    assert auditing.audit_night(off, NOW, clock=clock(), stop_at=LATER) == "complete"
    assert off.warehouse().order_counts() == {}
    state = quality(firestore_client, ORG)
    export = state.summary["checks"][1]
    assert (export["drift"], export["repaired"], export["remaining"]) == (4, 0, 4)
