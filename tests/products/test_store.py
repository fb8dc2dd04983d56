"""Sales by product: published from a night's answer, and put on the shop's product documents."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore

from shared.firestore import paths
from shared.nightly.result_store import ResultReader
from shared.products.product_sales import (
    NAME,
    last_full_day,
    stored_best_sellers,
)
from shared.products.store import MAX_ATTEMPTS, PRODUCTS_PER_COMMIT, Catalogue
from tests.products.sold import (
    ORG,
    Shop,
    answered,
    products,
    publish,
    put_items,
    shown,
    sold_items,
    state,
)
from tests.support.firestore_world import ELSEWHERE
from tests.support.metered import Before, failing
from tests.support.world import NOW

SOUTH = "org_south"
ODD_IDS = ("a/b", "__odd__", "dots.in.it", "ünïcode", "with space", "x" * 128)
"""Ids that cannot be the key of a map, or the id of a document, as they are."""


@pytest.fixture
def shop(firestore_client: firestore.Client) -> Iterator[Shop]:
    yield Shop(firestore_client)


def test_every_number_of_a_product(shop: Shop) -> None:
    # It is noon in London, and 13:00 in Berlin.
    for days, quantity in ((0, 1), (1, 2), (7, 20.5), (8, 3), (30, 4), (31, 5), (400, 6)):
        shop.sell("p1", at=NOW - timedelta(days=days), quantity=quantity)
    shop.sell("p2", at=NOW - timedelta(days=50))

    shop.night()

    actual = products(shop.client)
    product = actual["p1"]
    assert product.name == "Name of p1"
    assert product.all_time.quantity_milli == 41_500
    assert product.all_time.revenue_cents == 4_150
    assert product.last_7_days.quantity_milli == 22_500
    assert product.last_30_days.quantity_milli == 29_500
    assert (product.velocity, product.trending) == (22.5 / 7, True)
    assert product.last_sale_on == date(2026, 11, 23)
    assert actual["p2"].last_sale_on == (NOW - timedelta(days=50)).date()
    summary = state(shop.client).summary
    assert last_full_day(summary) == date(2026, 11, 22)
    best = stored_best_sellers(summary)
    assert best
    assert [(line.id, line.name, line.revenue_cents) for line in best.products] == [
        ("p1", "Name of p1", 4_150),
        ("p2", "Name of p2", 100),
    ]
    assert [(line.id, line.revenue_cents) for line in best.categories] == [("Other", 4_250)]


def test_a_product_leaves_a_window_when_its_day_passes_without_any_order(shop: Shop) -> None:
    item = shop.item("p1")
    shop.sell("p1", at=NOW, quantity=15)
    seen = {}
    for days in (0, 1, 7, 8, 30, 31, 32):
        shop.night(NOW + timedelta(days=days))
        fields = shown(item)
        seen[days] = [fields["salesLast7Days"], fields["salesLast30Days"], fields["trending"]]
        assert fields["salesVelocity"] == fields["salesLast7Days"] / 7
        assert (fields["salesCount"], fields["name"]) == (15, "As the shop has it")
        # The beginning of its day in Berlin.
        assert fields["lastSaleAt"] == datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert seen == {
        0: [0, 0, False],
        1: [15, 15, True],
        7: [15, 15, True],
        8: [0, 15, False],
        30: [0, 15, False],
        31: [0, 0, False],
        32: [0, 0, False],
    }


def test_a_document_says_since_when_its_numbers_are_what_they_are(shop: Shop) -> None:
    item = shop.item("p1")
    shop.sell("p1", at=NOW, quantity=15)
    first = {days: NOW + timedelta(days=days) for days in (0, 1, 2, 8, 9)}
    since = {}
    for days, now in first.items():
        shop.night(now)
        fields = shown(item)
        assert fields["updatedAt"] == fields["salesComputedAt"]
        since[days] = fields["salesComputedAt"]
    assert since == {0: first[0], 1: first[1], 2: first[1], 8: first[8], 9: first[8]}


def test_what_is_cancelled_is_taken_back(shop: Shop) -> None:
    item, root = shop.item("p1"), shop.root("p2")
    shop.sell("p1", at=NOW - timedelta(days=90))
    middle = shop.sell("p1", at=NOW - timedelta(days=50), cents=200)
    last = shop.sell("p1", at=NOW - timedelta(days=2), cents=300)
    only = shop.sell("p2", at=NOW - timedelta(days=2))
    shop.night()
    assert shown(item)["salesLast7Days"] == shown(root)["salesCount"] == 1

    shop.cancel(last)
    shop.cancel(only)
    shop.night()

    assert (shown(item)["salesCount"], shown(item)["salesLast7Days"]) == (2, 0)
    assert products(shop.client)["p1"].last_sale_on == (NOW - timedelta(days=50)).date()
    assert "p2" not in products(shop.client)
    gone = shown(root)
    assert (gone["salesCount"], gone["lastSaleAt"], gone["trending"]) == (0, None, False)

    shop.cancel(middle)
    shop.night()
    assert products(shop.client)["p1"].last_sale_on == (NOW - timedelta(days=90)).date()


def test_ids_that_are_no_keys(shop: Shop) -> None:
    items = {id: shop.item(id) for id in ODD_IDS}
    for number, id in enumerate(ODD_IDS):
        shop.sell(id, at=NOW - timedelta(days=1), quantity=number + 1)

    shop.night()

    actual = products(shop.client)
    for number, id in enumerate(ODD_IDS):
        if id == "__odd__":
            continue  # counted under a stand-in, see `bounded_id`
        assert actual[id].last_7_days.quantity_milli == 1_000 * (number + 1)
        assert shown(items[id])["salesLast7Days"] == number + 1
    assert state(shop.client).status == "ready"


def test_product_documents_of_others_and_missing_ones(shop: Shop) -> None:
    theirs = shop.root("p1", org=SOUTH)
    nobodys = shop.client.document(paths.root_product("p2"))
    nobodys.set({"name": "Nobody's"})
    odd = shop.root("p3", orgId={"a": "map"})
    aliased = shop.root("p4", org="shop_north_2")
    their_item = shop.item("p1", org=SOUTH)
    before = [shown(each) for each in (theirs, nobodys, odd, their_item)]
    for id in ("p1", "p2", "p3", "p4", "p5"):
        shop.sell(id, at=NOW - timedelta(days=1))

    shop.night()

    assert [shown(each) for each in (theirs, nobodys, odd, their_item)] == before
    assert shown(aliased)["salesCount"] == 1
    for id in ("p1", "p5"):
        assert not shop.client.document(paths.catalogue_item(ORG, id)).get().exists
    assert not shop.client.document(paths.root_product("p5")).get().exists


def test_both_documents_of_a_product_and_the_category_they_name(shop: Shop) -> None:
    item = shop.item("p1", salesCount=99, trending=True, price=5)
    root = shop.root("p1", category="gummies", salesCount=1)
    shop.sell("p1", at=NOW)

    shop.night()

    for reference in (item, root):
        fields = shown(reference)
        assert (fields["salesCount"], fields["salesLast7Days"], fields["trending"]) == (1, 0, False)
        assert fields["updatedAt"] == NOW
    assert shown(item)["price"] == 5
    assert products(shop.client)["p1"].category == "Edibles"


def test_a_task_that_is_ended_midway_is_done_again_and_only_what_differs_is_written(
    shop: Shop,
) -> None:
    number = 1_200
    put_items(shop.client, number)
    result = answered(number)

    ended = ConnectionError("ended")
    with (
        failing(
            shop.client, lambda method, n: Before(ended) if method == "commit" and n == 3 else None
        ),
        pytest.raises(ConnectionError),
    ):
        publish(shop.client, result)
    assert sold_items(shop.client) == 2 * PRODUCTS_PER_COMMIT
    assert ResultReader(shop.client, ORG).state(NAME) is None

    rest = publish(shop.client, result)

    chunks_and_state = 2
    assert sold_items(shop.client) == number
    assert rest.documents_written == number - 2 * PRODUCTS_PER_COMMIT + chunks_and_state
    # Two documents per product, and a handful beside them.
    assert 2 * number < rest.documents_read < 2 * number + 10

    again = publish(shop.client, result, NOW + timedelta(hours=1))
    assert again.documents_written == chunks_and_state
    assert len(products(shop.client)) == number


def test_a_document_that_changes_meanwhile_is_read_again(shop: Shop) -> None:
    item = shop.item("p1")
    root = shop.root("p1")
    shop.sell("p1", at=NOW)
    original = Catalogue._write
    times = count()

    def meddled(self: Any, differing: Any, when: Any) -> int:
        if next(times) == 0:
            root.update({"orgId": SOUTH})
            item.update({"price": 7})
        return original(self, differing, when)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Catalogue, "_write", meddled)
        shop.night()

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

    shop.night()

    assert {id: product.category for id, product in products(shop.client).items()} == {
        **dict.fromkeys(("p1", "p2", "p3", "p4")),
        "p5": "Edibles",
    }
    for reference in (item, odd):
        assert reference.get(["salesCount"]).get("salesCount") == 1
    for reference in (theirs, nobodys):
        assert (reference.get(["salesCount"]).to_dict() or {}) == {}


@pytest.mark.parametrize("gone", [True, False])
def test_a_document_that_is_written_all_the_time_is_left_to_the_next_night(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, gone: bool
) -> None:
    """It must not fail the task, night after night."""
    items = [shop.item(f"p{number}") for number in range(5)]
    orders = [shop.sell(f"p{number}", at=NOW) for number in range(5)]
    if gone:
        shop.night()
        shop.cancel(orders[2])
    original = Catalogue._write
    attempts = count()

    def busy(self: Any, differing: Any, when: Any) -> int:
        if any(document.reference == items[2] for document, _ in differing):
            next(attempts)
        items[2].update({"stock": firestore.Increment(1)})
        return original(self, differing, when)

    with monkeypatch.context() as patched:
        patched.setattr(Catalogue, "_write", busy)
        shop.night()

    assert MAX_ATTEMPTS <= next(attempts) < 3 * MAX_ATTEMPTS
    assert state(shop.client).status == "ready"
    assert len(products(shop.client)) == (4 if gone else 5)
    assert shown(items[2]).get("salesCount") == (1 if gone else None)
    (noted,) = [
        vars(record)["fields"]
        for record in caplog.records
        if record.getMessage() == "products_updated" and vars(record)["fields"]["left"]
    ]
    assert noted == {"org_id": ORG, "written": 0 if gone else 4, "refused": 0, "left": 1}

    shop.night(NOW + timedelta(minutes=1))

    assert shown(items[2])["salesCount"] == (0 if gone else 1)
    assert state(shop.client).summary["products_left"] == []


@pytest.mark.parametrize(
    "damaged", [{"note": "by hand"}, {"status": "odd"}, {"status": "ready", "attempted_at": NOW}]
)
def test_a_state_that_is_damaged_is_replaced(shop: Shop, damaged: dict[str, Any]) -> None:
    shop.sell("p1", at=NOW)
    shop.night()
    shop.client.document(paths.result(ORG, NAME)).set(damaged)

    shop.night(NOW + timedelta(hours=1))

    assert state(shop.client).status == "ready"
    assert set(products(shop.client)) == {"p1"}


def test_a_missing_chunk_of_the_last_result_fails_no_night(shop: Shop) -> None:
    shop.sell("p1", at=NOW - timedelta(days=65))
    shop.sell("p2", at=NOW)
    shop.night()
    before = products(shop.client)
    for chunk in shop.client.collection(paths.result_chunks(ORG, NAME)).list_documents():
        chunk.delete()

    shop.night(NOW + timedelta(hours=1))

    assert state(shop.client).status == "ready"
    assert products(shop.client) == before


def test_a_failure_is_seen_and_leaves_what_was_computed_before(shop: Shop) -> None:
    shop.sell("p1", at=NOW)
    shop.night()
    shop.sell("p2", at=NOW)
    unavailable = exceptions.ServiceUnavailable("down")
    reads = "batch_get_documents"
    with (
        failing(shop.client, lambda method, n: Before(unavailable) if method == reads else None),
        pytest.raises(exceptions.ServiceUnavailable),
    ):
        shop.night(NOW + timedelta(days=1))

    failed = state(shop.client)
    assert (failed.status, failed.last_error) == ("failed", "ServiceUnavailable")
    assert failed.computed_at == NOW
    assert set(products(shop.client)) == {"p1"}


def test_each_organisation_has_its_own_products(shop: Shop) -> None:
    for org, product in ((ORG, "p1"), (SOUTH, "p2")):
        shop.sell(product, at=NOW, org=org)
        shop.night(org=org)
    assert [set(products(shop.client, org)) for org in (ORG, SOUTH)] == [{"p1"}, {"p2"}]
