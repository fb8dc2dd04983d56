"""The clock that is handed to whatever needs the time; tests hand in their own."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current instant, in UTC."""


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)
