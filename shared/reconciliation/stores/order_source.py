"""Orders in bulk: all of them, or those of one organisation."""

import heapq
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby, islice, pairwise
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.snapshots import Snapshot
from shared.kernel.compared_text import unformatted
from shared.kernel.organization_ids import valid_organization_id
from shared.orders.organization import (
    ORGANIZATION_FIELDS,
    ClaimedOrganization,
    claimed_organization,
)
from shared.reconciliation.id_range import EVERY_ID, IdRange
from shared.reconciliation.ports import RawOrder
from shared.reconciliation.stores.id_ranges import in_range
from shared.reconciliation.stores.raw_orders import order_page, readable_order

PAGE_SIZE = 500
THREADS = 8
VALUES_IN_A_ROW = 500
NAMES_AT_ONCE = 6
"""Compared with each of five fields: Firestore takes 30 alternatives in a query."""
TIME_FIELDS = ("updatedAt", "createdAt")
MOST_SECONDS = 10**11
"""Largest instant read as seconds since 1970; larger numbers are milliseconds."""
_ASCII_BLANKS = ("", "!")
"""Blanks come before every sign: between these are the strings that begin with one."""
_BEFORE = (_ASCII_BLANKS, ("\x7f", "\xae"), ("\u2000", "\u2070"), ("\ufeff", "\uff00"))
"""Between these are the strings that begin with a blank or one of the usual format characters."""
_BEHIND = (_ASCII_BLANKS, ("\x7f", "\U0010ffff"))
"""Ranges of signs that may follow an id; one covers everything above ASCII, which is rare."""


def all_orders(client: firestore.Client) -> Iterator[RawOrder]:
    """Every order, by id, in pages: no query runs for long."""
    yield from _pages(client, client.collection(paths.ORDERS), EVERY_ID)


def orders_claimed_for(client: firestore.Client, org_id: str) -> Iterator[RawOrder]:
    """Every order that names the organisation, or an alias of it, in any of its fields; once each.

    Some may turn out to belong to another organisation, because an earlier field decides. Costs one
    read per order beside `names_of_organization`.
    """
    yield from orders_naming(client, names_of_organization(client, org_id))


def names_of_organization(client: firestore.Client, org_id: str) -> list[str]:
    """Return every value on orders that names an organisation: its id, its aliases, and their
    spellings.

    An id with blanks or format characters around it, or with decomposed letters, names the same:
    each such spelling that exists costs one read more, and each field and id one query. One with
    format characters inside is counted by its event, and not searched here: that would take a query
    for each of its characters.
    """
    names: dict[str, None] = {}
    for claimed_id in claimed_ids(client, org_id):
        names[claimed_id] = None
        for field in ORGANIZATION_FIELDS:
            names |= dict.fromkeys(_spellings(client, field, claimed_id))
    return list(names)


def orders_naming(
    client: firestore.Client,
    names: Sequence[str],
    ids: IdRange = EVERY_ID,
    *,
    at_most: int | None = None,
) -> Iterator[RawOrder]:
    """Orders of a range of ids with one of some names in any of their fields, by id: one read each.

    All of them, or the first `at_most`.

    An order with two of so many names that one query cannot compare them all is read twice.
    """
    parts = [_pages(client, naming(client, part), ids, at_most) for part in name_parts(names)]
    orders = heapq.merge(*parts, key=lambda each: each.order_id)
    distinct = (next(group) for _, group in groupby(orders, key=lambda each: each.order_id))
    yield from islice(distinct, at_most)


