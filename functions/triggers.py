"""Functions run by document writes."""

from typing import Any

from firebase_functions import firestore_fn
from firebase_functions.core import Change
from google.cloud.firestore import DocumentSnapshot

from functions.deployment import (
    CONCURRENCY,
    EVENT_TIMEOUT_SECONDS,
    REGION,
    SECRET,
    delivered,
    retried,
)
from functions.services import services
from shared import logs


@retried
@delivered
@firestore_fn.on_document_written(
    document="orders/{orderId}",
    region=REGION,
    secrets=[SECRET],
    timeout_sec=EVENT_TIMEOUT_SECONDS,
    memory=512,
    cpu=1,
    concurrency=CONCURRENCY,
    max_instances=100,
)
def on_order_written(event: firestore_fn.Event[Change[DocumentSnapshot[Any] | None]]) -> None:
    """Reconcile the order. An error is raised only where a later delivery may succeed."""
    order_id = event.params["orderId"]
    done = services().reconciler.reconcile(order_id, hints=_contents(event), seen_at=event.time)
    logs.order_reconciled(
        order_id,
        written=done.orders_written,
        transitions=done.transitions,
        attempts=done.attempts,
    )
    for rejection in done.rejections.values():
        if rejection is not None:
            logs.order_rejected(order_id, rejection.code.value, rejection.field)


def _contents(event: firestore_fn.Event[Any]) -> list[dict[str, Any]]:
    """The order's content after and before the write, where it existed."""
    snapshots = (event.data.after, event.data.before)
    return [s.to_dict() for s in snapshots if s is not None and s.exists]
