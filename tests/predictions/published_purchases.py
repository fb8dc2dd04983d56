"""CDNOW as the papers on it use it: until 30 September 1997, times in weeks."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from shared.predictions.samples import PurchaseGroups
from tests.predictions.public_purchases import cdnow, window

_LAST = date(1997, 9, 30)


def tenth_in_weeks() -> PurchaseGroups:
    """The sample of a tenth."""
    return _weeks(tenth=True)


def whole_in_weeks() -> PurchaseGroups:
    """All 23,570 customers."""
    return _weeks(tenth=False)


def repeat_spend() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Repeat purchases and their mean spend, of those who spent something on them."""
    data = cdnow(tenth=True)
    before = data.day <= data.day_of(_LAST)
    occasions, row = np.unique(
        np.stack([data.customer[before], data.day[before]], axis=1), axis=0, return_inverse=True
    )
    spent = np.bincount(row, weights=data.cents[before] / 100)
    repeat = np.zeros(len(occasions), dtype=bool)
    repeat[1:] = occasions[1:, 0] == occasions[:-1, 0]
    _, whose = np.unique(occasions[repeat, 0], return_inverse=True)
    count = np.bincount(whose).astype(float)
    mean = np.asarray(np.bincount(whose, weights=spent[repeat]) / count, dtype=np.float64)
    return count[mean > 0], mean[mean > 0]


def _weeks(*, tenth: bool) -> PurchaseGroups:
    data = cdnow(tenth=tenth)
    sample = window(data, data.day_of(_LAST), 91, 0).sample
    age = sample.span_days + sample.silent_days
    rows = np.stack([sample.purchase_days, sample.span_days / 7, age / 7], axis=1)
    groups, count = np.unique(rows, axis=0, return_counts=True)
    return PurchaseGroups(
        purchase_days=groups[:, 0],
        span_days=groups[:, 1],
        age_days=groups[:, 2],
        customers=count.astype(float),
    )
