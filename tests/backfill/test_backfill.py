"""A backfill gives what the trigger gives, and a rebuild finds and repairs what is wrong."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from random import Random
from typing import Any

import pytest
from google.cloud import firestore

from shared.audit.rebuild import rebuild
from shared.audit.store import FirestoreAuditStore
from shared.backfill.job import reconcilers
from shared.firestore import paths
from shared.firestore.changes import PAGES
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.organizations.settings import OrganizationSettings, StoredRules
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.backfill import BATCH_ORDERS, backfill, batches, order_key
from shared.reconciliation.counters import DailyDelta
from shared.reconciliation.differences import Difference, RebuildReport
from shared.reconciliation.ledger import SourceOrder
from shared.reconciliation.ports import Commit
from shared.reconciliation.reclassification import Reclassifier, after_change
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.counter_codec import daily_delta
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.order_source import all_orders, orders_claimed_for
from shared.reconciliation.stores.reclassification_store import reclassification_document
from shared.segments.conditions.parse import parse_definition
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from tests.reconciliation.deliveries import CallFailedError
from tests.support.copied import Documents, documents_of, write_copy
from tests.support.firestore_world import FirestoreWorld
from tests.support.own_data import own_client
from tests.support.reclassify import run_all
from tests.support.world import (
    ALIASES,
    KEYER,
    NOW,
    SECRET,
    FixedOrganizations,
    Order,
    assert_chains,
    assert_derived,
)

ORGANIZATIONS = FixedOrganizations()


def history(count: int = 150) -> dict[str, Order]:
    random = Random(7)
    return {
        f"o{n:04}": Order(
            org=random.choice(["org_north", "org_south", "shop_north_2"]),
            email=random.choice([None, *(f"person{i}@example.org" for i in range(12))]),
            cents=random.randrange(30_000),
            ordered_at=NOW - timedelta(minutes=random.randrange(60 * 24 * 300)),
            status=random.choice(["completed"] * 8 + ["canceled", "no such status"]),
            products=tuple((f"p{i}", 100 * i + n) for i in range(1, 4)),
            broken=random.random() < 0.05,
        )
        for n in range(count)
    }


def reconciler(store: FirestoreLedgerStore, now: datetime = NOW) -> Reconciler:
    return Reconciler(store, ORGANIZATIONS, KEYER, clock=lambda: now)


def write(client: firestore.Client, orders: dict[str, Order]) -> None:
    writer = client.bulk_writer()
    for id, order in orders.items():
        writer.set(client.collection(paths.ORDERS).document(id), order.data())
    writer.close()


def read(client: firestore.Client) -> list[SourceOrder]:
    normalized = reconciler(FirestoreLedgerStore(client, shards=1)).normalized
    return [normalized(raw) for raw in all_orders(client)]


def documents(client: firestore.Client, collection: str) -> dict[str, dict[str, Any]]:
    """Contents without what depends on when and how often something was written."""
    varying = {"recorded_at", "updated_at", "revision", "source_version"}
    return {
        snapshot.id: {k: v for k, v in (snapshot.to_dict() or {}).items() if k not in varying}
        for snapshot in client.collection(collection).stream()
    }


def days(client: firestore.Client, org_id: str) -> dict[str, DailyDelta]:
    """Every day, its shards added up, which are others for each writer."""
    total: defaultdict[str, DailyDelta] = defaultdict(DailyDelta)
    for snapshot in client.collection(paths.daily_stats(org_id)).stream():
        document = snapshot.to_dict() or {}
        total[document["date"]].add(daily_delta(document))
    return {day: delta.without_zeros() for day, delta in total.items()}


def test_same_documents_as_one_trigger_per_order(firestore_client: firestore.Client) -> None:
    other = firestore.Client(project=f"{firestore_client.project}-b")
    orders = history()
    for client in (firestore_client, other):
        write(client, orders)
    by_trigger = FirestoreWorld(firestore_client)
    for id in sorted(orders, key=lambda id: (orders[id].ordered_at, id)):
        reconciler(by_trigger, orders[id].ordered_at).reconcile(id)
    age_segments(by_trigger, ORGANIZATIONS, clock=lambda: NOW, stop_at=NOW + timedelta(hours=1))

    workers = [reconciler(FirestoreLedgerStore(other, shards=2, shard=n)) for n in range(3)]
    totals = backfill(read(other), workers, lambda totals: None)

    assert (totals.orders, totals.orders_written) == (len(orders), len(orders))
    for client in (firestore_client, other):
        assert_derived(orders, NOW, FirestoreWorld(client).derived())
    for collection in [
        paths.LEDGER,
        paths.REJECTED,
        *(
            path(org)
            for org in ("org_north", "org_south")
            for path in (paths.customers, paths.transitions)
        ),
    ]:
        assert documents(firestore_client, collection) == documents(other, collection)
    for org in ("org_north", "org_south"):
        assert days(firestore_client, org) == days(other, org)


def test_a_backfill_leaves_no_counters_beside_those_of_live_orders(
    firestore_client: firestore.Client,
) -> None:
    """Pages would read them for ever."""
    services = build_services(firestore_client, Settings(counter_shards=2), SECRET)
    write(firestore_client, history())

    backfill(read(firestore_client), reconcilers(services, 4), lambda totals: None)

    for org in ("org_north", "org_south"):
        days_of = firestore_client.collection(paths.daily_stats(org)).list_documents()
        assert {each.id.partition("_")[2] for each in days_of} <= {"0", "1"}
        counts_of = firestore_client.collection(paths.segment_counts(org)).list_documents()
        assert {each.id for each in counts_of} <= {"0", "1", PAGES}


def test_killed_midway_and_run_again_writes_only_the_rest(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = history()
    write(firestore_client, orders)
    sources = read(firestore_client)
    done = 0

    class Dying(FirestoreLedgerStore):
        def commit(self, commit: Commit) -> None:
            nonlocal done
            if done > len(sources) // 2:
                raise CallFailedError
            super().commit(commit)
            done += len(commit.ledger)

    monkeypatch.setattr("shared.reconciliation.backfill.BATCH_ORDERS", 10)
    dying = reconciler(Dying(firestore_client, shards=1))
    with pytest.raises(CallFailedError):
        backfill(sources, [dying], lambda totals: None)
    world = FirestoreWorld(firestore_client)
    rest = backfill(sources, [reconciler(world)], lambda totals: None)
    again = backfill(sources, [reconciler(world)], lambda totals: None)

    assert rest.orders_written == len(orders) - done
    assert again.orders_written == 0
    assert_derived(orders, NOW, world.derived())


def test_orders_that_change_between_reading_and_counting(
    firestore_client: firestore.Client,
) -> None:
    orders = history(30)
    write(firestore_client, orders)
    sources = read(firestore_client)
    world = FirestoreWorld(firestore_client)
    for id in list(orders)[:10]:
        orders[id] = replace(orders[id], cents=orders[id].cents + 1, broken=False)
        world.put_order(id, orders[id].data())
        reconciler(world).reconcile(id)

    backfill(sources, [reconciler(world)], lambda totals: None)

    assert_derived(orders, NOW, world.derived())


def test_a_customer_with_more_orders_than_a_commit_holds_stays_in_sequence(
    firestore_client: firestore.Client,
) -> None:
    orders = {
        f"o{n}": Order(
            org="org_north",
            email="ada@example.org",
            cents=100,
            ordered_at=NOW - timedelta(hours=n),
        )
        for n in range(BATCH_ORDERS + 10)
    }
    write(firestore_client, orders)

    found = list(batches(sorted(map(order_key, read(firestore_client)))))
    assert [(len(batch.keys), batch.continues) for batch in found] == [
        (BATCH_ORDERS, False),
        (10, True),
    ]
    world = FirestoreWorld(firestore_client)
    backfill(read(firestore_client), [reconciler(world)] * 2, lambda totals: None)

    assert_derived(orders, NOW, world.derived())


def test_orders_of_one_organisation_by_every_field_and_alias(
    firestore_client: firestore.Client,
) -> None:
    orders = firestore_client.collection(paths.ORDERS)
    firestore_client.document(paths.alias("shop_north_2")).set({"org_id": "org_north"})
    for number, data in enumerate(
        [
            {"orgId": "org_north"},
            {"organizationId": "org_north"},
            {"brandId": "org_north", "retailerId": "org_north"},
            {"dispensaryId": "shop_north_2"},
            {"orgId": "org_south"},
        ]
    ):
        orders.document(f"o{number}").set(data)

    found = [raw.order_id for raw in orders_claimed_for(firestore_client, "org_north")]

    assert sorted(found) == ["o0", "o1", "o2", "o3"]


@pytest.mark.parametrize("org_id", ["org_north", "café_9"])
def test_orders_of_one_organisation_however_its_id_is_spelled(
    firestore_client: firestore.Client, org_id: str
) -> None:
    orders = firestore_client.collection(paths.ORDERS)
    spellings = [
        *(org_id, f" {org_id}", f"{org_id} ", f" \ufeff{org_id}", f"{org_id} \u200b"),
        *(f"\ufeff{org_id}", f"\u200b{org_id}", f"\xad{org_id}", f"\u2007{org_id}"),
        *(f"{org_id}\u200b", f"{org_id}\ufeff", f"{org_id}\xa0", f"\u2060{org_id}\u2060"),
        *(unicodedata.normalize("NFD", each) for each in (org_id, f"{org_id}\u200b")),
    ]
    for number, spelling in enumerate(spellings):
        orders.document(f"o{number:02}").set({"brandId": spelling})
    for number, other in enumerate([f"{org_id}_2", f"{org_id}é", f"\ufeff{org_id}_2"]):
        orders.document(f"x{number}").set({"brandId": other})

    found = [raw.order_id for raw in orders_claimed_for(firestore_client, org_id)]

    assert sorted(found) == [f"o{number:02}" for number in range(len(spellings))]


@cache
def backfilled(orders: int) -> Documents:
    """What a backfill and the roll-up leave; made once, and copied into each installation."""
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
            on_step=lambda step: None,
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
    found = installation.rebuild().differences

    assert any(difference.document.startswith(document) for difference in found)
    assert_no_personal_data(found)
    assert installation.rebuild().differences == []
    assert_derived(installation.orders, NOW, installation.world.derived())


def test_rebuild_while_orders_arrive_and_are_repaired(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read when the rebuild began is old by the time that it is compared."""
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
    found = installation.rebuild().differences
    monkeypatch.undo()

    assert any(difference.document == "totals" for difference in found)
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
            on_step=lambda step: None,
        )
        return report.differences

    found = run()

    assert {difference.field for difference in found} == {"thresholds_version"}
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
        on_step=lambda step: None,
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
