"""firestore.indexes.json against every query the product makes.

The emulator answers any query; in production one without its index fails. So everything that asks
Firestore something is run here, and each query that was sent is held against the file.
"""

import ast
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore

from shared.audit import store as audit_store
from shared.audit.ports import UNDATED, DayRange
from shared.campaigns.audience_store import AudienceReader
from shared.campaigns.events.counter_store import CampaignCounters
from shared.campaigns.events.job import event_recorder
from shared.campaigns.events.recorder import EventStatus, MessageEvent
from shared.campaigns.handover.dashboard_store import DashboardCampaigns
from shared.campaigns.performance.lift_store import asked_campaigns
from shared.campaigns.source import CohortSource, SegmentSource, TransitionSource
from shared.campaigns.store import CampaignStore, organizations_at_work
from shared.cohorts.cohorts import CohortCell, Mode
from shared.cohorts.period import Granularity, Period
from shared.cohorts.store import CohortCursor, CohortReader
from shared.contacts.profile import Channel
from shared.customers.record_store import CustomerRecords
from shared.customers.scan_store import CustomerScan
from shared.customers.store import CustomerLists
from shared.firestore import changes, paths, query_chunks
from shared.funnel import event_store as event_source
from shared.funnel.store import FunnelReader
from shared.history.cell_store import Cell, CellReader
from shared.history.counts_store import SegmentCounts
from shared.history.store import SegmentHistoryReader
from shared.history.timeline_store import TimelineReader
from shared.insights.circuit import Circuit
from shared.insights.generation import generate
from shared.insights.job import dispatch_insights, make_insights
from shared.insights.store import FirestoreCircuits, InsightStore
from shared.installation import build_services
from shared.kernel.clock import utc_now
from shared.kernel.errors import ConflictError
from shared.kernel.settings import Settings
from shared.limits.token_bucket import CallKind
from shared.nightly import night_store as night_book
from shared.nightly.job_run import claim
from shared.nightly.job_store import FirestoreJobs
from shared.nightly.local_night import newest_night
from shared.nightly.night_store import NightBook
from shared.nightly.result import Attempt, Result
from shared.nightly.result_store import ResultWriter
from shared.organizations.settings import StoredRules
from shared.overview.store import OverviewCounters
from shared.predictions.risk import RiskLevel
from shared.products import unused_sales_store as unused_sales
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.dated_ahead import count_due_orders
from shared.reconciliation.id_range import EVERY_ID
from shared.reconciliation.stores import (
    ageing_queue,
    due_customers,
    due_orders,
    firestore_ledger_store,
    order_source,
    reclassification_store,
)
from shared.reconciliation.stores.organization_list import organization_ids
from shared.reconciliation.stores.unprocessed_store import UnprocessedReader
from shared.reconciliation.stores.zero_counters import drop_zero_counters
from shared.rules.custom_segment_changes import Draft, created
from shared.segments.conditions.parse import parse_definition
from shared.segments.contact_search import Search
from shared.segments.custom_segment import CustomSegment
from shared.segments.customer import CustomerId
from shared.segments.customer_selection import CustomerSort, LocalDays, Selection
from shared.segments.segment import Segment
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.segments.touch import EventKind, Touch
from shared.services import Services
from shared.suggestions.store import CustomerGroups
from shared.suggestions.suggestions import candidates
from shared.warehouse import ledger_source
from tests.campaigns.crm import put_campaign
from tests.contract.index_rules import (
    CONTAINS,
    IndexFile,
    alternatives,
    required_field_indexes,
    required_index,
)
from tests.insights.insight_world import Scripted
from tests.insights.insight_world import author as insight_author
from tests.products.product_fold import publish_product_sales
from tests.support.firestore_world import ELSEWHERE
from tests.support.memory_queue import MemoryQueue
from tests.support.metered import RecordedQuery, metered
from tests.support.reclassify import run_all
from tests.support.world import SECRET, Order, customer_id
from tools.contacts_backfill import run_contacts_backfill
from tools.funnel_backfill import run_funnel_backfill
from tools.insight_examples import example_shop
from tools.rebuild import run_rebuild

