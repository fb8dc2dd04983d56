"""The deployed function: the app behind it, its limits, and how little importing it costs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Request, Response
from werkzeug.test import Client, create_environ

import functions.api
import functions.services
from functions.api import api
from functions.http.parameters import CustomersQuery, OrganizationQuery
from shared.version import VERSION
from tests.http.shop import ORG
from tests.support.tokens import bearer, unsigned_token

ROOT = Path(__file__).parents[2]
HEAVY = ("flask_openapi3", "pydantic", "functions.http")


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
    @outer.route("/<path:path>", methods=["GET", "POST", "OPTIONS"])
    def serve(path: str) -> Response:
        from flask import request

        return api(request._get_current_object())  # type: ignore[attr-defined]

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


def test_the_app_is_built_once(platform: Client) -> None:
    platform.get("/v1/health")
    first = functions.api._app()
    platform.get("/v1/health")

    assert functions.api._app() is first


def test_a_request_is_answered_without_an_outer_app(platform: Client) -> None:
    assert api(Request(create_environ("/v1/health"))).status_code == 200


def test_the_parameters_are_not_described_anew_in_every_call() -> None:
    """Doing so took 10 ms of processor time per call."""
    assert CustomersQuery.model_json_schema() is CustomersQuery.model_json_schema()
    assert CustomersQuery.model_json_schema() != OrganizationQuery.model_json_schema()


def test_its_limits_are_declared() -> None:
    endpoint: Any = getattr(api, "__firebase_endpoint__")  # noqa: B009 set by the decorator
    assert endpoint.httpsTrigger is not None
    assert endpoint.region == ["us-central1"]
    assert (endpoint.cpu, endpoint.concurrency, endpoint.maxInstances) == (1, 40, 20)
    assert (endpoint.availableMemoryMb, endpoint.timeoutSeconds) == (512, 60)
    assert [secret["key"] for secret in endpoint.secretEnvironmentVariables] == [
        "CUSTOMER_KEY_SECRET"
    ]


def test_importing_the_functions_loads_none_of_the_http_interface() -> None:
    script = "import json, sys, main; print(json.dumps(sorted(sys.modules)))"

    output = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout

    loaded = json.loads(output)
    assert [name for name in loaded if name.startswith(HEAVY)] == []
