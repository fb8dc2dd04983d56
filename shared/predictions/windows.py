"""The answer about an organisation's samples as arrays."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from shared.nightly.question import Row
from shared.predictions.samples import Sample, Totals, Window

_COLUMNS = (
    "purchase_days",
    "span_days",
    "squared_gap_days",
    "recent_weight",
    "silent_days",
    "spend_cents",
    "window_days",
    "window_cents",
    "later_days",
    "later_cents",
)
"""In the order of the query's lists."""
_MICROS = 1_000_000


def windows_of(
    rows: Iterable[Row], now: datetime, horizon_days: int
) -> tuple[Window | None, Sequence[Window]]:
    """The customers as of now, None where there are none, and the past windows, newest first.

    `now` and `horizon_days` are those that were asked with.
    """
    found = {row["cutoff"]: _window(row, now, horizon_days) for row in rows}
    return found.pop(0, None), [found[number] for number in sorted(found)]


def _window(row: Row, now: datetime, horizon_days: int) -> Window:
    known_days = row["cutoff"] * horizon_days
    flat = np.fromstring(row["sample"].replace(";", ","), dtype=np.float64, sep=",")
    columns = dict(zip(_COLUMNS, flat.reshape(-1, len(_COLUMNS)).T, strict=True))
    columns["recent_weight"] = columns["recent_weight"] / _MICROS
    return Window(
        sample=Sample(
            cutoff_at=now - timedelta(days=known_days),
            horizon_days=horizon_days,
            known_days=known_days,
            population=row["customers"],
            **columns,
        ),
        totals=Totals(
            new_customers=row["new_customers"],
            first_cents=row["first_cents"],
            window_cents=row["window_cents"],
            new_window_cents=row["new_window_cents"],
        ),
    )
