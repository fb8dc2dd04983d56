"""The nightly computation with every question, from the export to what pages read."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.audit import job as auditing
from shared.computation.job import JOB
from shared.computation.questions import PRODUCT_SALES, QUESTIONS
from shared.firestore import paths
from shared.firestore.changes import changes
from shared.nightly.job_run import ENDED, JobStatus
from shared.nightly.question import Scan
from shared.nightly.result import NIGHTLY, Attempt, Result, ResultStatus, attempt_at
from shared.nightly.result_store import ResultReader, ResultWriter
from shared.warehouse.answers import NightAnswers
from shared.warehouse.warehouse import Warehouse
from tests.computation.compute_costs import COMPUTE_CALLS
from tests.computation.nights import (
    LATER,
    LINES,
    NOW,
    ORGANIZATIONS,
    SCANS,
    Night,
    before_the_first_night,
    built,
    export_orders,
    states,
)
from tests.support.metered import metered
from tests.support.warehouse_facts import fact_row, order_counts
from tools import compute as tool


def test_what_is_computed_is_of_an_export_that_was_put_right() -> None:
    assert auditing.JOB.hour < JOB.hour


def test_every_organisation_gets_every_result_once_a_night(second: Night) -> None:
    actual = {org: states(second, org) for org in ORGANIZATIONS}
    assert actual["north"].keys() == actual["south"].keys() == actual["without_orders"].keys()
    assert actual["north"].keys() == {question.name for question in QUESTIONS}
    for org, orders in (("north", 20), ("south", 20), ("without_orders", 0)):
        for name, state in actual[org].items():
            assert (state["status"], state["source_rows"]) == ("ready", orders), name
            assert state["computed_at"] == NOW
            # It is 21:00 in Tokyo.
            assert state["lag_seconds"] == (18 if org == "south" else 9) * 3600
        done = second.state(org)
        assert (done.status, done.source_rows) == (JobStatus.COMPLETE, orders)
    assert not states(second, "unheard_of")
    assert second.job.status is JobStatus.COMPLETE

    with metered(second.client) as meter:
        assert second.dispatch(NOW + timedelta(minutes=30)) == "nothing due"
    assert (meter.documents_read, meter.documents_written) == (3, 0)


def test_pages_are_recomputed_after_the_night(night: Night) -> None:
    before = changes(night.client, "north")
    night.run()
    assert changes(night.client, "north") > before


def test_a_task_costs_a_read_and_a_commit_per_result_and_few_calls(
    second: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two reads and two writes for the task, a touch for the pages, and one query.

    And for the products: a read for the chunk of the last result, and two for each.
    """
    assert second.dispatch(LATER) == "complete"
    queries = []
    run = Warehouse.run

    def counted(warehouse: Warehouse, text: str, parameters: Any) -> Any:
        queries.append(text)
        return run(warehouse, text, parameters)

    monkeypatch.setattr(Warehouse, "run", counted)
    with metered(second.client) as meter:
        assert second.deliver(second.task("north")) == 200
    assert len(queries) == 1
    results = len(QUESTIONS)
    assert meter.calls == {
        "list_collection_ids": 1,
        "batch_get_documents": 4,
        "commit": 3 + results,
    }
    assert sum(meter.calls.values()) == COMPUTE_CALLS
    calls_of_a_query = 3
    assert COMPUTE_CALLS + calls_of_a_query <= 30
    products = {line[0] for line in LINES}
    assert meter.documents_read == 2 + results + 1 + 2 * len(products)
    chunks = sum(len(state["first_keys"]) > 0 for state in states(second, "north").values())
    assert meter.documents_written == 3 + results + chunks


