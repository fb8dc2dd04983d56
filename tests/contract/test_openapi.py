"""The API's description: valid, complete and the same as the committed one."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from shared.api.app import described_app
from shared.kernel.errors import DefinitionError
from shared.kernel.version import VERSION
from shared.segments.conditions.parse import parse_definition
from shared.segments.segment import Segment
from shared.web.openapi_document import openapi_json
from tests.support.description import api_document
from tools import openapi

DOCUMENT = api_document()
PUBLIC = {"/v1/health", "/v1/openapi.json"}
FILES = {"/v1/customers"}
"""Routes that also answer with a file."""


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


def schemas(within: object) -> Iterator[dict[str, Any]]:
    """Every schema of a named model and of its fields."""
    if isinstance(within, dict):
        yield within
        for inner in within.get("properties", {}).values():
            yield from schemas(inner)


def referred(within: object) -> set[str]:
    """Names of the models that a part of the document refers to, directly or through others."""
    text = json.dumps(within)
    actual: set[str] = set()
    waiting = [text]
    while waiting:
        parts = waiting.pop().split("#/components/schemas/")[1:]
        for name in {part.split('"')[0] for part in parts} - actual:
            actual.add(name)
            waiting.append(json.dumps(DOCUMENT["components"]["schemas"][name]))
    return actual


IN_BODIES = referred([operation.get("requestBody") for _, _, operation in operations()])
"""Models that callers send, which may leave fields out."""


def test_the_committed_description_is_the_codes() -> None:
    assert openapi.is_current(), "run `python -m tools.openapi`"


def test_it_comes_out_the_same_every_time() -> None:
    assert openapi_json(described_app()) == openapi_json(described_app())


def test_references_say_what_the_operations_say() -> None:
    """The published document says each parameter and each problem once."""
    published = json.loads(openapi_json(described_app()))
    components = published["components"]

    def resolved(each: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in each:
            return each
        _, _, kind, name = each["$ref"].split("/")
        said: dict[str, Any] = components[kind][name]
        return said

    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            shown = published["paths"][path][method]
            assert [resolved(each) for each in shown.get("parameters", ())] == operation.get(
                "parameters", []
            )
            assert {
                status: resolved(each) for status, each in shown["responses"].items()
            } == operation["responses"]
    assert "TooManyRequests" in components["responses"]
    assert components["parameters"]["Org"]["name"] == "org"


def test_it_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert DOCUMENT["info"]["version"] == VERSION
    errors = list(jsonschema_rs.validator_for(OPENAPI_31).iter_errors(DOCUMENT))
    assert [error.message for error in errors] == []
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_reference_leads_somewhere() -> None:
    named = set(DOCUMENT["components"]["schemas"])
    text = openapi_json(described_app())
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert referred == named


def test_operations_have_ids_words_and_one_tag_each() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]

    assert len(ids) == len(set(ids))
    for _, _, operation in operations():
        assert operation["summary"].endswith(".")
        assert "<br/>" not in operation.get("description", "")
        assert len(operation["tags"]) == 1


@pytest.mark.parametrize(("path", "method", "operation"), operations())
def test_operations_say_who_may_call_and_what_may_go_wrong(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    public = path in PUBLIC
    # Senders of campaigns are programs, which sign instead.
    signed: list[Any] = [{"eventSignature": []}] if path.endswith("/events") else []
    assert operation.get("security") == (None if public else [{"idToken": []}, *signed])
    problems = {"400", "500"} if public else {"400", "401", "403", "404", "500", "503"}
    if "requestBody" in operation:
        problems |= {"413", "415"}
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", [])):
        problems |= {"412", "428"}
    (success,) = {"200", "201", "204"} & set(operation["responses"])
    further = set(operation["responses"]) - {success, "304"} - problems
    assert problems <= set(operation["responses"])
    # Neither a file nor a page of members can say that its content is still pending.
    not_yet = {
        "/v1/analytics/cohorts",
        "/v1/analytics/cohorts:export",
        "/v1/campaigns/{id}/members",
    }
    without_content = {"409"} if path in not_yet else set()
    # Which ones they are is known to tests/web/limits.
    limited = {"429"}
    assert further - limited <= ({"409", "422"} if method != "get" else without_content)
    if limited <= further:
        assert operation["responses"]["429"]["headers"].keys() == {
            "Retry-After",
            "RateLimit-Limit",
            "RateLimit-Remaining",
            "RateLimit-Reset",
            "X-Request-Id",
        }
    for status in problems | further:
        content = operation["responses"][status]["content"]
        assert content == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }
    content = operation["responses"][success].get("content", {})
    files = ["text/csv"] if path in FILES else []
    if path.endswith(":export"):
        assert list(content) == ["text/csv"]
    else:
        assert list(content) == ([] if success == "204" else ["application/json", *files])


def test_every_answer_names_its_call_and_what_can_be_changed_its_version() -> None:
    with_etag, with_location = set(), set()
    for path, method, operation in operations():
        for status, response in operation["responses"].items():
            headers = response["headers"].keys()
            assert "X-Request-Id" in headers, (path, method, status)
            if "ETag" in headers and status != "304":
                with_etag.add((method, path))
            if "Location" in headers:
                with_location.add((method, path))
    kept = {"/v1/openapi.json", "/v1/segments", "/v1/analytics/overview", "/v1/analytics/funnel"}
    assert with_etag == {
        *(("get", path) for path in kept),
        *((method, "/v1/settings/thresholds") for method in ("get", "put")),
        ("post", "/v1/settings/thresholds:rollback"),
        ("post", "/v1/custom-segments"),
        *((method, "/v1/custom-segments/{id}") for method in ("get", "put")),
        ("post", "/v1/campaigns"),
        *((method, "/v1/campaigns/{id}") for method in ("get", "put")),
        ("post", "/v1/campaigns/{id}:handover"),
    }
    assert with_location == {("post", "/v1/custom-segments"), ("post", "/v1/campaigns")}


def test_conditions_are_one_named_schema_that_contains_itself() -> None:
    """Generators make a type of it; a definition in an answer can be sent as it is."""
    schemas = DOCUMENT["components"]["schemas"]
    condition = {"$ref": "#/components/schemas/Condition"}
    for model in ("CustomSegmentBody", "CustomSegmentModel", "PreviewBody", "CohortSegment"):
        definition = schemas[model]["properties"]["definition"]
        assert definition == {**condition, "description": definition["description"]}
    assert schemas["AllOf"]["properties"]["all"]["items"] == condition
    thresholds = schemas["ThresholdsBody"]["properties"]["thresholds"]
    assert thresholds["$ref"] == "#/components/schemas/ThresholdValues"


def test_what_may_be_left_out_of_a_body_has_no_default() -> None:
    """Generators of types take a field with a default for one that is always there."""
    defaults = [
        f"{name}.{field}"
        for name, model in DOCUMENT["components"]["schemas"].items()
        for field, described in model.get("properties", {}).items()
        if "default" in described
    ]
    assert defaults == []


EXAMPLES: list[dict[str, Any]] = [
    {"field": "totalSpent", "operator": "at_least", "value": 100},
    {"not": {"event": "ordered", "channel": ["online"], "when": {"inTheLastDays": 30}}},
    {"all": [{"any": [{"event": "received", "campaign": "sc_1"}]}, {"event": "ordered"}]},
]


@pytest.mark.parametrize("definition", EXAMPLES)
def test_the_schema_of_conditions_takes_what_the_parser_takes(definition: dict[str, Any]) -> None:
    parse_definition(definition)
    schema = {"$ref": "#/components/schemas/Condition", "components": DOCUMENT["components"]}
    errors = jsonschema_rs.validator_for(schema).iter_errors(definition)
    assert [error.message for error in errors] == []


@pytest.mark.parametrize("definition", [{"all": []}, {"event": "moved"}, {"field": "totalSpent"}])
def test_it_refuses_what_the_parser_refuses(definition: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        parse_definition(definition)
    schema = {"$ref": "#/components/schemas/Condition", "components": DOCUMENT["components"]}
    assert not jsonschema_rs.validator_for(schema).is_valid(definition)


def test_every_field_and_parameter_says_what_it_is() -> None:
    silent = [
        f"{name}.{field}"
        for name, model in DOCUMENT["components"]["schemas"].items()
        for schema in schemas(model)
        for field, described in schema.get("properties", {}).items()
        if not described.get("description", "").endswith(".")
    ]
    silent += [
        f"{path} {parameter['name']}"
        for path, _, operation in operations()
        for parameter in operation.get("parameters", [])
        if not parameter.get("description", "").endswith(".")
    ]
    assert silent == []


def test_every_field_is_always_there() -> None:
    for name, model in DOCUMENT["components"]["schemas"].items():
        if model.get("type") == "object" and name not in IN_BODIES:
            assert set(model["required"]) == set(model["properties"]), name


def test_segments_are_named_as_stored() -> None:
    parameters = DOCUMENT["paths"]["/v1/customers"]["get"]["parameters"]
    (segment,) = [each["schema"] for each in parameters if each["name"] == "segment"]

    ids = [each.value for each in Segment]
    assert segment["anyOf"][0]["enum"] == ids
    assert DOCUMENT["components"]["schemas"]["Segment"]["enum"] == ids