ROOT = Path(__file__).parents[2]
INDEXES = IndexFile.load(ROOT / "firestore.indexes.json")
PRODUCT = ("functions", "shared", "tools")

ORG, OTHER = "org_north", "org_south"
NOW = utc_now()
CUSTOM = "cs_0123456789ab"
SELECTIONS = (
    Selection(),
    Selection(segment=Segment.CHURNED),
    Selection(custom_segment=CUSTOM),
    Selection(search=Search(("555010",))),
    Selection(segment=Segment.CHURNED, search=Search(("555010",))),
    Selection(custom_segment=CUSTOM, search=Search(("555010",))),
)
"""Both customers are on each of these lists."""
ADA = customer_id(ORG, "ada@example.org").customer_key
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
    """Beside a day as version 0.3 wrote it: a rebuild deletes what is not used of it."""
    publish_product_sales(services.client, services.organizations, ORG, NOW)
    day = services.client.document(paths.daily_shard(ORG, NOW.date(), "0"))
    old = {"date": NOW.date().isoformat(), "open": True, "products": {"p1": {"revenue_cents": 1}}}
    day.set(old, merge=True)


def pages_are_shown(services: Services) -> None:
    """Every list of customers in every order, a customer, and all counters."""
    records, counts = CustomerRecords(services.client, ORG), SegmentCounts(services.client, ORG)
    lists = CustomerLists(services.client, ORG)
    days, cents = LocalDays(first=date(1990, 1, 1), last=date(2190, 1, 1)), 10**9
    for selection, sort, descending in product(SELECTIONS, CustomerSort, (True, False)):
        for limits in (
            {},
            {"last_order": days},
            {"min_spent_cents": 1, "max_spent_cents": cents},
        ):
            wanted = replace(selection, sort=sort, descending=descending, **limits)
            page = lists.page(wanted, size=1)
            # Nobody has a predicted value before a model is in force.
            predicted = sort is CustomerSort.PREDICTED_LTV
            assert predicted or lists.page(wanted, size=1, after=page.next).customers
        assert list(lists.batches(wanted))
    for sort, descending in product(CustomerSort, (True, False)):
        # Nobody is at a level before a model is in force.
        wanted = Selection(risk=RiskLevel.HIGH, sort=sort, descending=descending)
        assert not lists.page(wanted, size=1).customers
    services.unprocessed.report("o9", ORG, "ValueError", NOW)
    assert UnprocessedReader(services.client, ORG).orders()
    assert list(services.unprocessed.pages())
    assert records.customer(ADA)
    assert records.recent_orders(ADA)
    cell = CohortCell(
        cohort=Period.of((NOW - timedelta(days=70)).date(), Granularity.QUARTER),
        k=0,
        mode=Mode.IN,
        returned=True,
    )
    cohorts = CohortReader(services.client, ORG)
    assert cohorts.page(cell, size=1).customers
    cohorts.page(cell, size=1, after=CohortCursor(first_day="2000-01-01", customer_key=ADA))
    assert counts.segment_counts().totals["customers"] == 2
    assert changes.changes(services.client, ORG) > 0
    assert counts.behind_since(NOW) is None
    assert counts.new_since(NOW) == 0
    OverviewCounters(services.client, ORG).counters(NOW.date() - timedelta(days=60), NOW.date())
    assert len(list(CustomerScan(services.client, ORG).order_instants(at_most=5))) == 2
    assert CustomerGroups(services.client, ORG).selected(
        [each.filters for each in candidates(Thresholds())], NOW
    )


