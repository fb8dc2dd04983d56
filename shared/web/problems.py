"""Errors on the wire: problem details as in RFC 9457, and which error becomes which.

Callers see fixed text, never the text of an exception.
"""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote
from uuid import uuid4

from flask import Flask, Response, request
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import HTTPException

from shared.firestore.page_reads import UNAVAILABLE
from shared.kernel import logs
from shared.kernel.errors import (
    ContentionError,
    ForbiddenError,
    InvalidBodyError,
    InvalidParameterError,
    PathNotFoundError,
    RequestConflictError,
    RequestError,
    TooManyRequestsError,
    UnavailableError,
)
from shared.kernel.request_id import begin_request
from shared.web.bodies import MAX_BODY_BYTES, body_problems, in_words, parsed_body
from shared.web.headers import AllowedOrigins, finish
from shared.web.schema import untitled

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 10

_MAX_ECHO = 64
"""Characters of a caller's own parameter name that are echoed."""
_MAX_POINTER = 256
"""Characters of a place in a caller's own body that are echoed."""
_MAX_INSTANCE = 1024
"""Characters of the path that are echoed."""
_MAX_ITEMS = 100
"""Maximum number of faults listed in one answer."""


class ProblemItem(BaseModel):
    """One problem of the request."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    parameter: str | None = Field(
        description="Name of the invalid query or path parameter; null for the body."
    )
    pointer: str | None = Field(
        description="JSON pointer (RFC 6901) to the invalid part of the body, empty for the body "
        "as a whole; null for a parameter."
    )
    detail: str = Field(description="The problem.")

    @property
    def sentence(self) -> str:
        """The problem as one sentence."""
        if self.parameter is not None:
            return f"{self.parameter or 'A parameter without a name'} {self.detail}"
        return f"{self.pointer or 'The body'} {self.detail}"


class Problem(BaseModel):
    """Description of a failed request (RFC 9457)."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    type: str = Field(
        description="Kind of the problem, one for each cause: a URN. The responses list them."
    )
    title: str = Field(description="The kind, in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="Details of this occurrence.")
    instance: str = Field(description="Path of the request.")
    errors: list[ProblemItem] = Field(
        description=f"Up to {_MAX_ITEMS} problems, by parameter or by place in the body; empty for "
        "other errors."
    )


def handle_errors(app: Flask) -> None:
    """Answer every error of this app with a problem."""
    app.register_error_handler(RequestError, _answer_to)
    app.register_error_handler(HTTPException, _http_error)
    for kind in (*UNAVAILABLE, ContentionError):
        app.register_error_handler(kind, _not_available)
    app.register_error_handler(Exception, _unexpected)


def invalid_request(error: ValidationError) -> Response:
    """Return the answer to parameters, or to a body, that a route's model refuses."""
    body = parsed_body()
    if body is not None:
        items = [
            ProblemItem(parameter=None, pointer=place[:_MAX_POINTER], detail=detail)
            for place, detail in body_problems(error, body)
        ]
        return _problem(InvalidBodyError.title, HTTPStatus.BAD_REQUEST, items=items)
    items = []
    for error_details in error.errors(include_url=False, include_input=False):
        name = str(error_details["loc"][0])[:_MAX_ECHO] if error_details["loc"] else ""
        if error_details["type"] == "extra_forbidden":
            detail = "is not a parameter of this operation"
        else:
            detail = in_words(error_details)
        items.append(ProblemItem(parameter=name, pointer=None, detail=detail))
    return _problem(InvalidParameterError.title, HTTPStatus.BAD_REQUEST, items=items)


def _answer_to(error: RequestError) -> Response:
    status = HTTPStatus(error.status)
    if error.parameter is not None or error.pointer is not None:
        item = ProblemItem(
            parameter=None if error.parameter is None else error.parameter[:_MAX_ECHO],
            pointer=None if error.pointer is None else error.pointer[:_MAX_POINTER],
            detail=error.detail,
        )
        return _problem(error.title, status, items=[item])
    response = _problem(error.title, status, detail=error.detail)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequestsError):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, UnavailableError):
        logs.request_failed(_operation())
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:  # an answer already made, such as that to an invalid body
        assert isinstance(error.response, Response)
        return error.response
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status == HTTPStatus.NOT_FOUND:
        return _answer_to(PathNotFoundError("There is nothing at this path."))
    response = _problem(status.phrase, status, detail=_DETAILS.get(status, status.phrase + "."))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _not_available(_: Exception) -> Response:
    return _answer_to(UnavailableError("The database is unavailable at the moment."))


