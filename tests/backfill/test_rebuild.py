"""Rebuilding finds and repairs damage, while orders arrive and rules change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any

import pytest
from google.cloud import firestore

from shared.audit.rebuild import rebuild
from shared.audit.store import FirestoreAuditStore
from shared.firestore import paths
from shared.organizations.settings import OrganizationSettings, StoredRules
from shared.reconciliation.backfill import backfill
from shared.reconciliation.differences import Difference, RebuildReport
from shared.reconciliation.reclassification import Reclassifier, after_change
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.reclassification_store import reclassification_document
from shared.segments.conditions.parse import parse_definition
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from tests.backfill.history import ORGANIZATIONS, history, read, reconciler, write
from tests.support.copied import Documents, documents_of, write_copy
from tests.support.derived import assert_chains, assert_derived
from tests.support.firestore_world import FirestoreWorld
from tests.support.own_data import own_client
from tests.support.reclassify import run_all
from tests.support.world import ALIASES, KEYER, NOW, FixedOrganizations, Order


@cache
def backfilled(orders: int) -> Documents:
    """Return the documents after a backfill and the roll-up; made once, and copied into each
    installation."""
    with own_client() as client:
        write(client, history(orders))
        for claimed_id, org_id in ALIASES.items():
            client.document(paths.alias(claimed_id)).set({"org_id": org_id})
        backfill(read(client), [reconciler(FirestoreWorld(client))], lambda totals: None)
        return documents_of(client)


class Installation:
    """A backfilled installation to damage and rebuild."""

    def __init__(self, client: firestore.Client) -> None:
        self.client = client
        self.orders = history(70)
        self.world = FirestoreWorld(client)
        write_copy(backfilled(70), client)

    def rebuild(self, org: str = "org_north") -> RebuildReport:
        store = FirestoreAuditStore(self.client, shards=1)
        return rebuild(
            org,
            store,
            reconciler(store),
            ORGANIZATIONS,
            clock=lambda: NOW,
            on_progress=lambda part: None,
        )

    def counted(self) -> str:
        return next(
            id
            for id, order in self.orders.items()
            if order.counted and order.email and order.org_id == "org_north"
        )

    def a_customer(self) -> firestore.DocumentReference:
        return next(
            snapshot.reference
            for snapshot in self.client.collection(paths.customers("org_north")).stream()
        )

    def a_day(self) -> firestore.DocumentReference:
        return next(
            snapshot.reference
            for snapshot in self.client.collection(paths.daily_stats("org_north")).stream()
        )


def lose_a_ledger_entry(installation: Installation) -> None:
    installation.client.document(paths.ledger_entry(installation.counted())).delete()


def corrupt_an_amount(installation: Installation) -> None:
    entry = installation.client.document(paths.ledger_entry(installation.counted()))
    entry.update({"amount_cents": 1})


def lose_a_customer(installation: Installation) -> None:
    installation.a_customer().delete()


def corrupt_a_customer(installation: Installation) -> None:
    installation.a_customer().update({"lifetime_value_cents": 1, "order_count": 40})


def forget_a_contact(installation: Installation) -> None:
    installation.a_customer().update({"contact.email": "old@example.org"})


def count_twice(installation: Installation) -> None:
    shard = installation.client.document(paths.segment_counts_shard("org_north", "0"))
    shard.set({"totals": {"orders": firestore.Increment(3)}}, merge=True)


def lose_a_day(installation: Installation) -> None:
    installation.a_day().delete()


def lose_a_report(installation: Installation) -> None:
    rejected = next(
        id
        for id, order in installation.orders.items()
        if order.broken and order.org_id == "org_north"
    )
    installation.client.document(paths.rejected_order(rejected)).delete()


def delete_an_order_unnoticed(installation: Installation) -> None:
    id = installation.counted()
    installation.world.delete_order(id)
    del installation.orders[id]


@pytest.mark.parametrize(
    ("damage", "document"),
    [
        (lose_a_ledger_entry, "ledger"),
        (corrupt_an_amount, "ledger"),
        (lose_a_customer, "customer"),
        (corrupt_a_customer, "customer"),
        (forget_a_contact, "customer"),
        (count_twice, "totals"),
        (lose_a_day, "day"),
        (lose_a_report, "rejected"),
        (delete_an_order_unnoticed, "ledger"),
    ],
)
def test_rebuild_finds_and_repairs(
    firestore_client: firestore.Client, damage: Callable[[Installation], None], document: str
) -> None:
    installation = Installation(firestore_client)
    assert installation.rebuild().differences == []

    damage(installation)
    actual = installation.rebuild().differences

    assert any(difference.document.startswith(document) for difference in actual)
    assert_no_personal_data(actual)
    assert installation.rebuild().differences == []
    assert_derived(installation.orders, NOW, installation.world.derived())


def test_rebuild_while_orders_arrive_and_are_repaired(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents read when the rebuild began are outdated when they are compared."""
    installation = Installation(firestore_client)
    forget_a_contact(installation)
    count_twice(installation)
    lose_a_report(installation)
    world = installation.world
    orders = installation.orders
    began = FirestoreAuditStore.reports
    arriving = iter(history(160).items())

    def meanwhile(store: FirestoreAuditStore, org_id: str) -> Any:
        for id, order in list(islice(arriving, 40)):
            orders[id] = replace(order, phone="555-0177", broken=False, status="completed")
            world.put_order(id, orders[id].data())
            reconciler(world).reconcile(id)
        return began(store, org_id)

    monkeypatch.setattr(FirestoreAuditStore, "reports", meanwhile)
    actual = installation.rebuild().differences
    monkeypatch.undo()

    assert any(difference.document == "totals" for difference in actual)
    assert_derived(orders, NOW, world.derived())
    assert installation.rebuild().differences == []


