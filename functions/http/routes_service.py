"""About the service itself. Nothing here needs a token, and nothing here reads a document."""

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http.answers import answer, public_responses
from functions.http.models import Health
from functions.http.openapi_document import openapi_json
from functions.http.parameters import NoParameters
from shared.version import VERSION

routes = APIBlueprint(
    "service",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Service", description="The API itself; no sign-in.")],
)


@routes.get("/health", operation_id="getHealth", responses=public_responses(Health))
def health(query: NoParameters) -> Response:
    """Say that the service answers."""
    return answer(Health(status="ok", version=VERSION))


@routes.get(
    "/openapi.json",
    operation_id="getOpenApi",
    responses=public_responses(
        {
            "description": "This document.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    ),
)
def openapi(query: NoParameters) -> Response:
    """Describe this API, as OpenAPI 3.1."""
    return Response(openapi_json(current_app), mimetype="application/json")
