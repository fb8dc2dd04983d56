"""Analytics of an organisation."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http import analytics_models, presentation
from functions.http.answers import SIGNED_IN, signed_in_responses
from functions.http.context import organization
from functions.http.kept_answers import PageState, answer_unless_kept
from functions.http.parameters import OrganizationQuery
from functions.http.preconditions import NoneMatchHeader
from shared.analytics.overview import overview, window_start
from shared.organizations.settings import OrganizationSettings

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
            current,
            time_zone=settings.time_zone.key,
            sales_complete=counters.sales_complete,
        )

    state = PageState(name="overview", organization=current, changes=changes, for_one_day=True)
    return answer_unless_kept(state, page)
