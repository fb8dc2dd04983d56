"""The API's description, generated from its routes and models."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask_openapi3.openapi import OpenAPI

from shared.kernel.platform import REGION
from shared.web.condition_schemas import COMPONENTS, with_named_schemas

_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "Identifies this version, for `If-None-Match` of a read and `If-Match` of a "
        "change. The value is opaque.",
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where the new resource is, relative to the path of the call.",
        "schema": {"type": "string"},
    },
    "X-Request-Id": {
        "description": "Names the call in the log.",
        "schema": {"type": "string"},
    },
}


def _server(function: str) -> dict[str, Any]:
    """Return the server entry of a function."""
    return {
        "url": f"https://{REGION}-{{project}}.cloudfunctions.net/{function}",
        "description": f"The function `{function}`.",
        "variables": {
            "project": {"default": "your-project", "description": "Id of the Firebase project."}
        },
    }


def openapi_document(app: Flask) -> dict[str, Any]:
    """The OpenAPI 3.1 document of an app."""
    document: dict[str, Any] = cast(OpenAPI, app).api_doc
    document["servers"] = [_server("api")]
    for path in document["paths"].values():
        for operation in path.values():
            if operation["tags"] == ["Insights"]:
                operation["servers"] = [_server("insights")]
            if "description" in operation:
                # The library joins the lines of a docstring so; descriptions are CommonMark.
                lines = operation["description"].split("<br/>")
                operation["description"] = "\n".join(lines).strip()
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query" and not parameter.get("required"):
                    # See NoParameters: an empty one is as if it were left out.
                    parameter["allowEmptyValue"] = True
    _describe_headers(document)
    _add_examples(document, app)
    described_document: dict[str, Any] = with_named_schemas(document)
    described_document["components"]["schemas"] |= COMPONENTS
    described_document["components"]["headers"] = _HEADERS
    _distinguish_optional_from_null(described_document)
    return described_document


EXAMPLES = "examples.json"
"""Beside the routes of a capability: an example of the body and of the answer of each operation. An
answer of several types is by type."""


def _add_examples(document: dict[str, Any], app: Flask) -> None:
    """Add the example of each body and each answer of a success."""
    files = {Path(blueprint.root_path) / EXAMPLES for blueprint in app.blueprints.values()}
    examples: dict[str, Any] = {}
    for file in sorted(files):
        if file.exists():
            examples |= json.loads(file.read_text(encoding="utf-8"))
    for operation in (each for path in document["paths"].values() for each in path.values()):
        example = examples.get(operation["operationId"], {})
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "body" in example:
                content["example"] = example["body"]
        for status in ("200", "201"):
            contents = operation["responses"].get(status, {}).get("content", {})
            for media_type, content in contents.items():
                if "answer" in example:
                    by_type = example["answer"] if len(contents) > 1 else {}
                    content["example"] = by_type.get(media_type, example["answer"])


def _describe_headers(document: dict[str, Any]) -> None:
    """Add the headers that answers carry: what can be changed or kept has an ETag."""
    paths = document["paths"].values()
    versioned = {
        _model_of(operation)
        for path in paths
        if any(_takes_if_match(each) for each in path.values())
        for operation in path.values()
    } - {None}
    for operation in (each for path in paths for each in path.values()):
        for status, response in operation["responses"].items():
            names = ["X-Request-Id"]
            has_etag = "304" in operation["responses"] or _model_of(operation) in versioned
            if has_etag and status in ("200", "201"):
                names.append("ETag")
            if status == "201":
                names.append("Location")
            references = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
            operation["responses"][status] = {
                **response,
                "headers": {**response.get("headers", {}), **references},
            }


def _takes_if_match(operation: dict[str, Any]) -> bool:
    return any(each["name"] == "If-Match" for each in operation.get("parameters", ()))


def _model_of(operation: dict[str, Any]) -> str | None:
    """Reference to the model that an operation answers with."""
    for status in ("200", "201"):
        content = operation["responses"].get(status, {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref")
        if reference is not None:
            return str(reference)
    return None


def _distinguish_optional_from_null(document: dict[str, Any]) -> None:
    """Drop defaults of the fields of bodies: generators take a field with one for always there.

    The description states the value used if the field is omitted.
    """
    for model in document["components"]["schemas"].values():
        required = model.get("required", [])
        for name, field in model.get("properties", {}).items():
            if "default" in field and name not in required:
                default = field.pop("default")
                if default is not None and "description" in field:
                    text = json.dumps(default).strip('"')
                    field["description"] = f"{field['description']} `{text}` if omitted."


def openapi_json(app: Flask) -> str:
    """Return the OpenAPI document as JSON. Equal routes give equal bytes; shared parts are
    references.
    """
    document = with_references(openapi_document(app))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def with_references(document: dict[str, Any]) -> dict[str, Any]:
    """Return an equivalent document with references to parameters and responses that several
    operations share. Parameters are named for themselves, responses for their status.
    """
    operations = [each for path in document["paths"].values() for each in path.values()]
    parameters = _repeated(
        (_parameter_name(each["name"]), each)
        for operation in operations
        for each in operation.get("parameters", ())
        if each["in"] != "path"
    )
    responses = _repeated(
        (_response_name(status), response)
        for operation in operations
        for status, response in operation["responses"].items()
        if int(status) >= HTTPStatus.MULTIPLE_CHOICES
    )

    def referring(operation: dict[str, Any]) -> dict[str, Any]:
        result = dict(operation)
        if "parameters" in result:
            result["parameters"] = [
                _reference("parameters", _parameter_name(each["name"]), each, parameters)
                for each in result["parameters"]
            ]
        result["responses"] = {
            status: _reference("responses", _response_name(status), response, responses)
            for status, response in result["responses"].items()
        }
        return result

    return {
        **document,
        "paths": {
            path: {method: referring(operation) for method, operation in methods.items()}
            for path, methods in document["paths"].items()
        },
        "components": {
            **document["components"],
            "parameters": parameters,
            "responses": responses,
        },
    }


def _repeated(named_parts: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return the parts that several operations share; of several wordings, the most frequent."""
    by_name: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, each in named_parts:
        by_name[name].append(each)
    usual = {name: max(each, key=each.count) for name, each in sorted(by_name.items())}
    return {name: each for name, each in usual.items() if by_name[name].count(each) > 1}


def _reference(
    kind: str, name: str, each: dict[str, Any], shared: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    return {"$ref": f"#/components/{kind}/{name}"} if shared.get(name) == each else each


def _parameter_name(name: str) -> str:
    """`pageSize` as `PageSize`, `If-Match` as `IfMatch`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))


def _response_name(status: str) -> str:
    """`404` as `NotFound`."""
    return HTTPStatus(int(status)).name.title().replace("_", "")
