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

    Some may turn out to belong to another organisation, because an earlier field decides. An id
    with ASCII blanks around it names the same: each such spelling that there is costs one read
    more, and each field and id two queries.
    """
    seen: set[str] = set()
    for claimed_id in claimed_ids(client, org_id):
        for field in ORGANIZATION_FIELDS:
            for spelling in (claimed_id, *_padded(client, field, claimed_id)):
                query = (
                    client.collection(paths.ORDERS)
                    .where(filter=firestore.FieldFilter(field, "==", spelling))
                    .order_by("__name__")
                    .limit(PAGE_SIZE)
                )
                for order in _pages(client, query):
                    if order.order_id not in seen:
                        seen.add(order.order_id)
                        yield order


def _padded(client: firestore.Client, field: str, claimed_id: str) -> Iterator[str]:
    """The values of a field that are an id with blanks before or after it."""
    for first, last in (("", "!"), (claimed_id, f"{claimed_id}!")):
        # Blanks come before every sign: these are the strings that begin with a blank, and those
        # that begin with the id and a blank.
        query = (
            client.collection(paths.ORDERS)
            .where(filter=firestore.FieldFilter(field, "<", last))
            .order_by(field)
            .select([field])
            .limit(1)
        )
        value = first
        while found := list(query.start_after({field: value}).stream()):
            value = found[0].get(field)
            if value.strip() == claimed_id:
                yield value


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
