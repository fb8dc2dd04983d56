"""Analytics of an organisation."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.affinity.affinity import Relation
from shared.churn.churn import NAME as CHURN
from shared.cohorts.cohorts import result_name
from shared.cohorts.period import Granularity
from shared.cohorts.presentation import cohort_months
from shared.firestore.changes import changes as changes_of
from shared.funnel.funnel import Funnel, funnel, over_all_days
from shared.funnel.store import FunnelReader
from shared.kernel.instants import end_of_day
from shared.nightly.result import ResultState
from shared.organizations.settings import OrganizationSettings
from shared.overview import answers as analytics_models
from shared.overview.overview import PERIOD_DAYS, overview, window_start
from shared.overview.presentation import overview_page
from shared.overview.store import Counters, OverviewCounters
from shared.products.product_sales import NAME as PRODUCT_SALES
from shared.products.product_sales import stored_best_sellers
from shared.web.answers import SIGNED_IN, signed_in_responses
from shared.web.cached_responses import PageState, cached_response
from shared.web.context import Organization, organization
from shared.web.parameters import OrganizationQuery
from shared.web.preconditions import NoneMatchHeader

routes = APIBlueprint(
    "analytics",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Analytics", description="Revenue, orders and sales.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/overview",
    operation_id="getAnalyticsOverview",
    responses=signed_in_responses(analytics_models.Overview, cacheable=True),
)
def get_overview(header: NoneMatchHeader, query: OrganizationQuery) -> Response:
    """Get the numbers of the analytics page.

    Costs at most about 60 document reads per counter shard, regardless of the number of orders; two
    reads if the caller's cached answer is still current. All numbers are as of one instant except
    those computed nightly, whose time and staleness are in `nightly`.
    """
    current = organization()
    changes = current.open(changes_of) + current.open(FunnelReader).changes()

    @cache
    def nightly() -> Mapping[str, ResultState | None]:
        product_sales = current.results.state(PRODUCT_SALES)
        if product_sales and stored_best_sellers(product_sales.summary) is None:
            # Version 0.3 computed it: what the page shows is not in it.
            product_sales = None
        return {
            **dict.fromkeys(analytics_models.SALES, product_sales),
            analytics_models.CHURN_RATE: current.results.state(CHURN),
            analytics_models.COHORTS: current.results.state(result_name(Granularity.MONTH)),
            analytics_models.AFFINITY_PAIRS: current.results.state(Relation.SAME_BASKET),
        }

    def until(settings: OrganizationSettings) -> datetime:
        """The end of the day, or when the first of the nightly numbers grows stale before it."""
        grow_stale = [
            state.stale_at
            for state in nightly().values()
            if state and state.stale_at and not state.stale(current.as_of)
        ]
        return min([end_of_day(current.as_of, settings.time_zone), *grow_stale])

    def page(settings: OrganizationSettings) -> analytics_models.Overview:
        today = current.as_of.astimezone(settings.time_zone).date()
        counters = current.open(OverviewCounters).counters(window_start(today), today)
        return overview_page(
            overview(counters.totals, counters.daily, today),
            _funnel(current, counters, today),
            nightly(),
            current,
            cohorts=cohort_months(nightly()[analytics_models.COHORTS]),
            time_zone=settings.time_zone.key,
        )

    state = PageState(name="overview", organization=current, changes=changes, until=until)
    return cached_response(state, page)


def _funnel(current: Organization, counters: Counters, today: date) -> Funnel:
    """The funnel of the current period, as of the instant of the counters."""
    first_day = today - timedelta(days=PERIOD_DAYS - 1)
    sessions = current.open(FunnelReader).sessions(first_day, today, read_time=counters.read_at)
    orders = [channels for day, channels in counters.channels.items() if day >= first_day]
    return funnel(
        sessions.days,
        over_all_days(orders),
        first_day,
        today,
        measured_before=sessions.measured_before,
    )