def the_past_is_shown(services: Services) -> None:
    """Every count, day, step, order, timeline and cell."""
    client = services.client
    history = SegmentHistoryReader(client, ORG)
    early, later = NOW - timedelta(days=400), NOW + timedelta(days=400)
    as_of = history.now()
    for after in (None, early):
        tally = history.tally(later, after=after, as_of=as_of)
        assert tally.steps == len(list(history.steps(early, later, as_of)))
        with_custom = history.tally(later, after=after, as_of=as_of, custom_ids=[CUSTOM])
        assert with_custom.arrivals[CUSTOM] == 2
        assert list(history.steps(early, later, as_of, custom=True))
    for until in (None, later):
        assert history.change([*Segment, CUSTOM], early, until, as_of=as_of)[CUSTOM] == 2
    assert history.daily_flows(NOW.date(), NOW.date(), as_of)
    assert len(list(history.histories(as_of))) == 2
    timelines = TimelineReader(client, ORG)
    page = timelines.page(ADA, size=1, after=None)
    while page is not None and page.next is not None:
        page = timelines.page(ADA, size=1, after=page.next)
    assert timelines.page("nobody", size=1, after=None) is None
    for place in (Segment.NEW.value, Segment.CHURNED.value):
        cell = Cell(from_place=place, to_place=place, opening_at=early, closing_at=later)
        CellReader(client, ORG).page(cell, size=1, after="", as_of=as_of)


def an_organization_is_rebuilt(services: Services) -> None:
    """With one customer to be put right, one that was lost, and an alias to be looked for."""
    services.client.document(paths.alias("shop")).set({"org_id": ORG})
    services.client.document(paths.customer(ORG, ADA)).update({"lifetime_value_cents": 1})
    services.client.document(paths.customer(ORG, BOB)).delete()
    assert run_rebuild(services, ORG).differences


def all_orders_are_read(services: Services) -> None:
    """As a backfill does, one order per page."""
    undecodable = services.client.collection(paths.ORDERS).document("undecodable")
    undecodable.set({"orgId": ORG, "other": ELSEWHERE})
    assert len(list(order_source.all_orders(services.client))) > 1
    assert order_source.ordering_organizations(services.client, str, ())
    undecodable.delete()


def an_organization_is_audited(services: Services) -> None:
    """As every night, one document per page."""
    store = audit_store.FirestoreAuditStore(services.client, shards=1)
    assert list(store.ledger(ORG))
    state = store.audited(ORG, ZoneInfo("UTC"))
    assert state.customers
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
    assert store.audited_customers(ORG, EVERY_ID, state.read_at)
    assert store.audited_days(ORG, list(state.days), state.read_at)


def the_ledger_is_exported(services: Services) -> None:
    """As a backfill of the export reads it, one entry per page."""
    everything = list(ledger_source.FirestoreLedger(services.client).documents(None))
    assert len(everything) > 1
    assert list(ledger_source.FirestoreLedger(services.client, ORG).documents(None))


def results_are_published(services: Services) -> None:
    """As the nightly computation does, twice, and the report of the job."""
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


def insights_are_made(services: Services) -> None:
    """Worded by a model whose answer is refused, which stores every field there can be."""
    queue = MemoryQueue()
    settings = replace(services.settings, insights_llm_enabled=True)
    installation = replace(services, queue=lambda: queue, settings=settings, claude=Scripted)
    dispatch_insights(installation, NOW, clock=utc_now, stop_at=utc_now() + timedelta(hours=1))
    assert queue.waiting
    make_insights(installation, ORG, clock=utc_now)
    numbers = replace(example_shop(), org_id=ORG, as_of=utc_now())
    store = InsightStore(services.client, ORG)
    generate(store, store.find(), numbers, [], insight_author(Scripted(), now=NOW))
    card = store.card("churn-risk")
    assert card is not None
    store.give_feedback(card, "up", by="ann", at=NOW)
    history = SegmentHistoryReader(services.client, ORG)
    as_of = history.now()
    history.arrivals(Segment.CHURNED, NOW - timedelta(days=30), NOW, as_of=as_of)
    history.reaches_back_to(Segment.NEW, NOW, as_of=as_of)
    FirestoreCircuits(services.client).save(Circuit(failures=5, open_until=NOW))


