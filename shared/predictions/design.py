"""The terms of the regressions over whole samples, as `shared.predictions.terms` has them for one
customer."""

import numpy as np
from numpy.typing import NDArray

from shared.predictions.model import Terms, rhythm_days
from shared.predictions.samples import Sample

Array = NDArray[np.float64]

GROWING = ("silence", "irregular_silence", "recent")
"""Terms that never fall while a customer is silent."""
NAMES = ("frequency", "spend", "irregularity", "rate", *GROWING)


def design(sample: Sample, typical_spend_cents: int, silent_days: Array | None = None) -> Array:
    """One row per customer and one column per term, in the order of `NAMES`; no intercept.

    `silent_days` takes the place of the sample's own.
    """
    horizon = sample.horizon_days
    own = rhythm_days(horizon)
    silent = sample.silent_days if silent_days is None else silent_days
    mean = (sample.span_days + own) / sample.purchase_days
    square = np.sqrt((sample.squared_gap_days + 2 * own * own) / sample.purchase_days)
    columns = {
        "frequency": np.log(sample.purchase_days),
        "spend": np.log1p(np.maximum(sample.spend_cents, 0) / typical_spend_cents),
        "irregularity": np.log(square / horizon),
        "rate": np.sqrt(horizon / mean),
        "silence": np.log1p(silent / mean),
        "irregular_silence": np.log1p(silent / square),
        "recent": -np.log1p(sample.recent_weight * np.exp(-silent / horizon)),
    }
    return np.stack([columns[name] for name in NAMES], axis=1)


def typical_spend_cents(sample: Sample) -> int:
    """Mean spend per purchase day, at least one cent."""
    days = float(sample.purchase_days.sum())
    return max(round(float(np.maximum(sample.spend_cents, 0).sum()) / days), 1) if days else 1


def as_array(terms: Terms) -> Array:
    """Coefficients in the order of `NAMES`, the intercept left out."""
    return np.array([getattr(terms, name) for name in NAMES])


def as_terms(intercept: float, coefficients: Array) -> Terms:
    """Return the reverse of `as_array`, rounded for publication."""
    terms_by_name = dict(zip(NAMES, map(float, coefficients), strict=True))
    # Adding 0.0 makes a plain 0 of a negative one.
    rounded_terms = {name: round(value, 6) + 0.0 for name, value in terms_by_name.items()}
    return Terms(intercept=round(float(intercept), 6), **rounded_terms)