def _unexpected(_: Exception) -> Response:
    logs.request_failed(_operation())
    return internal_error()


def error_before_the_app() -> Response:
    """Return the answer to a failure before the app exists, with a request id."""
    begin_request(uuid4().hex)
    return finish(internal_error(), AllowedOrigins(named=frozenset()))


def internal_error() -> Response:
    """Return the answer to an unexpected error, once it is logged."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _problem(status.phrase, status, detail="Something went wrong here. It was recorded.")


_DETAILS = {
    HTTPStatus.METHOD_NOT_ALLOWED: "The path exists, but not for this method.",
}


def _problem(
    title: str,
    status: HTTPStatus,
    *,
    detail: str | None = None,
    items: Sequence[ProblemItem] = (),
) -> Response:
    items = items[:_MAX_ITEMS]
    problem = Problem(
        type=problem_type(title),
        title=title,
        status=status,
        detail=detail or "; ".join(item.sentence for item in items),
        instance=quote(request.path, safe="/")[:_MAX_INSTANCE],
        errors=list(items),
    )
    return Response(problem.model_dump_json(), status=status, mimetype=MEDIA_TYPE)


def problem_type(title: str) -> str:
    """The URN of a kind of problem."""
    return "urn:segments:problem:" + title.lower().replace(" ", "-")


def problem_kinds() -> list[type[RequestError]]:
    """The kinds of problems that calls are answered with on purpose, by status and type.

    A kind with narrower ones under the same status is left out where each cause is one of those.
    """
    kinds = []
    waiting = list(RequestError.__subclasses__())
    while waiting:
        kind = waiting.pop()
        narrower = kind.__subclasses__()
        waiting += narrower
        if kind not in (ForbiddenError, RequestConflictError, TooManyRequestsError):
            kinds.append(kind)
    return sorted(kinds, key=lambda kind: (kind.status, kind.title))


def _operation() -> str:
    """The route's name: unlike the path, it holds nothing that a caller wrote."""
    return request.endpoint or "unknown"


def problem_responses(*statuses: HTTPStatus) -> ResponseDict:
    """Return the documentation of a route's error statuses."""
    return {
        int(status): {
            "description": _DOCUMENTED[status] + _types_in_words(status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **_DOCUMENTED_HEADERS.get(status, {}),
        }
        for status in sorted(statuses)
    }


def _types_in_words(status: HTTPStatus) -> str:
    types = [f"`{problem_type(each.title)}`" for each in problem_kinds() if each.status == status]
    return f" Types: {', '.join(types)}." if types else ""


_DOCUMENTED = {
    HTTPStatus.BAD_REQUEST: "A parameter or a part of the body is invalid, unknown or given twice; "
    "see `errors`.",
    HTTPStatus.UNAUTHORIZED: "The ID token is missing, invalid or expired.",
    HTTPStatus.FORBIDDEN: "The account is not permitted to do this.",
    HTTPStatus.NOT_FOUND: "Not found for this caller.",
    HTTPStatus.CONFLICT: "The request conflicts with the current state.",
    HTTPStatus.PRECONDITION_FAILED: (
        "It has changed since the version in `If-Match`: read it again."
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The body is larger than {MAX_BODY_BYTES} bytes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not sent as `application/json`.",
    HTTPStatus.UNPROCESSABLE_ENTITY: (
        "The `Idempotency-Key` was used with another body, or what it created has been changed "
        "since."
    ),
    HTTPStatus.PRECONDITION_REQUIRED: "`If-Match` with the current ETag is required.",
    HTTPStatus.TOO_MANY_REQUESTS: (
        "The account or the organisation has exceeded the rate limit for this kind of call: "
        "retry after `Retry-After` seconds."
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: "Internal error; it was logged.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Unavailable: retry after `Retry-After` seconds.",
}

_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
RATE_LIMIT_HEADERS = {
    name: {"description": description, "schema": {"type": "integer"}}
    for name, description in (
        ("RateLimit-Limit", "Calls of this kind allowed at once."),
        ("RateLimit-Remaining", "Calls of this kind left at the moment."),
        ("RateLimit-Reset", "Seconds until all of them are available again."),
    )
}
"""Headers of a limited route, for the account or the organisation, whichever is nearer to its
limit."""

_DOCUMENTED_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {
        "headers": {"WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}}}
    },
    HTTPStatus.TOO_MANY_REQUESTS: {"headers": {**_RETRY_AFTER, **RATE_LIMIT_HEADERS}},
    HTTPStatus.SERVICE_UNAVAILABLE: {"headers": _RETRY_AFTER},
}
