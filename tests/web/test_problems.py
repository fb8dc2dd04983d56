"""Every error as a problem: its status, its form, and nothing of the inside in it."""

import logging
import re
from dataclasses import replace
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from shared.installation import build_services
from shared.kernel.logs import JsonFormatter
from shared.services import Services
from shared.web.parameters import MAX_PAGE_TOKEN_LENGTH
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import Before, failing
from tests.support.shop import SECRET

ROUTES = ["/v1/segments", "/v1/customers", "/v1/customers/key", "/v1/analytics/overview"]
INSIDE = "projects/secret-project/databases/(default) ada@example.org"


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/", "/v2/segments", "/v1/segments/", "/v1//segments", "//v1/segments",
     "/v1/segments/vip", "/static/x", "/openapi", "/openapi/openapi.json", "/v1/customers/a/b",
     "/v1/%2e%2e/segments", "/V1/segments", "/v1/ada@example.org"],
)  # fmt: skip
def test_an_unknown_path_is_not_found(dashboard: Dashboard, path: str) -> None:
    assert_problem(dashboard.call(path), 404, "path-not-found")


@pytest.mark.parametrize(
    ("path", "query", "details"),
    [
        ("/v1/segments/history", {}, ["is required", "is required"]),
        (
            "/v1/segments/history",
            {"from": "2026-02-29", "to": "2200-01-01"},
            ["must be an existing date, such as 2026-01-31, of the years 1900 to 2199"] * 2,
        ),
        (
            "/v1/segments/history",
            {"from": "2026-01-01", "to": "2026-01-31", "interval": "hour"},
            ["must be one of day, week, month"],
        ),
        ("/v1/customers", {"order": "up"}, ["must be one of desc, asc"]),
        (
            "/v1/customers",
            {"pageToken": "x" * (MAX_PAGE_TOKEN_LENGTH + 1)},
            [f"must have at most {MAX_PAGE_TOKEN_LENGTH} characters"],
        ),
    ],
)
def test_what_is_wrong_with_a_parameter_is_said_in_the_words_of_the_documentation(
    dashboard: Dashboard, path: str, query: dict[str, str], details: list[str]
) -> None:
    answer = dashboard.call(path, query)

    problem = answer.get_json(force=True)
    assert answer.status_code == 400
    assert [error["detail"] for error in problem["errors"]] == details


