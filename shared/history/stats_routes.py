"""GET /v1/customers/stats: the numbers above the dashboard's list of customers."""

from datetime import timedelta

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.history.counts_store import SegmentCounts
from shared.history.stats_answers import CustomerStats
from shared.kernel.money import mean_cents
from shared.segments.segment import Segment
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.parameters import OrganizationQuery
from shared.web.units import units_or_none

WEEK, MONTH = timedelta(days=7), timedelta(days=30)

routes = APIBlueprint(
    "customer_stats",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Customers", description="Customers and the reasons for their segments.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/customers/stats",
    operation_id="getCustomerStats",
    responses=signed_in_responses(CustomerStats),
)
def get_customer_stats(query: OrganizationQuery) -> Response:
    """Get numbers over all customers.

    Costs one document read per counter shard, three more, and one per thousand customers whose
    first order is in the last 30 days.
    """
    current = organization()
    stored = current.open(SegmentCounts)
    behind = stored.behind_since(current.as_of) is not None
    counts = stored.segment_counts()
    breakdown = {
        each.value: counter["customers"] if (counter := counts.segments.get(each.value)) else 0
        for each in Segment
    }
    customers = counts.totals["customers"]
    total_spent = sum(each["lifetime_value_cents"] for each in counts.segments.values())
    return answer(
        CustomerStats(
            org_id=current.id,
            as_of=current.as_of,
            stale=behind or counts.outdated(current.settings().rules) > 0,
            total_customers=customers,
            new_this_week=stored.new_since(current.as_of - WEEK),
            new_this_month=stored.new_since(current.as_of - MONTH),
            at_risk_count=breakdown[Segment.AT_RISK] + breakdown[Segment.SLIPPING],
            vip_count=breakdown[Segment.VIP],
            avg_lifetime_value=units_or_none(mean_cents(total_spent, customers)),
            segment_breakdown=breakdown,
        )
    )
