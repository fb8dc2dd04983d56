"""The ledger of a real database, loaded into a real warehouse by the tool."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.audit.export.store import AuditedExport
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.nightly.job_run import JobState, JobStatus
from shared.nightly.job_store import FirestoreJobs
from shared.services import Services
from shared.warehouse import export_backfill, ledger_source, tables
from shared.warehouse.changelog import ChangelogRow, changed_row, document_name
from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tests.support.metered import metered
from tests.support.warehouse_facts import order_counts
from tests.support.world import Order
from tools import export_backfill as tool
from tools.errors import ToolError
from tools.export_backfill import run_export_backfill

NOW = datetime.now(UTC)
SECRET = b"a secret that is only used in tests"
ORDERS = 11


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_source, "PAGE_SIZE", 4)
    monkeypatch.setattr(export_backfill, "LOAD_ROWS", 3)


@pytest.fixture
def services(firestore_client: firestore.Client, warehouse: Warehouse) -> Services:
    """With orders of two organisations, counted before there was an export."""
    built = replace(
        build_services(firestore_client, Settings(), SECRET), warehouse=lambda: warehouse
    )
    for number in range(ORDERS):
        order = Order(
            org="org_south" if number % 4 == 0 else "org_north",
            email="ada@example.org",
            cents=1000 + number,
            ordered_at=NOW - timedelta(days=number),
            broken=number == 5,
        )
        id = f"o{number:02}"
        firestore_client.document(paths.order(id)).set(order.data())
        built.reconciler.reconcile(id)
    return built


def exported(warehouse: Warehouse) -> list[dict[str, Any]]:
    text = f"SELECT * FROM {warehouse.dataset.dataset_id}.{tables.CHANGELOG} ORDER BY document_id"
    return [dict(row) for row in bigquery_client("demo-test").query(text).result()]


def test_every_entry_is_imported_as_it_is(services: Services, warehouse: Warehouse) -> None:
    with metered(services.client) as meter:
        assert run_export_backfill(services, None) == ORDERS

    rows = exported(warehouse)
    assert [row["document_id"] for row in rows] == [f"o{n:02}" for n in range(ORDERS)]
    for row in rows:
        stored = services.client.document(paths.ledger_entry(row["document_id"])).get()
        assert row["document_name"] == stored.reference._document_path
        assert (row["operation"], row["event_id"], row["old_data"]) == ("IMPORT", "", None)
        assert row["timestamp"] == datetime(1970, 1, 1, tzinfo=UTC)
        assert json.loads(row["data"])["amount_cents"] == stored.get("amount_cents")
    # The entries and the state; the state as it begins, after each of four loads, and as it ends.
    assert (meter.documents_read, meter.documents_written) == (ORDERS + 1, 6)
    warehouse.refresh_facts()
    assert order_counts(warehouse) == {"org_north": 7, "org_south": 3}


def test_one_organisations(services: Services, warehouse: Warehouse) -> None:
    assert run_export_backfill(services, "org_south") == 3
    assert [row["document_id"] for row in exported(warehouse)] == ["o00", "o04", "o08"]
    state, _ = FirestoreJobs(services.client).load("export_backfill_org_south")
    assert state is not None
    assert (state.status, state.source_rows) == (JobStatus.COMPLETE, 3)
    assert run_export_backfill(services, "org_nowhere") == 0


def test_what_changes_meanwhile_supersedes_what_is_loaded(
    services: Services, warehouse: Warehouse
) -> None:
    name = document_name(services.client.project, paths.ledger_entry("o01"))
    data = services.client.document(paths.ledger_entry("o01")).get().to_dict() or {}
    changed = {**data, "amount_cents": 77}
    warehouse.append([changed_row(name, event_id="e", at=NOW, existed=True, after=changed)])
    run_export_backfill(services, None)

    warehouse.refresh_facts()
    (newest,) = [row.data for row in AuditedExport(warehouse).exported_orders("org_north", ["o01"])]
    assert json.loads(newest)["amount_cents"] == 77


class KilledError(BaseException):
    """The process ends."""


def test_killed_between_two_loads_it_goes_on_after_the_first(
    services: Services, warehouse: Warehouse
) -> None:
    class Dying:
        def prepare(self) -> None:
            warehouse.prepare()

        def load(self, rows: Iterable[ChangelogRow], *, job_id: str) -> int:
            if exported(warehouse):
                raise KilledError
            return warehouse.load(rows, job_id=job_id)

    dying: Any = Dying()
    with pytest.raises(KilledError):
        run_export_backfill(replace(services, warehouse=lambda: dying), None)
    assert len(exported(warehouse)) == 3

    assert run_export_backfill(services, None) == ORDERS
    assert [row["document_id"] for row in exported(warehouse)] == [
        f"o{n:02}" for n in range(ORDERS)
    ]


def test_begun_anew_rows_are_there_twice_and_count_once(
    services: Services, warehouse: Warehouse
) -> None:
    run_export_backfill(services, None)
    run_export_backfill(services, None, restart=True)
    assert len(exported(warehouse)) == 2 * ORDERS
    warehouse.refresh_facts()
    assert order_counts(warehouse) == {"org_north": 7, "org_south": 3}


def test_a_run_that_another_took_over_says_so(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Overtaken(FirestoreJobs):
        def save(self, state: JobState, revision: object) -> object:
            saved = super().save(state, revision)
            # Somebody else saves, of which this run does not get to know.
            super().save(replace(state, failures=1), saved)
            return saved

    monkeypatch.setattr(tool, "FirestoreJobs", Overtaken)
    with pytest.raises(ToolError, match="Another run has taken over"):
        run_export_backfill(services, None)
