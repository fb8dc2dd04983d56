"""Custom segments that were created and deleted again leave nothing behind that costs anything."""

from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.history import past
from shared.reconciliation.reclassification import Reclassifier
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.services import Services
from tests.history.past_world import define
from tests.support.dashboard import Dashboard
from tests.support.metered import Plan, failing, metered
from tests.support.shop import NOW, ORG, Shop, days_ago
from tools.rebuild import run_rebuild

WINDOW = {"from": "2026-10-01", "to": "2026-11-23"}
PAST: list[tuple[str, dict[str, str]]] = [
    ("/v1/segments", {"at": "2026-11-23"}),
    ("/v1/segments", {"at": "2026-11-23", "include": "customSegments"}),
    ("/v1/segments/history", WINDOW),
    ("/v1/segments/history", WINDOW | {"include": "customSegments"}),
    ("/v1/analytics/transitions", WINDOW),
]
KEPT = "cs_ffffffffffff"


@pytest.fixture
def customers(shop: Shop) -> None:
    for number in range(5):
        shop.order(f"p{number}@example.org", at=days_ago(40))
        shop.order(f"p{number}@example.org", at=days_ago(5))


def settle(services: Services) -> None:
    """Evaluate all customers, and look once more when nobody has the older rules in memory."""
    store = FirestoreReclassifications(services.client, services.store)
    assert Reclassifier(
        store, services.organizations, clock=lambda: NOW, settle_after=timedelta(0)
    ).run(ORG, NOW + timedelta(hours=1))


def create_and_delete(services: Services, count: int) -> None:
    """All customers enter them and leave them."""
    ids = [f"cs_{number:012x}" for number in range(count)]
    for id in ids:
        define(services, id, ORG)
    settle(services)
    assert counts(services.client)["custom"].keys() >= set(ids)
    for id in ids:
        services.rules(ORG).change_custom_segment(id, lambda rules, before, at: None)
    settle(services)


def counts(client: firestore.Client) -> dict[str, dict[str, Any]]:
    """Keys of the maps of all shards, with their sums."""
    sums: dict[str, dict[str, Any]] = {"custom": {}, "rules": {}}
    for shard in client.collection(paths.segment_counts(ORG)).stream():
        document = shard.to_dict() or {}
        for id, counted in document.get("custom", {}).items():
            sums["custom"][id] = sums["custom"].get(id, 0) + counted["customers"]
        for key, customers in document.get("rules", {}).items():
            sums["rules"][key] = sums["rules"].get(key, 0) + customers
    return sums


def test_reads_of_the_past_do_not_grow_with_segments_that_were_deleted(
    dashboard: Dashboard,
    services: Services,
    customers: None,
    firestore_client: firestore.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What changes custom segments alone is not looked at one by one either.
    monkeypatch.setattr(past, "MAX_TRANSITIONS", 20)
    define(services, KEPT, ORG)
    settle(services)

    def reads() -> tuple[list[Any], list[tuple[int, int]]]:
        answers, costs = [], []
        for path, query in PAST:
            with metered(firestore_client) as meter:
                answers.append(dashboard.get(path, query))
            costs.append((meter.documents_read, meter.calls.total()))
        return answers, costs

    before = reads()
    create_and_delete(services, 30)
    after = reads()

    assert after[1] == before[1]
    for told_before, told_after in zip(before[0], after[0], strict=True):
        for varying in ("asOf", "rulesRevision", "closingAt"):
            told_before.pop(varying, None), told_after.pop(varying, None)
        assert told_after == told_before
    with_custom = after[0][1]["customSegments"]
    assert with_custom == [{"id": KEPT, "count": 5, "lifetimeValue": None}]
    steps = list(firestore_client.collection(paths.transitions(ORG)).stream())
    alone = [step for step in steps if step.get("from_segment") == step.get("to_segment")]
    assert len(alone) == 3 * 5, "the one that is kept, and all others, in and out"


def test_counts_of_deleted_segments_and_past_rules_leave_the_counters(
    dashboard: Dashboard,
    shop: Shop,
    services: Services,
    customers: None,
    firestore_client: firestore.Client,
) -> None:
    define(services, KEPT, ORG)
    create_and_delete(services, 3)

    rest = counts(firestore_client)
    assert rest["custom"] == {KEPT: 5}
    assert list(rest["rules"].values()) == [5]
    shown = dashboard.get("/v1/segments")
    assert (shown["totalCustomers"], shown["stale"]) == (5, False)
    assert [each["count"] for each in shown["customSegments"]] == [5]
    assert run_rebuild(services, ORG).differences == []
    # Dropping them changes no page, and a segment that nobody is in comes back by itself.
    shop.order("new@example.org")
    assert counts(firestore_client)["custom"] == {KEPT: 6}


def test_an_order_that_comes_while_counts_are_dropped_is_not_lost(
    shop: Shop, services: Services, customers: None, firestore_client: firestore.Client
) -> None:
    """An instance still has the deleted segment in memory and adds a customer to it."""
    create_and_delete(services, 1)
    id = "cs_000000000000"
    define(services, id, ORG)
    settle(services)
    other = firestore.Client(project=firestore_client.project)
    services.rules(ORG).change_custom_segment(id, lambda rules, before, at: None)
    late = {"custom": {id: {"customers": firestore.Increment(1)}}}
    came: list[int] = []

    def order_meanwhile() -> Plan:
        def plan(method: str, number: int) -> None:
            zero = counts(other)["custom"].get(id) == 0 if method == "commit" else False
            if zero and not came:
                came.append(number)
                other.document(paths.segment_counts_shard(ORG, "1")).set(late, merge=True)

        return plan

    with failing(firestore_client, order_meanwhile()):
        settle(services)

    assert came
    assert counts(other)["custom"] == {id: 1}
    other.close()
