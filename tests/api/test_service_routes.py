"""The routes about the service itself, and what every answer carries."""

import json
from dataclasses import replace

import pytest
from flask import Flask

from shared.api import service_routes as routes_service
from shared.kernel.version import VERSION
from shared.services import Services
from shared.web.openapi_document import openapi_json
from tests.support.api import ORIGIN
from tests.support.dashboard import Dashboard, assert_problem
from tools.openapi import PATH


def test_health_needs_no_token(dashboard: Dashboard) -> None:
    response = dashboard.app.test_client().get("/v1/health")

    assert response.status_code == 200
    assert response.json == {"status": "ok", "version": VERSION}


def test_the_description_is_served_as_committed(dashboard: Dashboard) -> None:
    response = dashboard.app.test_client().get("/v1/openapi.json")

    assert response.mimetype == "application/json"
    assert response.json == json.loads(PATH.read_text())


def test_the_description_is_made_once(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making it took 20 ms of processor time per call."""
    made = []

    def counted(app: Flask) -> str:
        made.append(app)
        return openapi_json(app)

    monkeypatch.setattr(routes_service, "openapi_json", counted)
    routes_service._description.cache_clear()
    client = dashboard.app.test_client()

    first, second = (client.get("/v1/openapi.json") for _ in range(2))

    assert len(made) == 1
    assert (first.data, first.headers["ETag"]) == (second.data, second.headers["ETag"])


@pytest.mark.parametrize("named", ['W/"other", {}', "*", "{}"])
def test_the_description_is_not_sent_to_whoever_has_it(dashboard: Dashboard, named: str) -> None:
    client = dashboard.app.test_client()
    etag = client.get("/v1/openapi.json").headers["ETag"]

    kept = client.get("/v1/openapi.json", headers={"If-None-Match": named.format(etag)})
    other = client.get("/v1/openapi.json", headers={"If-None-Match": 'W/"other"'})

    assert (kept.status_code, kept.data, kept.headers["ETag"]) == (304, b"", etag)
    assert other.status_code == 200


@pytest.mark.parametrize("path", ["/v1/health", "/v1/openapi.json"])
def test_parameters_are_refused_there_too(dashboard: Dashboard, path: str) -> None:
    client = dashboard.app.test_client()

    assert_problem(client.get(path + "?x=1"), 400, "invalid-parameter", ["x"])
    assert_problem(client.get(path + "?x=1&x=2"), 400, "invalid-parameter", ["x"])


@pytest.mark.parametrize("path", ["/v1/health", "/v1/segments"])
def test_every_answer_is_private_checked_anew_and_not_guessed_at(
    dashboard: Dashboard, path: str
) -> None:
    headers = dashboard.call(path).headers

    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Vary"] == "Origin, Authorization, Accept-Encoding"
    assert "Set-Cookie" not in headers


def test_an_origin_of_the_settings_is_let_in_by_name(dashboard: Dashboard) -> None:
    for path, status in (("/v1/segments", 200), ("/v1/segments?x=1", 400), ("/nothing", 404)):
        response = dashboard.call(path, headers={"Origin": ORIGIN})

        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Access-Control-Allow-Credentials" not in response.headers


DASHBOARD_HEADERS = {"authorization", "x-csrf-token", "x-firebase-appcheck", "x-requested-with"}
"""Headers that the dashboard's client sends with every call."""
OTHER_ORIGINS = [
    "https://evil.example",
    "http://dashboard.example",
    ORIGIN + ".evil.example",
    ORIGIN + ":8443",
    ORIGIN + "/",
    ORIGIN.upper(),
    "null",
    "*",
    "",
]


@pytest.mark.parametrize("origin", OTHER_ORIGINS)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_any_other_origin_is_not(dashboard: Dashboard, method: str, origin: str) -> None:
    response = dashboard.call("/v1/segments", method=method, headers={"Origin": origin})

    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
    assert "Origin" in response.headers["Vary"]


def test_a_browser_may_ask_before_it_calls_without_a_token(dashboard: Dashboard) -> None:
    response = dashboard.app.test_client().options(
        "/v1/customers",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": ", ".join(sorted(DASHBOARD_HEADERS)),
        },
    )

    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE"
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(allowed) >= DASHBOARD_HEADERS
    assert response.headers["Access-Control-Max-Age"] == "3600"


@pytest.fixture
def local(services: Services, project_id: str) -> Dashboard:
    """The API as the local stack runs it."""
    settings = replace(services.settings, functions_emulator=True)
    return Dashboard(replace(services, settings=settings), project_id)


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000",
        "http://localhost",
        "https://localhost:3001",
        "http://127.0.0.1:5173",
        "http://[::1]:8080",
        ORIGIN,
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_the_local_stack_lets_pages_of_localhost_in(
    local: Dashboard, dashboard: Dashboard, method: str, origin: str
) -> None:
    response, deployed = (
        api.call("/v1/segments", method=method, headers={"Origin": origin})
        for api in (local, dashboard)
    )

    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert ("Access-Control-Allow-Origin" in deployed.headers) is (origin == ORIGIN)


@pytest.mark.parametrize(
    "origin",
    [
        *OTHER_ORIGINS,
        "http://localhost:3000/",
        "http://localhost:3000.evil.example",
        "http://localhost.evil.example",
        "http://evil.localhost",
        "http://localhost@evil.example",
        "http://localhost:٣",
        "http://localhost:",
        "file://localhost",
        "http://127.0.0.2:3000",
    ],
)
def test_the_local_stack_lets_no_other_origin_in(local: Dashboard, origin: str) -> None:
    response = local.call("/v1/segments", headers={"Origin": origin.encode().decode("latin-1")})

    assert "Access-Control-Allow-Origin" not in response.headers
