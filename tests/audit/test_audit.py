"""The audit of everything finds what differs, and nothing that is only on its way."""

from dataclasses import replace
from datetime import timedelta
from time import sleep

import pytest
from google.cloud import firestore

from shared.audit.audit import Auditor
from shared.audit.report import AuditReport, Check
from shared.firestore import paths
from shared.reconciliation.reconcile import Reconciler
from shared.warehouse.warehouse import Warehouse
from tests.audit.audited_world import BOOKS, ORG, ORGANIZATIONS, Installation
from tests.support.derived import assert_derived
from tests.support.world import KEYER, NOW, Order


@pytest.fixture
def installation(firestore_client: firestore.Client, warehouse: Warehouse) -> Installation:
    return Installation(firestore_client, warehouse)


def drifts(report: AuditReport) -> dict[Check, int]:
    """The checks that found something."""
    return {check.check: check.drift for check in report.checks if check.drift}


def test_nothing_is_found_where_nothing_is_wrong(installation: Installation) -> None:
    for repair in (False, True):
        for org in ("org_north", "org_south"):
            report = installation.audit(repair=repair, org=org)
            assert drifts(report) == {}, [check.samples for check in report.checks]
            assert report.orders > 10
            for check in report.checks:
                assert check.expected == check.found > 0, check
                assert (check.repaired, check.remaining, check.samples) == (0, 0, [])


