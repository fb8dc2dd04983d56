"""The warehouse query behind the fit of an organisation's predictions. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.nightly.question import Parameter

NAME = "prediction_samples"
WINDOWS = 6
"""Complete windows before now, one horizon long each, where an organisation is old enough."""
SAMPLED_CUSTOMERS = 50_000
"""Customers of each cutoff in the sample, at most."""
MOST_CUSTOMERS = 1_000_000
"""Customers of each cutoff that the statistics are of, at most: an answer holds 100 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionSamplesQuestion:
    """Customers as of several cutoffs, and what they did next; see its SQL."""

    name: str = NAME
    scan: str = NAME
    sql: str = NAME
    text_columns: Collection[str] = frozenset({"org_id", "sample", "statistics"})

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Return the limits on cutoffs and customers."""
        return {
            "windows": WINDOWS,
            "sampled_customers": SAMPLED_CUSTOMERS,
            "most_customers": MOST_CUSTOMERS,
        }
