"""Values as Firestore gives them, as plain Python."""

from datetime import UTC, datetime


def plain_instant(value: datetime) -> datetime:
    """The same instant as a plain UTC datetime; the client library gives a subclass of it."""
    return datetime.fromtimestamp(0, UTC) + (value - datetime.fromtimestamp(0, UTC))


def optional_instant(value: datetime | None) -> datetime | None:
    """The same where there may be none."""
    return plain_instant(value) if value is not None else None
