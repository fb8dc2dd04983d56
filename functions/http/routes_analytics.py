"""Analytics of an organisation."""

from datetime import date, timedelta

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http import analytics_models, presentation
from functions.http.answers import SIGNED_IN, signed_in_responses
from functions.http.cohorts_presentation import cohort_months
from functions.http.context import Organization, organization
from functions.http.kept_answers import PageState, answer_unless_kept
from functions.http.parameters import OrganizationQuery
from functions.http.preconditions import NoneMatchHeader
from shared.analytics.affinity import Pair, Relation, top_pairs
from shared.analytics.churn import DEFAULT_PERIOD, NAME, Churn, stored_churn
from shared.analytics.cohorts import Granularity, result_name
from shared.analytics.funnel import Funnel, funnel, over_all_days
from shared.analytics.overview import PERIOD_DAYS, overview, window_start
from shared.organizations.settings import OrganizationSettings
from shared.storage.organization_reader import Counters

routes = APIBlueprint(
    "analytics",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Analytics", description="Revenue, orders and what was sold.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/overview",
    operation_id="getAnalyticsOverview",
    responses=signed_in_responses(analytics_models.Overview, kept=True),
)
def get_overview(header: NoneMatchHeader, query: OrganizationQuery) -> Response:
    """Show the analytics page.

    Costs fewer than a hundred document reads as a rule, however many orders there are; one read
    where the answer that the caller has kept is still right. All numbers are as of one instant.
    """
    current = organization()
    changes = current.reader.changes()

    def page(settings: OrganizationSettings) -> analytics_models.Overview:
        today = current.as_of.astimezone(settings.time_zone).date()
        counters = current.reader.counters(window_start(today), today)
        return presentation.overview(
            overview(counters.totals, counters.daily, counters.sales, today),
            _funnel(current, counters, today),
            _affinity(current),
            _churn(current),
            current,
            cohorts=cohort_months(current.results.state(result_name(Granularity.MONTH))),
            time_zone=settings.time_zone.key,
            sales_complete=counters.sales_complete,
        )

    state = PageState(name="overview", organization=current, changes=changes, for_one_day=True)
    return answer_unless_kept(state, page)


def _funnel(current: Organization, counters: Counters, today: date) -> Funnel:
    """The funnel of the current period, as of the instant of the counters."""
    first_day = today - timedelta(days=PERIOD_DAYS - 1)
    sessions = current.funnel.sessions(first_day, today, read_time=counters.read_at)
    orders = [channels for day, channels in counters.channels.items() if day >= first_day]
    return funnel(
        sessions.days,
        over_all_days(orders),
        first_day,
        today,
        measured_before=sessions.measured_before,
    )


def _affinity(current: Organization) -> list[Pair] | None:
    """The best pairs, from the state of the result alone; None where they were never computed."""
    state = current.results.state(Relation.SAME_BASKET)
    return top_pairs(state.summary) if state and state.computed_at else None


def _churn(current: Organization) -> Churn | None:
    """What was lost in 30 days; None where it was never computed. One read."""
    state = current.results.state(NAME)
    return stored_churn(state.summary, DEFAULT_PERIOD) if state and state.computed_at else None
