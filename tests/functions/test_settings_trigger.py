"""Writes of an organisation's settings, through the deployed trigger."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import tasks, triggers
from functions.triggers import on_settings_written
from shared.firestore import changes, paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.support.events import call_trigger, document_event
from tests.support.memory_queue import MemoryQueue
from tests.support.tasks import deliver as deliver_task
from tests.support.world import Order, customer_id

NOW = datetime.now(UTC)
SECRET = b"a secret that is only used in tests"
ORG = "org_north"
ADA = customer_id(ORG, "ada@example.org").customer_key


@pytest.fixture(autouse=True)
def services(firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    queue = MemoryQueue()
    built = build_services(firestore_client, Settings(), SECRET)
    services = replace(built, queue=lambda: queue)
    for module in (tasks, triggers):
        monkeypatch.setattr(module, "services", lambda: services)
    for number, days in enumerate((40, 15)):
        order = Order(
            org=ORG,
            email="ada@example.org",
            cents=4000,
            ordered_at=NOW - timedelta(days=days),
        )
        firestore_client.document(paths.order(f"o{number}")).set(order.data())
        services.reconciler.reconcile(f"o{number}")
    return services


def deliver(client: firestore.Client, path: str, content: dict[str, Any] | None) -> None:
    """Write a settings document, where there is anything to write, and deliver its event."""
    reference = client.document(path)
    before = reference.get().to_dict()
    if content is not None:
        reference.set(content)
    event = document_event(client, path, before, content or before)
    call_trigger(on_settings_written, event)


def run_tasks(services: Services) -> list[str]:
    """Run the enqueued tasks; returns the organisation of each."""
    queue = services.queue()
    assert isinstance(queue, MemoryQueue)
    statuses = []
    done = queue.run(lambda task: statuses.append(deliver_task(tasks.reclassifyorganization, task)))
    assert set(statuses) <= {200}
    return [task.org_id for task in done]


def segment(client: firestore.Client) -> str | None:
    actual: str | None = client.document(paths.customer(ORG, ADA)).get().get("segment")
    return actual


@pytest.mark.parametrize(
    "loyalty",
    [
        {"segmentThresholds": {"slipping_minDays": 12}},
        {"segmentThresholds.slipping_minDays": 12, "points": 7},
    ],
)
def test_thresholds_that_the_dashboard_writes_move_its_customers(
    firestore_client: firestore.Client, services: Services, loyalty: dict[str, Any]
) -> None:
    assert segment(firestore_client) == "loyal"

    deliver(firestore_client, paths.loyalty_settings(ORG), loyalty)
    # The rules that this wrote are an event of their own.
    deliver(firestore_client, paths.segment_rules(ORG), None)
    assert segment(firestore_client) == "loyal", "the change itself waits for no customer"

    assert run_tasks(services) == [ORG]
    assert segment(firestore_client) == "slipping"


def test_delivered_again_nothing_happens(
    firestore_client: firestore.Client, services: Services
) -> None:
    loyalty = {"segmentThresholds": {"slipping_minDays": 12}}
    for _ in range(3):
        deliver(firestore_client, paths.loyalty_settings(ORG), loyalty)
        deliver(firestore_client, paths.segment_rules(ORG), None)

    assert services.rules(ORG).current().rules.revision == 1
    assert [each.number for each in services.rules(ORG).versions(limit=9)] == [1]


def test_an_event_that_comes_late_takes_over_what_is_written_now(
    firestore_client: firestore.Client, services: Services
) -> None:
    path = paths.loyalty_settings(ORG)
    old = {"segmentThresholds": {"slipping_minDays": 12}}
    firestore_client.document(path).set({"segmentThresholds": {"slipping_minDays": 13}})

    call_trigger(on_settings_written, document_event(firestore_client, path, None, old))

    assert services.rules(ORG).current().rules.thresholds.slipping_min_days == 13


def test_invalid_thresholds_change_nothing_and_are_logged(
    firestore_client: firestore.Client, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="segments")

    deliver(
        firestore_client,
        paths.loyalty_settings(ORG),
        {"segmentThresholds": {"slipping_minDays": 99}},
    )

    assert services.rules(ORG).current().rules.revision == 0
    assert [record.getMessage() for record in caplog.records] == ["setting_invalid"]
    assert segment(firestore_client) == "loyal"


@pytest.mark.parametrize("name", ["loyalty", "analytics"])
def test_pages_are_recomputed_after_a_change_of_settings(
    firestore_client: firestore.Client, name: str
) -> None:
    before = changes.changes(firestore_client, ORG)

    deliver(firestore_client, f"tenants/{ORG}/settings/{name}", {"timeZone": "Europe/Berlin"})

    assert changes.changes(firestore_client, ORG) > before


def test_other_settings_are_left_alone(firestore_client: firestore.Client) -> None:
    before = changes.changes(firestore_client, ORG)

    deliver(firestore_client, f"tenants/{ORG}/settings/playbooks", {"winback": True})

    assert changes.changes(firestore_client, ORG) == before


def test_saving_through_the_api_and_the_trigger_agree(
    firestore_client: firestore.Client, services: Services
) -> None:
    services.rules(ORG).save_thresholds(
        Thresholds(slipping_min_days=12), by="ann", source=ThresholdSource.API
    )
    for path in (paths.loyalty_settings(ORG), paths.segment_rules(ORG)):
        deliver(firestore_client, path, None)

    assert services.rules(ORG).current().rules.revision == 1
    assert run_tasks(services) == [ORG]
    assert segment(firestore_client) == "slipping"


def test_two_changes_within_a_second_are_two_tasks(
    firestore_client: firestore.Client, services: Services
) -> None:
    """An event may be dated to the second only: the task of the second change was no new one."""
    second = NOW.replace(microsecond=0)
    path, rules = paths.segment_rules(ORG), {"revision": 0}
    for microsecond in (1, 2):
        at = second.replace(microsecond=microsecond)
        event = document_event(firestore_client, path, rules, rules, at=at)
        event["time"] = second.isoformat().replace("+00:00", "Z")
        call_trigger(on_settings_written, event)
    queue = services.queue()
    assert isinstance(queue, MemoryQueue)
    assert len(queue.waiting) == 2