def calls_are_limited(services: Services) -> None:
    """One call of an account about an organisation."""
    tries = services.limiter.take(CallKind.SCAN, account="user", org_id=ORG, now=NOW)
    assert len(tries) == 2


def rules_change(services: Services) -> None:
    """Thresholds and a custom segment, with one customer per page of what that sets off."""
    rules = services.rules(ORG)
    rules.save_thresholds(Thresholds(slipping_min_days=29), by="ann", source=ThresholdSource.API)
    rules.change_custom_segment(CUSTOM, _custom_segment)
    assert [version.number for version in rules.versions(limit=1)] == [1]
    assert [version.number for version in rules.versions(limit=1, before=1)] == [0]
    assert rules.version(1)
    assert rules.custom_segments()
    assert rules.custom_segment(CUSTOM)
    scan = CustomerScan(services.client, ORG)
    assert len(list(scan.candidates())) == len(list(scan.subjects())) == 2
    assert not services.reclassifier().run(ORG, utc_now() + timedelta(hours=1))
    assert run_all(services.reclassifier(), utc_now() + timedelta(hours=1)) == 1
    store = reclassification_store.FirestoreReclassifications(services.client, services.store)
    assert len(list(store.outdated(ORG, revision=10**6))) == 2
    assert drop_zero_counters(services.client, ORG)


def _custom_segment(
    rules: StoredRules, before: CustomSegment | None, at: datetime
) -> CustomSegment:
    return created(
        CUSTOM,
        Draft(
            name="Vape",
            description=None,
            definition=parse_definition({"event": "ordered", "category": "Vape"}),
            filters=None,
        ),
        before,
        rules.definitions,
        by="ann",
        at=at,
    )


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


def the_dashboards_customers_are_read(services: Services) -> None:
    profile = services.client.collection(paths.PROFILES).document("p1")
    profile.set({"orgId": ORG, "email": "ada@example.org", "emailConsent": True})
    assert run_contacts_backfill(services, ORG) == (1, 1, 0)
    profile.delete()
    assert run_contacts_backfill(services, None) == (0, 0, 1)


def campaigns_are_made(services: Services) -> None:
    put_campaign(services.client, ORG, "sc_000000000000", name="Back", keys=["k1"])
    store = CampaignStore(services.client, ORG)
    found, more = store.page(size=1, after=(NOW + timedelta(days=1), "x"))
    assert len(found) == 1
    assert not more
    assert len(list(store.audience(found[0]))) == 1
    dashboard = DashboardCampaigns(services.client, ORG)
    assert not dashboard.recipient_keys("sc_000000000000", "0", "f")
    with pytest.raises(ConflictError):
        dashboard.create("sc_000000000000", found[0], Channel.EMAIL, by="somebody", at=NOW)
    assert not store.unfinished()
    assert not list(organizations_at_work(services.client))
    (customer, *_) = services.client.collection(paths.customers(ORG)).stream()
    recorder = event_recorder(services, ORG, clock=utc_now)
    sent = Touch(campaign_id="sc_000000000000", channel="email", window_days=30)
    for kind in (EventKind.SENT, EventKind.UNSUBSCRIBED):
        event = MessageEvent(
            kind=kind,
            at=customer.get("last_ordered_at"),
            customer=CustomerId(ORG, customer.id),
            message=sent,
            point="p1",
        )
        assert recorder.record([event]) == [EventStatus.RECORDED]
    counters = CampaignCounters(services.client, ORG)
    assert counters.of("sc_000000000000").events == {"sent": 1, "unsubscribed": 1}
    asked = asked_campaigns(services.client, ORG, NOW)
    assert asked
    assert [each.id for each in asked] == ["sc_000000000000"]
    assert counters.all().keys() == {"sc_000000000000"}
    assert not counters.of("sc_00000000000").events
    reader = AudienceReader(services.client, ORG, services.secret)
    as_of = reader.now()
    month = Period.of(NOW.date(), Granularity.MONTH)
    cell = CohortCell(cohort=month, k=0, mode=Mode.IN, returned=True)
    for source in (
        SegmentSource(segment="new"),
        SegmentSource(segment=CUSTOM),
        CohortSource(cell=cell),
        TransitionSource(
            from_segment="new",
            to_segment="new",
            opening_at=NOW - timedelta(days=90),
            closing_at=NOW,
        ),
    ):
        list(reader.keys(source, as_of))


