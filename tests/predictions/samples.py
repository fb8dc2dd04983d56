"""Samples of made-up customers."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from shared.predictions.features import Features, gap_sums
from shared.predictions.samples import Sample, Totals, Window
from tests.predictions.models import NOW
from tests.predictions.public_purchases import Purchases, purchases

NO_TOTALS = Totals(new_customers=0, first_cents=0, window_cents=0, new_window_cents=0)


def sample_of(customers: Sequence[tuple[Features, int]], horizon_days: int = 90) -> Sample:
    """Customers, each with silent days, none of whom does anything later."""

    def column(values: Sequence[float]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.array(values, dtype=np.float64)

    features = [each for each, _ in customers]
    nothing = np.zeros(len(customers))
    return Sample(
        cutoff_at=NOW,
        horizon_days=horizon_days,
        known_days=horizon_days,
        population=len(customers),
        purchase_days=column([each.purchase_days for each in features]),
        span_days=column([each.span_days for each in features]),
        squared_gap_days=column([each.squared_gap_days for each in features]),
        recent_weight=column([each.recent_weight for each in features]),
        silent_days=column([silent for _, silent in customers]),
        spend_cents=column([each.spend_cents for each in features]),
        window_days=nothing,
        window_cents=nothing,
        later_days=nothing,
        later_cents=nothing,
    )


def window_of(sample: Sample, totals: Totals = NO_TOTALS) -> Window:
    """A window around a sample."""
    return Window(sample=sample, totals=totals)


def shop(
    seed: int,
    customers: int,
    *,
    days: int = 720,
    gap_days: float = 60.0,
    regularity: float = 1.0,
    leaving: float = 0.15,
    cents: int = 4_000,
) -> Purchases:
    """A shop whose customers have gaps of a gamma shape and leave after purchases by chance.

    A `regularity` of 1 gives exponential gaps, more gives more even ones.
    """
    draw = np.random.default_rng(seed)
    rows: list[tuple[int, int, int]] = []
    for customer in range(customers):
        day = float(draw.integers(0, days))
        own = gap_days * draw.gamma(2.0, 0.5)
        while day < days:
            rows.append((customer, int(day), int(cents * draw.gamma(4.0, 0.25)) + 1))
            if draw.random() < leaving:
                break
            day += max(own * draw.gamma(regularity, 1 / regularity), 1.0)
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return purchases(date(2024, 1, 1), table[:, 0], table[:, 1], table[:, 2])


def features_of_days(days: Sequence[int], cents: int, horizon_days: int) -> Features:
    """The features of purchase days, the last of them at NOW."""
    squared, recent = gap_sums(sorted(days), horizon_days)
    return Features(
        purchase_days=len(days),
        span_days=max(days) - min(days),
        squared_gap_days=squared,
        recent_weight=recent,
        spend_cents=cents,
        last_ordered_at=NOW,
    )
