"""The examples of the API's description: of each body and each answer, as the models have them."""

import copy
from typing import Any

import jsonschema_rs
import pytest

from shared.api.app import described_app
from shared.web.openapi_document import openapi_document

DOCUMENT = openapi_document(described_app())
OPERATIONS = {
    operation["operationId"]: operation
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
}


def _closed(schemas: dict[str, Any]) -> dict[str, Any]:
    """The models without room for a field that they do not describe."""
    closed = copy.deepcopy(schemas)
    for model in closed.values():
        if "properties" in model:
            model.setdefault("additionalProperties", False)
    return closed


COMPONENTS = {**DOCUMENT["components"], "schemas": _closed(DOCUMENT["components"]["schemas"])}


def problems(content: dict[str, Any]) -> list[str]:
    """Return the faults of the example of a body or an answer."""
    schema = {"components": COMPONENTS, **content["schema"]}
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    return [
        f"/{'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in validator.iter_errors(content["example"])
    ]


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_each_operation_has_one_example_that_its_own_schema_takes(operation_id: str) -> None:
    operation = OPERATIONS[operation_id]
    success = next(
        answer for status, answer in operation["responses"].items() if status.startswith("2")
    )
    contents = [
        *operation.get("requestBody", {}).get("content", {}).values(),
        *success.get("content", {}).values(),
    ]
    assert contents or "204" in operation["responses"]
    for content in contents:
        assert problems(content) == []


def test_a_field_that_no_model_has_is_found() -> None:
    content = {
        "schema": {"$ref": "#/components/schemas/Health"},
        "example": {
            **OPERATIONS["getHealth"]["responses"]["200"]["content"]["application/json"]["example"],
            "mood": 1,
        },
    }
    assert problems(content) != []