def test_dispatching_costs_seven_reads_and_a_write_per_organisation(second: Night) -> None:
    """A day's list of organisations and of their nights; a night that is due, its settings and
    campaigns."""
    with metered(second.client) as few:
        assert second.dispatch(LATER) == "complete"
    for number in range(30):
        second.client.document(paths.analytics_settings(f"org_{number:02}")).set({})
    second.dispatch(LATER + timedelta(days=1))
    with metered(second.client) as many:
        assert second.dispatch(LATER + timedelta(days=2)) == "complete"
    assert many.documents_read - few.documents_read == 30 * (2 + 1 + 3 + 1)
    assert many.documents_written - few.documents_written == 30


@pytest.mark.parametrize("scan", [SCANS[0], SCANS[-1]], ids=lambda each: each.name)
def test_a_failed_scan_leaves_the_last_results_and_says_that_they_are_stale(
    second: Night, failing: set[str], scan: Scan
) -> None:
    before = states(second, "north")
    concerned = {question.name for question in scan.questions}
    failing.add(scan.name)
    assert second.run(LATER) == "failed"
    reader = ResultReader(second.client, "north")
    for name in before:
        state = reader.state(name)
        assert state is not None
        if name in concerned:
            assert (state.status, state.last_error) == (ResultStatus.FAILED, "ConnectionError")
            assert state.computed_at == NOW
            assert state.stale(LATER)
            assert state.generation == before[name]["generation"]
        else:
            assert state.computed_at == LATER
    assert second.job.status is JobStatus.FAILED
    assert all(name in (second.job.last_error or "") for name in concerned)

    ready = states(second, "north")
    assert second.run(LATER + timedelta(minutes=30)) == "failed"
    assert second.queue.waiting == []
    assert states(second, "north") == ready, "there is nothing new to tell"

    failing.clear()
    assert second.run(LATER + timedelta(minutes=60)) == "complete"
    after = states(second, "north")
    for name in concerned:
        assert after.pop(name)["computed_at"] == LATER
        ready.pop(name)
    assert after == ready, "what was there already stays"


def test_tasks_of_two_waves_do_not_overtake_each_other(second: Night, failing: set[str]) -> None:
    failing.add("rfm")
    second.dispatch(LATER)
    first = second.task("north")
    second.queue.waiting.clear()
    failing.clear()
    assert second.dispatch(LATER + timedelta(minutes=30)) == "complete"
    later = second.task("north")
    assert second.deliver(later) == 200
    ready = states(second, "north")
    assert {state["status"] for state in ready.values()} == {"ready"}
    assert second.deliver(first) == 200
    assert states(second, "north") == ready


def test_all_questions_of_a_night_see_the_same_facts_whatever_an_audit_finds_between_two_calls(
    firestore_client: firestore.Client, warehouse: Warehouse, failing: set[str]
) -> None:
    """An order that an audit adds to the export is in all results of the night, or in none."""
    export_orders(warehouse)
    night = before_the_first_night(firestore_client, warehouse)
    failing |= {scan.name for scan in SCANS[1:]}
    assert night.run() == "failed"
    late = fact_row(
        "late", org_id="north", customer="new", ordered_at=NOW, lines=LINES, event_id="late"
    )
    warehouse.append([late])
    warehouse.refresh_facts()
    assert order_counts(warehouse)["north"] == 21

    failing.clear()
    assert night.run(NOW + timedelta(hours=1)) == "complete"

    actual = states(night, "north")
    assert {state["source_rows"] for state in actual.values()} == {20}
    assert {state["computed_at"] for state in actual.values()} == {NOW}
    assert actual["affinity"]["summary"]["orders"] == 20


