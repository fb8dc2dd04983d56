"""A saved version of an organisation's thresholds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.segments.thresholds import Thresholds


class ThresholdSource(StrEnum):
    """Origin of a version."""

    INITIAL = "initial"
    """In force before the first one was saved: from the loyalty settings, or the defaults."""
    API = "api"
    DASHBOARD = "dashboard"
    """Written to the loyalty settings by the dashboard itself."""
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdVersion:
    """One version. Versions are never changed: a rollback makes a new one."""

    number: int
    thresholds: Thresholds
    saved_at: datetime
    saved_by: str | None
    """Account that saved it; None if unknown."""
    source: ThresholdSource
    rolled_back_to: int | None = None
    """Version whose values were restored."""
