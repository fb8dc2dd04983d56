"""Orders, and the cohorts that a night makes of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from google.cloud import firestore

from tests.cohorts.cohort_fold import Bought
from tests.cohorts.cohort_results import publish_cohorts
from tests.support.shop import NOW, ORG

PATH = "/v1/analytics/cohorts"
TODAY = NOW.date()


def at_noon(day: date) -> datetime:
    """In UTC."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def bought(order_id: str, customer: str, day: str, **fields: Any) -> Bought:
    """An order at noon."""
    on = date.fromisoformat(day)
    return Bought(order_id=order_id, customer=customer, ordered_at=at_noon(on), day=on, **fields)


ORDERS = (
    bought("o1", "ada", "2026-01-05", cents=1001, channel="online", campaign="spring"),
    bought("o2", "ada", "2026-03-05", cents=500),
    bought("o3", "bob", "2026-01-31", cents=1000, channel="in_store", campaign="=cmd"),
    bought("o4", "cyd", "2026-03-31", cents=333),
    bought("o5", "cyd", "2026-04-01", cents=10),
    bought("o6", "dan", "2026-11-20", cents=70),
    bought("o7", "ada", "2026-11-01", cents=1),
)


def publish(client: firestore.Client, orders: Sequence[Bought] = ORDERS) -> None:
    """Store every result about cohorts of these orders."""
    publish_cohorts(client, ORG, orders, TODAY)
