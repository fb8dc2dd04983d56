"""Limit on changes of a custom segment by time alone: refused beyond it, stored ones continue."""

from dataclasses import replace
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.segments.conditions.parse import parse_definition
from shared.services import Services
from tests.rules.custom_segments import PATH, SPENDERS, created, reclassify
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import NOW, ORG, Shop, days_ago

EVERY_OTHER_DAY = list(range(0, 1000, 2))


def last_order(operator: str, value: Any) -> dict[str, Any]:
    return {"field": "daysSinceLastOrder", "operator": operator, "value": value}


FLICKERING = last_order("in", EVERY_OTHER_DAY)


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"definition": FLICKERING}, "/definition/value"),
        ({"filters": [SPENDERS["all"][0], FLICKERING]}, "/filters/1/value"),
        (
            {"definition": {"any": [{"not": last_order("not_in", EVERY_OTHER_DAY)}]}},
            "/definition/any/0/not/value",
        ),
        ({"definition": last_order("in", list(range(1, 27, 2)))}, "/definition/value"),
        (
            {"definition": {"any": [last_order("in", list(range(n, n + 24, 2))) for n in
                                    range(1, 400, 40)]}},
            "/definition",
        ),
    ],
)  # fmt: skip
def test_a_definition_that_time_changes_too_often_is_refused(
    dashboard: Dashboard, form: dict[str, Any], pointer: str
) -> None:
    id = created(dashboard, SPENDERS)
    for path, method, body in (
        (PATH, "POST", {"name": "Mine", **form}),
        (f"{PATH}:preview", "POST", form),
        (f"{PATH}/{id}", "PUT", {"name": "Mine", **form}),
    ):
        answer = dashboard.call(path, method=method, json=body, headers={"If-Match": "*"})

        problem = assert_problem(answer, 400, "invalid-body", pointers=[pointer])
        assert "times as days pass" in problem["detail"]
        assert "range" in problem["detail"]


@pytest.mark.parametrize(
    "definition",
    [
        last_order("in", list(range(30, 530))),
        last_order("in", list(range(1, 25, 2))),
        {"any": [last_order("equals", day) for day in range(1, 201, 2)]},
        {"any": [{"event": "ordered", "when": {"inTheLastDays": n}} for n in range(1, 101)]},
    ],
)
def test_days_in_a_row_and_a_hundred_plain_conditions_are_allowed(
    dashboard: Dashboard, definition: dict[str, Any]
) -> None:
    created(dashboard, definition)


def test_a_stored_definition_from_before_there_was_a_limit_goes_on_and_can_be_renamed(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    id = created(dashboard, SPENDERS)
    stored = services.rules(ORG).custom_segment(id)
    assert stored is not None
    old = replace(stored, definition=parse_definition(FLICKERING), number=2)
    services.rules(ORG).change_custom_segment(id, lambda rules, before, at: old)
    reclassify(services)

    shop.order(at=days_ago(3))
    shown = dashboard.get(f"{PATH}/{id}")
    assert shown["definition"] == FLICKERING
    assert shown["customerCount"] == 0
    shop.age(at=NOW)
    steps = firestore_client.collection(paths.transitions(ORG)).stream()
    assert sum(id in (step.to_dict() or {})["entered"] for step in steps) == 2

    def put(**body: Any) -> Any:
        return dashboard.call(f"{PATH}/{id}", method="PUT", json=body, headers={"If-Match": "*"})

    renamed = put(name="Other", definition=FLICKERING)
    assert (renamed.status_code, renamed.json["name"]) == (200, "Other")
    more = last_order("in", [*EVERY_OTHER_DAY[:-1], 999])
    assert_problem(
        put(name="Other", definition=more), 400, "invalid-body", pointers=["/definition/value"]
    )
    assert put(name="Other", definition=last_order("between", [0, 998])).status_code == 200


def test_a_late_order_writes_no_more_steps_than_a_condition_may_change(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    created(dashboard, last_order("in", list(range(1, 25, 2))))

    shop.order(at=days_ago(990))

    steps = list(firestore_client.collection(paths.transitions(ORG)).stream())
    # Into `new` and three segments by time, and 24 times into or out of the custom one; `slipping`
    # and the rest come after them.
    assert len(steps) == 4 + 24
