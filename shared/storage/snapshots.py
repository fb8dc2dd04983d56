"""Documents as the client library hands them out."""

from typing import Any

from google.cloud import firestore

Snapshot = firestore.DocumentSnapshot[Any]


def content(snapshot: Snapshot) -> dict[str, Any]:
    """The fields of a document; empty where there is no document."""
    return snapshot.to_dict() or {}