def name_parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Names in parts that one query compares with every field."""
    for start in range(0, len(names), NAMES_AT_ONCE):
        yield names[start : start + NAMES_AT_ONCE]


def naming(client: firestore.Client, names: Sequence[str]) -> firestore.Query:
    """The orders with one of at most NAMES_AT_ONCE names in any of their fields."""
    return client.collection(paths.ORDERS).where(
        filter=firestore.Or(
            [
                firestore.FieldFilter(field, "==", name)
                for field in ORGANIZATION_FIELDS
                for name in names
            ]
        )
    )


def recent_orders_naming(
    client: firestore.Client, names: Sequence[str], since: datetime
) -> Iterator[RawOrder]:
    """Orders with one of some names that say they were created or changed since an instant.

    An order says so in `createdAt` or `updatedAt`, as an instant, as text in ISO 8601, or as
    seconds or milliseconds since 1970. Costs one read for each order and field, and for each name
    one query per field at least.
    """
    order_ids: set[str] = set()
    for name in names:
        for time_field in TIME_FIELDS:
            alternatives: list[Any] = [
                firestore.And([firestore.FieldFilter(field, "==", name), *later])
                for field in ORGANIZATION_FIELDS
                for later in _since(time_field, since)
            ]
            query = client.collection(paths.ORDERS).where(filter=firestore.Or(alternatives))
            query = query.order_by(time_field).order_by("__name__").limit(PAGE_SIZE)
            page_query = query
            while page := order_page(client, page_query):
                for order in page:
                    if order.order_id not in order_ids:
                        order_ids.add(order.order_id)
                        yield order
                if len(page) < PAGE_SIZE:
                    break
                last = client.document(paths.ORDERS, page[-1].order_id)
                place = {time_field: last.get([time_field]).get(time_field), "__name__": last}
                page_query = query.start_after(place)


def _since(field: str, since: datetime) -> Iterator[list[firestore.FieldFilter]]:
    """Yield filters for values at or after an instant, one for each type that instants are stored
    as.

    Text begins with a date of some time zone. Seconds are far below milliseconds.
    """
    seconds = int(since.timestamp())
    day_before = (since - timedelta(days=1)).date().isoformat()
    yield [firestore.FieldFilter(field, ">=", since)]
    for first, end in (
        (day_before, "9999"),
        (seconds, MOST_SECONDS),
        (1000 * seconds, 1000 * MOST_SECONDS),
    ):
        yield [
            firestore.FieldFilter(field, ">=", first),
            firestore.FieldFilter(field, "<", end),
        ]


def ordering_organizations(
    client: firestore.Client, resolve: Callable[[str], str], known_ids: Collection[str]
) -> set[str]:
    """Return organisations that orders belong to and that are not among `known_ids`.

    Of the orders with one value in one of the fields, one is read: an organisation is missed if
    that order names another organisation in an earlier field. Costs one read per value, and two
    more where the value is no known organisation, for THREADS values at once where there are many.
    `resolve` maps an alias to its organisation, from several threads.
    """
    # Values between every so many known ones are looked for side by side.
    bounds = ["", *sorted(known_ids)[VALUES_IN_A_ROW::VALUES_IN_A_ROW], None]

    def between(field: str, first: str, last: str | None) -> set[str]:
        org_ids = set[str]()
        for snapshot in _values(client, field, first, last):
            value = unformatted(snapshot.get(field)).strip()
            if (
                value in known_ids
                or not valid_organization_id(value)
                or resolve(value) in known_ids
            ):
                continue
            claimed_org = claimed_organization(readable_order(client, snapshot.id).data)
            if isinstance(claimed_org, ClaimedOrganization):
                org_ids.add(resolve(claimed_org.id))
        return org_ids

    with ThreadPoolExecutor(THREADS) as pool:
        looking = [
            pool.submit(between, field, first or "", last)
            for field in ORGANIZATION_FIELDS
            for first, last in pairwise(bounds)
        ]
        return set[str]().union(*(each.result() for each in looking)).difference(known_ids)


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
    rest = query = query.order_by(field).select([field]).limit(1)
    while page := list(rest.stream()):
        value: str = page[0].get(field)
        if unformatted(value).strip() == claimed_id:
            yield value
        rest = query.start_after({field: value})


def _values(
    client: firestore.Client, field: str, first: str, last: str | None = None
) -> Iterator[Snapshot]:
    """Yield one order for each string above `first`, and below `last`, in a field: only that
    value."""
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


def _pages(
    client: firestore.Client,
    orders: firestore.Query | firestore.CollectionReference,
    ids: IdRange,
    at_most: int | None = None,
) -> Iterator[RawOrder]:
    collection = client.collection(paths.ORDERS)
    remaining = sys.maxsize if at_most is None else at_most
    while remaining > 0:
        size = min(PAGE_SIZE, remaining)
        page = order_page(client, in_range(collection, orders, ids, size))
        yield from page
        if len(page) < size:
            return
        remaining -= size
        ids = ids.behind(page[-1].order_id)
