"""Conversion of customers to their wire format."""

from collections.abc import Sequence
from typing import Any

from shared.customers import answers as models
from shared.customers.record_store import CustomerRecord
from shared.customers.retention import RetentionFacts, retention_score
from shared.kernel.money import mean_cents
from shared.predictions.model import PublishedModel
from shared.predictions.reasons import reasons
from shared.predictions.scoring import Score, score_features
from shared.reconciliation.ledger import LedgerEntry
from shared.segments.crm_profile import ChannelConsent, CrmProfile
from shared.segments.customer import Customer
from shared.segments.customer_selection import CustomerSort, ListedCustomer
from shared.segments.explanation import Explanation, explain, whole_days
from shared.segments.thresholds import Thresholds, stored_values
from shared.web.context import Organization
from shared.web.units import units, units_or_none


def customer_profile(
    customer: ListedCustomer, organization: Organization, sort: CustomerSort | None = None
) -> models.CustomerProfile:
    """One customer of a list, which may be sorted by `sort`.

    Predictions are as of the call. A list by predicted value shows what it is sorted by instead:
    the recorded value, which follows a change by time within minutes.
    """
    profile = _profile(customer, organization)
    if sort is CustomerSort.PREDICTED_LTV and customer.prediction is not None:
        profile["predicted_ltv"] = units_or_none(customer.prediction.ltv_cents)
    return models.CustomerProfile(**profile)


def customer_detail(
    record: CustomerRecord, orders: Sequence[LedgerEntry], organization: Organization
) -> models.CustomerDetail:
    """One customer, with the reason for the segment."""
    explanation = explain(record.customer, organization.moment())
    upcoming = explanation.next_transition
    return models.CustomerDetail(
        **_profile(record.listed, organization),
        as_of=organization.as_of,
        stale=explanation.stale,
        why=_why(record.customer, explanation, organization),
        prediction=_prediction(record.listed, organization),
        next_transition=models.NextTransition(at=upcoming.at, to_segment=upcoming.to_segment)
        if upcoming
        else None,
        recent_orders=[order for entry in orders if (order := recent_order(entry))],
    )


def _profile(customer: ListedCustomer, organization: Organization) -> dict[str, Any]:
    total_spent = units(customer.lifetime_value_cents)
    return {
        "id": customer.customer_key,
        "customer_key": customer.customer_key,
        "org_id": organization.id,
        "email": customer.contact.email,
        "phone": customer.contact.phone,
        "display_name": customer.contact.display_name,
        "segment": customer.segment,
        "segment_label": customer.segment.label if customer.segment else None,
        "segment_since": customer.segment_since,
        "custom_segments": list(customer.custom_segments),
        "next_transition_at": customer.next_transition_at,
        "total_spent": total_spent,
        "lifetime_value": total_spent,
        "order_count": customer.order_count,
        "avg_order_value": units_or_none(customer.average_order_value_cents),
        "first_order_date": customer.first_ordered_at,
        "last_order_date": customer.last_ordered_at,
        "days_since_last_order": whole_days(customer.last_ordered_at, organization.as_of),
        "preferred_categories": list(customer.preferred_categories),
        **_prediction_fields(customer, organization),
        **_crm_fields(customer.profile),
        "retention": _retention(customer, organization),
    }


def _crm_fields(profile: CrmProfile) -> dict[str, Any]:
    """Return the fields from the dashboard's own documents."""
    return {
        "profile_ids": list(profile.ids),
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "tier": profile.tier,
        "points": profile.points,
        "tags": list(profile.tags),
        "source": profile.source,
        "created_at": profile.created_at,
        "email_consent": _consent(profile.email_consent),
        "sms_consent": _consent(profile.sms_consent),
    }


def _consent(consent: ChannelConsent | None) -> models.ChannelConsent | None:
    if consent is None:
        return None
    return models.ChannelConsent(
        consent=consent.consent,
        since=consent.since,
        unsubscribed=consent.unsubscribed,
        undeliverable=consent.undeliverable,
    )


