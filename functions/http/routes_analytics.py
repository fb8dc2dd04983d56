"""Analytics of an organisation."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http import analytics_models, presentation
from functions.http.answers import SIGNED_IN, answer, signed_in_responses
from functions.http.context import organization
from functions.http.parameters import OrganizationQuery
from shared.analytics.overview import overview, window_start

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
    responses=signed_in_responses(analytics_models.Overview),
)
def get_overview(query: OrganizationQuery) -> Response:
    """Show the analytics page.

    Costs fewer than a hundred document reads as a rule, however many orders there are. All numbers
    are as of one instant.
    """
    current = organization()
    time_zone = current.settings().time_zone
    today = current.as_of.astimezone(time_zone).date()
    counters = current.reader.counters(window_start(today), today)
    numbers = overview(counters.totals, counters.daily, counters.sales, today)
    return answer(
        presentation.overview(
            numbers,
            current,
            time_zone=time_zone.key,
            sales_complete=counters.sales_complete,
        )
    )
