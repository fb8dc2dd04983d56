"""Customers as they are stored, and which of them a suggestion should select."""

from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.reconciliation.stores.customer_codec import customer_document
from shared.segments.classify import OrderTotals, classify, next_change
from shared.segments.customer import Customer, CustomerId
from shared.segments.thresholds import Thresholds
from tests.support.shop import NOW, ORG

PATH = "/v1/segments/suggestions"
MOMENT = timedelta(microseconds=1)


def customer(
    *,
    last: datetime,
    first: datetime | None = None,
    orders: int = 1,
    cents: int = 1_000,
    limits: Thresholds | None = None,
    decided_at: datetime = NOW,
) -> Customer:
    """A customer as stored when the segment was decided at some instant, now as a rule."""
    limits = limits or Thresholds()
    totals = OrderTotals(
        order_count=orders,
        lifetime_value_cents=cents,
        first_ordered_at=first or last,
        last_ordered_at=last,
    )
    decided = classify(totals, limits, decided_at)
    return Customer(
        id=CustomerId("", ""),
        totals=totals,
        first_local_date=(first or last).date(),
        segment=decided.segment,
        rule=decided.rule,
        segment_since=decided_at,
        next_transition_at=next_change(totals, limits, decided_at, decided.segment),
        transition_count=1,
        thresholds_version=limits.version,
    )


def put(client: firestore.Client, *customers: Customer, org: str = ORG) -> None:
    """Store customers without their orders."""
    batch = client.batch()
    for number, each in enumerate(customers):
        document = {
            **customer_document(each, NOW),
            "org_id": org,
            "customer_key": f"{number:032x}",
        }
        batch.set(client.document(paths.customer(org, f"{number:032x}")), document)
    batch.commit()


def by_id(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in answer["suggestions"]}


def days(number: float) -> timedelta:
    return timedelta(days=number)
