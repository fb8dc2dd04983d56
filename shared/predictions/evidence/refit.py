"""Rule for replacing the model in force by a refitted one.

A publication costs a read and a write per customer, so it has to be worth it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from shared.predictions.candidates import probabilities
from shared.predictions.evidence.calibration import log_losses
from shared.predictions.model import ChurnModel, PublishedModel
from shared.predictions.samples import Sample

SHORTEST_INTERVAL = timedelta(days=7)
_TOO_FAR = 3.0
"""Standard errors of the mean outcome beyond which calibration is lost."""
_TOO_MUCH = 0.02
"""And the distance in probability that is worth a publication."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether to publish, and why."""

    publish: bool
    reason: str


def decide(
    in_force: PublishedModel | None,
    candidate: PublishedModel,
    earlier_candidate: ChurnModel | None,
    newest: Sample,
    now: datetime,
) -> Decision:
    """Whether `candidate` takes the place of the model in force.

    `newest` is the newest complete window. `earlier_candidate` is a model of the candidate's kind
    fitted without it, as the candidate itself was fitted to its outcomes; None if none can be
    fitted.
    """
    if in_force is None:
        return Decision(publish=True, reason="No model was in force.")
    if in_force.horizon_days != candidate.horizon_days:
        return Decision(publish=True, reason="The horizon was changed.")
    if now - in_force.fitted_at < SHORTEST_INTERVAL:
        return Decision(publish=False, reason="The model in force is less than a week old.")
    if in_force.value is None and candidate.value is not None:
        return Decision(publish=True, reason="Revenue can be predicted for the first time.")
    outcomes = newest.stayed_away
    current_probabilities = probabilities(in_force.churn, newest)
    off = float((outcomes - current_probabilities).mean())
    error = float(np.sqrt((current_probabilities * (1 - current_probabilities)).sum())) / len(
        newest
    )
    if abs(off) > max(_TOO_FAR * error, _TOO_MUCH):
        return Decision(publish=True, reason="The model in force has lost its calibration.")
    if earlier_candidate is not None:
        ahead = log_losses(current_probabilities, outcomes) - log_losses(
            probabilities(earlier_candidate, newest), outcomes
        )
        if float(ahead.mean()) > float(ahead.std()) / np.sqrt(len(ahead)):
            return Decision(publish=True, reason="It is better on the newest complete window.")
    return Decision(publish=False, reason="It is no better on the newest complete window.")