def _retention(customer: ListedCustomer, organization: Organization) -> models.Retention | None:
    profile = customer.profile
    if not profile.has_loyalty:
        return None
    prediction_score = _current_score(customer, organization)
    if prediction_score is None:
        return None
    _, churn = prediction_score
    score = retention_score(
        RetentionFacts(
            days_since_last_order=whole_days(customer.last_ordered_at, organization.as_of),
            order_count=customer.order_count,
            lifetime_value_cents=customer.lifetime_value_cents,
            churn_percent=churn.percent,
            points=profile.points,
            purchase_streak=profile.purchase_streak,
            tier=profile.tier,
        )
    )
    return models.Retention(
        score=score.total,
        tier=score.tier,
        breakdown=models.RetentionBreakdown(
            recency=score.recency,
            frequency_monetary=score.frequency_monetary,
            churn_inverse=score.churn_inverse,
            engagement=score.engagement,
        ),
        reasons=list(score.reasons),
    )


_PREDICTED = (
    "churn_probability",
    "churn_risk_level",
    "predicted_ltv",
    "expected_next_order_date",
)


def _prediction_fields(customer: ListedCustomer, organization: Organization) -> dict[str, Any]:
    prediction_score = _current_score(customer, organization)
    if prediction_score is None:
        return dict.fromkeys(_PREDICTED)
    _, score = prediction_score
    return {
        "churn_probability": score.percent,
        "churn_risk_level": score.level,
        "predicted_ltv": units_or_none(score.value.cents if score.value else None),
        "expected_next_order_date": score.expected_next_order_at,
    }


def _current_score(
    customer: ListedCustomer, organization: Organization
) -> tuple[PublishedModel, Score] | None:
    """The score as of the call; None if the customer has no prediction of the model in force."""
    if customer.prediction is None:
        return None
    model = organization.settings().rules.model
    if model is None or model.horizon_days != customer.prediction.horizon_days:
        return None
    return model, score_features(model, customer.prediction.features, organization.as_of)


def _prediction(
    customer: ListedCustomer, organization: Organization
) -> models.CustomerPrediction | None:
    prediction_score = _current_score(customer, organization)
    if prediction_score is None or customer.prediction is None:
        return None
    model, score = prediction_score
    return models.CustomerPrediction(
        churn_probability=score.probability,
        horizon_days=model.horizon_days,
        model=model.kind,
        fitted_at=model.fitted_at,
        predicted_ltv_low=units_or_none(score.value.q10_cents if score.value else None),
        predicted_ltv_high=units_or_none(score.value.q90_cents if score.value else None),
        reasons=[
            models.PredictionReason(aspect=each.aspect, text=each.text, effect=each.effect)
            for each in reasons(model, customer.prediction.features, organization.as_of)
        ],
    )


def _why(customer: Customer, explanation: Explanation, organization: Organization) -> models.Why:
    totals = customer.totals
    return models.Why(
        rule=explanation.rule,
        segment=customer.segment,
        inputs=models.SegmentInputs(
            order_count=totals.order_count,
            lifetime_value=units(totals.lifetime_value_cents),
            average_order_value=_average(customer),
            days_since_last_order=whole_days(totals.last_ordered_at, organization.as_of),
            days_since_first_order=whole_days(totals.first_ordered_at, organization.as_of),
        ),
        thresholds=threshold_values(explanation.thresholds) if explanation.thresholds else None,
        thresholds_version=customer.thresholds_version,
        explanation=explanation.sentence,
    )


def sample_fields(customer: ListedCustomer) -> dict[str, Any]:
    """One customer as an example."""
    return {
        "customer_key": customer.customer_key,
        "display_name": customer.contact.display_name,
        "email": customer.contact.email,
        "lifetime_value": units(customer.lifetime_value_cents),
        "order_count": customer.order_count,
        "segment": customer.segment,
    }


def threshold_values(thresholds: Thresholds) -> models.ThresholdValues:
    """Thresholds under the dashboard's names and in its units."""
    return models.ThresholdValues.model_validate(stored_values(thresholds))


def _average(customer: Customer) -> float | None:
    totals = customer.totals
    return units_or_none(mean_cents(totals.lifetime_value_cents, totals.order_count))


def recent_order(entry: LedgerEntry) -> models.RecentOrder | None:
    """Return one order of a customer; None if the ledger has no content for it."""
    fact = entry.fact
    if fact is None:
        return None
    return models.RecentOrder(
        order_id=entry.order_id,
        ordered_at=fact.ordered_at,
        amount=units(fact.amount_cents),
        is_return=fact.is_return,
        counted=fact.counted,
        exclusion=fact.exclusion,
        channel=fact.channel,
        items=[
            models.RecentOrderItem(
                product_id=line.product_id,
                name=line.name,
                category=line.category,
                quantity=line.quantity_milli / 1000,
                revenue=units(line.amount_cents),
            )
            for line in fact.lines
        ],
    )
