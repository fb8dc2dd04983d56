"""Commits with preconditions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from google.api_core import exceptions
from google.cloud import firestore

from shared.kernel.errors import AlreadyExistsError, ConflictError

CONFLICTS = (
    exceptions.FailedPrecondition,
    exceptions.AlreadyExists,
    exceptions.NotFound,
    exceptions.Aborted,
)
"""What Firestore answers when a precondition does not hold, or another commit is in the way."""


@contextmanager
def conflicts(what: str = "") -> Iterator[None]:
    """Raise ConflictError, saying `what`, where Firestore answers that a commit is in conflict."""
    try:
        yield
    except exceptions.AlreadyExists as error:
        raise AlreadyExistsError(what or "A document to create already exists.") from error
    except CONFLICTS as error:
        raise ConflictError(what or f"A precondition failed: {type(error).__name__}.") from error


def put(
    client: firestore.Client,
    batch: firestore.WriteBatch,
    reference: firestore.DocumentReference,
    fields: dict[str, Any],
    *,
    revision: object,
) -> None:
    """Add the write of a document as it was read: create it, or update it if it is unchanged.

    `revision` is the time of the update that was read; None where there was no document.
    """
    if revision is None:
        batch.create(reference, fields)
    else:
        batch.update(reference, fields, option=client.write_option(last_update_time=revision))