EXERCISES: Sequence[Callable[[Services], None]] = (
    orders_come_and_go,
    time_passes,
    product_sales_are_published,
    rules_change,
    sessions_are_counted,
    the_dashboards_customers_are_read,
    campaigns_are_made,
    results_are_published,
    nights_are_dispatched,
    pages_are_shown,
    the_past_is_shown,
    insights_are_made,
    calls_are_limited,
    an_organization_is_rebuilt,
    all_orders_are_read,
    an_organization_is_audited,
    the_ledger_is_exported,
)
"""Run in this order on one database. Add whatever asks Firestore something new."""


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


Documents = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def exercised(firestore_emulator: str) -> Iterator[tuple[list[RecordedQuery], Documents]]:
    """Every query of the product, and the documents that were there after each exercise."""
    client = firestore.Client(project=f"demo-indexes-{uuid4().hex[:12]}")
    services = build_services(client, Settings(), SECRET)
    queries: list[RecordedQuery] = []
    documents: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    with pytest.MonkeyPatch.context() as patched:
        for module in (
            audit_store,
            due_customers,
            due_orders,
            event_source,
            ledger_source,
            night_book,
            order_source,
            reclassification_store,
            unused_sales,
        ):
            patched.setattr(module, "PAGE_SIZE", 1)
        patched.setattr(query_chunks, "CHUNK_SIZE", 1)
        patched.setattr(firestore_ledger_store, "RETURNS_PAGE", 1)
        for exercise in EXERCISES:
            with metered(client) as meter:
                exercise(services)
            queries += [
                replace(recorded, query=alternative)
                for recorded in meter.queries
                for alternative in alternatives(recorded.query)
            ]
            for collection in {collection for collection, _ in INDEXES.overrides}:
                for snapshot in client.collection_group(collection).stream():
                    documents[collection].append(snapshot.to_dict() or {})
    yield queries, documents
    client.close()


@pytest.fixture(scope="module")
def queries(exercised: tuple[list[RecordedQuery], Documents]) -> list[RecordedQuery]:
    return exercised[0]


@pytest.fixture(scope="module")
def documents(exercised: tuple[list[RecordedQuery], Documents]) -> Documents:
    return exercised[1]


def test_every_query_has_its_index(queries: list[RecordedQuery]) -> None:
    for recorded in queries:
        required = required_index(recorded.query, recorded.summed)
        if required is not None:
            assert any(declared.serves(required) for declared in INDEXES.composites), required
        for needed in required_field_indexes(recorded.query, recorded.summed):
            assert INDEXES.has(needed), needed


def test_every_composite_index_serves_a_query(queries: list[RecordedQuery]) -> None:
    required = [required_index(recorded.query, recorded.summed) for recorded in queries]
    unused = [
        declared
        for declared in INDEXES.composites
        if not any(index is not None and declared.serves(index) for index in required)
    ]
    assert unused == []


def test_no_composite_index_is_there_twice() -> None:
    assert len(set(INDEXES.composites)) == len(INDEXES.composites)


def test_every_index_that_an_override_adds_serves_a_query(queries: list[RecordedQuery]) -> None:
    needed = [
        index
        for recorded in queries
        for index in required_field_indexes(recorded.query, recorded.summed)
    ]
    unused = [
        added
        for override in INDEXES.overrides.values()
        for added in override
        if not any(
            (added.collection, added.collection_group, added.field)
            == (index.collection, index.collection_group, index.field)
            and added.directions & index.directions
            for index in needed
        )
    ]
    assert unused == []


