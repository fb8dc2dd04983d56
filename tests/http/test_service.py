"""The routes about the service itself, and what every answer carries."""

import json

import pytest

from shared.version import VERSION
from tests.http.conftest import ORIGIN
from tests.http.dashboard import Dashboard, assert_problem
from tools.openapi import PATH


def test_health_needs_no_token(dashboard: Dashboard) -> None:
    response = dashboard.app.test_client().get("/v1/health")

    assert response.status_code == 200
    assert response.json == {"status": "ok", "version": VERSION}


def test_the_description_is_served_as_committed(dashboard: Dashboard) -> None:
    response = dashboard.app.test_client().get("/v1/openapi.json")

    assert response.mimetype == "application/json"
    assert response.json == json.loads(PATH.read_text())


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
    assert headers["Vary"] == "Origin, Authorization"
    assert "Set-Cookie" not in headers


def test_an_origin_of_the_settings_is_let_in_by_name(dashboard: Dashboard) -> None:
    for path, status in (("/v1/segments", 200), ("/v1/segments?x=1", 400), ("/nothing", 404)):
        response = dashboard.call(path, headers={"Origin": ORIGIN})

        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Access-Control-Allow-Credentials" not in response.headers


DASHBOARD_HEADERS = {"authorization", "x-csrf-token", "x-firebase-appcheck", "x-requested-with"}
"""What the dashboard's client puts on every call."""
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
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE"
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(allowed) >= DASHBOARD_HEADERS
    assert response.headers["Access-Control-Max-Age"] == "3600"
