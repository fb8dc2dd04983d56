"""Answers and documentation that routes have in common."""

from http import HTTPStatus
from posixpath import dirname, relpath
from typing import Any

from flask import Response, request
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel

from shared.web.problems import problem_responses

BEARER = "idToken"
SIGNED_IN: list[dict[str, list[str]]] = [{BEARER: []}]
"""The security of a route that takes an ID token."""

WITH_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
"""Further statuses of a route that takes a body."""
WITH_MATCH = (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)
"""Further statuses of a route that takes `If-Match`."""

_NOT_MODIFIED = {
    "description": "Nothing has changed since the answer identified by `If-None-Match`.",
    "headers": {"ETag": {"description": "The same ETag again.", "schema": {"type": "string"}}},
}
_ANYWHERE = (HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)
_SIGNED_IN = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def answer(model: BaseModel, *, etag: str | None = None, weak: bool = False) -> Response:
    """200 with the model as JSON. `etag` names this version of it; a `weak` one names every answer
    that says the same, though at another time.
    """
    response = Response(model.model_dump_json(by_alias=True), mimetype="application/json")
    return _tagged(response, etag, weak=weak)


def not_modified(etag: str) -> Response:
    """Return 304: the caller's copy, under this weak ETag, is current."""
    response = Response(status=HTTPStatus.NOT_MODIFIED)
    del response.headers["Content-Type"]
    return _tagged(response, etag, weak=True)


def created(model: BaseModel, location: str, *, etag: str | None = None) -> Response:
    """Return 201 with the new resource as JSON. `location` is its path, from `/v1` on.

    The header names it relative to the path that was called: a function does not know the URL
    below which the platform serves it.
    """
    response = answer(model, etag=etag)
    response.status_code = HTTPStatus.CREATED
    # The dot keeps a colon from being taken for the end of a scheme.
    response.headers["Location"] = "./" + relpath(location, dirname(request.path))
    return response


def no_content(*, etag: str | None = None) -> Response:
    """204: done, without content."""
    response = Response(status=HTTPStatus.NO_CONTENT)
    del response.headers["Content-Type"]
    return _tagged(response, etag)


def _tagged(response: Response, etag: str | None, *, weak: bool = False) -> Response:
    if etag is not None:
        response.set_etag(etag, weak)
    return response


def public_responses(
    model: type[BaseModel] | dict[str, Any], *, cacheable: bool = False
) -> ResponseDict:
    """The documented answers of a route without sign-in; `cacheable` as below."""
    documented = {200: model, **problem_responses(*_ANYWHERE)}
    return {**documented, **({304: _NOT_MODIFIED} if cacheable else {})}


def file_responses(description: str, *further: HTTPStatus) -> ResponseDict:
    """The documented answers of a route with sign-in that answers with a CSV file."""
    name = {
        "description": "`attachment` with the name of the file.",
        "schema": {"type": "string"},
    }
    return {
        **signed_in_responses(None, *further),
        200: {
            "description": description,
            "headers": {"Content-Disposition": name},
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
    }


def signed_in_responses(
    model: type[BaseModel] | None,
    *further: HTTPStatus,
    success: HTTPStatus = HTTPStatus.OK,
    cacheable: bool = False,
) -> ResponseDict:
    """The documented answers of a route with sign-in, `further` being problems of this route.

    `model` is None for a route that answers with no content; `cacheable` says that callers may keep
    the answer and ask whether it is still current.
    """
    documented = {int(success): model, **problem_responses(*_ANYWHERE, *_SIGNED_IN, *further)}
    return {**documented, **({304: _NOT_MODIFIED} if cacheable else {})}
