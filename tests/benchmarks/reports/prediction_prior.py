"""Fit the shipped prior to public data: `python -m tests.benchmarks.reports.prediction_prior`.

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
from shared.predictions.regression import Prior, fit_log_linear, fit_logistic
from shared.predictions.samples import Sample
from tests.predictions.prediction_evaluation import DATA_SETS, prior_path
from tests.predictions.public_purchases import Purchases, window
from tools.console import run

_HORIZONS = (28, 56, 91)
_CUTOFFS = 3


@cache
def values_of(*data_sets: str) -> dict[str, Any]:
    """The prior of the mean of some data sets, as JSON."""
    fitted = [_fitted(DATA_SETS[name](), horizon) for name in data_sets for horizon in _HORIZONS]
    return {
        regression: {
            part: _named(np.mean([each[regression][part] for each in fitted], axis=0))
            for part in ("coefficients", "deviations")
        }
        for regression in ("churn", "value")
    }


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


def main() -> None:
    """Write the shipped prior, and those of one data set each, which evaluations use."""
    both = Path(prior_module.__file__).with_name("prior.json")
    for path, names in [(both, DATA_SETS), *((prior_path(name), (name,)) for name in DATA_SETS)]:
        path.write_text(json.dumps(values_of(*names), indent=2) + "\n", "utf-8")
        print(f"Wrote {path}")


if __name__ == "__main__":
    run(main)
