"""Orders in bulk: all of them, or those of one organisation."""

from collections.abc import Iterator

from google.cloud import firestore

from shared.orders.organization import ORGANIZATION_FIELDS
from shared.reconciliation.ports import RawOrder
from shared.storage import paths
from shared.storage.raw_orders import order_page

PAGE_SIZE = 500


def all_orders(client: firestore.Client) -> Iterator[RawOrder]:
    """Every order, by id, in pages: no query runs for long."""
    query = client.collection(paths.ORDERS).order_by("__name__").limit(PAGE_SIZE)
    yield from _pages(client, query)


def orders_claimed_for(client: firestore.Client, org_id: str) -> Iterator[RawOrder]:
    """Every order that names the organisation, or an alias of it, in any of its fields; once each.

    Some may turn out to belong to another organisation, because an earlier field decides.
    """
    seen: set[str] = set()
    for claimed_id in claimed_ids(client, org_id):
        for field in ORGANIZATION_FIELDS:
            query = (
                client.collection(paths.ORDERS)
                .where(filter=firestore.FieldFilter(field, "==", claimed_id))
                .order_by("__name__")
                .limit(PAGE_SIZE)
            )
            for order in _pages(client, query):
                if order.order_id not in seen:
                    seen.add(order.order_id)
                    yield order


def claimed_ids(client: firestore.Client, org_id: str) -> list[str]:
    """The organisation's id, and its aliases."""
    aliases = client.collection(paths.ALIASES).where(
        filter=firestore.FieldFilter("org_id", "==", org_id)
    )
    return [org_id, *(snapshot.id for snapshot in aliases.stream())]


def _pages(client: firestore.Client, query: firestore.Query) -> Iterator[RawOrder]:
    page = order_page(client, query)
    while page:
        yield from page
        if len(page) < PAGE_SIZE:
            return
        last = client.document(paths.ORDERS, page[-1].order_id)
        page = order_page(client, query.start_after({"__name__": last}))