@pytest.mark.parametrize("path", [*ROUTES, "/v1/health", "/v1/openapi.json"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_any_other_method_is_not_allowed(dashboard: Dashboard, method: str, path: str) -> None:
    response = dashboard.call(path, method=method)

    assert_problem(response, 405, "method-not-allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", ["/v1/segments", "/v1/nothing"])
def test_head_is_get_without_content(dashboard: Dashboard, path: str) -> None:
    head, get = (dashboard.call(path, method=method) for method in ("HEAD", "GET"))

    assert (head.status_code, head.data) == (get.status_code, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "error",
    [
        exceptions.ServiceUnavailable(INSIDE),
        exceptions.DeadlineExceeded(INSIDE),
        exceptions.ResourceExhausted(INSIDE),
        exceptions.Aborted(INSIDE),
        exceptions.InternalServerError(INSIDE),
        exceptions.Cancelled(INSIDE),
        exceptions.Unknown(INSIDE),
        exceptions.RetryError(INSIDE, cause=None),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_database_that_does_not_answer_is_said_to(
    dashboard: Dashboard, firestore_client: firestore.Client, path: str, error: Exception
) -> None:
    with failing(firestore_client, lambda method, number: Before(error)):
        response = dashboard.call(path)

    problem = assert_problem(response, 503, "temporarily-unavailable")
    assert response.headers["Retry-After"] == "10"
    assert "secret" not in str(problem)


@pytest.mark.parametrize(
    "error",
    [
        exceptions.PermissionDenied(INSIDE),
        exceptions.FailedPrecondition(INSIDE),
        exceptions.InvalidArgument(INSIDE),
        RuntimeError(INSIDE),
        KeyError(INSIDE),
        RecursionError(INSIDE),
    ],
    ids=lambda error: type(error).__name__,
)
def test_anything_unexpected_is_recorded_without_its_text(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    with failing(firestore_client, lambda method, number: Before(error)):
        response = dashboard.call("/v1/customers/ada-lovelace", {"org": "org_green"})

    problem = assert_problem(response, 500, "internal-server-error")
    assert "secret" not in str(problem)
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    line = JsonFormatter().format(record)
    assert '"message": "request_failed"' in line
    assert '"operation": "customers.get_customer"' in line
    assert type(error).__name__ in line
    for secret_text in ("secret", "ada-lovelace", "org_green"):
        assert secret_text not in line


def test_a_document_that_cannot_be_read_is_an_error_and_not_a_zero(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    firestore_client.document("tenants/org_green/segment_counts/0").set({"segments": 7})

    assert_problem(dashboard.call("/v1/segments"), 500, "internal-server-error")


def test_a_database_that_is_not_there_is_given_up_on_in_seconds(
    services: Services, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")  # where nothing listens
    client = firestore.Client(project=project_id, credentials=AnonymousCredentials())
    nowhere = build_services(client, replace(services.settings), SECRET)

    response = Dashboard(nowhere, project_id).call("/v1/segments")

    assert_problem(response, 503, "temporarily-unavailable")
    client.close()


def test_the_instance_is_the_path_in_a_form_that_is_safe(dashboard: Dashboard) -> None:
    problem: dict[str, Any] = assert_problem(
        dashboard.call('/v1/<script>"x y"', "token=1"), 404, "path-not-found"
    )

    assert problem["instance"] == "/v1/%3Cscript%3E%22x%20y%22"


def test_a_name_that_a_caller_made_up_is_cut_short(dashboard: Dashboard) -> None:
    response = dashboard.call("/v1/segments", {"n" * 5000: "1"})

    assert_problem(response, 400, "invalid-parameter", ["n" * 64])
    assert len(response.data) < 1000


def test_a_path_that_a_caller_made_up_is_cut_short(dashboard: Dashboard) -> None:
    response = dashboard.call("/v1/" + "x" * 500_000)

    problem = assert_problem(response, 404, "path-not-found")
    assert problem["instance"] == "/v1/" + "x" * 1020


def test_so_is_a_list_of_what_is_wrong(dashboard: Dashboard) -> None:
    names = [f"n{number}" for number in range(5_000)]

    response = dashboard.call("/v1/segments", dict.fromkeys(names, "1"))

    assert_problem(response, 400, "invalid-parameter", names[:100])
    assert len(response.data) < 20_000


def test_a_parameter_without_a_name_is_not_called_the_body(dashboard: Dashboard) -> None:
    problem = assert_problem(dashboard.call("/v1/segments", "=1"), 400, "invalid-parameter", [""])

    assert problem["detail"] == ("A parameter without a name is not a parameter of this operation")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("search=Jos%E9", "search"),
        ("sort=totalSpent&%E9=1", "\N{REPLACEMENT CHARACTER}"),
        ("search=%ED%A0%80", "search"),
    ],
)
def test_a_parameter_in_another_encoding_is_refused(
    dashboard: Dashboard, query: str, name: str
) -> None:
    """The search for `José` in Latin-1 found nobody."""
    problem = assert_problem(
        dashboard.call("/v1/customers", query), 400, "invalid-parameter", [name]
    )

    assert problem["errors"][0]["detail"] == "must be UTF-8"


def test_an_answer_and_the_log_name_the_call_by_an_id_of_our_own(
    dashboard: Dashboard, firestore_client: firestore.Client, caplog: pytest.LogCaptureFixture
) -> None:
    sent = {"X-Request-Id": "ada@example.org"}
    with failing(firestore_client, lambda method, number: Before(RuntimeError(INSIDE))):
        failed = dashboard.call("/v1/customers/ada", headers=sent)
    answered = dashboard.call("/v1/health", headers=sent)

    ids = [each.headers["X-Request-Id"] for each in (failed, answered)]
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)
    assert ids[0] != ids[1]
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert f'"request_id": "{ids[0]}"' in JsonFormatter().format(record)
