"""Customers stored as they are after their orders, without the orders: faster, and of any kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from google.cloud import firestore

from shared.firestore import paths
from shared.orders.fact import Contact
from shared.reconciliation.stores.customer_codec import customer_document
from shared.rules.custom_segment_changes import Draft, new_segment
from shared.rules.store import SegmentRulesStore
from shared.segments.classify import OrderTotals, Rule
from shared.segments.conditions.parse import parse_definition
from shared.segments.customer import Customer, CustomerId
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from tests.support.shop import NOW, ORG

BATCH = 400


@dataclass(frozen=True, kw_only=True)
class Person:
    """A customer with orders, or with none left."""

    key: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    cents: int = 1000
    orders: int = 1
    last: datetime = NOW
    segment: Segment = Segment.NEW
    custom: tuple[str, ...] = ()

    def stored(self, org: str) -> dict[str, object]:
        """The document."""
        if self.orders == 0:
            return customer_document(Customer(id=CustomerId(org, self.key)), NOW)
        customer = Customer(
            id=CustomerId(org, self.key),
            totals=OrderTotals(
                order_count=self.orders,
                lifetime_value_cents=self.cents,
                first_ordered_at=self.last,
                last_ordered_at=self.last,
            ),
            first_local_date=self.last.date(),
            segment=self.segment,
            rule=Rule.FIRST_ORDER_RECENT,
            segment_since=self.last,
            transition_count=1,
            thresholds_version=Thresholds().version,
            contact=Contact(display_name=self.name, email=self.email, phone=self.phone),
        )
        return {**customer_document(customer, NOW), "custom_segments": list(self.custom)}


def define(
    client: firestore.Client, segment_ids: Iterable[str], *, org: str = ORG, name: str = "Keen"
) -> None:
    """Define custom segments, of everybody with an e-mail address."""
    rules = SegmentRulesStore(client, org, clock=lambda: NOW)
    draft = Draft(
        name=name,
        description=None,
        definition=parse_definition({"field": "email", "operator": "exists"}),
        filters=None,
    )
    for id in sorted(segment_ids):
        rules.change_custom_segment(
            id,
            lambda stored, before, at, id=id: (  # type: ignore[misc]
                before or new_segment(id, draft, None, stored.definitions, by="ann", at=at)
            ),
        )


def put(client: firestore.Client, people: Iterable[Person], *, org: str = ORG) -> None:
    """Store these customers, over those that were there, and define the segments they are in."""
    everybody = list(people)
    define(client, {id for person in everybody for id in person.custom}, org=org)
    for start in range(0, len(everybody), BATCH):
        batch = client.batch()
        for person in everybody[start : start + BATCH]:
            batch.set(client.document(paths.customer(org, person.key)), person.stored(org))
        batch.commit()
