"""Sales by product: computed where something changed or a day ended, and put on products."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore

from shared.analytics.counters import ProductDelta
from shared.analytics.product_sales import ProductSales
from shared.nightly.result import ResultState
from shared.reconciliation.reconcile import Reconciler
from shared.storage import catalogue, paths, product_sales
from shared.storage.catalogue import PRODUCTS_PER_COMMIT, Catalogue
from shared.storage.changes import touch
from shared.storage.counter_codec import sales_map
from shared.storage.funnel_recorder import FunnelRecorder, RawEvent
from shared.storage.product_sales import (
    NAME,
    ProductSalesRun,
    refresh_product_sales,
    stored_product,
)
from shared.storage.result_store import ResultReader
from shared.storage.roll_up import SALES_BUCKETS, roll_up
from tests.support.firestore_world import ELSEWHERE, FirestoreWorld
from tests.support.metered import Before, failing, metered
from tests.support.world import KEYER, NOW, FixedOrganizations, Order

ORG = "org_north"
SOUTH = "org_south"
ODD_IDS = ("a/b", "__odd__", "dots.in.it", "ünïcode", "with space", "x" * 128)
"""Ids that cannot be the key of a map, or the id of a document, as they are."""
NEVER = datetime(2100, 1, 1, tzinfo=UTC)


class Shop:
    """Places orders of products and takes them back, on a world of its own."""

    def __init__(self, client: firestore.Client) -> None:
        self.client = client
        self.world = FirestoreWorld(client)
        self._reconciler = Reconciler(self.world, FixedOrganizations(), KEYER, clock=lambda: NOW)
        self._numbers = count()

    def sell(
        self, product: str, *, at: datetime, quantity: float = 1, cents: int = 100, org: str = ORG
    ) -> str:
        id = f"o{next(self._numbers)}"
        order = replace(Order(org=org, email="ada@example.org", cents=cents, ordered_at=at))
        item = {"productId": product, "name": f"Name of {product}"}
        items = [{**item, "qty": quantity, "price": cents / 100}]
        self.world.put_order(id, {**order.data(), "items": items})
        self._reconciler.reconcile(id)
        return id

    def cancel(self, order_id: str) -> None:
        self.client.document(paths.order(order_id)).update({"status": "canceled"})
        self._reconciler.reconcile(order_id)

    def hour(self, now: datetime = NOW) -> ProductSalesRun:
        """What the hourly function does."""
        roll_up(self.client, FixedOrganizations(), clock=lambda: now, stop_at=NEVER)
        return refresh(self.client, now)

    def item(self, product: str, *, org: str = ORG, **fields: Any) -> firestore.DocumentReference:
        reference = self.client.document(paths.catalogue_item(org, product))
        reference.set({"externalId": product, "name": "As the shop has it", **fields})
        return reference

    def root(self, product: str, *, org: str = ORG, **fields: Any) -> firestore.DocumentReference:
        reference = self.client.document(paths.root_product(product))
        reference.set({"orgId": org, "name": "As the shop has it", **fields})
        return reference


def refresh(
    client: firestore.Client, now: datetime = NOW, *, clock: Any = None, stop_at: datetime = NEVER
) -> ProductSalesRun:
    return refresh_product_sales(
        client, FixedOrganizations(), clock=clock or (lambda: now), stop_at=stop_at
    )


def state(client: firestore.Client, org: str = ORG) -> ResultState:
    found = ResultReader(client, org).state(NAME)
    assert found
    return found


def products(client: firestore.Client, org: str = ORG) -> dict[str, ProductSales]:
    entries = ResultReader(client, org).entries(state(client, org))
    return {entry["key"]: stored_product(entry) for entry in entries}


def shown(reference: firestore.DocumentReference) -> dict[str, Any]:
    return reference.get().to_dict() or {}


@pytest.fixture
def shop(firestore_client: firestore.Client) -> Iterator[Shop]:
    yield Shop(firestore_client)


def test_every_number_of_a_product(shop: Shop) -> None:
    # It is noon in London, and 13:00 in Berlin.
    for days, quantity in ((0, 1), (1, 2), (7, 20.5), (8, 3), (30, 4), (31, 5), (400, 6)):
        shop.sell("p1", at=NOW - timedelta(days=days), quantity=quantity)
    shop.sell("p2", at=NOW - timedelta(days=50))

    ran = shop.hour()

    assert (ran.refreshed, ran.failures, ran.complete) == (1, 0, True)
    found = products(shop.client)
    product = found["p1"]
    assert product.name == "Name of p1"
    assert product.all_time.quantity_milli == 41_500
    assert product.all_time.revenue_cents == 4_150
    assert product.last_7_days.quantity_milli == 22_500
    assert product.last_30_days.quantity_milli == 29_500
    assert (product.velocity, product.trending) == (22.5 / 7, True)
    assert product.last_sale_on == date(2026, 11, 23)
    assert found["p2"].last_sale_on == (NOW - timedelta(days=50)).date()
    assert state(shop.client).source_rows == 8


def test_nothing_is_done_again_until_something_changes_or_the_day_ends(shop: Shop) -> None:
    shop.sell("p1", at=NOW)
    shop.hour()
    item = shop.item("p1")

    with metered(shop.client) as meter:
        ran = refresh(shop.client, NOW + timedelta(minutes=30))

    assert ran == ProductSalesRun(refreshed=0, unchanged=1, failures=0, written=0, complete=True)
    name, state_, number = 1, 1, 1
    assert meter.documents_read == name + state_ + number
    assert meter.commits == 0
    assert "salesCount" not in shown(item)

    # 23:00 in London is midnight in Berlin.
    ran = refresh(shop.client, NOW.replace(hour=23))
    assert (ran.refreshed, ran.unchanged) == (1, 0)
    assert shown(item)["salesLast7Days"] == 1


def test_a_visitor_makes_no_sales_anew(shop: Shop) -> None:
    shop.sell("p1", at=NOW)
    shop.hour()
    visit = RawEvent(
        claimed_id=ORG,
        event_id="e1",
        data={"type": "cart.updated", "data": {"sessionId": "s1"}, "timestamp": NOW},
        created_at=NOW,
    )
    recorder = FunnelRecorder(
        shop.client, FixedOrganizations(), b"secret", shards=2, clock=lambda: NOW
    )
    assert recorder.record([visit]) == 1

    assert refresh(shop.client, NOW + timedelta(minutes=30)).unchanged == 1


def test_a_product_leaves_a_window_when_its_day_passes_without_any_order(shop: Shop) -> None:
    item = shop.item("p1")
    shop.sell("p1", at=NOW, quantity=15)
    told = {}
    for days in (0, 1, 7, 8, 30, 31, 32):
        shop.hour(NOW + timedelta(days=days))
        fields = shown(item)
        told[days] = [fields["salesLast7Days"], fields["salesLast30Days"], fields["trending"]]
        assert fields["salesVelocity"] == fields["salesLast7Days"] / 7
        assert (fields["salesCount"], fields["name"]) == (15, "As the shop has it")
        # The beginning of its day in Berlin.
        assert fields["lastSaleAt"] == datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert told == {
        0: [0, 0, False],
        1: [15, 15, True],
        7: [15, 15, True],
        8: [0, 15, False],
        30: [0, 15, False],
        31: [0, 0, False],
        32: [0, 0, False],
    }


def test_without_a_sale_in_any_window_days_pass_without_work(shop: Shop) -> None:
    shop.sell("p1", at=NOW - timedelta(days=65))
    shop.hour()
    for days in (1, 2, 300):
        assert shop.hour(NOW + timedelta(days=days)).unchanged == 1
    assert not state(shop.client).stale(NOW + timedelta(days=300))


def test_what_is_cancelled_is_taken_back(shop: Shop) -> None:
    item, root = shop.item("p1"), shop.root("p2")
    shop.sell("p1", at=NOW - timedelta(days=90))
    middle = shop.sell("p1", at=NOW - timedelta(days=50), cents=200)
    last = shop.sell("p1", at=NOW - timedelta(days=2), cents=300)
    only = shop.sell("p2", at=NOW - timedelta(days=2))
    shop.hour()
    assert shown(item)["salesLast7Days"] == shown(root)["salesCount"] == 1

    shop.cancel(last)
    shop.cancel(only)
    shop.hour()

    assert (shown(item)["salesCount"], shown(item)["salesLast7Days"]) == (2, 0)
    assert products(shop.client)["p1"].last_sale_on == (NOW - timedelta(days=50)).date()
    assert "p2" not in products(shop.client)
    gone = shown(root)
    assert (gone["salesCount"], gone["lastSaleAt"], gone["trending"]) == (0, None, False)

    shop.cancel(middle)
    shop.hour()
    assert products(shop.client)["p1"].last_sale_on == (NOW - timedelta(days=90)).date()


def test_a_last_sale_long_ago_is_looked_for_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product_sales, "PAGE_SIZE", 2)
    for days in range(40, 46):
        shop.sell("p1" if days == 45 else "p2", at=NOW - timedelta(days=days))
    shop.hour()
    assert products(shop.client)["p1"].last_sale_on == (NOW - timedelta(days=45)).date()
    # The days were rolled up at the time of the first run, so that the second looks again.
    touch(shop.client, ORG)
    refresh(shop.client, NOW + timedelta(hours=1))
    touch(shop.client, ORG)
    with metered(shop.client) as meter:
        assert refresh(shop.client, NOW + timedelta(hours=2)).refreshed == 1

    assert meter.documents_read == sum(
        (
            3,  # its name, its state, the number of changes
            SALES_BUCKETS,
            3,  # nothing in the window, nothing open, nothing rolled up since
            1,  # the chunk of before
            3,  # the segment counts' shards, and changes that are not orders
            1,  # the state, as it is replaced
        )
    )


@pytest.mark.parametrize("rolled_up", [True, False])
@pytest.mark.parametrize("day", [35, 45])
def test_an_old_sale_that_moves_takes_its_last_sale_with_it(
    shop: Shop, day: int, rolled_up: bool
) -> None:
    shop.sell("p1", at=NOW - timedelta(days=50))
    last = shop.sell("p1", at=NOW - timedelta(days=40))
    shop.hour()
    later = NOW + timedelta(hours=1)
    shop.cancel(last)
    shop.sell("p1", at=NOW - timedelta(days=day))

    if rolled_up:
        shop.hour(later)
    else:
        refresh(shop.client, later)

    assert products(shop.client)["p1"].last_sale_on == (NOW - timedelta(days=day)).date()


@pytest.mark.parametrize("most_named", [0, 50])
def test_ids_that_are_no_keys(shop: Shop, monkeypatch: pytest.MonkeyPatch, most_named: int) -> None:
    monkeypatch.setattr(product_sales, "MOST_NAMED", most_named)
    items = {id: shop.item(id) for id in ODD_IDS}
    for number, id in enumerate(ODD_IDS):
        shop.sell(id, at=NOW - timedelta(days=1), quantity=number + 1)
        shop.sell(f"old {id}"[:128], at=NOW - timedelta(days=40 + number))

    shop.hour()

    found = products(shop.client)
    for number, id in enumerate(ODD_IDS):
        if id == "__odd__":
            continue  # counted under a stand-in, see `bounded_id`
        assert found[id].last_7_days.quantity_milli == 1_000 * (number + 1)
        assert shown(items[id])["salesLast7Days"] == number + 1
        old = found[f"old {id}"[:128]]
        assert old.last_sale_on == (NOW - timedelta(days=40 + number)).date()
    assert state(shop.client).status == "ready"


def test_product_documents_of_others_and_those_that_are_not_there(shop: Shop) -> None:
    theirs = shop.root("p1", org=SOUTH)
    nobodys = shop.client.document(paths.root_product("p2"))
    nobodys.set({"name": "Nobody's"})
    odd = shop.root("p3", orgId={"a": "map"})
    aliased = shop.root("p4", org="shop_north_2")
    their_item = shop.item("p1", org=SOUTH)
    before = [shown(each) for each in (theirs, nobodys, odd, their_item)]
    for id in ("p1", "p2", "p3", "p4", "p5"):
        shop.sell(id, at=NOW - timedelta(days=1))

    shop.hour()

    assert [shown(each) for each in (theirs, nobodys, odd, their_item)] == before
    assert shown(aliased)["salesCount"] == 1
    for id in ("p1", "p5"):
        assert not shop.client.document(paths.catalogue_item(ORG, id)).get().exists
    assert not shop.client.document(paths.root_product("p5")).get().exists


def test_both_documents_of_a_product_and_the_category_they_name(shop: Shop) -> None:
    item = shop.item("p1", salesCount=99, trending=True, price=5)
    root = shop.root("p1", category="gummies", salesCount=1)
    shop.sell("p1", at=NOW)

    shop.hour()

    for reference in (item, root):
        fields = shown(reference)
        assert (fields["salesCount"], fields["salesLast7Days"], fields["trending"]) == (1, 0, False)
        assert fields["updatedAt"] == NOW
    assert shown(item)["price"] == 5
    assert products(shop.client)["p1"].category == "Edibles"

    touch(shop.client, ORG)
    assert refresh(shop.client).written == 0
    assert products(shop.client)["p1"].category == "Edibles"


def put_sales(client: firestore.Client, products: int, org: str = ORG) -> None:
    """A day on which so many products were sold, as one that is rolled up."""
    day = (NOW - timedelta(days=1)).date()
    sold = {
        f"p{number:05}": ProductDelta(name="x", revenue_cents=number, quantity_milli=1_000)
        for number in range(products)
    }
    client.document(paths.rolled_up_day(org, day)).set(
        {"date": day.isoformat(), "open": False, "products": sales_map(sold)}
    )
    client.document(f"{paths.sales_totals(org)}/0").set({"products": sales_map(sold)})
    touch(client, org)


def put_items(client: firestore.Client, products: int) -> None:
    for start in range(0, products, 400):
        batch = client.batch()
        for number in range(start, min(products, start + 400)):
            reference = client.document(paths.catalogue_item(ORG, f"p{number:05}"))
            batch.set(reference, {"name": "As the shop has it"})
        batch.commit()


def sold_items(client: firestore.Client) -> int:
    items = client.collection(paths.catalogue(ORG))
    return sum(
        snapshot.get("salesCount") == 1
        for snapshot in items.select(["salesCount"]).stream()
        if "salesCount" in (snapshot.to_dict() or {})
    )


def test_a_catalogue_of_1200_products_is_resumed_and_written_once(shop: Shop) -> None:
    products_ = 1_200
    put_sales(shop.client, products_)
    put_items(shop.client, products_)
    # Time is up after the third look at the clock for a commit.
    ticks = count()
    stop_at = NOW + timedelta(seconds=4)
    ran = refresh(shop.client, clock=lambda: NOW + timedelta(seconds=next(ticks)), stop_at=stop_at)
    assert not ran.complete
    assert 0 < ran.written < products_
    assert ran.written % PRODUCTS_PER_COMMIT == 0
    begun = state(shop.client)
    assert (begun.status, begun.last_error, begun.computed_at) == ("failed", "OutOfTime", None)

    with metered(shop.client) as meter:
        rest = refresh(shop.client)

    assert (rest.complete, rest.refreshed) == (True, 1)
    assert rest.written == products_ - ran.written
    assert sold_items(shop.client) == products_
    # Two documents per product, and a handful beside them.
    assert 2 * products_ < meter.documents_read < 2 * products_ + 30

    touch(shop.client, ORG)
    with metered(shop.client) as meter:
        again = refresh(shop.client)
    assert (again.refreshed, again.written) == (1, 0)
    assert meter.documents_read < 30


def test_only_products_that_sold_have_their_documents_read_within_a_day(shop: Shop) -> None:
    put_sales(shop.client, 300)
    put_items(shop.client, 300)
    refresh(shop.client)
    shop.sell("p00007", at=NOW)

    with metered(shop.client) as meter:
        ran = refresh(shop.client)

    assert ran.written == 1
    assert meter.documents_read < 35


def test_a_document_that_changes_meanwhile_is_read_again(shop: Shop) -> None:
    item = shop.item("p1")
    root = shop.root("p1")
    shop.sell("p1", at=NOW)
    original = Catalogue._write
    times = count()

    def meddled(self: Any, differing: Any, now: datetime) -> int:
        if next(times) == 0:
            root.update({"orgId": SOUTH})
            item.update({"price": 7})
        return original(self, differing, now)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Catalogue, "_write", meddled)
        ran = refresh(shop.client)

    assert (ran.written, ran.failures) == (1, 0)
    assert (shown(item)["salesCount"], shown(item)["price"]) == (1, 7)
    assert "salesCount" not in shown(root)


def test_documents_that_cannot_be_decoded_hold_up_no_product(shop: Shop) -> None:
    theirs = shop.root("p1", org=SOUTH, category=ELSEWHERE)
    nobodys = shop.root("p2", orgId=ELSEWHERE, category="Flower")
    item = shop.item("p3", category=ELSEWHERE, salesCount=7)
    odd = shop.item("p4", salesCount=ELSEWHERE, category="gummies")
    shop.root("p5", category="gummies")
    for number in range(1, 6):
        shop.sell(f"p{number}", at=NOW)

    ran = shop.hour()

    assert (ran.refreshed, ran.failures) == (1, 0)
    assert {id: product.category for id, product in products(shop.client).items()} == {
        **dict.fromkeys(("p1", "p2", "p3", "p4")),
        "p5": "Edibles",
    }
    for reference in (item, odd):
        assert reference.get(["salesCount"]).get("salesCount") == 1
    for reference in (theirs, nobodys):
        assert (reference.get(["salesCount"]).to_dict() or {}) == {}


@pytest.mark.parametrize("gone", [True, False])
def test_a_document_that_is_written_all_the_time_is_left_to_the_next_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    items = [shop.item(f"p{number}") for number in range(5)]
    orders = [shop.sell(f"p{number}", at=NOW) for number in range(5)]
    if gone:
        shop.hour()
        shop.cancel(orders[2])
    else:
        touch(shop.client, ORG)
    original = Catalogue._write

    def busy(self: Any, differing: Any, now: datetime) -> int:
        items[2].update({"stock": firestore.Increment(1)})
        return original(self, differing, now)

    with monkeypatch.context() as patched:
        patched.setattr(Catalogue, "_write", busy)
        ran = refresh(shop.client)

    assert (ran.refreshed, ran.failures, ran.written) == (1, 0, 0 if gone else 4)
    assert state(shop.client).status == "ready"
    assert len(products(shop.client)) == (4 if gone else 5)
    assert shown(items[2]).get("salesCount") == (1 if gone else None)

    ran = refresh(shop.client)

    assert (ran.refreshed, ran.written) == (1, 1)
    assert shown(items[2])["salesCount"] == (0 if gone else 1)
    assert refresh(shop.client).unchanged == 1


def test_more_documents_left_than_can_be_kept_are_a_failure(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product_sales, "MOST_LEFT", 0)
    item = shop.item("p1")
    shop.sell("p1", at=NOW)
    original = Catalogue._write

    def busy(self: Any, differing: Any, now: datetime) -> int:
        item.update({"stock": firestore.Increment(1)})
        return original(self, differing, now)

    monkeypatch.setattr(Catalogue, "_write", busy)

    assert refresh(shop.client).failures == 1
    assert state(shop.client).last_error == "ContentionError"


def test_a_catalogue_too_large_for_one_run_comes_after_all_others(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        shop.sell(f"p{number}", at=NOW)
    shop.sell("p1", at=NOW, org=SOUTH)
    monkeypatch.setattr(catalogue, "PRODUCTS_PER_COMMIT", 1)
    now = NOW
    original = Catalogue._documents

    def slow(self: Any, *arguments: Any) -> Any:
        nonlocal now
        now += timedelta(seconds=300 if self._org_id == ORG else 1)
        return original(self, *arguments)

    monkeypatch.setattr(Catalogue, "_documents", slow)

    def run() -> ProductSalesRun:
        return refresh(shop.client, clock=lambda: now, stop_at=now + timedelta(seconds=480))

    first, second = run(), run()

    assert [(each.refreshed, each.complete) for each in (first, second)] == [(0, False), (1, False)]
    assert state(shop.client, SOUTH).status == "ready"
    assert (state(shop.client).status, state(shop.client).last_error) == ("failed", "OutOfTime")


@pytest.mark.parametrize(
    "damaged", [{"note": "by hand"}, {"status": "odd"}, {"status": "ready", "attempted_at": NOW}]
)
def test_a_state_that_is_damaged_is_made_anew_and_stops_no_other(
    shop: Shop, damaged: dict[str, Any]
) -> None:
    shop.sell("p1", at=NOW)
    shop.sell("p1", at=NOW, org=SOUTH)
    shop.hour()
    shop.client.document(paths.result(ORG, NAME)).set(damaged)
    touch(shop.client, SOUTH)

    ran = refresh(shop.client)

    assert (ran.refreshed, ran.failures) == (2, 0)
    assert state(shop.client).status == "ready"
    assert set(products(shop.client)) == {"p1"}


def test_a_state_that_cannot_be_read_stops_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sell("p1", at=NOW)
    shop.sell("p1", at=NOW, org=SOUTH)
    original = ResultReader.state

    def unanswered(self: Any, name: str) -> Any:
        if self._org_id == ORG:
            raise exceptions.ServiceUnavailable("down")
        return original(self, name)

    with monkeypatch.context() as patched:
        patched.setattr(ResultReader, "state", unanswered)
        ran = refresh(shop.client)

    assert (ran.refreshed, ran.failures) == (1, 1)
    assert state(shop.client).last_error == "ServiceUnavailable"
    assert set(products(shop.client, SOUTH)) == {"p1"}


def test_a_missing_chunk_of_the_last_result_is_made_anew(shop: Shop) -> None:
    shop.sell("p1", at=NOW - timedelta(days=65))
    shop.sell("p2", at=NOW)
    shop.hour()
    before = products(shop.client)
    for chunk in shop.client.collection(paths.result_chunks(ORG, NAME)).list_documents():
        chunk.delete()
    touch(shop.client, ORG)

    ran = shop.hour(NOW + timedelta(hours=1))

    assert (ran.refreshed, ran.failures) == (1, 0)
    assert state(shop.client).status == "ready"
    assert products(shop.client) == before


def test_one_organisation_that_fails_says_so_and_stops_no_other(shop: Shop) -> None:
    shop.sell("p1", at=NOW)
    shop.sell("p1", at=NOW, org=SOUTH)
    shop.hour()
    damaged = shop.client.document(paths.daily_shard(ORG, NOW.date(), "damaged"))
    damaged.set({"date": NOW.date().isoformat(), "open": True, "products": {"p1": {"name": 1}}})
    touch(shop.client, ORG)
    shop.sell("p2", at=NOW, org=SOUTH)
    later = NOW + timedelta(hours=1)

    ran = shop.hour(later)

    assert (ran.refreshed, ran.failures, ran.complete) == (1, 1, True)
    assert set(products(shop.client, SOUTH)) == {"p1", "p2"}
    failed = state(shop.client)
    assert (failed.status, failed.last_error) == ("failed", "KeyError")
    assert (failed.attempted_at, failed.computed_at) == (later, NOW)
    assert set(products(shop.client)) == {"p1"}

    # Its days cannot be rolled up either; those of the other one can.
    assert shop.hour(NOW + timedelta(days=1)).failures == 1
    stats = shop.client.collection(paths.daily_stats(SOUTH))
    assert {snapshot.get("open") for snapshot in stats.stream()} == {False}

    damaged.delete()
    assert shop.hour(NOW + timedelta(days=1)).failures == 0
    assert state(shop.client).status == "ready"


def test_a_failure_that_cannot_even_be_noted_stops_no_other(shop: Shop) -> None:
    shop.sell("p1", at=NOW)
    shop.sell("p1", at=NOW, org=SOUTH)
    unavailable = exceptions.ServiceUnavailable("down")
    with failing(
        shop.client, lambda method, n: Before(unavailable) if method == "commit" and n < 3 else None
    ):
        ran = refresh(shop.client)
    assert (ran.refreshed, ran.failures) == (1, 1)
    assert refresh(shop.client).refreshed == 1


def test_after_the_time_is_up_nothing_is_begun(shop: Shop) -> None:
    shop.sell("p1", at=NOW)
    ran = refresh(shop.client, stop_at=NOW)
    assert ran == ProductSalesRun(refreshed=0, unchanged=0, failures=0, written=0, complete=False)


def test_those_that_waited_longest_come_first(shop: Shop) -> None:
    for org in (ORG, SOUTH):
        shop.sell("p1", at=NOW, org=org)
    shop.hour()
    touch(shop.client, ORG)
    refresh(shop.client, NOW + timedelta(hours=1))
    for org in (ORG, SOUTH):
        touch(shop.client, org)
    # Looked at before the first organisation, and for it.
    ticks = iter(2 * [NOW + timedelta(hours=2)])

    ran = refresh(
        shop.client,
        clock=lambda: next(ticks, NOW + timedelta(hours=3)),
        stop_at=NOW + timedelta(hours=3),
    )

    assert (ran.refreshed, ran.complete) == (1, False)
    assert state(shop.client, SOUTH).computed_at == NOW + timedelta(hours=2)
    assert state(shop.client, ORG).computed_at == NOW + timedelta(hours=1)
