"""About the service itself. Nothing here needs a token, and nothing here reads a document."""

import hashlib
from functools import lru_cache
from threading import Lock
from typing import Any, cast

from flask import Flask, Response, current_app, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http.answers import answer, not_modified, public_responses
from functions.http.models import Health
from functions.http.openapi_document import openapi_json
from functions.http.parameters import NoParameters
from functions.http.preconditions import NoneMatchHeader
from shared.version import VERSION

routes = APIBlueprint(
    "service",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Service", description="The API itself; no sign-in.")],
)

_describing = Lock()


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
        },
        kept=True,
    ),
)
def openapi(header: NoneMatchHeader, query: NoParameters) -> Response:
    """Describe this API, as OpenAPI 3.1."""
    with _describing:
        text, etag = _description(cast(Any, current_app)._get_current_object())
    if request.if_none_match.contains_weak(etag):
        return not_modified(etag)
    response = Response(text, mimetype="application/json")
    response.set_etag(etag, weak=True)
    return response


@lru_cache(maxsize=1)
def _description(app: Flask) -> tuple[str, str]:
    """The description of the app and what names it: 370 kB, which take 20 ms to make."""
    text = openapi_json(app)
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]
