"""Common behaviour of all routes that write: access, versions and answers."""

import pytest

from shared.web.openapi_document import openapi_document
from tests.support.api import ORIGIN
from tests.support.dashboard import Dashboard, assert_problem
from tests.web.notes import register_notes

NOTE = {"title": "x"}
PATH = "/v1/notes/n:1"


@pytest.fixture
def api(dashboard: Dashboard) -> Dashboard:
    """With one note in version 1."""
    register_notes(dashboard.app)
    response = dashboard.call("/v1/notes", method="POST", json=NOTE)
    assert response.status_code == 201
    return dashboard


def test_what_is_created_has_a_place_and_a_version(dashboard: Dashboard) -> None:
    register_notes(dashboard.app)
    response = dashboard.call("/v1/notes", method="POST", json=NOTE)

    assert response.status_code == 201
    assert response.headers["Location"] == "./notes/n:1"  # next to the path that was called
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_what_exists_is_in_conflict_with_another_one(api: Dashboard) -> None:
    response = api.call("/v1/notes", method="POST", json=NOTE)
    assert_problem(response, 409, "conflict")


def test_what_contradicts_itself_cannot_be_processed(api: Dashboard) -> None:
    response = api.call("/v1/notes", method="POST", json={"title": "unprocessable"})
    assert_problem(response, 422, "idempotency-key-used")


def test_nothing_is_told_of_what_is_deleted(api: Dashboard) -> None:
    response = api.call(PATH, method="DELETE", headers={"If-Match": '"1"'})

    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    again = api.call(PATH, method="DELETE", headers={"If-Match": '"1"'})
    assert_problem(again, 404, "not-found")


@pytest.mark.parametrize("named", ['"1"', "*", '"7", "1"', 'W/"1", "1"', '"1","2"'])
def test_a_change_of_the_version_that_is_named_is_made(api: Dashboard, named: str) -> None:
    response = api.call(PATH, method="PUT", json=NOTE, headers={"If-Match": named})

    assert response.status_code == 200
    assert response.headers["ETag"] == '"2"'


@pytest.mark.parametrize("named", ['"2"', 'W/"1"', '"1 "', '"*"', ",", '"', "\\", '"11"'])
def test_a_change_of_another_version_is_not(api: Dashboard, named: str) -> None:
    response = api.call(PATH, method="PUT", json=NOTE, headers={"If-Match": named})
    assert_problem(response, 412, "precondition-failed")


@pytest.mark.parametrize("headers", [{}, {"If-Match": ""}, {"If-Match": " "}])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nor_is_one_of_no_version(api: Dashboard, method: str, headers: dict[str, str]) -> None:
    response = api.call(PATH, method=method, json=NOTE, headers=headers)
    assert_problem(response, 428, "precondition-required")


@pytest.mark.parametrize("role", ["brand", "brand_member", "dispensary_staff", "super_user"])
def test_staff_may_change_things(api: Dashboard, role: str) -> None:
    response = api.call(PATH, method="PUT", json=NOTE, headers={"If-Match": "*"}, role=role)

    assert response.status_code == 200
    assert response.json["changedBy"] == "user_1"


def test_staff_at_the_counter_may_not(api: Dashboard) -> None:
    for method in ("PUT", "DELETE"):
        response = api.call(
            PATH, method=method, json=NOTE, headers={"If-Match": "*"}, role="budtender"
        )

        problem = assert_problem(response, 403, "changes-not-allowed")
        assert problem["detail"] == "The role budtender may not change anything."


def test_a_browser_is_told_which_methods_there_are(api: Dashboard) -> None:
    client = api.app.test_client()
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}

    one = client.options(PATH, headers=asked)
    all_ = client.options("/v1/notes", headers=asked)

    assert (one.status_code, all_.status_code) == (204, 204)
    assert one.headers["Allow"] == "DELETE, OPTIONS, PUT"
    assert all_.headers["Allow"] == "OPTIONS, POST"
    for response in (one, all_):
        assert response.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE"
        allowed = response.headers["Access-Control-Allow-Headers"].split(", ")
        assert {"Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"} <= set(allowed)


def test_a_browser_may_read_versions_and_places(api: Dashboard) -> None:
    response = api.call(PATH, method="PUT", json=NOTE, headers={"If-Match": "*", "Origin": ORIGIN})

    exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert exposed[:4] == ["ETag", "Retry-After", "Location", "Content-Disposition"]


def test_bodies_headers_and_problems_are_described(api: Dashboard) -> None:
    put = openapi_document(api.app)["paths"]["/v1/notes/{noteId}"]["put"]

    assert list(put["requestBody"]["content"]) == ["application/json"]
    (header,) = [each for each in put["parameters"] if each["in"] == "header"]
    assert (header["name"], header["required"]) == ("If-Match", False)
    assert {"400", "401", "403", "404", "412", "428", "500", "503", "200"} == set(put["responses"])
