"""The audit of a night finds what it promises for few reads, and nothing that is on its way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from google.cloud import firestore

from shared.audit.findings import MOST_ORDERS_A_DAY
from shared.audit.nightly import audit_night
from shared.audit.report import SLICES, AuditReport, Check, Depth, Place
from shared.firestore import paths
from shared.reconciliation.stores.order_source import names_of_organization, recent_orders_naming
from shared.warehouse.warehouse import Warehouse
from tests.audit.audit_costs import (
    DEMAND_READS_PER_ORDER,
    DEMAND_READS_PER_ORGANIZATION,
    READS_PER_ORDER,
    READS_PER_ORGANIZATION,
)
from tests.audit.audited_world import ORG, Installation
from tests.support.metered import metered
from tests.support.own_data import own_client, own_warehouse
from tests.support.world import NOW, Order

DAY = timedelta(days=1)


@pytest.fixture
def installation(firestore_client: firestore.Client, warehouse: Warehouse) -> Installation:
    return Installation(firestore_client, warehouse)


def drifts(report: AuditReport) -> dict[Check, int]:
    """The checks that found something."""
    return {check.check: check.drift for check in report.checks if check.drift}


def test_nothing_is_found_where_nothing_is_wrong(installation: Installation) -> None:
    last = Place(slice=SLICES - 1)
    for org, place in ((ORG, Place()), (ORG, last), ("org_south", Place(slice=7, after="o0030"))):
        report = installation.night(place, repair=False, org=org)
        assert drifts(report) == {}, [check.samples for check in report.checks]
        assert (report.depth, report.orders > 10) == (Depth.NIGHTLY, True)
        for check in report.checks:
            assert check.expected == check.found > 0, check


def test_an_organisation_without_anything(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    report = Installation(firestore_client, warehouse, orders=0).night()
    assert (report.orders, report.drift, report.place) == (0, 0, Place(slice=1))


def test_the_next_night_goes_on_behind_the_last_order(installation: Installation) -> None:
    mine = sorted(id for id, order in installation.orders.items() if order.org_id == ORG)
    size = -(-len(mine) // SLICES)
    first = installation.night()
    assert first.place == Place(slice=1, after=mine[size - 1])
    assert installation.night(first.place).place == Place(slice=2, after=mine[2 * size - 1])
    assert installation.night(Place(slice=SLICES - 1, after="o0030")).place == Place()


@pytest.mark.usefixtures("firestore_emulator", "bigquery_host")
def test_reads_per_order_and_night() -> None:
    """Aggregations included: some for each organisation, and few for each order.

    On demand, two for each order, one for each document of a customer, transition or day, and some.
    """
    reads = {}
    for orders in (120, 720):
        with own_client() as client, own_warehouse() as warehouse:
            installation = Installation(client, warehouse, orders=orders)
            made_at = installation.make_tables()
            auditor = installation.auditor()
            with metered(client) as meter:
                report = audit_night(auditor, ORG, Place(), repair=True, facts_made_at=made_at)
            with metered(client) as on_demand:
                auditor.audit(ORG, repair=True, facts_made_at=made_at)
            listed = (paths.customers, paths.transitions, paths.daily_stats)
            documents = sum(
                len(list(client.collection(collection(ORG)).stream())) for collection in listed
            )
        beside_orders = on_demand.documents_read - DEMAND_READS_PER_ORDER * report.orders
        assert beside_orders - documents == DEMAND_READS_PER_ORGANIZATION
        assert drifts(report) == {}
        assert (meter.documents_written, meter.documents_deleted) == (0, 0)
        reads[report.orders] = meter.documents_read
    (few, few_read), (many, many_read) = reads.items()
    assert few_read <= READS_PER_ORGANIZATION + READS_PER_ORDER * few
    assert (many_read - few_read) / (many - few) <= READS_PER_ORDER


def test_what_a_repair_uncovers_is_repaired_the_same_night(installation: Installation) -> None:
    """An order too many and one too few add up to none, until the night's thirtieth has one."""
    first, order = next(
        (id, order) for id, order in sorted(installation.orders.items()) if order.org_id == ORG
    )
    installation.write(first, None, counted=False)
    installation.write("zz_lost", order, counted=False)
    report = installation.night()
    assert drifts(report)[Check.ORDERS_IN_LEDGER] == 2
    assert report.remaining == 0, [check.samples for check in report.checks]
    installation.assert_right()


def test_lost_orders_whose_organisation_has_blanks_around_it_are_found(
    installation: Installation,
) -> None:
    for blanks, org in ((" {} ", "org_north"), ("\t{}", "shop_north_2"), ("{}  ", "org_north")):
        order = Order(org=org, email="person1@example.org", cents=5000, ordered_at=NOW - 90 * DAY)
        id = f"padded{len(installation.orders)}"
        installation.write(id, order, counted=False)
        installation.client.document(paths.order(id)).update({"brandId": blanks.format(org)})
    report = installation.night()
    assert drifts(report) == {Check.ORDERS_IN_LEDGER: 3}
    assert report.remaining == 0
    assert drifts(installation.night(repair=False)) == {}
    installation.assert_right()


