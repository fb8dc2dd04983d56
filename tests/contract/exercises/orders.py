"""Orders, time and nights, as they happen: for the queries that they run."""

from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from google.cloud import firestore

from shared.audit import store as audit_store
from shared.audit.ports import UNDATED, DayRange
from shared.firestore import paths
from shared.funnel.store import FunnelReader
from shared.kernel.clock import utc_now
from shared.nightly.job_run import claim
from shared.nightly.job_store import FirestoreJobs
from shared.nightly.local_night import newest_night
from shared.nightly.night_store import NightBook
from shared.nightly.result import Attempt, Result
from shared.nightly.result_store import ResultWriter
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.dated_ahead import count_due_orders
from shared.reconciliation.id_range import EVERY_ID
from shared.reconciliation.stores import (
    ageing_queue,
    due_customers,
    order_source,
)
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services
from shared.warehouse import ledger_source
from tests.contract.exercises.world import ADA, NOW, ORG, OTHER
from tests.products.product_fold import publish_product_sales
from tests.support.firestore_world import ELSEWHERE
from tests.support.world import Order, customer_id
from tools.funnel_backfill import run_funnel_backfill
from tools.rebuild import run_rebuild

BOB = customer_id(ORG, "bob@example.org").customer_key


def orders_come_and_go(services: Services) -> None:
    """Two customers; the last order of one of them goes away; one order cannot be read."""
    orders = {
        "first": _order("ada@example.org", 70),
        "second": _order("ada@example.org", 40),
        "last": _order("ada@example.org", 31),
        "return": replace(_order("ada@example.org", 30), cents=-500),
        "ahead": replace(_order(None, -9), cents=500),
        "ahead too": replace(_order(None, -9), cents=500),
        "other": _order("bob@example.org", 2),
        "broken": _order("bob@example.org", 1, broken=True),
    }
    for id, order in orders.items():
        services.client.document(paths.order(id)).set(order.data())
        services.reconciler.reconcile(id)
    services.client.document(paths.order("last")).delete()
    services.reconciler.reconcile("last", seen_at=utc_now())


def time_passes(services: Services) -> None:
    """Two orders dated ahead and both customers become due, one per page.

    The customers are without a place in the queue at first.
    """
    later = NOW + timedelta(days=365)
    for customer in services.client.collection(paths.customers(ORG)).stream():
        customer.reference.update({ageing_queue.FIELD: firestore.DELETE_FIELD})
    assert due_customers.enqueue_overdue(services.client, ORG, later) == 2
    counted = count_due_orders(
        services.due_orders,
        services.reconciler,
        clock=lambda: later,
        stop_at=later + timedelta(hours=1),
    )
    assert counted.due == 2
    run = age_segments(
        services.due_customers,
        services.organizations,
        clock=lambda: later,
        stop_at=later + timedelta(hours=1),
    )
    assert run.moved == 2


def product_sales_are_published(services: Services) -> None:
    """Publish product sales beside a day of version 0.3, whose unused fields a rebuild deletes."""
    publish_product_sales(services.client, services.organizations, ORG, NOW)
    day = services.client.document(paths.daily_shard(ORG, NOW.date(), "0"))
    old = {"date": NOW.date().isoformat(), "open": True, "products": {"p1": {"revenue_cents": 1}}}
    day.set(old, merge=True)


def an_organization_is_rebuilt(services: Services) -> None:
    """With one wrong customer, one lost customer, and an alias to resolve."""
    services.client.document(paths.alias("shop")).set({"org_id": ORG})
    services.client.document(paths.customer(ORG, ADA)).update({"lifetime_value_cents": 1})
    services.client.document(paths.customer(ORG, BOB)).delete()
    assert run_rebuild(services, ORG).differences


def all_orders_are_read(services: Services) -> None:
    """Read all orders as a backfill does, one order per page."""
    undecodable = services.client.collection(paths.ORDERS).document("undecodable")
    undecodable.set({"orgId": ORG, "other": ELSEWHERE})
    assert len(list(order_source.all_orders(services.client))) > 1
    assert order_source.ordering_organizations(services.client, str, ())
    undecodable.delete()


