"""The audit of a night: one task per organisation, each of which reports for itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from google.cloud import firestore

from shared.audit import job as auditing
from shared.audit.report import AuditReport, Check
from shared.firestore import paths
from shared.kernel.errors import QueueError
from shared.nightly.dispatch import Task
from shared.nightly.job_run import JobStatus
from shared.nightly.result import ResultStatus
from shared.reconciliation.stores import order_source
from tests.audit.audit_costs import AUDIT_CALLS
from tests.audit.job.night import HOUR, Night, quality
from tests.support.dashboard import Dashboard
from tests.support.memory_queue import MemoryQueue
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago, item, key_of

AS_OF = NOW.isoformat().replace("+00:00", "Z")
EMPTY = AuditReport(org_id=ORG, orders=0, checks=())


def test_all_organisations(night: Night, firestore_client: firestore.Client) -> None:
    assert night.dispatch() == "complete"
    assert {task.org_id for task in night.queue.waiting} == {ORG, OTHER}
    assert (night.job.status, night.job.due_at) == (JobStatus.COMPLETE, NOW)
    assert night.run() == {ORG: 200, OTHER: 200}
    for org in (ORG, OTHER):
        state = quality(firestore_client, org)
        assert (state.status, state.source_rows) == (ResultStatus.READY, 4)
        assert state.lag_seconds == 11 * 3600
        export = state.summary["checks"][1]
        assert (export["check"], export["expected"]) == ("export_complete", 4)
        assert len(state.summary["checks"]) == len(Check)
        done = night.state(org)
        assert (done.status, done.source_rows, done.attempt) == (JobStatus.COMPLETE, 4, 1)
    assert night.dispatch() == "nothing due"


def test_the_place_of_the_rolling_part_is_kept_in_the_report(
    night: Night, audit: Callable[..., int], firestore_client: firestore.Client
) -> None:
    """Each night continues where the previous one stopped; an audit of everything keeps the
    place."""
    places = []
    for day in (days_ago(2), days_ago(1)):
        night.dispatch(day)
        night.run()
        report = quality(firestore_client, ORG).summary
        assert report["depth"] == "nightly"
        places.append(report["place"])
    assert [place["slice"] for place in places] == [1, 2]
    assert places[0]["after"] < places[1]["after"]
    assert audit(org=ORG) == 0
    report = quality(firestore_client, ORG).summary
    assert (report["depth"], report["place"]) == ("everything", places[1])


def test_facts_that_disagree_with_what_is_stored_are_made_in_full_by_the_next_night(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    """A base that was damaged served for a week, and every night reported the same drift."""
    night.dispatch(days_ago(2))
    night.run()
    night.dispatch(days_ago(1))
    warehouse = night.services.warehouse()
    summaries = f"{warehouse.dataset.dataset_id}.audit_summaries_{warehouse.facts}"
    damage = f"UPDATE `{summaries}` SET amount_cents = 7 WHERE kind = 'counted'"
    warehouse.client.query(damage).result()
    caplog.set_level("INFO", logger="segments")
    night.run()
    export = quality(night.services.client, ORG).summary["checks"][1]
    assert (export["drift"], export["remaining"]) == (1, 1)
    assert "facts_distrusted" in [each.getMessage() for each in caplog.records]
    caplog.clear()
    night.dispatch(NOW)
    made = [vars(each)["fields"] for each in caplog.records if each.getMessage() == "facts_made"]
    assert [fields["in_full"] for fields in made] == [True]
    night.run()
    assert quality(night.services.client, ORG).summary["checks"][1]["drift"] == 0


def test_what_orders_are_noticed_for_is_reported_by_organisation(
    night: Night, shop: Shop, dashboard: Dashboard
) -> None:
    """Nothing showed the ledger's warnings, nor who is a placeholder in all but name."""
    for number in range(51):
        shop.order("till@example.org", 5, at=NOW - timedelta(minutes=number), id=f"till_{number}")
    shop.order("a@example.org", items=[item("p1", 5), {**item("p2", 5), "price": "dear"}], id="o1")
    shop.order("b@example.org", items=[{**item("p1", 5), "price": "?"}], id="o2", at=days_ago(2))
    shop.order("c@example.org", status="canceled", id="o3")
    shop.order("d@example.org", status="no such status", id="o4")
    shop.order("e@example.org", status="canceled", id="theirs", org=OTHER)

    # The first night exports these orders, and the second finds them in the export.
    for day in (days_ago(1), NOW):
        night.dispatch(day)
        night.run()

    # Only the next audit finds what comes after this one, and the answer says which it was.
    shop.order("f@example.org", status="canceled", id="later")
    answer = dashboard.get("/v1/analytics/quality")
    assert (answer["computedAt"], answer["status"]) == (AS_OF, "ready")
    assert answer["findings"] == [
        {"kind": kind, "code": code, "orders": len(ids), "newestOrderIds": ids}
        for kind, code, ids in (
            ("warning", "items[].price", ["o1", "o2"]),
            ("exclusion", "cancelled", ["o3"]),
            ("exclusion", "unknown_status", ["o4"]),
            ("rejection", "status_unknown", ["o4"]),
        )
    ]
    key = key_of("till@example.org")
    assert answer["busyCustomers"] == [
        {"customerKey": key, "date": NOW.date().isoformat(), "orders": 51}
    ]


