"""The answer about an organisation's samples as arrays."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from shared.nightly.question import Row
from shared.predictions.samples import PurchaseGroups, Sample, Totals, Window

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
    """The customers as of now, None if there are none, and the past windows, newest first.

    `now` and `horizon_days` are those that were asked with.
    """
    windows = {row["cutoff"]: _window(row, now, horizon_days) for row in rows}
    return windows.pop(0, None), [windows[number] for number in sorted(windows)]


def _window(row: Row, now: datetime, horizon_days: int) -> Window:
    known_days = row["cutoff"] * horizon_days
    columns = dict(zip(_COLUMNS, _columns(row["sample"], len(_COLUMNS)), strict=True))
    columns["recent_weight"] = columns["recent_weight"] / _MICROS
    return Window(
        sample=Sample(
            cutoff_at=now - timedelta(days=known_days),
            horizon_days=horizon_days,
            known_days=known_days,
            population=row["customers"],
            statistics=_statistics(row["statistics"]),
            **columns,
        ),
        totals=Totals(
            new_customers=row["new_customers"],
            first_cents=row["first_cents"],
            window_cents=row["window_cents"],
            new_window_cents=row["new_window_cents"],
        ),
    )


def _statistics(text: str) -> PurchaseGroups:
    purchase_days, span_days, age_days, customers = _columns(text, 4)
    return PurchaseGroups(
        purchase_days=purchase_days, span_days=span_days, age_days=age_days, customers=customers
    )


def _columns(text: str, count: int) -> NDArray[np.float64]:
    """A list of the query, `;` between entries and `,` between their numbers, by column."""
    flat = np.fromstring(text.replace(";", ","), dtype=np.float64, sep=",")
    return flat.reshape(-1, count).T
