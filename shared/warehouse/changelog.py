"""Rows of the changelog: one per change of a ledger entry.

They have the columns of the firestore-bigquery-export extension. The lines of an order are stored
compressed and exported as JSON, which the extension cannot do.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.orders.packed_lines import readable_lines

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Document = Mapping[str, Any]
"""Fields of a document, as the Firestore client returns them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangelogRow:
    """One change, as the firestore-bigquery-export extension writes it."""

    timestamp: datetime
    """Time of the commit; the epoch for an import."""
    event_id: str
    """Empty for an import."""
    document_name: str
    operation: str
    """CREATE, UPDATE, DELETE or IMPORT."""
    data: str | None
    """JSON of the document after the change; None for a DELETE."""
    document_id: str
    path_params: str | None


def document_name(project: str, path: str) -> str:
    """The full name of a document in a project's default database."""
    return f"projects/{project}/databases/(default)/documents/{path}"


def changed_row(
    name: str, *, event_id: str, at: datetime, existed: bool, after: Document | None
) -> ChangelogRow:
    """The row of an event: whether there was a document before the write, and what it left."""
    operation = "DELETE" if after is None else "UPDATE" if existed else "CREATE"
    return _row(name, operation, at=at, event_id=event_id, data=after)


def imported_row(name: str, data: Document) -> ChangelogRow:
    """Return the row of a document's current content; any change of the document supersedes it."""
    return _row(name, "IMPORT", at=EPOCH, event_id="", data=data)


def document_json(document: Document) -> str:
    """A document with its lines as maps and instants as seconds and nanoseconds since 1970."""
    return json.dumps(
        _plain(_readable(document)),
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        sort_keys=True,
    )


def _row(
    name: str,
    operation: str,
    *,
    at: datetime,
    event_id: str,
    data: Document | None,
) -> ChangelogRow:
    return ChangelogRow(
        timestamp=at,
        event_id=event_id,
        document_name=name,
        operation=operation,
        data=None if data is None else document_json(data),
        document_id=name.rpartition("/")[2],
        # The extension fills it where it is configured to, for collections below other documents.
        path_params=None,
    )


def _readable(document: Document) -> Document:
    lines = document.get("lines")
    if not isinstance(lines, bytes):
        return document
    try:
        return {**document, "lines": readable_lines(lines)}
    except ValueError:
        # Tampered with: exported without, as whatever else no ledger entry holds.
        return {**document, "lines": None}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return {
                "_seconds": (value - EPOCH) // timedelta(seconds=1),
                # The client's own instants know more digits than Python's, or say 0.
                "_nanoseconds": getattr(value, "nanosecond", 0) or value.microsecond * 1000,
            }
        case Mapping():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case float() if not math.isfinite(value):
            return None
        case None | bool() | int() | float() | str():
            return value
        case _:
            # No ledger entry holds anything else: one that was tampered with is exported without.
            return None
