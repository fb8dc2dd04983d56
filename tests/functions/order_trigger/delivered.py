"""Events of orders, delivered to the trigger, and what they cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cloudevents.http import CloudEvent
from google.cloud import firestore

from functions.triggers import on_order_written
from shared.firestore import paths
from tests.support.events import call_trigger, order_event
from tests.support.metered import Meter, metered
from tests.support.world import Order

NOW = datetime.now(UTC)
SECRET = b"a secret that is only used in tests"


def write(client: firestore.Client, id: str, after: dict[str, Any] | None) -> CloudEvent:
    """Write an order and give the event of it."""
    reference = client.collection(paths.ORDERS).document(id)
    before = reference.get().to_dict()
    if after is None:
        reference.delete()
    else:
        reference.set(after)
    return order_event(client, id, before, after)


def order(number: int = 1, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "org": "org_north",
        "email": "ada@example.org",
        "cents": 4000,
        "ordered_at": NOW - timedelta(days=number),
        "products": (("p1", 1500), ("p2", 2500)),
    } | changes
    return Order(**values).data()


def deliver(client: firestore.Client, event: CloudEvent) -> Meter:
    with metered(client) as meter:
        call_trigger(on_order_written, event)
    return meter


def documents(client: firestore.Client, collection: str) -> dict[str, dict[str, Any]]:
    return {s.id: s.to_dict() or {} for s in client.collection(collection).stream()}


def cost(meter: Meter) -> tuple[int, int]:
    return meter.documents_read, meter.documents_written + meter.documents_deleted
