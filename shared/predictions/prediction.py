"""Stored inputs of a customer's prediction, from which any instant can be scored."""

from dataclasses import dataclass
from datetime import datetime

from shared.predictions.features import Buyer, Features, features_of
from shared.predictions.model import PublishedModel
from shared.predictions.risk import RiskLevel
from shared.predictions.scoring import Score, score_features


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A customer's level and value, and what they were computed from.

    Level and value hold up to `next_change_at`. The features follow from the orders alone and hold
    up to the next order.
    """

    risk: RiskLevel
    ltv_cents: int | None
    """Expected net revenue of the next 12 months; None if the model predicts none."""
    horizon_days: int
    """Of the model; the features depend on it."""
    features: Features


def predict(
    model: PublishedModel, customer: Buyer, at: datetime
) -> tuple[Prediction, datetime | None] | None:
    """The prediction as of an instant, and when time alone changes its level or its value.

    None if no order counts.
    """
    features = features_of(customer, model.horizon_days)
    if features is None:
        return None
    return _prediction_from(model, features, score_features(model, features, at))


def predicted_again(model: PublishedModel, stored: Prediction, at: datetime) -> Prediction:
    """A stored prediction, scored as of an instant from the features in it."""
    return _prediction_from(model, stored.features, score_features(model, stored.features, at))[0]


def _prediction_from(
    model: PublishedModel, features: Features, score: Score
) -> tuple[Prediction, datetime | None]:
    prediction = Prediction(
        risk=score.level,
        ltv_cents=score.value.cents if score.value else None,
        horizon_days=model.horizon_days,
        features=features,
    )
    return prediction, score.next_change_at
