"""The prediction in a customer's document."""

from collections.abc import Mapping
from typing import Any

from shared.firestore.values import plain_instant
from shared.predictions.features import Features
from shared.predictions.prediction import Prediction
from shared.predictions.risk import RiskLevel

FIELDS = ("churn_risk", "predicted_ltv_cents", "prediction_features")
"""Fields read by `prediction`, beside sums and dates of the orders."""


def prediction_fields(prediction: Prediction | None) -> dict[str, Any]:
    """The fields of a prediction; all null if nothing is predicted."""
    if prediction is None:
        return dict.fromkeys(FIELDS)
    features = prediction.features
    return {
        "churn_risk": prediction.risk.value,
        "predicted_ltv_cents": prediction.ltv_cents,
        "prediction_features": {
            "horizon_days": prediction.horizon_days,
            "purchase_days": features.purchase_days,
            "span_days": features.span_days,
            "squared_gap_days": features.squared_gap_days,
            "recent_weight": features.recent_weight,
        },
    }


def prediction(document: Mapping[str, Any]) -> Prediction | None:
    """The prediction behind `prediction_fields`; None also in documents of versions up to 0.3."""
    risk = document.get("churn_risk")
    if risk is None:
        return None
    features = document["prediction_features"]
    return Prediction(
        risk=RiskLevel(risk),
        ltv_cents=document["predicted_ltv_cents"],
        horizon_days=features["horizon_days"],
        features=Features(
            purchase_days=features["purchase_days"],
            span_days=features["span_days"],
            squared_gap_days=float(features["squared_gap_days"]),
            recent_weight=float(features["recent_weight"]),
            spend_cents=document["lifetime_value_cents"],
            last_ordered_at=plain_instant(document["last_ordered_at"]),
        ),
    )
