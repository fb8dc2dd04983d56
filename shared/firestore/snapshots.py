"""Documents as the client library hands them out."""

from collections.abc import Iterable
from typing import Any

from google.cloud import firestore

Snapshot = firestore.DocumentSnapshot[Any]


def content(snapshot: Snapshot) -> dict[str, Any]:
    """The fields of a document; empty if there is no document."""
    return snapshot.to_dict() or {}


def decodable(
    client: firestore.Client,
    references: list[firestore.DocumentReference],
    fields: Iterable[str] | None = None,
    **limits: Any,
) -> dict[firestore.DocumentReference, Snapshot]:
    """Documents, or these fields of them, by reference: without those that cannot be decoded.

    The library raises ValueError where any document of an answer holds a reference into another
    database. Then each half is read by itself, down to the documents in question.
    """
    if not references:
        return {}
    try:
        return {each.reference: each for each in client.get_all(references, fields, **limits)}
    except ValueError:
        if len(references) == 1:
            return {}
        half = len(references) // 2
        return decodable(client, references[:half], fields, **limits) | decodable(
            client, references[half:], fields, **limits
        )
