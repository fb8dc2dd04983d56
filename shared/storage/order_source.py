"""Orders in bulk: all of them, or those of one organisation."""

import unicodedata
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from google.cloud import firestore

from shared.compared_text import unformatted
from shared.orders.organization import (
    ORGANIZATION_FIELDS,
    ClaimedOrganization,
    claimed_organization,
)
from shared.organizations.ids import valid_organization_id
from shared.reconciliation.ports import RawOrder
from shared.storage import paths
from shared.storage.raw_orders import order_page, readable_order
from shared.storage.snapshots import Snapshot

PAGE_SIZE = 500
THREADS = 8
VALUES_IN_A_ROW = 500
_ASCII_BLANKS = ("", "!")
"""Blanks come before every sign: between these are the strings that begin with one."""
_BEFORE = (_ASCII_BLANKS, ("\x7f", "\xae"), ("\u2000", "\u2070"), ("\ufeff", "\uff00"))
"""Between these are the strings that begin with a blank or one of the usual format characters."""
_BEHIND = (_ASCII_BLANKS, ("\x7f", "\U0010ffff"))
"""Few ids go on behind another id with more than ASCII, so that one range has every such sign."""


def all_orders(client: firestore.Client) -> Iterator[RawOrder]:
    """Every order, by id, in pages: no query runs for long."""
    query = client.collection(paths.ORDERS).order_by("__name__").limit(PAGE_SIZE)
    yield from _pages(client, query)


def orders_claimed_for(client: firestore.Client, org_id: str) -> Iterator[RawOrder]:
    """Every order that names the organisation, or an alias of it, in any of its fields; once each.

    Some may turn out to belong to another organisation, because an earlier field decides. An id
    with blanks or format characters around it, or with decomposed letters, names the same: each
    such spelling that exists costs one read more, and each field and id one query. One with
    format characters inside is counted by its event, and not looked for here: that would take a
    query for each of its characters.
    """
    seen: set[str] = set()
    for claimed_id in claimed_ids(client, org_id):
        for field in ORGANIZATION_FIELDS:
            for spelling in (claimed_id, *_spellings(client, field, claimed_id)):
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


def ordering_organizations(
    client: firestore.Client, resolve: Callable[[str], str], known: Collection[str]
) -> set[str]:
    """Organisations that are not `known`, and that orders belong to.

    Of the orders with one value in one of the fields, one is looked at: an organisation is missed
    where that one names another organisation in an earlier field. Costs one read per value, and
    two more where the value is no known organisation, for THREADS values at once where there are
    many. `resolve` gives what is behind an alias, to several threads.
    """
    # Values between every so many known ones are looked for side by side.
    bounds = ["", *sorted(known)[VALUES_IN_A_ROW::VALUES_IN_A_ROW], None]

    def between(field: str, first: str, last: str | None) -> set[str]:
        found = set[str]()
        for snapshot in _values(client, field, first, last):
            value = unformatted(snapshot.get(field)).strip()
            if value in known or not valid_organization_id(value) or resolve(value) in known:
                continue
            claimed = claimed_organization(readable_order(client, snapshot.id).data)
            if isinstance(claimed, ClaimedOrganization):
                found.add(resolve(claimed.id))
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        looking = [
            pool.submit(between, field, first or "", last)
            for field in ORGANIZATION_FIELDS
            for first, last in pairwise(bounds)
        ]
        return set[str]().union(*(each.result() for each in looking)).difference(known)


def _spellings(client: firestore.Client, field: str, claimed_id: str) -> Iterator[str]:
    """Other values of a field that name the same organisation."""
    decomposed = unicodedata.normalize("NFD", claimed_id)
    if decomposed != claimed_id:
        yield decomposed
    ids = {claimed_id, decomposed}
    behind = [(f"{id}{first}", f"{id}{last}") for id in ids for first, last in _BEHIND]
    between = firestore.Or(
        [
            firestore.And(
                [firestore.FieldFilter(field, ">", first), firestore.FieldFilter(field, "<", last)]
            )
            for first, last in (*_BEFORE, *behind)
        ]
    )
    query = client.collection(paths.ORDERS).where(filter=between)
    left = query = query.order_by(field).select([field]).limit(1)
    while page := list(left.stream()):
        value: str = page[0].get(field)
        if unformatted(value).strip() == claimed_id:
            yield value
        left = query.start_after({field: value})


def _values(
    client: firestore.Client, field: str, first: str, last: str | None = None
) -> Iterator[Snapshot]:
    """An order for each string above `first`, and below `last`, in a field: nothing else of it."""
    query = client.collection(paths.ORDERS).order_by(field).select([field]).limit(1)
    if last is not None:
        query = query.where(filter=firestore.FieldFilter(field, "<", last))
    value = first
    while page := list(query.where(filter=firestore.FieldFilter(field, ">", value)).stream()):
        yield page[0]
        value = page[0].get(field)


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
