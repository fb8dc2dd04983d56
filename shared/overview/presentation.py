"""The analytics page on the wire."""

from collections.abc import Mapping

from shared.affinity import answers as affinity_models
from shared.affinity.affinity import CountedPair, top_pairs
from shared.churn.churn import DEFAULT_PERIOD, stored_churn
from shared.cohorts.answers import CohortMonth
from shared.funnel import answers as funnel_models
from shared.funnel.funnel import Funnel
from shared.nightly.result import ResultState
from shared.overview import answers as analytics_models
from shared.overview.overview import Day, Overview
from shared.products.product_sales import stored_best_sellers
from shared.web.computed import ComputedStatus
from shared.web.context import Organization
from shared.web.units import units, units_or_none


def overview_page(
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
    are computed each night, None if they were never attempted.
    """
    conversion_funnel = _conversion_funnel(funnel)
    computed_states = {
        field: state for field, state in nightly.items() if state and state.computed_at
    }
    product_sales = computed_states.get(analytics_models.SALES[0])
    best_sellers = stored_best_sellers(product_sales.summary) if product_sales else None
    churn = computed_states.get(analytics_models.CHURN_RATE)
    affinity = computed_states.get(analytics_models.AFFINITY_PAIRS)
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
        not_computed=[*(field for field in nightly if field not in computed_states), *not_measured],
    )


def _nightly_numbers(
    field: str, state: ResultState | None, organization: Organization
) -> analytics_models.NightlyNumbers:
    return analytics_models.NightlyNumbers(
        field=field,
        status=ComputedStatus(state.status) if state else ComputedStatus.PENDING,
        computed_at=state.computed_at if state else None,
        stale=state.stale(organization.as_of) if state else True,
        last_error=state.last_error if state else None,
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