def test_a_task_that_comes_after_its_tables_are_gone_changes_no_result(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    export_orders(warehouse)
    night = before_the_first_night(firestore_client, warehouse)
    night.run()
    night.dispatch(LATER)
    task = night.task("north")
    for table in warehouse.client.list_tables(warehouse.dataset):
        # The emulator deletes no view this way; each is of tables that are gone, then.
        if table.table_id.endswith(task.detail("facts")) and table.table_type == "TABLE":
            warehouse.client.delete_table(table)
    before = states(night, "north")
    assert night.deliver(task) == 500
    failure = {"status": "failed", "last_error": "NotFound", "attempted_at": LATER}
    assert states(night, "north") == {name: state | failure for name, state in before.items()}
    assert night.state("north").status is JobStatus.FAILED


def test_a_result_of_newer_facts_stays(second: Night) -> None:
    """A person computed while the task was waiting."""
    second.dispatch(LATER)
    task = second.task("north")
    newer = LATER + timedelta(hours=1)
    writer = ResultWriter(second.client)
    for question in QUESTIONS:
        writer.publish(
            "north", Result(name=question.name, entries=[]), attempt_at(newer, due_at=newer), 7
        )
    second.now = newer + timedelta(minutes=1)
    assert second.deliver(task) == 200
    assert {state["source_rows"] for state in states(second, "north").values()} == {7}


def test_a_warehouse_that_is_away_leaves_the_last_results_and_says_that_they_are_stale(
    second: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = states(second, "north")

    def away(warehouse: Warehouse, org_ids: object) -> str:
        raise ConnectionError("with some detail")

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "refresh_facts", away)
        for _ in range(2):
            with pytest.raises(ConnectionError):
                second.run(LATER)
            assert second.job.status is JobStatus.FAILED
        assert len(second.queue.waiting) == len(ORGANIZATIONS), "once a night"
        second.queue.run(second.deliver)
    told = {"status": "failed", "last_error": "ConnectionError", "attempted_at": LATER}
    assert states(second, "north") == {name: state | told for name, state in before.items()}
    assert second.run(LATER) == "complete"
    assert {state["status"] for state in states(second, "north").values()} == {"ready"}


def test_an_organisation_whose_settings_cannot_be_read_says_so_and_holds_up_nobody(
    second: Night,
) -> None:
    rules = second.client.document(paths.segment_rules("north"))
    rules.set({"custom": "damaged"})
    assert second.dispatch(LATER) == "complete"
    task = second.task("north")
    second.queue.run(second.deliver)
    for state in states(second, "north").values():
        assert (state["status"], state["computed_at"]) == ("failed", NOW)
        assert state["last_error"] == "UnreadableRulesError"
    assert {state["computed_at"] for state in states(second, "south").values()} == {LATER}
    assert second.state("north").last_error == "UnreadableRulesError"

    rules.delete()
    assert second.deliver(task, 2) == 500
    for state in states(second, "north").values():
        assert (state["computed_at"], state["last_error"]) == (NOW, "NotAskedError")


def test_settings_that_change_before_the_task_do_not_label_older_answers(second: Night) -> None:
    before = states(second, "north")["churn"]["summary"]["thresholds_version"]
    second.dispatch(LATER)
    thresholds = {"segmentThresholds": {"loyal_minOrders": 3}}
    second.client.document(paths.loyalty_settings("north")).set(thresholds)
    settings = second.services.organizations.refreshed("north")
    assert settings.thresholds.version != before
    second.queue.run(second.deliver)
    churn = states(second, "north")["churn"]
    assert (churn["computed_at"], churn["summary"]["thresholds_version"]) == (LATER, before)


def test_a_task_that_the_platform_ended_says_so_until_its_next_attempt(
    second: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    second.dispatch(LATER)
    task = second.task("north")
    seen: list[set[str | None]] = []
    of = NightAnswers.of

    def ended(answers: NightAnswers, org_id: str, questions: Any) -> Any:
        raise KeyboardInterrupt

    def looked(answers: NightAnswers, org_id: str, questions: Any) -> Any:
        seen.append({state["last_error"] for state in states(second, "north").values()})
        return of(answers, org_id, questions)

    with monkeypatch.context() as patched:
        patched.setattr(NightAnswers, "of", ended)
        with pytest.raises(KeyboardInterrupt):
            second.deliver(task)
    monkeypatch.setattr(NightAnswers, "of", looked)
    second.now += timedelta(minutes=1)
    assert second.deliver(task, 2) == 200
    assert seen == [{ENDED}]
    assert {state["status"] for state in states(second, "north").values()} == {"ready"}


def test_tasks_that_wait_heed_the_switch(second: Night) -> None:
    before = states(second, "north")
    second.dispatch(LATER)
    task = second.task("north")
    settings = replace(second.services.settings, compute_enabled=False)
    switched_off = replace(second.services, settings=settings)
    on, second.services = second.services, switched_off
    assert second.deliver(task) == 200
    assert states(second, "north") == before
    second.services = on
    assert second.deliver(task) == 200
    assert states(second, "north") != before


def test_sales_by_product_stop_with_their_switch_and_nothing_else_does(
    second: Night, caplog: pytest.LogCaptureFixture
) -> None:
    item = second.client.document(paths.catalogue_item("north", "p1"))
    item.set({"name": "As the shop has it"})
    before = states(second, "north")
    on = second.services
    off = replace(on.settings, roll_up_enabled=False)
    second.services = replace(on, settings=off)

    assert second.run(LATER) == "complete"

    after = states(second, "north")
    unchanged = {name for name, state in after.items() if state == before[name]}
    assert unchanged == {PRODUCT_SALES.name}
    assert item.get().to_dict() == {"name": "As the shop has it"}
    stored = ResultReader(second.client, "north").state(PRODUCT_SALES.name)
    assert stored
    assert stored.stale(NOW + NIGHTLY)
    (switched_off,) = [
        vars(record)["fields"]
        for record in caplog.records
        if record.getMessage() == "job_switched_off"
    ]
    assert switched_off == {"job": PRODUCT_SALES.name}

    second.services = on
    assert second.run(LATER + timedelta(days=1)) == "complete"

    assert states(second, "north")[PRODUCT_SALES.name]["computed_at"] > before["rfm"]["computed_at"]
    assert (item.get().to_dict() or {})["salesCount"] == 20


def test_one_organisation_does_not_hold_up_the_next(
    second: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = ResultWriter.publish

    def refused(
        writer: ResultWriter, org_id: str, result: Result, attempt: Attempt, source_rows: int
    ) -> None:
        if (org_id, result.name) == ("north", "rfm"):
            raise ValueError("with some detail")
        publish(writer, org_id, result, attempt, source_rows)

    with monkeypatch.context() as patched:
        patched.setattr(ResultWriter, "publish", refused)
        second.dispatch(LATER)
        task = second.task("north")
        second.queue.run(second.deliver)
    actual = states(second, "north")
    assert actual.pop("rfm")["last_error"] == "ValueError"
    assert {state["computed_at"] for state in actual.values()} == {LATER}
    assert {state["status"] for state in states(second, "south").values()} == {"ready"}
    assert second.deliver(task, 2) == 200
    assert states(second, "north")["rfm"]["computed_at"] == LATER


def test_an_installation_without_organizations(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    night = Night(built(firestore_client, warehouse))
    assert night.run() == "nothing due"


def test_the_tool_computes_what_a_night_does(
    second: Night, monkeypatch: pytest.MonkeyPatch, failing: set[str]
) -> None:
    monkeypatch.setattr(tool, "utc_now", lambda: LATER)
    done = tool.compute_now(second.services, [*ORGANIZATIONS])
    assert (done.orders, done.failed) == (40, ())
    for org in ORGANIZATIONS:
        assert {state["computed_at"] for state in states(second, org).values()} == {LATER}

    failing.add("rfm")
    second.client.document(paths.segment_rules("north")).set({"custom": "damaged"})
    monkeypatch.setattr(tool, "utc_now", lambda: LATER + timedelta(days=1))
    done = tool.compute_now(second.services, [*ORGANIZATIONS])
    assert (done.orders, done.failed) == (20, ("north", "rfm"))
