"""About the service itself. Nothing here needs a token, and nothing here reads a document."""

import hashlib
from functools import cache
from threading import Lock

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.kernel.version import VERSION
from shared.web.answers import answer, not_modified, public_responses
from shared.web.models import Health
from shared.web.openapi_document import openapi_json
from shared.web.parameters import NoParameters
from shared.web.preconditions import NoneMatchHeader

routes = APIBlueprint(
    "service",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Service", description="The API itself; no sign-in.")],
)

_describing = Lock()


@routes.get("/health", operation_id="getHealth", responses=public_responses(Health))
def health(query: NoParameters) -> Response:
    """Check that the service is up."""
    return answer(Health(status="ok", version=VERSION))


@routes.get(
    "/openapi.json",
    operation_id="getOpenApi",
    responses=public_responses(
        {
            "description": "This document.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        cacheable=True,
    ),
)
def openapi(header: NoneMatchHeader, query: NoParameters) -> Response:
    """Describe this API in OpenAPI 3.1."""
    with _describing:
        text, etag = _description()
    if request.if_none_match.contains_weak(etag):
        return not_modified(etag)
    response = Response(text, mimetype="application/json")
    response.set_etag(etag, weak=True)
    return response


@cache
def _description() -> tuple[str, str]:
    """The description of all routes, whichever function answers them, and what names it: 370 kB,
    which take 20 ms to make.
    """
    from shared.api.app import described_app

    text = openapi_json(described_app())
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]
