"""Rolling-origin backtest of the churn models, and the choice among them.

At each past cutoff whose outcome is known, every model is fitted to the windows that had ended by
then, and scores the customers of the cutoff. Losses are compared customer by customer, pooled over
the cutoffs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from shared.predictions.candidates import fit_candidates, probabilities
from shared.predictions.design import Array
from shared.predictions.evidence.calibration import Quality, log_losses, quality
from shared.predictions.model import ModelKind
from shared.predictions.prior import ShippedPrior
from shared.predictions.samples import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One model at one past cutoff."""

    kind: ModelKind
    cutoff_at: datetime
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Backtest:
    """All models at all past cutoffs, newest cutoff first."""

    trials: tuple[Trial, ...]
    scored: dict[ModelKind, tuple[Array, ...]]
    """Probabilities of each model that could be fitted everywhere, an array per cutoff."""
    outcomes: tuple[Array, ...]

    @property
    def origins(self) -> int:
        """Past cutoffs the models were tried at."""
        return len(self.outcomes)

    def newest(self, kind: ModelKind) -> Quality | None:
        """The model's quality at the newest cutoff."""
        return next((trial.quality for trial in self.trials if trial.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The model to serve, with the reason."""

    kind: ModelKind
    reason: str


def backtest(windows: Sequence[Sample], prior: ShippedPrior) -> Backtest:
    """Try all models at every window but the oldest; windows are newest first, none empty."""
    trials: list[Trial] = []
    scores: dict[ModelKind, list[Array]] = {}
    outcomes: list[Array] = []
    for place, window in enumerate(windows[:-1]):
        training = [earlier.known_to_horizon() for earlier in windows[place + 1 :]]
        outcomes.append(window.stayed_away)
        for kind, model in fit_candidates(training, prior).items():
            predictions = probabilities(model, window)
            scores.setdefault(kind, []).append(predictions)
            measures = quality(predictions, window.stayed_away)
            trials.append(Trial(kind=kind, cutoff_at=window.cutoff_at, quality=measures))
    return Backtest(
        trials=tuple(trials),
        scored={
            kind: tuple(arrays) for kind, arrays in scores.items() if len(arrays) == len(outcomes)
        },
        outcomes=tuple(outcomes),
    )


def choose_model(backtest_result: Backtest) -> Choice:
    """The model with the lowest log loss, if it beats the base rate.

    It has to by more than the standard error of the difference, and in the Brier score as well;
    otherwise the base rate is served.
    """
    if backtest_result.origins == 0:
        return Choice(
            kind=ModelKind.BASE_RATE,
            reason="The history holds one complete window: no model can be tested yet.",
        )
    outcomes = np.concatenate(backtest_result.outcomes)
    pooled_scores = {
        kind: np.concatenate(arrays) for kind, arrays in backtest_result.scored.items()
    }
    losses = {
        kind: log_losses(predictions, outcomes) for kind, predictions in pooled_scores.items()
    }
    briers = {
        kind: float(((predictions - outcomes) ** 2).mean())
        for kind, predictions in pooled_scores.items()
    }
    base = ModelKind.BASE_RATE
    best = min(losses, key=lambda kind: float(losses[kind].mean()))
    ahead = losses[base] - losses[best]
    gain, error = float(ahead.mean()), float(ahead.std()) / np.sqrt(len(ahead))
    cutoffs = (
        "1 past cutoff"
        if backtest_result.origins == 1
        else f"{backtest_result.origins} past cutoffs"
    )
    if best is base or gain <= error or briers[best] >= briers[base]:
        return Choice(
            kind=base,
            reason=f"At {cutoffs} no model beat the base rate by more than its standard error.",
        )
    return Choice(
        kind=best,
        reason=f"Lowest log loss of {len(losses)} models at {cutoffs}: "
        f"{float(losses[best].mean()):.4f}, base rate {float(losses[base].mean()):.4f}.",
    )
