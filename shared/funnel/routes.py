"""The funnel of an organisation's shop."""

from datetime import timedelta
from typing import Annotated

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import Field

from shared.firestore.changes import changes as changes_of
from shared.funnel import answers as funnel_models
from shared.funnel.funnel import funnel
from shared.funnel.presentation import funnel_answer
from shared.funnel.store import FunnelReader
from shared.kernel.instants import end_of_day
from shared.organizations.settings import OrganizationSettings
from shared.web.answers import SIGNED_IN, signed_in_responses
from shared.web.cached_responses import PageState, cached_response
from shared.web.context import organization
from shared.web.parameter_types import whole_number
from shared.web.parameters import OrganizationQuery
from shared.web.preconditions import NoneMatchHeader

DEFAULT_DAYS = 30
MAX_DAYS = 365

routes = APIBlueprint(
    "funnel",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Analytics", description="Revenue, orders and sales.")],
    abp_security=SIGNED_IN,
)


class FunnelQuery(OrganizationQuery):
    """Window of the funnel."""

    days: Annotated[
        int,
        whole_number(1, MAX_DAYS, default=DEFAULT_DAYS),
    ] = Field(
        default=DEFAULT_DAYS,
        description="Days of the window, in the organisation's time zone; the last one is today.",
    )


@routes.get(
    "/funnel",
    operation_id="getFunnel",
    responses=signed_in_responses(funnel_models.Funnel, cacheable=True),
)
def get_funnel(header: NoneMatchHeader, query: FunnelQuery) -> Response:
    """Get sessions, started checkouts and paid orders, by day and channel.

    Costs one document read per day with orders in the window, and a few per month; two reads if the
    caller's cached answer is still current.
    """
    current = organization()
    changes = current.open(changes_of) + current.open(FunnelReader).changes()

    def page(settings: OrganizationSettings) -> funnel_models.Funnel:
        today = current.as_of.astimezone(settings.time_zone).date()
        first_day = today - timedelta(days=query.days - 1)
        sessions = current.open(FunnelReader).sessions(first_day, today)
        return funnel_answer(
            funnel(
                sessions.days,
                current.open(FunnelReader).orders_by_channel(first_day, today),
                first_day,
                today,
                measured_before=sessions.measured_before,
            ),
            current,
            time_zone=settings.time_zone.key,
        )

    state = PageState(
        name=f"funnel {query.days}",
        organization=current,
        changes=changes,
        until=lambda settings: end_of_day(current.as_of, settings.time_zone),
    )
    return cached_response(state, page)
