"""The result of a computation for an organisation, with its status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

KEY = "key"
"""Field of every entry that it is found by."""

NIGHTLY = timedelta(hours=30)
"""Time for which a nightly result is current."""


class ResultStatus(StrEnum):
    """Outcome of the newest attempt to compute a result."""

    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Fields that all results of a run share."""

    generation: str
    """Unique per attempt, even of the same run: data being read is never written to."""
    due_at: datetime
    computed_at: datetime
    """Instant that the result describes."""


def attempt_at(now: datetime, *, due_at: datetime, as_of: datetime | None = None) -> Attempt:
    """The attempt that begins now; as of now if omitted."""
    return Attempt(
        generation=now.strftime("%Y%m%dT%H%M%S%fZ"), due_at=due_at, computed_at=as_of or now
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One result of one organisation."""

    name: str
    """Small letters, digits and underscores."""
    entries: Sequence[Mapping[str, Any]]
    """Values that Firestore can store, each with its `key`, in ascending order of keys."""
    summary: Mapping[str, Any] = field(default_factory=dict)
    """Values about all entries; read with the state."""
    fresh_for: timedelta = NIGHTLY
    """Time after its computation for which a result is current."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultState:
    """State of a result: a failed attempt keeps everything of the previous one."""

    name: str
    status: ResultStatus
    """Status of the newest attempt."""
    attempted_at: datetime
    computed_at: datetime | None
    """Instant of the stored result; None if no attempt has succeeded yet."""
    stale_at: datetime | None
    """When the stored result becomes stale."""
    source_rows: int | None
    """Orders that the stored result was computed from."""
    lag_seconds: int | None
    """Seconds between the due time and the computation."""
    last_error: str | None
    """Cause of the newest failure; None if the newest attempt succeeded."""
    generation: str | None
    first_keys: tuple[str, ...]
    """The first key in each chunk of entries."""
    summary: Mapping[str, Any]

    def stale(self, now: datetime) -> bool:
        """Whether the stored result is out of date, or the newest attempt failed."""
        late = self.stale_at is None or now >= self.stale_at
        return late or self.status is not ResultStatus.READY
