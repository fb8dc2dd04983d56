"""The deployed function, called as the platform calls it."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, Request, Response
from flask_openapi3.openapi import OpenAPI
from functions_framework import read_request
from werkzeug.test import Client, create_environ

import functions.api
import functions.services
from functions.api import api
from shared.customers.query import CustomersQuery
from shared.customers.store import EXPORT_BATCH
from shared.kernel.version import VERSION
from shared.web.bodies import MAX_BODY_BYTES
from shared.web.parameters import OrganizationQuery
from tests.customers.people import Person, put
from tests.support.shop import ORG
from tests.support.tokens import bearer, unsigned_token
from tests.web.notes import register_notes


class Connection(BytesIO):
    """Input of a server without buffers: the body ends, the stream does not."""


@pytest.fixture
def platform(
    firestore_emulator: str, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """Calls the function as the platform does: from within a Flask app of its own."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project_id)
    monkeypatch.setenv("CUSTOMER_KEY_SECRET", "x" * 32)
    monkeypatch.setenv("CORS_ORIGINS", "https://dashboard.example")
    caches: list[Any] = [functions.services.services, functions.api._app]
    for cached in caches:
        cached.cache_clear()
    outer = Flask("platform")

    @outer.route("/", defaults={"path": ""})
    @outer.route("/<path:path>", methods=["GET", "POST", "PUT", "OPTIONS"])
    def serve(path: str) -> Response:
        from flask import request

        return api(request._get_current_object())  # type: ignore[attr-defined]

    outer.after_request(read_request)
    yield outer.test_client()
    functions.services.services().client.close()
    for cached in caches:
        cached.cache_clear()


def test_it_answers_as_the_app_does(platform: Client, project_id: str) -> None:
    token = unsigned_token(project_id, role="brand", orgId=ORG)
    origin = {"Origin": "https://dashboard.example"}

    health = platform.get("/v1/health")
    segments = platform.get("/v1/segments", headers={**bearer(token), **origin})
    unsigned_in = platform.get("/v1/segments")
    preflight = platform.options("/v1/segments", headers=origin)
    wrong = platform.post("/v1/segments", data="x" * 1000)

    assert health.json == {"status": "ok", "version": VERSION}
    assert segments.json["orgId"] == ORG
    assert segments.headers["Access-Control-Allow-Origin"] == "https://dashboard.example"
    assert (unsigned_in.status_code, preflight.status_code, wrong.status_code) == (401, 204, 405)


def test_each_function_has_an_app_of_its_own(
    platform: Client, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = bearer(unsigned_token(project_id, role="brand", orgId=ORG))

    def statuses() -> list[int]:
        paths = ("/v1/health", "/v1/segments", "/v1/insights")
        return [platform.get(path, headers=token).status_code for path in paths]

    assert statuses() == [200, 200, 404]
    monkeypatch.setitem(globals(), "api", functions.api.insights)
    assert statuses() == [200, 404, 200]


def test_a_file_is_sent_after_the_call_is_over(platform: Client, project_id: str) -> None:
    """Nothing that makes it may need the request, which is gone by then."""
    client = functions.services.services().client
    put(client, [Person(key=f"k{number:03}") for number in range(EXPORT_BATCH + 1)])
    token = unsigned_token(project_id, role="brand", orgId=ORG)

    response = platform.get("/v1/customers?format=csv", headers=bearer(token), buffered=False)

    assert response.is_streamed
    assert response.data.count(b"\r\n") == 1 + EXPORT_BATCH + 1


def test_the_app_is_built_once(platform: Client) -> None:
    platform.get("/v1/health")
    first = functions.api._app("api")
    platform.get("/v1/health")

    assert functions.api._app("api") is first


@pytest.mark.parametrize("size", [0, 100, MAX_BODY_BYTES + 1, 1_000_000])
def test_a_body_is_read_once_by_whoever_needs_it(
    platform: Client, project_id: str, size: int
) -> None:
    """Asking a connection for bytes that have been read would wait for ever."""
    app = functions.api._app("api")
    assert isinstance(app, OpenAPI)
    register_notes(app)
    token = unsigned_token(project_id, role="brand", orgId=ORG)
    body = b'{"title": "x"' + b" " * size + b"}"
    connection = Connection(body + b"the next request")

    response = platform.post(
        "/v1/notes",
        headers={**bearer(token), "Content-Type": "application/json"},
        content_length=len(body),
        environ_overrides={"wsgi.input": connection},
    )

    assert response.status_code == (201 if size <= 100 else 413)
    assert connection.read() == b"the next request"


def test_a_request_is_answered_without_an_outer_app(platform: Client) -> None:
    assert api(Request(create_environ("/v1/health"))).status_code == 200


def test_the_parameters_are_not_described_anew_in_every_call() -> None:
    """Doing so took 10 ms of processor time per call."""
    assert CustomersQuery.model_json_schema() is CustomersQuery.model_json_schema()
    assert CustomersQuery.model_json_schema() != OrganizationQuery.model_json_schema()