def test_rebuild_applies_changed_thresholds(firestore_client: firestore.Client) -> None:
    installation = Installation(firestore_client)
    stricter = FixedOrganizations({"segmentThresholds": {"loyal_minOrders": 40}})
    store = FirestoreAuditStore(firestore_client, shards=1)

    def run() -> list[Difference]:
        worker = Reconciler(store, stricter, KEYER, clock=lambda: NOW)
        report = rebuild(
            "org_north",
            store,
            worker,
            stricter,
            clock=lambda: NOW,
            on_progress=lambda part: None,
        )
        return report.differences

    actual = run()

    assert {difference.field for difference in actual} == {"thresholds_version"}
    customers = [
        customer
        for id, customer in installation.world.derived().customers.items()
        if id.org_id == "org_north" and customer.segment
    ]
    assert not any(customer.segment == Segment.LOYAL for customer in customers)
    version = stricter.settings("org_north").thresholds_version
    assert {customer.thresholds_version for customer in customers} == {version}
    assert run() == []


MEMBER = {"field": "orderCount", "operator": "at_least", "value": 1}


def ruled(revision: int, **definitions: Any) -> FixedOrganizations:
    """The world under saved rules."""
    rules = StoredRules(
        revision=revision,
        thresholds=Thresholds(),
        thresholds_number=0,
        definitions={id: parse_definition(tree) for id, tree in definitions.items()},
    )
    return FixedOrganizations(rules=rules)


def rebuilt(client: firestore.Client, organizations: FixedOrganizations) -> RebuildReport:
    """A rebuild of `org_north`, whose orders are all of one person here."""
    store = FirestoreAuditStore(client, shards=1)
    return rebuild(
        "org_north",
        store,
        Reconciler(store, organizations, KEYER, clock=lambda: NOW),
        organizations,
        clock=lambda: NOW,
        on_progress=lambda part: None,
    )


def test_a_lost_customer_comes_back_into_custom_segments_without_entering_them_again(
    firestore_client: firestore.Client,
) -> None:
    organizations = ruled(1, cs_00000000000a=MEMBER)
    world = FirestoreWorld(firestore_client)
    order = Order("org_north", "ada@example.org", 4000, NOW - timedelta(days=40))
    world.put_order("o1", order.data())
    Reconciler(world, ruled(0), KEYER, clock=lambda: NOW - timedelta(days=9)).reconcile("o1")
    # The last step is one of custom segments alone.
    firestore_client.document(paths.reclassification("org_north")).set(
        reclassification_document(after_change(None, "org_north", 1, NOW))
    )
    worker = Reclassifier(world, organizations, clock=lambda: NOW, settle_after=timedelta(0))
    run_all(worker, NOW + timedelta(hours=1))
    (customer,) = firestore_client.collection(paths.customers("org_north")).stream()
    customer.reference.delete()

    rebuilt(firestore_client, organizations)

    assert_chains(world.derived())
    assert rebuilt(firestore_client, organizations).differences == []


def test_rebuild_puts_nobody_back_under_rules_that_change_meanwhile(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = ruled(2, cs_00000000000a=MEMBER, cs_00000000000b=MEMBER)
    world = FirestoreWorld(firestore_client)
    order = Order("org_north", "ada@example.org", 4000, NOW - timedelta(days=3))
    world.put_order("o1", order.data())
    Reconciler(world, ruled(0), KEYER, clock=lambda: NOW).reconcile("o1")

    class Changing(FixedOrganizations):
        """Older rules are in memory, and the newer ones are read when asked for once more."""

        asked = 0

        def refreshed(self, org_id: str) -> OrganizationSettings:
            self.asked += 1
            return super().refreshed(org_id) if self.asked == 1 else newer.refreshed(org_id)

    began = FirestoreAuditStore.audited_customers

    def meanwhile(store: FirestoreAuditStore, *asked: Any) -> Any:
        world.put_order("o2", order.data())
        Reconciler(world, newer, KEYER, clock=lambda: NOW).reconcile("o2")
        return began(store, *asked)

    monkeypatch.setattr(FirestoreAuditStore, "audited_customers", meanwhile)
    rebuilt(firestore_client, Changing())
    monkeypatch.undo()

    (customer,) = world.derived().customers.values()
    assert customer.rules_revision == 2
    assert customer.custom_segments == ("cs_00000000000a", "cs_00000000000b")
    assert [step.left for step in world.derived().transitions if step.left] == []


def assert_no_personal_data(differences: list[Difference]) -> None:
    assert "@example.org" not in str(differences)
