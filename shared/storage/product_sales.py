"""Sales by product, brought up to date from the daily documents and the all-time totals.

Context: the counters hold what every product sold on every day. A list of products needs windows
over them, for all products at once, and the shop's own product documents show them too.

Decision: an organisation is computed again when its number of changes is another than the one that
is stored with its result, or when a day has ended that moves a window. One without either costs a
read for its name, one for its number of changes and one for the state. Any other costs, however
many orders there are, the SALES_BUCKETS, the shards of the segment counts, a document per day since
the first of the windows, per shard not yet rolled up and per day rolled up since the last time, and
the chunks of the result before. Days further back are read only for products whose last sale cannot
be told from all this, the newest first, until it is found: those whose earlier sales add up to
something else than before, and those on a day further back that shards have been added to.

Product documents are written before the result is published. A run that ends in between publishes
nothing but that its time was over; the organisation comes after all others then, does the same
again, and finds what is written already. On the first run of a day every product's documents are
compared, so that new ones come to have their numbers; in between only those of products that sold
something or took it back, and those that the shop kept writing during the last run.

The number of changes is read before the counters, which are all read as of one instant: what is
published is as new as its number, or newer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.field_path import FieldPath

from shared import logs
from shared.analytics.counters import DailyDelta
from shared.analytics.product_sales import (
    DaySales,
    ProductSales,
    SalesOn,
    Sold,
    first_day_needed,
    product_sales,
    with_last_sales,
)
from shared.clock import Clock
from shared.errors import ContentionError, UnavailableError
from shared.instants import end_of_day
from shared.nightly.result import KEY, Result, ResultState, ResultStatus, attempt_at
from shared.reconciliation.ports import Organizations
from shared.storage import paths
from shared.storage.catalogue import Catalogue, SalesFields, nothing_sold, sales_fields
from shared.storage.changes import changes
from shared.storage.counter_codec import sales
from shared.storage.keys import map_key
from shared.storage.organization_list import organization_ids
from shared.storage.organization_reader import OrganizationReader
from shared.storage.result_store import ResultReader, ResultWriter
from shared.storage.roll_up import ROLLED_UP_AT, SALES_BUCKETS
from shared.storage.snapshots import Snapshot, content

NAME = "product_sales"
CHANGES = "changes"
"""Field of the summary: the organisation's number of changes before anything was read."""
LEFT = "products_left"
"""Field of the summary: ids of products whose documents the shop kept writing meanwhile."""
MOST_LEFT = 100
"""So many may be left; with more, the run has failed."""
OUT_OF_TIME = "OutOfTime"
"""Kind of the error where the time allowed ended first."""
PAGE_SIZE = 30
"""Days read at a time on the way back to a last sale."""
MOST_NAMED = 50
"""Products asked for by name on the way back; for more than that, days are read with all."""

OVERLAP = timedelta(minutes=10)
"""A roll-up may have been under way when sales were last computed."""
NOTHING_MOVES = timedelta(days=3650)
"""How long numbers stay right where no window holds a sale: until the next change."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSalesRun:
    """What a run did."""

    refreshed: int
    """Organisations computed anew."""
    unchanged: int
    """Organisations whose numbers were right."""
    failures: int
    """Organisations left as they were; their state says so."""
    written: int
    """Product documents that said something else before."""
    complete: bool
    """False if the time allowed ended first; the next run goes on with the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counters:
    all_time: DaySales
    days: Mapping[date, DaySales]
    """From the first day asked for on, those to come included."""
    added_to: frozenset[str]
    """Products on earlier days that shards have been added to, or are open."""
    read_at: datetime


def refresh_product_sales(
    client: firestore.Client,
    organizations: Organizations,
    *,
    clock: Clock,
    stop_at: datetime,
    org_id: str | None = None,
) -> ProductSalesRun:
    """Bring every organisation up to date that is not, those first that waited longest.

    An organisation that fails is left as it was, with the state `failed`, and tried again by every
    run, after those whose last attempt is longer ago.
    """
    refresher = _Refresher(client, organizations, clock, stop_at)
    states: dict[str, ResultState | None] = {}
    for id in [org_id] if org_id else organization_ids(client):
        try:
            states[id] = _stored_state(client, id)
        except Exception as error:
            refresher.failed(id, error)
    for id in sorted(states, key=lambda id: (_attempted_at(states[id]), id)):
        if clock() >= stop_at or not refresher.refresh(id, states[id]):
            return refresher.run(complete=False)
    return refresher.run(complete=True)


def stored_product(entry: Mapping[str, Any]) -> ProductSales:
    """A product from an entry of the result."""
    last_sale_on = entry["last_sale_on"]
    return ProductSales(
        product_id=entry[KEY],
        name=entry["name"],
        all_time=_sold(entry["all_time"]),
        last_7_days=_sold(entry["last_7_days"]),
        last_30_days=_sold(entry["last_30_days"]),
        earlier=_sold(entry["earlier"]),
        last_sale_on=None if last_sale_on is None else date.fromisoformat(last_sale_on),
        category=entry["category"],
    )


