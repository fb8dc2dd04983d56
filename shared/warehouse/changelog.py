"""Rows of the changelog: one per change of a ledger entry."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangelogRow:
    """One change, as the firestore-bigquery-export extension writes it."""

    timestamp: datetime
    """When it was committed; the epoch for an import."""
    event_id: str
    """Empty for an import."""
    document_name: str
    operation: str
    """CREATE, UPDATE, DELETE or IMPORT."""
    data: str | None
    """JSON of the document after the change; None for a DELETE."""
    old_data: str | None
    """JSON of the document before the change."""
    document_id: str
    path_params: str | None
