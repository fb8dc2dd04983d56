"""Firestore's values as plain Python."""

from datetime import UTC, datetime


def plain_instant(value: datetime) -> datetime:
    """Return the same instant as a plain UTC datetime; the client library returns a subclass of
    it."""
    return datetime.fromtimestamp(0, UTC) + (value - datetime.fromtimestamp(0, UTC))


def optional_instant(value: datetime | None) -> datetime | None:
    """Return the same, or None."""
    return plain_instant(value) if value is not None else None
