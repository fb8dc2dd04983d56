"""Conversion of the product's types to their wire format."""

from collections.abc import Sequence
from typing import Any

from shared.customers import answers as models
from shared.customers.record_store import CustomerRecord
from shared.kernel.money import mean_cents
from shared.reconciliation.ledger import LedgerEntry
from shared.segments.customer import Customer
from shared.segments.customer_selection import ListedCustomer
from shared.segments.explanation import Explanation, explain, whole_days
from shared.segments.thresholds import Thresholds, stored_values
from shared.web.context import Organization
from shared.web.units import units, units_or_none


def customer_profile(
    customer: ListedCustomer, organization: Organization
) -> models.CustomerProfile:
    """One customer of a list."""
    return models.CustomerProfile(**_profile(customer, organization))


def customer_detail(
    record: CustomerRecord, orders: Sequence[LedgerEntry], organization: Organization
) -> models.CustomerDetail:
    """One customer, with the reason for the segment."""
    explanation = explain(record.customer, organization.moment())
    step = explanation.next_step
    return models.CustomerDetail(
        **_profile(record.listed, organization),
        as_of=organization.as_of,
        stale=explanation.stale,
        why=_why(record.customer, explanation, organization),
        next_transition=models.NextTransition(at=step.at, to_segment=step.to_segment)
        if step
        else None,
        recent_orders=[order for entry in orders if (order := recent_order(entry))],
    )


def _profile(customer: ListedCustomer, organization: Organization) -> dict[str, Any]:
    spent = units(customer.lifetime_value_cents)
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
        "total_spent": spent,
        "lifetime_value": spent,
        "order_count": customer.order_count,
        "avg_order_value": units_or_none(customer.average_order_value_cents),
        "first_order_date": customer.first_ordered_at,
        "last_order_date": customer.last_ordered_at,
        "days_since_last_order": whole_days(customer.last_ordered_at, organization.as_of),
        "preferred_categories": list(customer.preferred_categories),
    }


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
    """One order of a customer; None where the ledger knows no content of it."""
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
