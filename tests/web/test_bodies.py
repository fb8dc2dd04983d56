"""Bodies: accepted as meant, or a problem that names the place."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse, create_environ, run_wsgi_app
from werkzeug.wrappers import Request

from shared.web.bodies import MAX_BODY_BYTES, MAX_DEPTH, json_pointer
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.examples import examples
from tests.support.tokens import bearer
from tests.web.notes import register_notes

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def api(dashboard: Dashboard) -> Dashboard:
    register_notes(dashboard.app)
    return dashboard


def send(api: Dashboard, data: bytes | str, **headers: str) -> Any:
    return api.call("/v1/notes", method="POST", data=data, headers={**JSON, **headers})


def test_a_body_that_is_accepted(api: Dashboard) -> None:
    note = {"title": "é", "amount": 1.5, "rules": [{"field": "number", "atLeast": 1}]}

    response = send(api, json.dumps(note).encode())

    assert response.status_code == 201
    assert response.json == {"title": "é", "version": 1, "changedBy": "user_1"}


def test_parameters_of_the_media_type_do_not_matter(api: Dashboard) -> None:
    response = send(api, '{"title": "x"}', **{"Content-Type": "Application/JSON; charset=UTF-8"})
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/title"]),
        ({"title": 7}, ["/title"]),
        ({"title": "x", "a/b~c": 1, "amount": "much"}, ["/amount", "/a~1b~0c"]),
        ({"title": "x", "rules": [{}]}, ["/rules/0"]),
        ({"title": "x", "rules": [{"field": "no"}]}, ["/rules/0"]),
        ({"title": "x", "rules": [{"field": "text"}]}, ["/rules/0/equals"]),
        (
            {"title": "x", "rules": [{"field": "number", "atLeast": -1, "text": 1}]},
            ["/rules/0/atLeast", "/rules/0/text"],
        ),
        ({"title": "bad"}, ["/title"]),
    ],
)
def test_whatever_a_model_refuses_is_named_by_its_place(
    api: Dashboard, body: object, pointers: list[str]
) -> None:
    response = api.call("/v1/notes", method="POST", json=body)

    problem = assert_problem(response, 400, "invalid-body", pointers=pointers)
    for item in problem["errors"]:
        assert f"{item['pointer']} {item['detail']}" in problem["detail"]


@pytest.mark.parametrize(
    ("data", "pointer", "detail"),
    [
        ("", "", "must be JSON, and is not at line 1, column 1"),
        ("{", "", "must be JSON, and is not at line 1, column 2"),
        ('{"title": "x"}\n}', "", "must be JSON, and is not at line 2, column 1"),
        ("\ufeff{}", "", "must be JSON, and is not at line 1, column 1"),
        ("[]", "", "must be a JSON object"),
        ("null", "", "must be a JSON object"),
        (r'"{\"title\": \"x\"}"', "", "must be a JSON object"),
        (b'{"title": "\xff"}', "", "must be UTF-8"),
        ('{"title": "x", "amount": NaN}', "", "must be JSON, which has no NaN"),
        ('{"title": "x", "amount": -Infinity}', "", "must be JSON, which has no -Infinity"),
        ('{"title": "x", "amount": 1e999}', "/amount", "must be a number closer to 0"),
        ('{"title": "x", "amount": 9007199254740992}', "/amount", "must be a number closer to 0"),
        ('{"amount": ' + "9" * 5000 + "}", "", "must not contain a number with so many digits"),
        ('{"title": "x", "title": "y"}', "/title", "must be given once"),
        ('{"rules": [1, {"a/b": 1, "c": 2, "a/b": 1}]}', "/rules/1/a~1b", "must be given once"),
        ('{"title": "\\ud800"}', "/title", "must be text without unpaired surrogates"),
        ('{"other": {"\\ud800": 1}}', "/other", "contains a name that is not text"),
        ('{"other": {"\\ud800": 1, "\\ud800": 2}}', "/other", "contains a name that is not text"),
        ("[" * 50_000, "", f"must not be nested deeper than {MAX_DEPTH} levels"),
        ('{"a":' * 40_000, "", f"must not be nested deeper than {MAX_DEPTH} levels"),
        (
            '{"other":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}",
            "/other" + "/0" * (MAX_DEPTH - 1),
            f"must not be nested deeper than {MAX_DEPTH} levels",
        ),
    ],
)
def test_what_is_no_plain_json_object_is_refused(
    api: Dashboard, data: bytes | str, pointer: str, detail: str
) -> None:
    problem = assert_problem(send(api, data), 400, "invalid-body", pointers=[pointer])

    assert problem["errors"][0]["detail"] == detail


def test_the_deepest_body_that_is_allowed(api: Dashboard) -> None:
    lists = "[" * (MAX_DEPTH - 2) + "]" * (MAX_DEPTH - 2)

    assert send(api, '{"title": "x", "other": {"a": ' + lists + "}}").status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/problem+json"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
def test_anything_but_plain_json_is_another_media_type(
    api: Dashboard, headers: dict[str, str]
) -> None:
    response = send(api, '{"title": "x"}', **headers)

    assert_problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize(("excess", "status"), [(0, 201), (1, 413), (5_000_000, 413)])
def test_a_body_has_a_largest_size(api: Dashboard, excess: int, status: int) -> None:
    start = '{"title": "x"'
    response = send(api, start + " " * (MAX_BODY_BYTES + excess - len(start) - 1) + "}")

    assert response.status_code == status
    if status == 413:
        assert_problem(response, 413, "body-too-large")


def test_a_body_that_says_nothing_about_its_size_has_one_too(api: Dashboard) -> None:
    class Endless:
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert size > 0
            self.given += size
            return b" " * size

    endless = Endless()
    environ = create_environ("/v1/notes", method="POST", headers={**JSON, **bearer(api.token())})
    environ |= {"wsgi.input": endless, "wsgi.input_terminated": True}

    response = TestResponse(*run_wsgi_app(api.app, environ), Request(environ))

    assert_problem(response, 413, "body-too-large")
    assert endless.given <= MAX_BODY_BYTES + 100_000


def test_many_names_and_one_of_them_twice_take_no_time(api: Dashboard) -> None:
    names = ",".join(f'"{number}":0' for number in range(25_000))

    response = send(api, '{"a":0,' + names + ',"a":1}')

    assert_problem(response, 400, "invalid-body", pointers=["/a"])


def test_who_may_not_call_is_not_told_about_the_body(api: Dashboard) -> None:
    def call(**claims: Any) -> int:
        return api.call("/v1/notes", method="POST", data="{", headers=JSON, **claims).status_code

    assert call(role="customer") == 403
    assert api.call("/v1/notes", {"org": "org_other"}, method="POST", data="{").status_code == 404


def test_parameters_come_before_the_body(api: Dashboard) -> None:
    response = api.call("/v1/notes", {"x": 1}, method="POST", data="{")
    assert_problem(response, 400, "invalid-parameter", ["x"])


def test_a_long_place_is_cut_short(api: Dashboard) -> None:
    response = api.call("/v1/notes", method="POST", json={"title": "x", "n" * 5_000: 1})

    assert_problem(response, 400, "invalid-body", pointers=["/" + "n" * 255])
    assert len(response.data) < 1_000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=st.fixed_dictionaries(
        {},
        optional={"title": anything, "amount": anything, "rules": anything, "other": anything},
    )
    | anything
)
def test_no_body_is_ever_a_failure(dashboard: Dashboard, body: object) -> None:
    api = dashboard
    if "notes.create" not in api.app.view_functions:
        register_notes(api.app)

    response = send(api, json.dumps(body))

    assert response.status_code in (201, 400, 409), response.text
    for item in response.get_json(force=True).get("errors", []):
        assert item["parameter"] is None


@given(st.lists(st.text() | st.integers(min_value=0)))
def test_a_pointer_leads_back_to_its_parts(parts: list[str | int]) -> None:
    pointer = json_pointer(parts)

    read = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    assert read == [str(part) for part in parts]
