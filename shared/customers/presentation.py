"""From the product's own types to what goes over the wire."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.affinity import answers as affinity_models
from shared.affinity.affinity import CountedPair, top_pairs
from shared.churn.churn import DEFAULT_PERIOD, stored_churn
from shared.cohorts.answers import CohortMonth
from shared.customers import answers as models
from shared.funnel import answers as funnel_models
from shared.funnel.funnel import Funnel
from shared.kernel.money import mean_cents
from shared.nightly.result import ResultState
from shared.overview import answers as analytics_models
from shared.overview.overview import Day, Overview
from shared.overview.store import CustomerRecord
from shared.products.answers import ComputedStatus
from shared.products.product_sales import stored_best_sellers
from shared.reconciliation.ledger import LedgerEntry
from shared.segments.customer import Customer
from shared.segments.customer_selection import ListedCustomer
from shared.segments.explanation import Explanation, explain, whole_days
from shared.segments.summary import SegmentShare
from shared.segments.thresholds import Thresholds, stored_values
from shared.web.context import Organization


def units(cents: int) -> float:
    """An amount in the currency unit: the float nearest to it, so that it prints as written."""
    return cents / 100


def units_or_none(cents: int | None) -> float | None:
    """The same where there may be no amount."""
    return None if cents is None else units(cents)


def segment_summary(share: SegmentShare) -> models.SegmentSummary:
    """One segment."""
    return models.SegmentSummary(
        id=share.segment,
        label=share.segment.label,
        description=share.segment.description,
        count=share.customers,
        share=share.share,
        lifetime_value=units(share.lifetime_value_cents),
        average_order_value=units_or_none(share.average_order_value_cents),
    )


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


def overview(
    numbers: Overview,
    funnel: Funnel,
    nightly: Mapping[str, ResultState | None],
    organization: Organization,
    *,
    cohorts: list[CohortMonth] | None,
    time_zone: str,
) -> analytics_models.Overview:
    """The analytics page.

    `funnel` is that of the current period; `nightly` holds the results, by field of the page, that
    are computed each night, None where they were never attempted.
    """
    conversion_funnel = _conversion_funnel(funnel)
    computed = {field: state for field, state in nightly.items() if state and state.computed_at}
    product_sales = computed.get(analytics_models.SALES[0])
    best_sellers = stored_best_sellers(product_sales.summary) if product_sales else None
    churn = computed.get(analytics_models.CHURN_RATE)
    affinity = computed.get(analytics_models.AFFINITY_PAIRS)
    stale = any(state.stale(organization.as_of) for state in nightly.values() if state)
    not_measured = analytics_models.NOT_MEASURED if conversion_funnel is None else ()
    return analytics_models.Overview(
        org_id=organization.id,
        as_of=organization.as_of,
        stale=stale,
        time_zone=time_zone,
        total_revenue=units(numbers.revenue_cents),
        total_orders=numbers.orders,
        average_order_value=units_or_none(numbers.average_order_value_cents),
        sales_by_product=[
            analytics_models.ProductSales(
                product_id=line.id, product_name=line.name, revenue=units(line.revenue_cents)
            )
            for line in best_sellers.products
        ]
        if best_sellers
        else None,
        sales_by_category=[
            analytics_models.CategorySales(category=line.name, revenue=units(line.revenue_cents))
            for line in best_sellers.categories
        ]
        if best_sellers
        else None,
        repeat_customer_rate=numbers.repeat_customer_rate,
        unique_customer_count=numbers.customers,
        last_30_days_revenue=units(numbers.current.revenue_cents),
        last_30_days_orders=numbers.current.orders,
        prev_30_days_revenue=units(numbers.previous.revenue_cents),
        prev_30_days_orders=numbers.previous.orders,
        daily_stats=[_daily_stats(day, funnel.on(day.date)) for day in numbers.days],
        data_note=numbers.note,
        churn_rate=stored_churn(churn.summary, DEFAULT_PERIOD).total.rate if churn else None,
        cohorts=cohorts,
        affinity_pairs=[_affinity_pair(pair) for pair in top_pairs(affinity.summary)]
        if affinity
        else None,
        nightly=[_nightly_numbers(field, state, organization) for field, state in nightly.items()],
        conversion_funnel=conversion_funnel,
        channel_performance=_channel_performance(funnel),
        not_computed=[*(field for field in nightly if field not in computed), *not_measured],
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


def _nightly_numbers(
    field: str, state: ResultState | None, organization: Organization
) -> analytics_models.NightlyNumbers:
    return analytics_models.NightlyNumbers(
        field=field,
        status=ComputedStatus(state.status) if state else ComputedStatus.PENDING,
        computed_at=state.computed_at if state else None,
        stale=state.stale(organization.as_of) if state else True,
    )


def _affinity_pair(pair: CountedPair) -> affinity_models.AffinityPair:
    return affinity_models.AffinityPair(
        product_a=pair.a.name,
        product_b=pair.b.name,
        count=pair.count,
        strength=pair.support,
        product_id_a=pair.a.id,
        product_id_b=pair.b.id,
        lift=pair.lift,
    )


def _conversion_funnel(funnel: Funnel) -> list[funnel_models.StageCount] | None:
    if funnel.stages is None:
        return None
    return [
        funnel_models.StageCount(stage=name, count=count)
        for name, count in zip(funnel_models.STAGE_NAMES, funnel.stages, strict=True)
    ]


def _channel_performance(funnel: Funnel) -> list[funnel_models.ChannelPerformance]:
    return [
        funnel_models.ChannelPerformance(
            channel=line.channel,
            sessions=line.sessions if funnel.measured_from is not None else None,
            revenue=units(line.revenue_cents),
            conversion_rate=line.conversion_rate,
        )
        for line in funnel.channels
    ]


def _daily_stats(day: Day, stages: tuple[int, ...] | None) -> analytics_models.DailyStats:
    sessions, checkouts_started, paid = stages or (None, None, None)
    return analytics_models.DailyStats(
        date_=day.date,
        gmv=units(day.revenue_cents),
        orders=day.orders,
        new_customers=day.new_customers,
        returning_orders=day.returning_orders,
        sessions=sessions,
        checkouts_started=checkouts_started,
        paid_checkouts=paid,
    )
