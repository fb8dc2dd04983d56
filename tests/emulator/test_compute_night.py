"""The nightly computation with every question, from the export to what pages read."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import auditing
from functions.computing import JOB, NIGHT, compute_night
from functions.services import Services, build_services
from shared.computing.job import JobStatus, newest_due
from shared.computing.questions import QUESTIONS
from shared.computing.result import ResultStatus
from shared.settings import Settings
from shared.storage import paths
from shared.storage.changes import changes
from shared.storage.job_store import FirestoreJobs
from shared.storage.result_store import ResultReader
from shared.warehouse.warehouse import Warehouse
from tests.support.copied import Documents, documents_of, write_copy
from tests.support.metered import metered
from tests.support.own_data import own_client, own_warehouse
from tests.support.warehouse_facts import fact_row

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SECRET = b"a secret of at least thirty-two bytes"
LINES = [("p1", "Blue", "Flower", 1000, 500), ("p2", "Tin", "Edibles", 1000, 500)]


class Failing(Warehouse):
    """A warehouse whose queries of one name fail."""

    failing = ""
    asked = 0

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        self.asked += 1
        if sql == self.failing:
            raise ConnectionError("with some detail")
        return super().rows(sql, parameters)


def view(warehouse: Warehouse) -> Failing:
    """The same tables."""
    return Failing(warehouse.client, warehouse.dataset.dataset_id, maximum_bytes_billed=10**9)


def export_orders(warehouse: Warehouse) -> None:
    """Those of two of the organisations, and of one that is not there."""
    warehouse.append(
        [
            fact_row(
                f"{org}{number}",
                org_id=org,
                customer=f"c{number % 7}",
                ordered_at=NOW - timedelta(days=number * 9),
                lines=LINES,
                event_id=f"{org}{number}",
            )
            for org in ("north", "south", "unheard_of")
            for number in range(20)
        ]
    )


def built(client: firestore.Client, warehouse: Warehouse) -> Services:
    services = build_services(client, Settings(settings_refresh_seconds=0), SECRET)
    return replace(services, warehouse=lambda: warehouse)


def before_the_first_night(client: firestore.Client, warehouse: Warehouse) -> Services:
    """An installation of three organisations."""
    for org in ("north", "south", "without_orders"):
        client.document(paths.segment_counts_shard(org, "0")).set({"changes": 1})
    client.document(paths.analytics_settings("south")).set({"timeZone": "Asia/Tokyo"})
    return built(client, warehouse)


@pytest.fixture(scope="module")
def exported(bigquery_host: str) -> Iterator[Warehouse]:
    """The orders, for tests that add none."""
    with own_warehouse() as warehouse:
        export_orders(warehouse)
        yield warehouse


@pytest.fixture(scope="module")
def computed(firestore_emulator: str, exported: Warehouse) -> Documents:
    """What the first night leaves."""
    with own_client() as client:
        assert night(before_the_first_night(client, exported)) == "complete"
        return documents_of(client)


@pytest.fixture
def failing(exported: Warehouse) -> Failing:
    return view(exported)


@pytest.fixture
def services(firestore_client: firestore.Client, failing: Failing) -> Services:
    return before_the_first_night(firestore_client, failing)


@pytest.fixture
def a_night_later(
    firestore_client: firestore.Client, failing: Failing, computed: Documents
) -> Services:
    write_copy(computed, firestore_client)
    return built(firestore_client, failing)


def night(services: Services, now: datetime = NOW) -> str:
    return compute_night(services, now, clock=lambda: now, stop_at=now + timedelta(minutes=8))


def states(services: Services, org: str) -> dict[str, dict[str, Any]]:
    folder = services.client.collection(f"{paths.TENANTS}/{org}/{paths.ANALYTICS}")
    return {snapshot.id: snapshot.to_dict() or {} for snapshot in folder.stream()}


def test_when_a_night_is_due() -> None:
    due = datetime(2026, 3, 10, 3, tzinfo=UTC)
    assert newest_due(NIGHT, NOW) == newest_due(NIGHT, due) == due
    assert newest_due(NIGHT, due - timedelta(minutes=1)) == due - timedelta(days=1)


def test_what_is_computed_is_of_an_export_that_was_put_right() -> None:
    assert auditing.NIGHT < NIGHT


def test_every_organisation_gets_every_result_once_a_night(a_night_later: Services) -> None:
    found = {org: states(a_night_later, org) for org in ("north", "south", "without_orders")}
    assert found["north"].keys() == found["south"].keys() == found["without_orders"].keys()
    assert len(found["north"]) >= len(QUESTIONS)
    for org, orders in (("north", 20), ("south", 20), ("without_orders", 0)):
        for name, state in found[org].items():
            assert (state["status"], state["source_rows"]) == ("ready", orders), name
            assert state["computed_at"] == NOW
            assert state["lag_seconds"] == 9 * 3600
    assert not states(a_night_later, "unheard_of")
    job, _ = FirestoreJobs(a_night_later.client).load(JOB)
    assert job is not None
    assert (job.status, job.source_rows) == (JobStatus.COMPLETE, 40)

    with metered(a_night_later.client) as meter:
        assert night(a_night_later, NOW + timedelta(minutes=30)) == "nothing due"
    assert (meter.documents_read, meter.documents_written) == (1, 0)


def test_pages_are_made_anew_after_the_night(services: Services) -> None:
    before = changes(services.client, "north")
    night(services)
    assert changes(services.client, "north") > before


@pytest.mark.parametrize("question", [QUESTIONS[0], QUESTIONS[-1]], ids=lambda each: each.name)
def test_a_failed_night_leaves_the_last_result_and_says_that_it_is_stale(
    a_night_later: Services, failing: Failing, question: Any
) -> None:
    before = states(a_night_later, "north")
    failing.failing = question.sql
    assert night(a_night_later, LATER) == "failed"
    reader = ResultReader(a_night_later.client, "north")
    names = {name for name, state in states(a_night_later, "north").items() if state["last_error"]}
    assert names, "somewhere it must be seen"
    for name in before:
        state = reader.state(name)
        assert state is not None
        if name in names:
            assert (state.status, state.last_error) == (ResultStatus.FAILED, "ConnectionError")
            assert state.computed_at == NOW
            assert state.stale(LATER)
            assert state.generation == before[name]["generation"]
        else:
            assert state.computed_at == LATER
    job, _ = FirestoreJobs(a_night_later.client).load(JOB)
    assert job is not None
    assert job.status is JobStatus.FAILED
    assert question.name in (job.last_error or "")

    failing.failing = ""
    assert night(a_night_later, LATER + timedelta(minutes=30)) == "complete"
    assert {state["status"] for state in states(a_night_later, "north").values()} == {"ready"}


def test_all_questions_of_a_night_see_the_same_facts_whatever_an_audit_finds_between_two_calls(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    """An order that an audit adds to the export is in all results of the night, or in none."""
    export_orders(warehouse)
    failing = view(warehouse)
    services = before_the_first_night(firestore_client, failing)

    def clock() -> datetime:
        return NOW if failing.asked < 4 else LATER

    stop_at = NOW + timedelta(minutes=8)
    assert compute_night(services, NOW, clock=clock, stop_at=stop_at) == "paused"
    late = fact_row(
        "late", org_id="north", customer="new", ordered_at=NOW, lines=LINES, event_id="late"
    )
    failing.append([late])
    failing.refresh_facts()
    assert failing.order_counts()["north"] == 21

    assert night(services, NOW + timedelta(hours=1)) == "complete"

    found = states(services, "north")
    assert {state["source_rows"] for state in found.values()} == {20}
    assert {state["computed_at"] for state in found.values()} == {NOW}
    assert found["affinity"]["summary"]["orders"] == 20


def test_a_warehouse_that_is_away_leaves_the_last_results_and_says_that_they_are_stale(
    a_night_later: Services, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = states(a_night_later, "north")

    def away() -> None:
        raise ConnectionError("with some detail")

    with monkeypatch.context() as patched:
        patched.setattr(failing, "refresh_facts", away)
        with pytest.raises(ConnectionError):
            night(a_night_later, LATER)
    for name, state in states(a_night_later, "north").items():
        told = {"status": "failed", "last_error": "ConnectionError", "attempted_at": LATER}
        assert state == before[name] | told
    assert night(a_night_later, LATER) == "complete"


def test_an_organisation_whose_settings_cannot_be_read_says_so_and_holds_up_nobody(
    a_night_later: Services,
) -> None:
    a_night_later.client.document(paths.segment_rules("north")).set({"custom": "damaged"})
    assert night(a_night_later, LATER) == "complete"
    for state in states(a_night_later, "north").values():
        assert (state["status"], state["computed_at"]) == ("failed", NOW)
        assert state["last_error"] == "UnreadableRulesError"
    assert {state["computed_at"] for state in states(a_night_later, "south").values()} == {LATER}
