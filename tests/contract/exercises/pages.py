"""Calls of routes, for the queries that they run."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from shared.cohorts.cohorts import CohortCell, Mode
from shared.cohorts.period import Granularity, Period
from shared.cohorts.store import CohortCursor, CohortReader
from shared.customers.record_store import CustomerRecords
from shared.customers.scan_store import CustomerScan
from shared.customers.store import CustomerLists
from shared.firestore import changes
from shared.history.cell_store import Cell, CellReader
from shared.history.counts_store import SegmentCounts
from shared.history.store import SegmentHistoryReader
from shared.history.timeline_store import TimelineReader
from shared.insights.circuit import Circuit
from shared.insights.generation import generate
from shared.insights.job import dispatch_insights, make_insights
from shared.insights.store import FirestoreCircuits, InsightStore
from shared.kernel.clock import utc_now
from shared.limits.token_bucket import CallKind
from shared.overview.store import OverviewCounters
from shared.predictions.risk import RiskLevel
from shared.reconciliation.stores.unprocessed_store import UnprocessedReader
from shared.segments.contact_search import Search
from shared.segments.crm_profile import LoyaltyTier
from shared.segments.customer_selection import CustomerSort, LocalDays, Selection
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from shared.services import Services
from shared.suggestions.store import CustomerGroups
from shared.suggestions.suggestions import candidates
from tests.contract.exercises.world import ADA, CUSTOM, NOW, ORG
from tests.insights.insight_world import Scripted
from tests.insights.insight_world import author as insight_author
from tests.support.memory_queue import MemoryQueue
from tools.insight_examples import example_shop

SELECTIONS = (
    Selection(),
    Selection(segment=Segment.CHURNED),
    Selection(custom_segment=CUSTOM),
    Selection(search=Search(("555010",))),
    Selection(segment=Segment.CHURNED, search=Search(("555010",))),
    Selection(custom_segment=CUSTOM, search=Search(("555010",))),
)
"""Both customers are on each of these lists."""


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
            narrowed = replace(selection, sort=sort, descending=descending, **limits)
            page = lists.page(narrowed, size=1)
            # Nobody has a predicted value before a model is in force.
            predicted = sort is CustomerSort.PREDICTED_LTV
            assert predicted or lists.page(narrowed, size=1, after=page.next).customers
        assert list(lists.batches(narrowed))
    for sort, descending in product(CustomerSort, (True, False)):
        # Nobody is at a level before a model is in force.
        narrowed = Selection(risk=RiskLevel.HIGH, sort=sort, descending=descending)
        assert not lists.page(narrowed, size=1).customers
        # The dashboard knows nobody here.
        narrowed = Selection(tier=LoyaltyTier.GOLD, sort=sort, descending=descending)
        assert not lists.page(narrowed, size=1).customers
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
    for custom in (False, True):
        steps = list(history.transitions(early, later, as_of, custom=custom))
        assert history.number_of_transitions(early, later, as_of, custom=custom) == len(steps) > 0
    for after, until in ((early, None), (early, later), (None, later)):
        assert history.change([*Segment, CUSTOM], after, until, as_of=as_of)[CUSTOM] == 2
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
