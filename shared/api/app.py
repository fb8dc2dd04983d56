"""The apps behind the HTTP functions."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import cast
from uuid import uuid4

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from shared.affinity import routes as routes_affinity
from shared.api import account_routes as routes_account
from shared.api import service_routes as routes_service
from shared.audit import routes as routes_quality
from shared.campaigns import routes as routes_campaigns
from shared.campaigns.events import routes as routes_campaign_events
from shared.campaigns.performance import routes as routes_campaign_performance
from shared.churn import routes as routes_churn
from shared.cohorts import routes as routes_cohorts
from shared.customers import routes as routes_customers
from shared.funnel import routes as routes_funnel
from shared.history import routes as routes_history
from shared.history import segments_routes as routes_segments
from shared.history import stats_routes as routes_stats
from shared.insights import routes as routes_insights
from shared.kernel.clock import Clock, utc_now
from shared.kernel.request_id import begin_request
from shared.kernel.version import VERSION
from shared.overview import routes as routes_analytics
from shared.predictions import routes as routes_predictions
from shared.products import routes as routes_products
from shared.rules import condition_fields_routes as routes_condition_fields
from shared.rules import custom_segments_routes as routes_custom_segments
from shared.rules import recommendation_routes as routes_recommendation
from shared.rules import thresholds_routes as routes_thresholds
from shared.services import Services
from shared.suggestions import routes as routes_suggestions
from shared.web.answers import BEARER
from shared.web.authentication import VerifyToken
from shared.web.bodies import ApiRequest
from shared.web.compression import compressed
from shared.web.context import Admission, refuse_malformed_parameters
from shared.web.headers import AllowedOrigins, finish, preflight
from shared.web.limits import add_rate_limit
from shared.web.page_tokens import PageTokens
from shared.web.problems import Problem, handle_errors, invalid_request
from shared.web.signatures import HEADER, SCHEME

ROUTES: Mapping[str, Sequence[APIBlueprint]] = MappingProxyType(
    {
        "api": (
            routes_service.routes,
            routes_account.routes,
            routes_segments.routes,
            routes_recommendation.routes,
            routes_suggestions.routes,
            routes_customers.routes,
            routes_stats.routes,
            routes_history.routes,
            routes_analytics.routes,
            routes_cohorts.routes,
            routes_affinity.routes,
            routes_churn.routes,
            routes_predictions.routes,
            routes_products.routes,
            routes_funnel.routes,
            routes_quality.routes,
            routes_thresholds.routes,
            routes_custom_segments.routes,
            routes_condition_fields.routes,
            routes_campaigns.routes,
            routes_campaign_events.routes,
            routes_campaign_performance.routes,
        ),
        "insights": (routes_service.routes, routes_insights.routes),
    }
)
"""Blueprints that each HTTP function serves, by the function's name."""
ALL_ROUTES = (*ROUTES["api"], routes_insights.routes)

DESCRIPTION = """\
Customer segments and sales of an organisation, for its dashboard. Paths are below the URL of the
`api` function; those of insights are below that of the function `insights`.

Sign in with a Firebase ID token or session cookie, as a bearer token, of an account with the role
`brand`, `brand_admin`, `brand_member`, `dispensary`, `dispensary_admin`, `dispensary_staff`,
`budtender` or `super_user`, and with the `approvalStatus` `approved` or none. The organisation is
the token's own: the first of the claims `orgId`, `brandId`, `currentOrgId` that is not blank, else
the user id.

Every answer carries its id in `X-Request-Id`, which the log names too.

Money is in the organisation's currency unit, with cents as decimals; shares and rates are from 0
to 1; instants are ISO 8601 in UTC. A number that has no meaning, such as an average of nothing, is
null and never 0.
"""


def create_app(
    services: Services,
    verify: VerifyToken,
    *,
    clock: Clock = utc_now,
    routes: Sequence[APIBlueprint] = ALL_ROUTES,
) -> OpenAPI:
    """The app, ready to answer. Routes need a signed-in caller unless they are the service's."""
    app = described_app(routes)
    handle_errors(app)
    origins = AllowedOrigins(
        named=frozenset(services.settings.cors_origins),
        localhost=services.settings.functions_emulator,
    )
    admission = Admission(
        services=services,
        verify=verify,
        clock=clock,
        page_tokens=PageTokens(services.secret),
    )

    @app.before_request
    def begin() -> None:
        begin_request(uuid4().hex)

    @app.before_request
    def admit() -> Response | None:
        if request.routing_exception is not None:
            return None  # raised by Flask itself once it gets to the route
        if request.method == "OPTIONS":
            return preflight(app)
        if request.blueprint == routes_service.routes.name:
            refuse_malformed_parameters()
        elif request.blueprint == routes_campaign_events.routes.name and HEADER in request.headers:
            body = cast(ApiRequest, request).json_bytes()
            admission.admit_signed(request.headers[HEADER], body)
        else:
            admission.admit()
        return None

    @app.after_request
    def add_headers(response: Response) -> Response:
        return finish(add_rate_limit(compressed(response)), origins)

    return app


def described_app(routes: Sequence[APIBlueprint] = ALL_ROUTES) -> OpenAPI:
    """Return an app with the routes and their description alone, which admits and answers no
    call."""
    app = OpenAPI(
        __name__,
        info=Info(title="Customer segments", version=VERSION, description=DESCRIPTION),
        security_schemes={
            BEARER: {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "A Firebase ID token or session cookie.",
            },
            SCHEME: {
                "type": "apiKey",
                "in": "header",
                "name": HEADER,
                "description": "`t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256>` of "
                "`<t>.<path>.<body>`, with the key that `python -m tools.signing_key` prints for "
                "the organisation, which `org` names. It holds for five minutes.",
            },
        },
        validation_error_status=HTTPStatus.BAD_REQUEST.value,
        validation_error_model=Problem,
        validation_error_callback=invalid_request,
        doc_ui=False,
        static_folder=None,
    )
    app.request_class = ApiRequest
    app.url_map.merge_slashes = False  # a redirect would be an answer that no route describes
    for blueprint in routes:
        app.register_api(blueprint)
    return app
