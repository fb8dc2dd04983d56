"""An event that fails to the last leaves its order on a list, from which it is counted later."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import firestore

from functions import schedules, triggers
from functions.triggers import on_order_written
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.unprocessed import LAST_DELIVERIES, retry_unprocessed
from shared.services import Services
from tests.functions.test_schedules import tick
from tests.support.events import call_trigger, order_event
from tests.support.world import NOW as WORLD_NOW
from tests.support.world import SECRET, Order

NOW = datetime.now(UTC)
SHORTLY = timedelta(minutes=1)
ORDER = Order(
    org="org_north",
    email="ada@example.org",
    cents=4000,
    ordered_at=WORLD_NOW - timedelta(days=3),
    phone="555-010-0123",
)


@pytest.fixture
def services(firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    built = build_services(firestore_client, Settings(), SECRET)
    monkeypatch.setattr(triggers, "services", lambda: built)
    monkeypatch.setattr(schedules, "services", lambda: built)
    return built


@pytest.fixture
def broken() -> Iterator[Callable[[], None]]:
    """Commits of orders fail until this is called."""
    context = pytest.MonkeyPatch()

    def fails(*arguments: Any) -> None:
        raise ServiceUnavailable("ada@example.org cannot be stored")

    context.setattr(FirestoreLedgerStore, "commit", fails)
    yield context.undo
    context.undo()


def deliver(services: Services, id: str, order: Order, *, age: timedelta) -> None:
    services.client.document(paths.order(id)).set(order.data())
    event = order_event(services.client, id, None, order.data(), at=datetime.now(UTC) - age)
    call_trigger(on_order_written, event)


def listed(services: Services) -> dict[str, dict[str, Any]]:
    actual = services.client.collection(paths.UNPROCESSED).stream()
    return {snapshot.id: snapshot.to_dict() or {} for snapshot in actual}


def retry(services: Services, now: datetime) -> tuple[int, int]:
    run = retry_unprocessed(
        services.unprocessed,
        services.reconciler,
        clock=lambda: now,
        stop_at=now + timedelta(hours=1),
    )
    assert run.complete
    return run.processed, run.failed


def test_an_event_that_fails_to_the_last_leaves_its_order_on_the_list(
    services: Services, broken: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    """In version 0.3 the platform dropped it after 24 hours, and nothing knew of the order."""
    with pytest.raises(ServiceUnavailable):
        deliver(services, "o1", ORDER, age=LAST_DELIVERIES - SHORTLY)
    assert listed(services) == {}

    deliver(services, "o1", ORDER, age=LAST_DELIVERIES + SHORTLY)

    (report,) = listed(services).values()
    assert report.keys() == {"org_id", "error", "first_failed_at", "last_failed_at"}
    assert (report["org_id"], report["error"]) == ("org_north", "ServiceUnavailable")
    (record,) = [each for each in caplog.records if each.getMessage() == "order_unprocessed"]
    assert (record.levelno, vars(record)["fields"]) == (logging.ERROR, {"order_id": "o1"})

    # Delivered once more, it keeps when it failed first.
    deliver(services, "o1", ORDER, age=LAST_DELIVERIES + SHORTLY)
    (again,) = listed(services).values()
    assert again["first_failed_at"] == report["first_failed_at"]
    assert again["last_failed_at"] > report["last_failed_at"]

    later = NOW + timedelta(hours=1)
    assert retry(services, later) == (0, 1)
    (failed,) = listed(services).values()
    assert (failed["org_id"], failed["last_failed_at"]) == ("org_north", later)

    broken()
    assert retry(services, later) == (1, 0)
    assert listed(services) == {}
    (customer,) = services.client.collection(paths.customers("org_north")).stream()
    assert customer.get("lifetime_value_cents") == 4000


def test_one_order_that_still_fails_holds_up_no_other(
    services: Services, broken: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for id in ("o1", "o2", "o3"):
        deliver(services, id, ORDER, age=LAST_DELIVERIES)
    broken()
    reconcile = services.reconciler.reconcile

    def fails_for_the_second(order_id: str, **hints: Any) -> Any:
        if order_id == "o2":
            raise ServiceUnavailable("on purpose")
        return reconcile(order_id, **hints)

    monkeypatch.setattr(services.reconciler, "reconcile", fails_for_the_second)

    assert retry(services, NOW) == (2, 1)
    assert listed(services).keys() == {"o2"}


def test_a_report_that_comes_during_the_retry_stays(
    services: Services, broken: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(services, "o1", ORDER, age=LAST_DELIVERIES)
    broken()
    reconcile = services.reconciler.reconcile

    def reported_again(order_id: str, **hints: Any) -> Any:
        done = reconcile(order_id, **hints)
        services.unprocessed.report(order_id, "org_north", "ContentionError", NOW)
        return done

    monkeypatch.setattr(services.reconciler, "reconcile", reported_again)
    retry(services, NOW)

    assert listed(services)["o1"]["error"] == "ContentionError"


@pytest.mark.parametrize(("minute", "left"), [(0, 0), (5, 1)])
def test_the_list_is_tried_once_an_hour(
    services: Services, broken: Callable[[], None], minute: int, left: int
) -> None:
    deliver(services, "o1", ORDER, age=LAST_DELIVERIES)
    broken()
    scheduled = NOW.replace(minute=minute, second=0, microsecond=0)

    assert tick(schedules.age_segments, scheduled) == 200

    assert len(listed(services)) == left