def test_an_organisation_without_anything(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    report = Installation(firestore_client, warehouse, orders=0).audit()
    assert [(check.expected, check.found, check.drift) for check in report.checks] == [
        (0, 0, 0)
    ] * len(Check)


def lose_an_order_event(i: Installation, n: int) -> None:
    order = Order(
        org="shop_north_2",
        email=f"person{n % 14}@example.org",
        cents=12_345 + n,
        ordered_at=NOW - timedelta(days=n % 90, hours=1),
        products=(("p1", 700),),
    )
    i.write(f"lost{n}", order, counted=False)


def lose_an_edit_event(i: Installation, n: int) -> None:
    id = i.counted(n)
    i.write(id, replace(i.orders[id], cents=i.orders[id].cents + 777), counted=False)


def lose_a_deletion_event(i: Installation, n: int) -> None:
    i.write(i.counted(n), None, counted=False)


def leave_the_export_behind(i: Installation, n: int) -> None:
    """The order changes and is counted, and the change is not exported."""
    id = i.counted(n)
    seen_at = i.world.put_order(id, (order := replace(i.orders[id], cents=n + 9)).data())
    i.orders[id] = order
    i.reconciler().reconcile(id, seen_at=seen_at)


def test_lost_orders_whose_organisation_has_blanks_around_it_are_found(
    installation: Installation,
) -> None:
    for blanks, org in ((" {} ", "org_north"), ("\t{}", "shop_north_2"), ("{}  ", "org_north")):
        order = Order(
            org=org, email="person1@example.org", cents=5000, ordered_at=NOW - timedelta(days=2)
        )
        id = f"padded{len(installation.orders)}"
        installation.write(id, order, counted=False)
        installation.client.document(paths.order(id)).update({"brandId": blanks.format(org)})
    report = installation.audit()
    assert drifts(report) == {Check.ORDERS_IN_LEDGER: 3}
    assert report.remaining == 0
    again = installation.audit()
    assert drifts(again) == {}
    assert again.checks[0].expected == again.checks[0].found
    installation.assert_right()


def test_an_order_that_moved_to_another_organisation_tells_neither_what_it_is_at_the_other(
    installation: Installation,
) -> None:
    """The event of the move is lost: the ledger has the order at one, the shop at the other."""
    id = installation.counted(3)
    moved = replace(
        installation.orders[id], org="org_south", email="canary@example.org", cents=98_765_432
    )
    installation.write(id, moved, counted=False)

    def told(org: str) -> list[tuple[str, str, object, object]]:
        orders = installation.audit(org=org, repair=False).checks[0]
        return [(each.document, each.field, each.found, each.expected) for each in orders.samples]

    assert told("org_north") == [(f"ledger {id}", "entry", "present", None)]
    assert told("org_south") == [(f"ledger {id}", "entry", None, "present")]
    assert installation.audit(org="org_south").remaining == 0
    assert drifts(installation.audit(org="org_south")) == {}


def test_what_somebody_typed_is_told_of_no_order(installation: Installation) -> None:
    id = installation.counted(3)
    order = installation.client.document(paths.order(id))
    order.update({"couponCode": "for Jane Doe", "items": []})
    orders = installation.audit(repair=False).checks[0]
    assert {(each.field, each.found, each.expected) for each in orders.samples} == {
        ("coupon_code", "outdated", "current"),
        ("lines", "outdated", "current"),
    }


def later_than(installation: Installation, elapsed: timedelta) -> Auditor:
    """An audit that much later, with no ageing in between."""
    auditor = installation.auditor()
    clock = lambda: NOW + elapsed  # noqa: E731
    reconciler = Reconciler(auditor.store, ORGANIZATIONS, KEYER, clock=clock)
    return replace(auditor, clock=clock, reconciler=reconciler)


def test_customers_that_ageing_has_passed_over_for_long_are_drift(
    installation: Installation,
) -> None:
    auditor = later_than(installation, timedelta(days=100))
    for repair in (False, True):
        made_at = installation.make_tables()
        report = auditor.audit(ORG, repair=repair, facts_made_at=made_at)
        assert drifts(report).keys() == {Check.SEGMENTS}, [c.samples for c in report.checks]
    assert report.remaining == 0
    assert drifts(auditor.audit(ORG, repair=True, facts_made_at=made_at)) == {}
    assert {customer.get("segment") for customer in installation.customers()} == {"churned"}
    assert auditor.audit("org_south", repair=True, facts_made_at=made_at).remaining == 0
    assert_derived(
        installation.orders, NOW + timedelta(days=100), installation.world.derived(), BOOKS
    )


def test_customers_that_ageing_will_reach_are_no_drift(installation: Installation) -> None:
    customers = [each for each in installation.customers() if each.get("next_transition_at")]
    next_at = min(each.get("next_transition_at") for each in customers)
    due = later_than(installation, next_at - NOW + timedelta(hours=23))
    assert drifts(due.audit(ORG, repair=True, facts_made_at=installation.make_tables())) == {}


def test_typed_tables_that_are_wrong_remain_as_drift(installation: Installation) -> None:
    """After a failed statement: the export, the ledger and the counters are right."""
    auditor = installation.auditor()
    installation.make_tables()
    dataset = installation.warehouse.dataset.dataset_id
    for table in installation.warehouse.client.list_tables(dataset):
        if table.table_id.startswith(("order_base_", "order_delta_", "order_changes_")):
            no_lines = f"UPDATE `{dataset}.{table.table_id}` SET lines = [] WHERE TRUE"
            installation.warehouse.client.query(no_lines).result()
    made_at = auditor.store.now()

    def place_an_order(step: str) -> None:
        if step == "customers and counters":
            place(installation, 300)

    for on_progress in (place_an_order, lambda part: None):
        report = auditor.audit(ORG, repair=True, facts_made_at=made_at, on_progress=on_progress)
        assert drifts(report).keys() == {Check.COUNTERS}
        (counters,) = (each for each in report.checks if each.check is Check.COUNTERS)
        assert (counters.repaired, counters.remaining) == (0, counters.drift)
        assert counters.remaining > 20
    installation.assert_right()


def test_customers_that_sql_has_wrong_remain_as_drift(installation: Installation) -> None:
    auditor = installation.auditor()
    installation.make_tables()
    facts = installation.warehouse.facts
    dataset = installation.warehouse.dataset.dataset_id
    for table, amount in (("order_facts", "amount_cents"), ("customers", "value_cents")):
        double = f"UPDATE `{dataset}.{table}_{facts}` SET {amount} = 2 * {amount} WHERE TRUE"
        installation.warehouse.client.query(double).result()
    report = auditor.audit(ORG, repair=True, facts_made_at=auditor.store.now())
    customers = report.checks[2]
    # Also those who only returned: they are worth something, though they have no order.
    worth = [
        each.id
        for each in installation.world.derived().customers.values()
        if each.id.org_id == ORG and each.totals.lifetime_value_cents
    ]
    assert customers.remaining == customers.drift == len(worth)
    (counters,) = (each for each in report.checks if each.check is Check.COUNTERS)
    assert counters.remaining > 70
    installation.assert_right()


def place_new(installation: Installation, n: int) -> None:
    order = Order(
        org="org_north",
        email=f"person{n % 14}@example.org",
        cents=1000 + n,
        ordered_at=NOW - timedelta(days=n % 50),
        products=(("p2", n),),
    )
    installation.write(f"new{n}", order, counted=True)


def place(installation: Installation, n: int) -> None:
    """An order, and an edit that moves another to another customer and another day."""
    place_new(installation, n)
    moved = installation.counted(n)
    before = installation.orders[moved]
    after = replace(
        before,
        email="somebody.else@example.org",
        ordered_at=before.ordered_at - timedelta(days=2),
    )
    installation.write(moved, after, counted=True)


def test_orders_since_the_tables_were_made_are_no_drift(installation: Installation) -> None:
    def place_some(step: str) -> None:
        if step == "customers and counters":
            for n in range(300, 303):
                place(installation, n)

    report = installation.audit(on_progress=place_some)
    assert drifts(report) == {}, [check.samples for check in report.checks]
    installation.assert_right()


def test_a_row_that_came_twice_or_late_is_no_drift(installation: Installation) -> None:
    entry = installation.entry(installation.counted())
    row = installation.row(entry)
    late = replace(row, timestamp=row.timestamp - timedelta(days=1), data="{}", event_id="late")
    imported = replace(row, operation="IMPORT", event_id="", data='{"org_id": "org_north"}')
    installation.warehouse.append([row, row, late, imported])
    assert drifts(installation.audit()) == {}


def test_what_is_still_on_its_way_is_no_drift(installation: Installation) -> None:
    for damage in (lose_an_order_event, lose_an_edit_event, leave_the_export_behind):
        damage(installation, 1)
    settled = installation.audit(settle=timedelta(hours=1))
    assert drifts(settled) == {}
    assert drifts(installation.audit(repair=False)).keys() == {
        Check.ORDERS_IN_LEDGER,
        Check.EXPORT_COMPLETE,
    }


@pytest.mark.parametrize("settle", [timedelta(seconds=1), timedelta(hours=1)])
def test_a_deletion_that_is_still_on_its_way_is_no_drift(
    installation: Installation, settle: timedelta
) -> None:
    """With an order from before that time, and with one that came within it."""
    sleep(1.5)
    lose_a_deletion_event(installation, 3)
    assert drifts(installation.audit(repair=False, settle=settle)) == {}
    assert drifts(installation.audit(repair=False)) == {Check.ORDERS_IN_LEDGER: 1}


def test_orders_that_come_during_the_audit_are_no_drift(installation: Installation) -> None:
    """They are counted and exported at every step; none of it is wrong at any time."""
    numbers = iter(range(100, 200))

    def place(step: str) -> None:
        for n in (next(numbers), next(numbers)):
            place_new(installation, n)
            changed = installation.counted(n)
            edited = replace(installation.orders[changed], cents=n)
            installation.write(changed, edited, counted=True)

    report = installation.audit(on_progress=place, settle=timedelta(hours=1))

    assert drifts(report) == {}, [check.samples for check in report.checks]
    installation.assert_right()
    assert drifts(installation.audit()) == {}
