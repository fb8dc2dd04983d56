"""Custom segments that are refused, and the places that are named."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from google.cloud import firestore

from shared.rules.store import SegmentRulesStore
from shared.segments.custom_segment import MAX_CUSTOM_SEGMENTS, CustomSegment
from shared.services import Services
from tests.rules.custom_segments import PATH, SPENDERS, create, created, members, reclassify
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import ORG, OTHER, Shop, item, key_of

CONDITION = {"field": "totalSpent", "operator": "at_least", "value": 1}


def test_segments_may_refer_to_segments_but_not_in_a_circle(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    shop.order("rich@example.org", 150)
    shop.order("poor@example.org", 15)
    first = created(dashboard, SPENDERS)
    others = {"not": {"field": "customSegment", "operator": "equals", "value": first}}
    second = created(dashboard, others)
    reclassify(services)
    assert members(firestore_client, second) == {key_of("poor@example.org")}

    circle = {"field": "customSegment", "operator": "in", "value": [second]}
    answer = dashboard.call(
        f"{PATH}/{first}",
        method="PUT",
        json={"name": "Mine", "definition": circle},
        headers={"If-Match": "*"},
    )
    problem = assert_problem(answer, 400, "invalid-body", pointers=["/definition"])
    assert first in problem["detail"]
    itself = {"field": "customSegment", "operator": "equals", "value": first}
    answer = dashboard.call(
        f"{PATH}/{first}",
        method="PUT",
        json={"name": "Mine", "definition": itself},
        headers={"If-Match": "*"},
    )
    assert_problem(answer, 400, "invalid-body", pointers=["/definition"])
    used = dashboard.call(f"{PATH}/{first}", method="DELETE", headers={"If-Match": "*"})
    assert second in assert_problem(used, 409, "custom-segment-in-use")["detail"]


def test_another_organisations_segment_is_unknown(dashboard: Dashboard) -> None:
    theirs = created(dashboard, SPENDERS, orgId=OTHER)
    refers = {"field": "customSegment", "operator": "equals", "value": theirs}

    for path, body in ((PATH, {"name": "Mine"}), (f"{PATH}:preview", {})):
        answer = dashboard.call(path, method="POST", json={**body, "definition": refers})
        assert_problem(answer, 400, "invalid-body", pointers=["/definition/value"])
    for method in ("GET", "PUT", "DELETE"):
        replacement = {"name": "Mine", "definition": SPENDERS} if method == "PUT" else None
        answer = dashboard.call(
            f"{PATH}/{theirs}", method=method, json=replacement, headers={"If-Match": "*"}
        )
        assert_problem(answer, 404, "not-found")
    assert dashboard.get(PATH)["customSegments"] == []


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        (lambda wrong: {"filters": [CONDITION, wrong]}, "/filters/1/value"),
        (
            lambda wrong: {"definition": {"all": [CONDITION, {"not": {"any": [wrong]}}]}},
            "/definition/all/1/not/any/0/value",
        ),
    ],
)
def test_a_reference_to_an_unknown_segment_is_named_by_its_place(
    dashboard: Dashboard, form: Callable[[Any], Any], pointer: str
) -> None:
    wrong = {"field": "customSegment", "operator": "in", "value": ["cs_000000000000"]}

    answer = dashboard.call(f"{PATH}:preview", method="POST", json=form(wrong))

    assert_problem(answer, 400, "invalid-body", pointers=[pointer])


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("", "must not be empty"),
        ("x" * 101, "must have at most 100 characters"),
        (5, "must be text"),
        ("\u200b\u2060", "must contain a visible character"),
        ("two\nlines", "must be one line, without control characters"),
        ("a\x00b", "must be one line, without control characters"),
    ],
)
def test_a_name_that_a_list_cannot_show_is_refused(
    dashboard: Dashboard, name: Any, detail: str
) -> None:
    answer = create(dashboard, SPENDERS, name=name)

    problem = assert_problem(answer, 400, "invalid-body", pointers=["/name"])
    assert problem["errors"][0]["detail"] == detail


@pytest.mark.parametrize("name", ["=1+1", "שלום", "e\u0301", "👩\u200d🌾", "<b>"])
def test_any_other_name_is_kept_as_it_is(dashboard: Dashboard, name: str) -> None:
    assert create(dashboard, SPENDERS, name=name).json["name"] == name


def test_an_idempotency_key_says_so_where_its_segment_has_been_changed(
    dashboard: Dashboard,
) -> None:
    headers = {"Idempotency-Key": "k"}
    first = create(dashboard, SPENDERS, headers=headers)
    changed = dashboard.call(
        f"{PATH}/{first.json['id']}",
        method="PUT",
        json={"name": "Another", "definition": SPENDERS},
        headers={"If-Match": first.headers["ETag"]},
    )
    assert changed.status_code == 200

    again = create(dashboard, SPENDERS, headers=headers)

    problem = assert_problem(again, 422, "idempotency-key-used")
    assert "no longer" in problem["detail"]


def test_the_same_idempotency_key_creates_once(dashboard: Dashboard) -> None:
    headers = {"Idempotency-Key": "from the form at 12:00"}

    first = create(dashboard, SPENDERS, headers=headers)
    again = create(dashboard, SPENDERS, headers=headers)
    other = create(dashboard, SPENDERS, name="Other", headers=headers)
    elsewhere = create(dashboard, SPENDERS, headers=headers, orgId=OTHER)

    assert (first.status_code, again.status_code, elsewhere.status_code) == (201, 201, 201)
    assert first.json["id"] == again.json["id"] != elsewhere.json["id"]
    assert_problem(other, 422, "idempotency-key-used")
    assert len(dashboard.get(PATH)["customSegments"]) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"definition": SPENDERS}, "/name"),
        ({"name": "  ", "definition": SPENDERS}, "/name"),
        ({"name": "x" * 101, "definition": SPENDERS}, "/name"),
        ({"name": "Mine"}, ""),
        ({"name": "Mine", "definition": SPENDERS, "filters": []}, ""),
        ({"name": "Mine", "filters": []}, "/filters"),
        ({"name": "Mine", "filters": {}}, "/filters"),
        ({"name": "Mine", "definition": []}, "/definition"),
        ({"name": "Mine", "definition": {"all": []}}, "/definition/all"),
        ({"name": "Mine", "definition": {"all": [{"field": "nope"}]}}, "/definition/all/0/field"),
        (
            {"name": "Mine", "definition": {"field": "campaignReceived", "operator": "equals"}},
            "/definition/value",
        ),
        ({"name": "Mine", "definition": SPENDERS, "extra": 1}, "/extra"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(
    dashboard: Dashboard, body: dict[str, Any], pointer: str
) -> None:
    answer = dashboard.call(PATH, method="POST", json=body)

    assert_problem(answer, 400, "invalid-body", pointers=[pointer])
    assert dashboard.get(PATH)["customSegments"] == []


def deep(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = {"field": "email", "operator": "exists"}
    for _ in range(levels):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize(
    "definition",
    [
        deep(11),
        deep(40),
        {"field": "product", "operator": "in", "value": [str(n) for n in range(10_000)]},
        {"any": [{"field": "email", "operator": "exists"}] * 101},
        {"field": "segment", "operator": "equals", "value": "(a+)+$"},
        {"field": "product", "operator": "contains", "value": ["p1"]},
        {"field": "totalSpent", "operator": "at_least", "value": "a lot"},
        {"field": "totalSpent", "operator": "at_least", "value": True},
        {"field": "orderCount", "operator": "between", "value": [5, 1]},
        {"event": "ordered", "when": {"inTheLastDays": 0}},
        {"event": "ordered", "atLeastTimes": 2.5},
        {"event": "exploded"},
        {"event": "received", "product": "p1"},
        {"event": "received", "campaign": [], "when": {"ever": True}},
        {"field": "email", "operator": "equals", "value": "ada@example.org"},
    ],
)
def test_hostile_definitions_are_refused(dashboard: Dashboard, definition: Any) -> None:
    for path, body in ((PATH, {"name": "Mine"}), (f"{PATH}:preview", {})):
        answer = dashboard.call(path, method="POST", json={**body, "definition": definition})
        assert answer.status_code == 400, answer.text
        (error,) = answer.json["errors"]
        assert error["pointer"].startswith("/definition")


@pytest.mark.parametrize(
    "further",
    [{}, {"name": "Mine", "description": "Who spends."}, {"name": "", "description": None}],
    ids=["conditions alone", "as created", "a name not typed yet"],
)
def test_a_preview_takes_the_body_of_a_segment_to_create(
    dashboard: Dashboard, shop: Shop, further: dict[str, Any]
) -> None:
    shop.order("ada@example.org", 600)
    body = {**further, "definition": SPENDERS}

    preview = dashboard.call(f"{PATH}:preview", method="POST", json=body)

    assert preview.status_code == 200, preview.text
    assert preview.json["customerCount"] == 1


def test_a_preview_does_not_take_fields_that_a_segment_does_not_have(dashboard: Dashboard) -> None:
    body = {"definition": SPENDERS, "colour": "red"}

    answer = dashboard.call(f"{PATH}:preview", method="POST", json=body)

    assert_problem(answer, 400, "invalid-body", pointers=["/colour"])


def test_a_regular_expression_is_a_product_like_any_other(dashboard: Dashboard, shop: Shop) -> None:
    shop.order("ada@example.org", items=[item("(a+)+$", 5)])
    shop.order("bob@example.org", items=[item("aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 5)])
    tree = {"field": "product", "operator": "contains", "value": "(a+)+$"}

    preview = dashboard.call(f"{PATH}:preview", method="POST", json={"definition": tree}).json

    assert preview["customerCount"] == 1


@pytest.mark.parametrize("id", ["nope", "cs_000000000000", "cs_zzzzzzzzzzzz", "..", "a" * 200])
def test_an_unknown_segment(dashboard: Dashboard, id: str) -> None:
    for method, body in (
        ("GET", None),
        ("PUT", {"name": "Mine", "definition": SPENDERS}),
        ("DELETE", None),
    ):
        answer = dashboard.call(f"{PATH}/{id}", method=method, json=body, headers={"If-Match": "*"})
        assert_problem(answer, 404, "not-found")


def test_there_is_a_limit_and_it_is_named(dashboard: Dashboard, services: Services) -> None:
    rules = services.rules(ORG)
    saved = rules.current()
    assert saved.rules.revision == 0
    first = created(dashboard, SPENDERS)
    stored = rules.custom_segment(first)
    assert stored is not None
    for number in range(1, MAX_CUSTOM_SEGMENTS):
        _copy(rules, stored, f"cs_{number:012x}")

    answer = create(dashboard, SPENDERS)

    assert (
        str(MAX_CUSTOM_SEGMENTS)
        in assert_problem(answer, 409, "too-many-custom-segments")["detail"]
    )


def test_definitions_that_do_not_fit_together_are_refused_and_nothing_is_written(
    dashboard: Dashboard, services: Services
) -> None:
    random = Random(1)
    answers: list[Any] = []
    while len(answers) < 60 and (not answers or answers[-1].status_code == 201):
        products = [f"{random.getrandbits(500):0125x}" for _ in range(500)]
        answers.append(create(dashboard, {"field": "product", "operator": "in", "value": products}))

    assert_problem(answers[-1], 409, "definitions-too-large")
    assert len(answers) > 10
    assert len(dashboard.get(PATH)["customSegments"]) == len(answers) - 1
    assert services.rules(ORG).current().rules.revision == len(answers) - 1


def test_staff_at_the_counter_may_look_but_not_change(dashboard: Dashboard) -> None:
    id = created(dashboard, SPENDERS)

    assert dashboard.call(f"{PATH}/{id}", role="budtender").status_code == 200
    assert_problem(create(dashboard, SPENDERS, role="budtender"), 403, "changes-not-allowed")
    for method, body in (("PUT", {"name": "x", "definition": SPENDERS}), ("DELETE", None)):
        answer = dashboard.call(
            f"{PATH}/{id}",
            method=method,
            json=body,
            headers={"If-Match": "*"},
            role="budtender",
        )
        assert_problem(answer, 403, "changes-not-allowed")


def _copy(rules: SegmentRulesStore, segment: CustomSegment, id: str) -> None:
    rules.change_custom_segment(id, lambda saved, before, at: replace(segment, id=id))