def test_dispatching_costs_six_reads_and_a_write_per_organisation(
    night: Night, firestore_client: firestore.Client
) -> None:
    """A day's list of organisations and of their nights; a night that is due, and its settings.

    The values of each field of orders are the same for all of them.
    """
    night.dispatch()
    with metered(firestore_client) as few:
        night.dispatch(NOW + timedelta(days=1))
    for number in range(30):
        firestore_client.document(paths.analytics_settings(f"org_{number:02}")).set({})
    night.dispatch(NOW + timedelta(days=2))
    with metered(firestore_client) as many:
        night.dispatch(NOW + timedelta(days=3))
    assert len(night.queue.waiting) == 4 * 2 + 2 * 30
    assert many.documents_read - few.documents_read == 30 * (2 + 1 + 3)
    assert sum(many.calls.values()) - sum(few.calls.values()) == 30
    # The day's list, and the run, begun and done; between, the run notes its tables.
    assert (many.documents_written, few.documents_written) == (5 + 32, 5 + 2)


def test_tasks_that_wait_when_the_switch_is_turned_off_do_nothing(
    night: Night, firestore_client: firestore.Client
) -> None:
    night.dispatch()
    settings = replace(night.services.settings, compute_enabled=False)
    night.services = replace(night.services, settings=settings)
    with metered(firestore_client) as meter:
        assert night.run() == {ORG: 200, OTHER: 200}
    assert sum(meter.calls.values()) == 0


