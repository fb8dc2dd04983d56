"""What the routes have in common: how they answer and what they document."""

from http import HTTPStatus
from typing import Any

from flask import Response
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel

from functions.http.problems import problem_responses

BEARER = "idToken"
SIGNED_IN: list[dict[str, list[str]]] = [{BEARER: []}]
"""The security of a route that takes an ID token."""

_ANYWHERE = (HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)
_SIGNED_IN = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def answer(model: BaseModel) -> Response:
    """200 with the model as JSON."""
    return Response(model.model_dump_json(by_alias=True), mimetype="application/json")


def public_responses(model: type[BaseModel] | dict[str, Any]) -> ResponseDict:
    """The documented answers of a route without sign-in."""
    return {200: model, **problem_responses(*_ANYWHERE)}


def signed_in_responses(model: type[BaseModel]) -> ResponseDict:
    """The documented answers of a route with sign-in."""
    return {200: model, **problem_responses(*_ANYWHERE, *_SIGNED_IN)}
