"""ETag and If-None-Match: 304 for next to nothing, and never where something has changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from google.cloud import firestore

from shared.firestore.changes import changes
from tests.support.dashboard import Dashboard
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago, item
from tests.web.cached_pages import KEPT_READS, OVERVIEW, PAGES, SEGMENTS, ask, etag_of, new_order


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", PAGES)
def test_what_has_not_changed_costs_two_reads_at_most(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    order: str,
    path: str,
    method: str,
) -> None:
    first = ask(dashboard, path)
    with metered(firestore_client) as meter:
        again = ask(dashboard, path, first.headers["ETag"], method=method)

    assert (again.status_code, again.data) == (304, b"")
    assert meter.documents_read == KEPT_READS
    assert sum(meter.calls.values()) == KEPT_READS
    assert meter.documents_written == 0
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    assert "Content-Type" not in again.headers
    assert "Content-Length" not in again.headers


@pytest.mark.parametrize("path", PAGES)
def test_the_same_without_any_order(
    dashboard: Dashboard, firestore_client: firestore.Client, path: str
) -> None:
    etag = etag_of(dashboard, path)
    with metered(firestore_client) as meter:
        assert ask(dashboard, path, etag).status_code == 304

    assert meter.documents_read == KEPT_READS


@pytest.mark.parametrize(
    ("path", "reads"),
    [(SEGMENTS, 2 + 3 + 1), (OVERVIEW, 2 + 3 + 1 + 2 + 2 + 4)],
)
def test_what_has_changed_costs_its_settings_and_its_counters(
    dashboard: Dashboard,
    shop: Shop,
    firestore_client: firestore.Client,
    path: str,
    reads: int,
    order: str,
) -> None:
    etag = etag_of(dashboard, path)
    shop.order("ada@example.org", 20, id=order)  # so that all is in the same shard
    with metered(firestore_client) as meter:
        assert ask(dashboard, path, etag).status_code == 200

    assert meter.documents_read == reads


@pytest.mark.parametrize("path", PAGES)
def test_an_etag_stays_the_same_while_nothing_changes(
    dashboard: Dashboard, order: str, path: str
) -> None:
    later = dashboard.at(NOW + timedelta(hours=11, minutes=59))

    assert etag_of(later, path) == etag_of(dashboard, path)
    assert etag_of(dashboard, path).startswith('W/"')


def order_by_nobody(shop: Shop) -> None:
    shop.order(None, 5)


def other_products(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", items=[item("p2", 10)])


def other_channel(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", items=[item("p1", 10)], channel="in_store")


def refund(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", refundedAmount=4, items=[item("p1", 10)])


def cancellation(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", status="cancelled")


def another_day(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", at=days_ago(2), items=[item("p1", 10)])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "change",
    [
        new_order,
        order_by_nobody,
        other_channel,
        refund,
        cancellation,
        another_day,
    ],
    ids=lambda change: change.__name__,
)
def test_every_change_is_told_at_once(
    dashboard: Dashboard, shop: Shop, order: str, path: str, change: Callable[[Shop], None]
) -> None:
    assert order == "order_0001"
    etag = etag_of(dashboard, path)
    change(shop)

    fresh = ask(dashboard, path, etag)

    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != etag
    assert fresh.json == ask(dashboard, path).json
    assert ask(dashboard, path, fresh.headers["ETag"]).status_code == 304


def test_an_edit_of_products_shows_on_the_page_after_the_night(
    dashboard: Dashboard, shop: Shop, order: str
) -> None:
    etag = etag_of(dashboard, OVERVIEW)
    other_products(shop)
    shop.refresh_products()

    sold = ask(dashboard, OVERVIEW, etag).json["salesByProduct"]
    assert [line["productId"] for line in sold] == ["p2"]


@pytest.mark.parametrize("path", PAGES)
def test_an_edit_that_changes_nothing_that_counts_is_no_change(
    dashboard: Dashboard, shop: Shop, order: str, path: str
) -> None:
    etag = etag_of(dashboard, path)
    shop.order("ada@example.org", 10, id=order, items=[item("p1", 10)], notes="ring twice")

    assert ask(dashboard, path, etag).status_code == 304


@pytest.mark.parametrize("path", PAGES)
def test_a_change_of_another_organisation_is_none_here(
    dashboard: Dashboard, shop: Shop, order: str, path: str
) -> None:
    etag = etag_of(dashboard, path)
    shop.order("ada@example.org", 10, org=OTHER)

    assert ask(dashboard, path, etag).status_code == 304


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_makes_only_those_pages_anew_that_show_sessions(
    dashboard: Dashboard, shop: Shop, order: str, path: str
) -> None:
    etag = etag_of(dashboard, path)
    shop.event("cart.updated", "s1", at=days_ago(0))

    fresh = ask(dashboard, path, etag)

    assert fresh.status_code == (304 if path == SEGMENTS else 200)
    assert ask(dashboard, path, fresh.headers["ETag"]).status_code == 304


def test_the_number_of_changes_costs_one_read_however_many_there_are(
    firestore_client: firestore.Client, shop: Shop
) -> None:
    for number in range(12):
        shop.order(f"p{number}@example.org", 10)
    with metered(firestore_client) as meter:
        assert changes(firestore_client, ORG) == 12

    assert meter.documents_read == 1
