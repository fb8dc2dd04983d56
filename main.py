"""The deployed functions. The platform looks for them here and nowhere else."""

from functions.api import api
from functions.schedules import age_segments, audit, compute_analytics, reclassify_segments, roll_up
from functions.triggers import (
    on_event_written,
    on_ledger_written,
    on_order_written,
    on_settings_written,
)

__all__ = [
    "age_segments",
    "api",
    "audit",
    "compute_analytics",
    "on_event_written",
    "on_ledger_written",
    "on_order_written",
    "on_settings_written",
    "reclassify_segments",
    "roll_up",
]