class _Refresher:
    def __init__(
        self,
        client: firestore.Client,
        organizations: Organizations,
        clock: Clock,
        stop_at: datetime,
    ) -> None:
        self._client = client
        self._organizations = organizations
        self._clock = clock
        self._stop_at = stop_at
        self._writer = ResultWriter(client)
        self._refreshed = self._unchanged = self._failures = self._written = 0

    def run(self, *, complete: bool) -> ProductSalesRun:
        """What has been done so far."""
        return ProductSalesRun(
            refreshed=self._refreshed,
            unchanged=self._unchanged,
            failures=self._failures,
            written=self._written,
            complete=complete,
        )

    def refresh(self, org_id: str, state: ResultState | None) -> bool:
        """False where the time allowed ended before the organisation was done."""
        try:
            return self._refresh(org_id, state, self._clock())
        except Exception as error:
            self.failed(org_id, error)
            return True

    def failed(self, org_id: str, error: Exception) -> None:
        """One organisation's trouble is not the others'; it is told where its result is read."""
        logs.product_sales_failed(org_id)
        self._failures += 1
        try:
            now = self._clock()
            attempt = attempt_at(now, due_at=now)
            self._writer.fail(org_id, NAME, attempt, type(error).__name__)
        except exceptions.GoogleAPICallError:
            logs.product_sales_failed(org_id)

    def _refresh(self, org_id: str, state: ResultState | None, now: datetime) -> bool:
        number = changes(self._client, org_id)
        if _is_right(state, number, now):
            self._unchanged += 1
            return True
        time_zone = self._organizations.settings(org_id).time_zone
        today = now.astimezone(time_zone).date()
        before = self._before(org_id, state)
        since = state.computed_at if before and state else None
        counters = _counters(self._client, org_id, first_day_needed(today, before), since)
        found, sought = product_sales(
            counters.all_time, counters.days, today, before, counters.added_to
        )
        days = _days_back(
            self._client, org_id, first_day_needed(today, before), sought, counters.read_at
        )
        found = with_last_sales(found, sought, days)

        wanted = {id: sales_fields(product, time_zone) for id, product in found.products.items()}
        known: dict[str, SalesFields] = {}
        left: frozenset[str] = frozenset()
        if before is not None and state is not None:
            known = {
                id: sales_fields(product, time_zone) for id, product in before.products.items()
            }
            left = frozenset(state.summary.get(LEFT, ()))
            for id in (known.keys() | left) - wanted.keys():
                wanted[id] = sales_fields(nothing_sold(id), time_zone)
            if before.today == today and state.status is ResultStatus.READY:
                wanted = {
                    id: each for id, each in wanted.items() if each != known.get(id) or id in left
                }
        catalogue = Catalogue(self._client, org_id, self._organizations).update(
            wanted, now=now, out_of_time=lambda: self._clock() >= self._stop_at
        )
        self._written += catalogue.written
        if len(catalogue.left) > MOST_LEFT:
            raise ContentionError("Product documents keep changing.")
        if not catalogue.complete:
            # It comes after all others then, and finds what is written already.
            self._writer.fail(org_id, NAME, attempt_at(now, due_at=now), OUT_OF_TIME)
            return False

        categories = {
            **({id: product.category for id, product in before.products.items()} if before else {}),
            **catalogue.categories,
        }
        result = Result(
            name=NAME,
            entries=[
                _entry(product, categories.get(id))
                for id, product in sorted(found.products.items())
            ],
            summary={
                CHANGES: number,
                "today": today.isoformat(),
                "products_refused": catalogue.refused,
                LEFT: sorted(catalogue.left),
            },
            fresh_for=end_of_day(now, time_zone) - now if counters.days else NOTHING_MOVES,
        )
        orders = OrganizationReader(self._client, org_id).segment_counts().totals["orders"]
        self._writer.publish(org_id, result, attempt_at(now, due_at=now), orders)
        self._refreshed += 1
        return True

    def _before(self, org_id: str, state: ResultState | None) -> SalesOn | None:
        """What was computed last; None where that cannot be read, since all is in the counters."""
        if state is None or state.computed_at is None:
            return None
        try:
            entries = ResultReader(self._client, org_id).entries(state)
            products = [stored_product(entry) for entry in entries]
            today = date.fromisoformat(state.summary["today"])
        except (UnavailableError, KeyError, TypeError, ValueError):
            logs.product_sales_lost(org_id)
            return None
        return SalesOn(today=today, products={product.product_id: product for product in products})