def test_a_task_costs_two_reads_and_two_writes_beside_the_audit(
    night: Night, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.dispatch()
    task = night.task(ORG)
    with monkeypatch.context() as patched:
        patched.setattr(auditing, "run_audit_task", lambda *args, **more: 0)
        with metered(firestore_client) as meter:
            assert night.deliver(task) == 200
    assert (meter.documents_read, meter.documents_written) == (2, 2)
    assert meter.calls == {"list_collection_ids": 1, "batch_get_documents": 1, "commit": 2}
    with metered(firestore_client) as meter:
        assert night.deliver(task) == 200
    assert (meter.documents_read, meter.documents_written) == (2, 0)


def test_the_calls_of_an_organisation_s_audit_are_counted(
    night: Night, firestore_client: firestore.Client
) -> None:
    """Of four orders and three customers, nothing wrong: as many calls for any number of others."""
    night.dispatch()
    night.run()
    night.dispatch(NOW + timedelta(days=1))
    task = night.task(ORG)
    with metered(firestore_client) as meter:
        assert night.deliver(task) == 200
    assert night.state(ORG).status is JobStatus.COMPLETE
    assert sum(meter.calls.values()) <= AUDIT_CALLS
    assert meter.documents_read <= 76
    # The task begun and done, and the report.
    assert meter.documents_written == meter.calls["commit"] == 3


def test_an_organisation_whose_audit_fails_says_why_and_holds_up_no_other(
    night: Night, firestore_client: firestore.Client
) -> None:
    rules = firestore_client.document(paths.segment_rules(ORG))
    rules.set({"revision": "damaged"})
    night.dispatch()
    task = night.task(ORG)
    assert night.run() == {ORG: 500, OTHER: 200}
    for attempt in range(2, 7):
        assert night.deliver(task, attempt) == 500
    state = quality(firestore_client, ORG)
    assert (state.status, state.last_error) == (ResultStatus.FAILED, "UnreadableRulesError")
    failed = night.state(ORG)
    assert (failed.status, failed.last_error) == (JobStatus.FAILED, "UnreadableRulesError")
    assert (failed.attempt, failed.failures) == (6, 6)
    assert quality(firestore_client, OTHER).status is ResultStatus.READY

    rules.delete()
    assert night.deliver(task, 7) == 200
    assert quality(firestore_client, ORG).status is ResultStatus.READY


def test_an_organisation_all_of_whose_events_were_lost_is_audited(
    night: Night, firestore_client: firestore.Client
) -> None:
    order = {"status": "completed", "createdAt": days_ago(3), "totals": {"total": 5}, "items": []}
    orders = firestore_client.collection(paths.ORDERS)
    orders.document("lost").set({**order, "brandId": "org_new"})
    for number, odd in enumerate(("a_location", " ", "a/b", "..")):
        orders.document(f"odd{number}").set({**order, "orgId": ORG, "brandId": odd})
    assert night.dispatch() == "complete"
    assert night.run() == {ORG: 200, OTHER: 200, "org_new": 200}
    assert firestore_client.document(paths.ledger_entry("lost")).get().get("org_id") == "org_new"
    assert quality(firestore_client, "org_new").source_rows == 1


def test_organizations_known_by_their_orders_alone_are_found_between_many_known_ones(
    night: Night, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_source, "VALUES_IN_A_ROW", 3)
    known = [f"org_{number:02}" for number in range(0, 40, 2)]
    writer = firestore_client.bulk_writer()
    for number in range(41):
        order = {"brandId" if number % 3 else "orgId": f"org_{number:02}", "status": "completed"}
        writer.set(firestore_client.document(paths.order(f"order_{number}")), order)
    writer.close()
    actual = order_source.ordering_organizations(firestore_client, str, known)
    assert actual == {ORG, OTHER, "org_40", *(f"org_{number:02}" for number in range(1, 40, 2))}


def test_a_night_that_version_0_3_has_begun_is_gone_on_with(night: Night) -> None:
    """Its cursor names organisations, so the tables are rebuilt."""
    due_at = NOW.replace(hour=1)
    night.services.client.document(paths.job(auditing.JOB.name)).set(
        {
            "name": auditing.JOB.name,
            "due_at": due_at,
            "status": "failed",
            "started_at": due_at,
            "lease_until": None,
            "failures": 5,
            "cursor": {"begun": None, "attempts": {ORG: 3}, "done": [OTHER], "orders": 4},
            "computed_at": None,
            "source_rows": None,
            "lag_seconds": None,
            "last_error": "failed for some organisations",
        }
    )
    assert night.dispatch() == "complete"
    assert night.run() == {ORG: 200, OTHER: 200}


def test_overdue_customers_outside_the_queue_are_queued(
    night: Night, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Customers stored by version 0.3 have no place in the queue."""
    customer = firestore_client.document(paths.customer(ORG, key_of("p0@example.org")))
    placed = customer.get().get("ageing")
    customer.update({"next_transition_at": days_ago(1), "ageing": firestore.DELETE_FIELD})
    night.dispatch()
    # The checks would rewrite the document because its instant is wrong.
    monkeypatch.setattr(auditing, "audit_night", lambda *args, **more: EMPTY)
    night.run()
    assert customer.get().get("ageing") == {**placed, "try_at": days_ago(1)}


def test_a_queue_that_is_away_is_dispatched_to_again_and_makes_no_new_tables(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(MemoryQueue):
        def enqueue(self, task: Task) -> bool:
            if task.org_id == ORG:
                raise QueueError("UNAVAILABLE")
            return super().enqueue(task)

    monkeypatch.setattr("shared.kernel.retries.FIRST_SECONDS", 0)
    away = Away()
    night.services = replace(night.services, queue=lambda: away)
    assert night.dispatch() == "failed"
    assert (night.job.status, night.job.last_error) == (JobStatus.FAILED, "QueueError")
    for _ in range(6):
        assert night.dispatch() == "failed", "no number of failures ends the night"

    def remade(org_ids: object) -> str:
        raise AssertionError("the tables of the night are there")

    monkeypatch.setattr(night.services.warehouse(), "refresh_facts", remade)
    night.services = replace(night.services, queue=lambda: night.queue)
    assert night.dispatch() == "complete"
    assert night.job.last_error is None
    assert {task.org_id for task in night.queue.waiting} == {ORG, OTHER}


def test_a_dispatch_that_is_out_of_time_goes_on(night: Night) -> None:
    looks = iter([NOW, NOW, NOW, NOW])
    outcome = auditing.dispatch_audits(
        night.services, NOW, clock=lambda: next(looks, NOW + HOUR), stop_at=NOW
    )
    assert outcome == "paused"
    assert night.dispatch() == "complete"
    assert len(night.queue.waiting) == 2
