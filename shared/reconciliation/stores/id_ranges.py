"""Queries of a range of ids."""

from google.cloud import firestore

from shared.reconciliation.id_range import IdRange


def in_range(
    collection: firestore.CollectionReference,
    query: firestore.Query | firestore.CollectionReference,
    ids: IdRange,
    limit: int | None = None,
) -> firestore.Query:
    """A query's documents within a range, by id; `collection` is where they are."""
    ranged = query.order_by("__name__")
    if ids.after is not None:
        ranged = ranged.start_after({"__name__": collection.document(ids.after)})
    if ids.until is not None:
        ranged = ranged.end_at({"__name__": collection.document(ids.until)})
    return ranged if limit is None else ranged.limit(limit)