def test_entries_that_version_0_3_wrote_come_to_name_their_organisation(
    installation: Installation,
) -> None:
    """They are counted as missing until they are written again, which changes no number."""
    for entry in installation.client.collection(paths.LEDGER).stream():
        entry.reference.update({"named": firestore.DELETE_FIELD})
    report = installation.night()
    assert drifts(report)[Check.ORDERS_IN_LEDGER] == report.orders
    assert report.remaining == 0
    assert installation.night(repair=False).drift == 0
    installation.assert_right()


@pytest.mark.parametrize("field", ["createdAt", "updatedAt"])
@pytest.mark.parametrize(
    "written",
    [
        lambda at: at,
        lambda at: at.isoformat(),
        lambda at: at.date().isoformat(),
        lambda at: int(at.timestamp()),
        lambda at: at.timestamp() * 1000,
    ],
    ids=["instant", "text", "date", "seconds", "milliseconds"],
)
def test_recent_orders_are_found_by_any_form_of_their_date(
    firestore_client: firestore.Client, field: str, written: Callable[[datetime], object]
) -> None:
    orders = firestore_client.collection(paths.ORDERS)
    for name, at in (("recent", NOW - DAY), ("old", NOW - 4 * DAY)):
        orders.document(name).set({"retailerId": ORG, field: written(at)})
    orders.document("theirs").set({"retailerId": "org_south", field: written(NOW - DAY)})
    names = names_of_organization(firestore_client, ORG)
    actual = recent_orders_naming(firestore_client, names, NOW - 2 * DAY)
    assert [order.order_id for order in actual] == ["recent"]


def test_what_is_still_on_its_way_is_no_drift(installation: Installation) -> None:
    for number in range(3):
        order = Order(org=ORG, email="person1@example.org", cents=1, ordered_at=NOW - 90 * DAY)
        installation.write(f"lost{number}", order, counted=False)
    installation.write(installation.counted(3), None, counted=False)
    assert drifts(installation.night(settle=timedelta(hours=1))) == {}
    assert drifts(installation.night(repair=False))[Check.ORDERS_IN_LEDGER] == 4


def test_orders_that_come_during_the_audit_are_no_drift(installation: Installation) -> None:
    """They are counted and exported at every step; none of it is wrong at any time."""
    numbers = iter(range(100))

    def place(step: str) -> None:
        number = next(numbers)
        order = Order(
            org=ORG, email="person1@example.org", cents=1000 + number, ordered_at=NOW - DAY
        )
        installation.write(f"new{number}", order, counted=True)
        changed = installation.counted(number)
        edited = replace(installation.orders[changed], cents=number)
        installation.write(changed, edited, counted=True)

    report = installation.night(on_progress=place, settle=timedelta(hours=1))
    assert drifts(report) == {}, [check.samples for check in report.checks]
    # The tables are older than these orders, and the next night's know them.
    assert installation.night(repair=False).drift == 0
    installation.assert_right()


def test_tables_that_sql_made_wrong_remain_as_drift(installation: Installation) -> None:
    """The rows of the export, the ledger and the counters are right."""
    warehouse = installation.warehouse
    made_at = installation.make_tables()
    dataset = warehouse.dataset.dataset_id
    for table in warehouse.client.list_tables(dataset):
        made = ("order_base_", "order_delta_", "order_changes_", "order_facts_2")
        if table.table_id.startswith(made):
            wrong = f"UPDATE `{dataset}.{table.table_id}` SET amount_cents = 7 WHERE TRUE"
            warehouse.client.query(wrong).result()
    warehouse.refresh_audit_summaries(most_orders_a_day=MOST_ORDERS_A_DAY)
    report = audit_night(installation.auditor(), ORG, Place(), repair=True, facts_made_at=made_at)
    assert drifts(report) == {Check.EXPORT_COMPLETE: 1}
    assert (report.remaining, report.doubts_facts) == (1, True)
    installation.assert_right()


def test_a_repaired_export_makes_no_tables_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of all organisations would be made for one."""
    entry = installation.entry(installation.counted(3))
    ghost = installation.row(entry, document_id="ghost", event_id="ghost")
    name = ghost.document_name.replace(entry.id, "ghost")
    installation.warehouse.append([replace(ghost, document_name=name)])
    made_at = installation.make_tables()

    def made() -> str:
        raise AssertionError("The tables are there.")

    monkeypatch.setattr(installation.warehouse, "refresh_facts", made)
    report = installation.auditor().audit(ORG, repair=True, facts_made_at=made_at)
    assert drifts(report) == {Check.EXPORT_COMPLETE: 1}
    assert report.remaining == 0
