"""The group that a campaign starts from: its customers, their addresses and consent.

A group is first resolved to the keys of its customers, as of one instant, then read in pages. Costs
1 read per customer for the keys (up to 3 in a cell of a matrix, and one per transition that others
took), and in a page 1 per customer and 1 per address.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.campaigns.audience import ContactPolicy, Standing, standing_of
from shared.campaigns.source import CohortSource, SegmentSource, Source, TransitionSource
from shared.contacts.contact_point import ContactPoint
from shared.contacts.point_store import ContactPoints
from shared.contacts.profile import Channel
from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.query_chunks import in_chunks
from shared.firestore.snapshots import content
from shared.firestore.values import plain_instant
from shared.history.cell_store import Cell, CellReader
from shared.orders.nobody import Placeholders
from shared.orders.people import real_email, real_phone
from shared.reconciliation.stores.customer_codec import history
from shared.segments.history import PastOrder
from shared.segments.segment import Segment

PAGE_SIZE = 500
"""Customers of a page."""
_CELL_PAGE = 500
ADDRESS_FIELDS = ("contact.email", "contact.phone", "erased_at")
_FIELDS = (
    "has_orders",
    "segment",
    "lifetime_value_cents",
    "preferred_categories",
    "history",
    *ADDRESS_FIELDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMember:
    """A customer of a group."""

    customer_key: str
    segment: str | None
    lifetime_value_cents: int
    orders: tuple[PastOrder, ...]
    categories: tuple[str, ...]
    addresses: Mapping[Channel, str]
    """Keys of the addresses, by channel."""


def addresses_of(document: Mapping[str, Any], placeholders: Placeholders) -> dict[Channel, str]:
    """A customer's own addresses, in the form that contact points are keyed by."""
    if document.get("erased_at") is not None:
        return {}
    contact = document["contact"]
    addresses = {
        Channel.EMAIL: real_email(contact["email"], placeholders),
        Channel.SMS: real_phone(contact["phone"], placeholders),
    }
    return {channel: address for channel, address in addresses.items() if address is not None}


class AudienceReader:
    """Reads for one organisation. Raises what Firestore raises, after a few seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str, secret: bytes) -> None:
        self._client = client
        self._org_id = org_id
        self._points = ContactPoints(client, org_id, secret)
        self._customers = client.collection(paths.customers(org_id))

    def now(self) -> datetime:
        """The server's time: one read."""
        snapshot = self._client.document(paths.analytics_settings(self._org_id)).get(
            ["timeZone"], **READ_LIMITS
        )
        return plain_instant(snapshot.read_time)

    def keys(self, source: Source, as_of: datetime) -> Iterator[str]:
        """The keys of the group's customers as of an instant, each once.

        In no particular order.
        """
        match source:
            case SegmentSource(segment=name):
                yield from self._of_segment(name, as_of)
            case CohortSource():
                yield from self._of_cohort(source, as_of)
            case TransitionSource():
                yield from self._of_transition(source, as_of)

    def page(
        self, keys: Sequence[str], as_of: datetime, placeholders: Placeholders
    ) -> list[GroupMember]:
        """Customers by key as of an instant; those without counted orders and the erased are
        without addresses."""
        references = [self._customers.document(key) for key in keys]
        if not references:
            return []
        documents = {
            snapshot.id: content(snapshot)
            for snapshot in self._client.get_all(
                references, _FIELDS, **READ_LIMITS, read_time=as_of
            )
            if snapshot.exists
        }
        return [self._member(key, documents[key], placeholders) for key in keys if key in documents]

    def points(self, members: Sequence[GroupMember], as_of: datetime) -> dict[str, ContactPoint]:
        """Return the contact points of these customers' addresses as of an instant, by key."""
        keys = {key for member in members for key in member.addresses.values()}
        return self._points.by_key(sorted(keys), **READ_LIMITS, read_time=as_of)

    def standings(
        self,
        keys: Sequence[str],
        as_of: datetime,
        policy: ContactPolicy,
        placeholders: Placeholders,
    ) -> list[Standing]:
        """Return the standings of customers as of an instant, in the order given."""
        result = []
        for start in range(0, len(keys), PAGE_SIZE):
            members = self.page(keys[start : start + PAGE_SIZE], as_of, placeholders)
            points = self.points(members, as_of)
            result += [
                standing_of(each.customer_key, each.segment, each.addresses, points, policy)
                for each in members
            ]
        return result

    def _member(
        self, key: str, document: Mapping[str, Any], placeholders: Placeholders
    ) -> GroupMember:
        addresses = {
            channel: self._points.key(channel, address)
            for channel, address in addresses_of(document, placeholders).items()
        }
        return GroupMember(
            customer_key=key,
            segment=document["segment"],
            lifetime_value_cents=document["lifetime_value_cents"],
            orders=history(document).orders,
            categories=tuple(document["preferred_categories"]),
            addresses=addresses,
        )

    def _of_segment(self, name: str, as_of: datetime) -> Iterator[str]:
        if name in set(Segment):
            where = firestore.FieldFilter("segment", "==", name)
        else:
            where = firestore.FieldFilter("custom_segments", "array_contains", name)
        # Sorted as the list of customers is, so that it takes no index of its own.
        latest, descending = "last_ordered_at", firestore.Query.DESCENDING
        query = (
            self._customers.where(filter=where)
            .order_by(latest, direction=descending)
            .order_by("__name__", direction=descending)
            .select([latest])
        )
        for snapshot in in_chunks(query, as_of):
            yield snapshot.id

    def _of_cohort(self, source: CohortSource, as_of: datetime) -> Iterator[str]:
        cohort, day = source.cell.cohort, "first_local_date"
        query = (
            self._customers.where(
                filter=firestore.FieldFilter(day, ">=", cohort.first_day.isoformat())
            )
            .where(filter=firestore.FieldFilter(day, "<=", cohort.last_day.isoformat()))
            .order_by(day)
            .order_by("__name__")
            .select([day, "history"])
        )
        for snapshot in in_chunks(query, as_of):
            if source.cell.includes(history(content(snapshot))):
                yield snapshot.id

    def _of_transition(self, source: TransitionSource, as_of: datetime) -> Iterator[str]:
        reader = CellReader(self._client, self._org_id)
        cell = Cell(
            from_place=source.from_segment,
            to_place=source.to_segment,
            opening_at=source.opening_at,
            closing_at=source.closing_at,
        )
        after: str | None = ""
        while after is not None:
            page = reader.page(cell, size=_CELL_PAGE, after=after, as_of=as_of)
            yield from (customer.customer_key for customer in page.customers)
            after = page.next_after
