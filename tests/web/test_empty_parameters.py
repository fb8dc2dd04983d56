"""An empty query parameter is as if it were left out, on every route that the description has."""

import re
from typing import Any

import pytest

from tests.support.dashboard import Dashboard, assert_problem
from tests.support.description import api_document
from tests.support.shop import Shop, days_ago

NEEDED = {
    "from": "2026-11-01",
    "to": "2026-11-10",
    "fromSegment": "new",
    "toSegment": "loyal",
    "period": "0",
    "cohort": "2026-10",
    "customerKey": "x",
    "id": "cs_0123456789ab",
}
"""Values of the parameters that cannot be left out."""

EMPTY_HAS_A_MEANING = {
    ("/v1/analytics/cohorts", "value"),
    ("/v1/analytics/cohorts/{cohort}/customers", "value"),
    ("/v1/analytics/cohorts:export", "value"),
    ("/v1/campaigns:prefill", "value"),
}
"""First orders without a category, channel or campaign."""


def optional_parameters() -> list[tuple[str, str, str]]:
    """Method, path and name of every query parameter that may be left out."""
    return [
        (method.upper(), path, parameter["name"])
        for path, operations in api_document()["paths"].items()
        for method, operation in operations.items()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and not parameter.get("required")
        if (path, parameter["name"]) not in EMPTY_HAS_A_MEANING
    ]


def needed_by(method: str, path: str) -> dict[str, str]:
    """The query parameters that a route cannot do without."""
    operation: dict[str, Any] = api_document()["paths"][path][method.lower()]
    return {
        parameter["name"]: NEEDED[parameter["name"]]
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter.get("required")
    }


@pytest.mark.parametrize(("method", "path", "name"), optional_parameters())
def test_an_empty_parameter_is_as_if_it_were_left_out(
    dashboard: Dashboard, shop: Shop, method: str, path: str, name: str
) -> None:
    shop.order("ada@example.org", 10, at=days_ago(1))
    query = needed_by(method, path)
    called = re.sub(r"\{(\w+)\}", lambda found: NEEDED[found[1]], path)
    body: dict[str, Any] | None = {} if method in ("POST", "PUT") else None

    left_out = dashboard.call(called, query, method=method, json=body)
    empty = dashboard.call(called, {**query, name: ""}, method=method, json=body)

    assert (empty.status_code, empty.data) == (left_out.status_code, left_out.data)
    named = [error["parameter"] for error in (empty.json or {}).get("errors", ())]
    assert name not in named


def test_a_parameter_that_is_needed_is_missing_where_it_is_empty(dashboard: Dashboard) -> None:
    answer = dashboard.call("/v1/segments/history", "from=&to=2026-11-10")

    problem = assert_problem(answer, 400, "invalid-parameter", ["from"])
    assert problem["errors"][0]["detail"] == "is required"


@pytest.mark.parametrize("query", ["tokn=", "pageToken=&pageToken=", "org=&org=org_other"])
def test_an_empty_parameter_may_still_be_wrong(dashboard: Dashboard, query: str) -> None:
    name, _, _ = query.partition("=")
    assert_problem(dashboard.call("/v1/customers", query), 400, "invalid-parameter", [name])


def test_first_orders_without_a_channel_are_asked_for_with_an_empty_value(
    dashboard: Dashboard,
) -> None:
    assert dashboard.call("/v1/analytics/cohorts", "breakdown=channel&value=").status_code == 200
    assert_problem(
        dashboard.call("/v1/analytics/cohorts", "value="), 400, "invalid-parameter", ["value"]
    )
