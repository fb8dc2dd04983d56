"""Compare stored predictions with the scores of the model in force."""

from datetime import datetime

from shared.audit.ports import AuditedCustomer
from shared.predictions.prediction import Prediction, predicted_again
from shared.reconciliation.counters import rules_key
from shared.reconciliation.differences import Difference
from shared.segments.rules import SegmentRules


def expected_prediction(
    stored: AuditedCustomer, rules: SegmentRules, now: datetime
) -> Prediction | None:
    """The prediction that a customer's document should hold, from the features in it.

    The stored one if it cannot be decided: for customers not yet evaluated under these rules, those
    whose next transition is due, and those without features.
    """
    if stored.order_count <= 0:
        return None
    in_force = rules_key(rules.thresholds_version, rules.revision)
    if stored.rules != in_force or stored.is_due(now):
        return stored.prediction
    if rules.model is None or stored.prediction is None:
        return None
    return predicted_again(rules.model, stored.prediction, now)


def prediction_differences(
    stored: AuditedCustomer, rules: SegmentRules, now: datetime
) -> list[Difference]:
    """Return how a customer's prediction differs from the one scored now."""
    document, actual = f"customer {stored.customer_key}", stored.prediction
    in_force = rules_key(rules.thresholds_version, rules.revision)
    is_missing = actual is None and rules.model is not None and stored.rules == in_force
    if stored.order_count > 0 and is_missing:
        return [Difference(document=document, field="churn_risk", found=None, expected="a level")]
    expected = expected_prediction(stored, rules, now)
    if actual == expected:
        return []
    return [
        Difference(document=document, field=field, found=is_, expected=should)
        for field, is_, should in _fields(actual, expected)
        if is_ != should
    ]


def _fields(
    actual: Prediction | None, expected: Prediction | None
) -> list[tuple[str, object, object]]:
    return [
        ("churn_risk", actual and actual.risk, expected and expected.risk),
        ("predicted_ltv_cents", actual and actual.ltv_cents, expected and expected.ltv_cents),
        (
            "prediction_features",
            actual and actual.horizon_days,
            expected and expected.horizon_days,
        ),
    ]
