"""Fit the shipped prior to public data: `python -m tests.benchmarks.prediction_prior`.

Each data set alone gives a prior too: the evaluation of one uses that of the other.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from shared.predictions import prior as prior_module
from shared.predictions.design import NAMES, Array, as_array, as_terms, design, typical_spend_cents
from shared.predictions.model import Terms
from shared.predictions.prior import ShippedPrior, from_values
from shared.predictions.regression import Prior, fit_log_linear, fit_logistic
from shared.predictions.samples import Sample
from tests.support.public_purchases import Purchases, cdnow, complete_journey, window

_HORIZONS = (28, 56, 91)
_CUTOFFS = 3


@cache
def values_of(*data_sets: str) -> dict[str, Any]:
    """The prior of the mean of some data sets, as JSON."""
    fitted = [
        _fitted(cdnow() if name == "cdnow" else complete_journey(), horizon)
        for name in data_sets
        for horizon in _HORIZONS
    ]
    return {
        regression: {
            part: _named(np.mean([each[regression][part] for each in fitted], axis=0))
            for part in ("coefficients", "deviations")
        }
        for regression in ("churn", "value")
    }


def prior_of(*data_sets: str) -> ShippedPrior:
    """The prior of the mean of some data sets."""
    return from_values(values_of(*data_sets))


def _fitted(data: Purchases, horizon: int) -> dict[str, dict[str, Array]]:
    last = int(data.day.max())
    samples = [
        window(data, last - number * horizon, horizon, horizon).sample
        for number in range(1, _CUTOFFS + 1)
        if last - number * horizon >= 2 * horizon
    ]
    typical = typical_spend_cents(samples[0])
    terms = np.concatenate([design(sample, typical) for sample in samples])
    deviations = np.concatenate([[1.0], terms.std(axis=0)])
    neutral = Prior(
        coefficients=as_terms(0.0, np.zeros(len(NAMES))),
        deviations=as_terms(1.0, deviations[1:]),
    )
    weights = np.ones(len(terms))

    def stacked(column: str) -> Array:
        return np.concatenate([getattr(sample, column) for sample in samples])

    churn = fit_logistic(terms, _away(samples), weights, neutral, len(samples[0]))
    value = fit_log_linear(terms, stacked("window_days"), weights, neutral)
    return {
        "churn": {"coefficients": _listed(churn), "deviations": deviations},
        "value": {"coefficients": _listed(value), "deviations": deviations},
    }


def _away(samples: list[Sample]) -> Array:
    return np.concatenate([sample.stayed_away for sample in samples])


def _listed(terms: Terms) -> Array:
    return np.concatenate([[terms.intercept], as_array(terms)])


def _named(values: Array) -> dict[str, float]:
    return {
        name: round(float(value), 4)
        for name, value in zip(("intercept", *NAMES), values, strict=True)
    }


if __name__ == "__main__":
    path = Path(prior_module.__file__).with_name("prior.json")
    text = json.dumps(values_of("cdnow", "complete_journey"), indent=2)
    path.write_text(text + "\n", "utf-8")
    print(f"Wrote {path}")
