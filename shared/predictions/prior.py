"""The shipped prior, fitted to public data sets.

Small shops rely on it; it contains no tenant's data. `prior.json` was fitted to CDNOW and to
Complete Journey by `python -m tests.benchmarks.reports.prediction_prior`, and is the mean of both.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from shared.predictions.model import Terms
from shared.predictions.regression import Prior


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedPrior:
    """Priors of both regressions."""

    churn: Prior
    value: Prior


@cache
def shipped_prior() -> ShippedPrior:
    """The prior of `prior.json`."""
    return from_values(json.loads(Path(__file__).with_name("prior.json").read_text("utf-8")))


def from_values(values: Mapping[str, Mapping[str, Mapping[str, float]]]) -> ShippedPrior:
    """A prior from its JSON."""

    def terms(named: Mapping[str, float]) -> Terms:
        return Terms(**{field.name: float(named[field.name]) for field in fields(Terms)})

    def prior(of: Mapping[str, Mapping[str, float]]) -> Prior:
        return Prior(coefficients=terms(of["coefficients"]), deviations=terms(of["deviations"]))

    return ShippedPrior(churn=prior(values["churn"]), value=prior(values["value"]))