def test_every_override_names_a_field_that_is_stored(documents: Documents) -> None:
    unknown = [
        (collection, field)
        for collection, field in INDEXES.overrides
        if not any(field in document for document in documents[collection])
    ]
    assert unknown == []


WRITTEN_WITH_ORDERS_AND_SESSIONS = frozenset(
    {
        paths.CUSTOMERS,
        paths.DAILY_STATS,
        paths.FUNNEL_MONTHS,
        paths.FUNNEL_SESSIONS,
        paths.LEDGER,
        paths.SEGMENT_COUNTS,
        paths.TRANSITIONS,
    }
)


QUERIED_BY_THE_DASHBOARD = {("insights", "expiresAt"), ("insights", "lastUpdated")}
"""An earlier dashboard looks for its own cards by these: an index is for the whole collection."""


def test_no_field_has_an_index_that_no_query_needs(
    queries: list[RecordedQuery], documents: Documents
) -> None:
    """Every index entry is written with its document. Maps and lists can hit the limit of entries
    per document; days and instants, which only grow, limit a collection to 500 writes per second,
    as its index is written at one end. Other fields matter where documents are written often."""
    needed = QUERIED_BY_THE_DASHBOARD | {
        (index.collection, index.field.removesuffix(CONTAINS))
        for recorded in queries
        for index in required_field_indexes(recorded.query, recorded.summed)
    }
    found = {
        (collection, field)
        for collection, stored in documents.items()
        for document in stored
        for field, value in document.items()
        if collection in WRITTEN_WITH_ORDERS_AND_SESSIONS
        or isinstance(value, dict | list | datetime)
    }
    assert {each for each in found - needed if INDEXES.override_of(*each) is None} == set()


def test_what_is_added_up_has_an_index() -> None:
    """Firestore adds a field up from its index, which each field has unless it is left out."""
    for collection in (paths.SEGMENT_COUNTS, paths.FUNNEL_MONTHS):
        assert INDEXES.override_of(collection, changes.FIELD) is None


def test_sessions_and_rate_limits_are_forgotten_by_a_policy() -> None:
    overrides = json.loads((ROOT / "firestore.indexes.json").read_text())["fieldOverrides"]
    policies = [
        (each["collectionGroup"], each["fieldPath"]) for each in overrides if each.get("ttl")
    ]
    assert policies == [(paths.FUNNEL_SESSIONS, "expires_at"), (paths.RATE_LIMITS, "full_at")]


def test_every_place_that_runs_a_query_was_exercised(queries: list[RecordedQuery]) -> None:
    called = {caller for recorded in queries for caller in recorded.callers}
    missed = [
        f"{path.relative_to(ROOT)}:{lines.start}"
        for folder in PRODUCT
        for path in (ROOT / folder).rglob("*.py")
        for lines in _places(ast.parse(path.read_text()))
        if called.isdisjoint((str(path), line) for line in lines)
    ]
    assert missed == []


def _places(module: ast.Module) -> Iterator[range]:
    """Lines of the statements in which a query is run; of a loop or the like, those of its head."""
    for statement in ast.walk(module):
        if not isinstance(statement, ast.stmt):
            continue
        head = [node for node in ast.iter_child_nodes(statement) if not isinstance(node, ast.stmt)]
        runs_query = any(
            isinstance(node, ast.Attribute)
            and node.attr == "stream"
            and ast.unparse(node.value) != "request"  # the body of a call
            for part in head
            for node in ast.walk(part)
        )
        if runs_query:
            end = max(getattr(part, "end_lineno", None) or statement.lineno for part in head)
            yield range(statement.lineno, end + 1)


def test_queries_are_found_in_the_product() -> None:
    source = "for a in b.stream():\n    c()\nd = (\n    e.stream()\n)\nf()\n"
    assert list(_places(ast.parse(source))) == [range(1, 2), range(3, 5)]
