"""Commits with preconditions: a document is written only as it was read.

A revision is the update time of the document that was read, None if there was none. The second of
two writers gets a ConflictError, reads again and decides again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from google.api_core import exceptions
from google.cloud import firestore

from shared.firestore.snapshots import Snapshot
from shared.kernel.errors import AlreadyExistsError, ConflictError

_CONFLICTS = (exceptions.FailedPrecondition, exceptions.NotFound, exceptions.Aborted)
"""Errors of Firestore when a precondition fails or another commit interferes."""


def put(
    batch: firestore.WriteBatch,
    reference: firestore.DocumentReference,
    fields: dict[str, Any],
    *,
    revision: object,
) -> None:
    """Add the write of a document under its revision: create it, or update it if it is
    unchanged."""
    if revision is None:
        values = {name: each for name, each in fields.items() if each is not firestore.DELETE_FIELD}
        batch.create(reference, values)
    else:
        batch.update(reference, fields, option=firestore.LastUpdateOption(revision))


def remove(
    batch: firestore.WriteBatch, reference: firestore.DocumentReference, *, revision: object
) -> None:
    """Add the deletion of a document if it is unchanged."""
    batch.delete(reference, option=firestore.LastUpdateOption(revision))


def commit_batch(batch: firestore.WriteBatch, what: str = "", **limits: Any) -> Sequence[Any]:
    """Commit; returns the result of each write.

    Raises ConflictError, saying `what`, with nothing written, where a precondition does not hold or
    another commit is in the way: AlreadyExistsError where a document to create exists.
    """
    with _conflicts(what):
        results: Sequence[Any] = batch.commit(**limits)
    return results


def create(reference: firestore.DocumentReference, fields: dict[str, Any], what: str = "") -> None:
    """Create a document: one write. Raises AlreadyExistsError, saying `what`, if it exists."""
    with _conflicts(what):
        reference.create(fields)


@dataclass(frozen=True, slots=True)
class Update:
    """Fields to write over a document that must be as it was read."""

    snapshot: Snapshot
    fields: dict[str, Any]


def update_unchanged(client: firestore.Client, updates: Sequence[Update]) -> list[Update]:
    """Make the updates whose documents are unchanged; returns the others. One write each.

    All in one commit, or each by itself where that is in conflict.
    """
    if not updates:
        return []
    batch = client.batch()
    for each in updates:
        put(batch, each.snapshot.reference, each.fields, revision=each.snapshot.update_time)
    try:
        commit_batch(batch)
    except ConflictError:
        if len(updates) == 1:
            return list(updates)
        return [other for each in updates for other in update_unchanged(client, [each])]
    return []


@contextmanager
def _conflicts(what: str) -> Iterator[None]:
    try:
        yield
    except exceptions.AlreadyExists as error:
        raise AlreadyExistsError(what or "A document to create already exists.") from error
    except _CONFLICTS as error:
        raise ConflictError(what or f"A precondition failed: {type(error).__name__}.") from error