def an_organization_is_audited(services: Services) -> None:
    """Audit an organisation as every night, one document per page."""
    store = audit_store.FirestoreAuditStore(services.client, shards=1)
    assert list(store.ledger(ORG))
    state = store.audited(ORG, ZoneInfo("UTC"))
    assert list(store.ledger(ORG, state.read_at))
    names = store.names(ORG)
    assert list(store.orders(names))
    assert list(store.recent_orders(names, utc_now() - timedelta(days=3_000)))
    counts = store.counts(names, state.read_at)
    assert counts.orders(EVERY_ID) == counts.entries(EVERY_ID)
    assert counts.ends(EVERY_ID)
    assert store.ledger_sums(ORG, state.read_at).orders
    year = DayRange(first=date(2026, 1, 1), end=date(2027, 1, 1))
    for days in (UNDATED, year, replace(year, first=None), replace(year, end=None)):
        assert store.ledger_sums_of(ORG, days, state.read_at).entries >= 0
    assert list(store.ledger_of_days(ORG, year)) or list(store.ledger_of_days(ORG, UNDATED))
    assert list(store.ledger_since(ORG, utc_now() - timedelta(days=1), state.read_at))
    sums = store.stored_sums(ORG, ["cs_any"], state.read_at, overdue_since=utc_now())
    assert sums.customers.customers
    assert list(store.audited_customers(ORG, EVERY_ID, state.read_at))
    assert store.audited_days(ORG, list(state.days), state.read_at)


def the_ledger_is_exported(services: Services) -> None:
    """Read the ledger as a backfill of the export does, one entry per page."""
    everything = list(ledger_source.FirestoreLedger(services.client).documents(None))
    assert len(everything) > 1
    assert list(ledger_source.FirestoreLedger(services.client, ORG).documents(None))


def results_are_published(services: Services) -> None:
    """Publish results as the nightly computation does, twice, and the report of the job."""
    run = claim(FirestoreJobs(services.client), "compute_analytics", NOW, clock=lambda: NOW)
    assert run is not None
    run.advance({"done": ["facts"]})
    result = Result(name="things", entries=[{"key": "a"}], summary={"of": "all"})
    for generation in ("first", "second", "third"):
        attempt = Attempt(generation=generation, due_at=NOW, computed_at=NOW)
        ResultWriter(services.client).publish(ORG, result, attempt, 1)
    assert organization_ids(services.client) == [ORG]


def nights_are_dispatched(services: Services) -> None:
    """Of two organisations, one per page."""
    book = NightBook(services.client, "audit")
    book.enrol({ORG, OTHER}, NOW)
    due = book.due(NOW)
    assert [each.org_id for each in due] == sorted((ORG, OTHER))
    night = newest_night(time(1), ZoneInfo("UTC"), NOW)
    book.save([(each, night, NOW + timedelta(hours=1)) for each in due])
    assert not book.due(NOW)


def sessions_are_counted(services: Services) -> None:
    """Two sessions and an event without one, of the organisation and of an alias of it."""
    services.client.document(paths.alias("shop")).set({"org_id": ORG})
    for claimed_id, number, details in (
        (ORG, 1, {"sessionId": "s1", "channel": "web"}),
        (ORG, 2, {}),
        ("shop", 3, {"sessionId": "s2"}),
    ):
        event = services.client.document(f"{paths.events(claimed_id)}/e{number}")
        event.set({"type": "checkout.paid", "data": details, "timestamp": NOW})
    undecodable = services.client.document(f"{paths.events(ORG)}/e4")
    undecodable.set({"type": ELSEWHERE})
    assert run_funnel_backfill(services, ORG) == (4, 3)
    undecodable.delete()
    reader = FunnelReader(services.client, ORG)
    today = NOW.date()
    assert reader.changes() > 0
    assert reader.sessions(today, today).days[today].total()["sessions"] == 2
    assert reader.orders_by_channel(today - timedelta(days=60), today)
    next_year = today + timedelta(days=365)
    assert reader.sessions(next_year, next_year).measured_before


def _order(email: str | None, days_ago: float, *, broken: bool = False) -> Order:
    return Order(
        org=ORG,
        email=email,
        cents=2_500,
        ordered_at=NOW - timedelta(days=days_ago),
        products=(("p1", 1_500), ("p2", 1_000)),
        broken=broken,
        phone="(555) 010-0123",
    )