def _stored_state(client: firestore.Client, org_id: str) -> ResultState | None:
    """What is known about the last result; None where that is damaged: it is made anew then."""
    try:
        return ResultReader(client, org_id).state(NAME)
    except (KeyError, TypeError, ValueError):
        logs.product_sales_lost(org_id)
        return None


def _attempted_at(state: ResultState | None) -> datetime:
    return state.attempted_at if state else _NEVER


def _is_right(state: ResultState | None, number: int, now: datetime) -> bool:
    """Whether nothing has changed since, no window has moved, and the last attempt did it all."""
    if state is None:
        return number == 0
    summary = state.summary
    return not state.stale(now) and summary.get(CHANGES) == number and not summary.get(LEFT)


def _counters(
    client: firestore.Client, org_id: str, first: date, since: datetime | None
) -> _Counters:
    """All-time sales, and those of each day from `first` on, as of one instant.

    `since` is when sales were last computed; None where all is computed anew.
    """
    buckets = [
        client.document(f"{paths.sales_totals(org_id)}/{bucket}") for bucket in range(SALES_BUCKETS)
    ]
    totals = list(client.get_all(buckets))
    # Documents of one answer are as they were at the latest of its read times.
    at = max(snapshot.read_time for snapshot in totals)
    all_time = DailyDelta()
    for snapshot in totals:
        all_time.add(DailyDelta(products=sales(content(snapshot).get("products", {}))))
    stats = client.collection(paths.daily_stats(org_id))
    shown = ["date", "open", "products"]
    window = stats.where(filter=firestore.FieldFilter("date", ">=", first.isoformat()))
    older = stats.where(filter=firestore.FieldFilter("open", "==", True)).where(
        filter=firestore.FieldFilter("date", "<", first.isoformat())
    )
    days: dict[date, DailyDelta] = {}
    for snapshot in window.select(shown).stream(read_time=at):
        sold = _products(snapshot)
        days.setdefault(_day(snapshot), DailyDelta()).add(sold)
        if snapshot.get("open"):
            all_time.add(sold)
    added_to: set[str] = set()
    for snapshot in older.select(shown).stream(read_time=at):
        sold = _products(snapshot)
        all_time.add(sold)
        added_to.update(sold.products)
    if since is not None:
        rolled_up = stats.where(filter=firestore.FieldFilter(ROLLED_UP_AT, ">=", since - OVERLAP))
        for snapshot in rolled_up.select(shown).stream(read_time=at):
            if _day(snapshot) < first:
                added_to.update(_products(snapshot).products)
    return _Counters(
        all_time=all_time.products,
        days={day: sold.products for day, sold in days.items() if sold.products},
        added_to=frozenset(added_to),
        read_at=at,
    )


def _days_back(
    client: firestore.Client, org_id: str, first: date, sought: frozenset[str], at: datetime
) -> Iterator[tuple[date, DaySales]]:
    """What these products sold before `first`, the newest days first: one read per document."""
    fields = ["products"]
    if len(sought) <= MOST_NAMED:
        fields = [FieldPath("products", map_key(id)).to_api_repr() for id in sought]
    query = (
        client.collection(paths.daily_stats(org_id))
        .where(filter=firestore.FieldFilter("date", "<", first.isoformat()))
        .order_by("date", direction=firestore.Query.DESCENDING)
        .select(["date", *fields])
        .limit(PAGE_SIZE)
    )
    # Parts of one day may be spread over two pages, so a day is handed on once the next has begun.
    page = list(query.stream(read_time=at)) if sought else []
    day, sold = first, DailyDelta()
    while page:
        for snapshot in page:
            if _day(snapshot) != day:
                yield day, sold.products
                day, sold = _day(snapshot), DailyDelta()
            sold.add(_products(snapshot))
        more = len(page) == PAGE_SIZE
        page = list(query.start_after(page[-1]).stream(read_time=at)) if more else []
    yield day, sold.products


def _day(snapshot: Snapshot) -> date:
    return date.fromisoformat(snapshot.get("date"))


def _products(snapshot: Snapshot) -> DailyDelta:
    return DailyDelta(products=sales(content(snapshot).get("products", {})))


def _entry(product: ProductSales, category: str | None) -> dict[str, Any]:
    last_sale_on = product.last_sale_on
    return {
        KEY: product.product_id,
        "name": product.name,
        "category": category,
        "all_time": _numbers(product.all_time),
        "last_7_days": _numbers(product.last_7_days),
        "last_30_days": _numbers(product.last_30_days),
        "earlier": _numbers(product.earlier),
        "last_sale_on": None if last_sale_on is None else last_sale_on.isoformat(),
    }


def _numbers(sold: Sold) -> dict[str, int]:
    return {"quantity_milli": sold.quantity_milli, "revenue_cents": sold.revenue_cents}


def _sold(numbers: Mapping[str, int]) -> Sold:
    return Sold(quantity_milli=numbers["quantity_milli"], revenue_cents=numbers["revenue_cents"])
