"""Firestore events as the platform delivers them to the deployed function."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from cloudevents.http import CloudEvent
from firebase_functions import firestore_fn
from firebase_functions.core import Change
from google.cloud import firestore
from google.cloud.firestore_v1 import _helpers, types
from google.events.cloud.firestore import DocumentEventData

DATABASE = "(default)"

Trigger = Callable[[firestore_fn.Event[Change[firestore.DocumentSnapshot[Any] | None]]], None]
"""A deployed trigger as it is annotated. Its decorators make it take a CloudEvent instead."""


def call_trigger(trigger: Trigger, event: CloudEvent) -> None:
    """Call a deployed trigger as the platform does."""
    cast(Callable[[CloudEvent], None], trigger)(event)


def order_event(
    client: firestore.Client,
    order_id: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    *,
    at: datetime | None = None,
) -> CloudEvent:
    """The event of a write to `orders/{order_id}`."""
    return document_event(client, f"orders/{order_id}", before, after, at=at)


def document_event(
    client: firestore.Client,
    path: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    *,
    at: datetime | None = None,
) -> CloudEvent:
    """The event of a write to a document, in the binary form that production sends."""
    at = at or datetime.now(UTC)
    name = f"projects/{client.project}/databases/{DATABASE}/documents/{path}"
    data = DocumentEventData.pb(DocumentEventData())
    for field, content in (("old_value", before), ("value", after)):
        if content is not None:
            document = types.Document(
                name=name, fields=_helpers.encode_dict(content), create_time=at, update_time=at
            )
            # The event's own messages have the same encoding as those of the client library.
            getattr(data, field).MergeFromString(types.Document.serialize(document))
    attributes = {
        "specversion": "1.0",
        "id": f"{path}-{at.timestamp()}",
        "source": f"//firestore.googleapis.com/projects/{client.project}/databases/{DATABASE}",
        "type": "google.cloud.firestore.document.v1.written",
        "time": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "subject": f"documents/{path}",
        "datacontenttype": "application/protobuf",
        "location": "nam5",
        "project": client.project,
        "namespace": DATABASE,
        "database": DATABASE,
        "document": path,
    }
    return CloudEvent(attributes, data.SerializeToString())
