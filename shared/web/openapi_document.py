"""The API's description, generated from its routes and models."""

import json
from typing import Any, cast

from flask import Flask
from flask_openapi3.openapi import OpenAPI

from shared.kernel.platform import REGION

_ETAG = {
    "description": (
        "Identifies the content of the answer, for `If-None-Match`. The value is opaque."
    ),
    "schema": {"type": "string"},
}


def _server(function: str) -> dict[str, Any]:
    """Where a function is deployed."""
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
            if "304" in operation["responses"]:
                operation["responses"]["200"]["headers"] = {"ETag": _ETAG}
    return document


def openapi_json(app: Flask) -> str:
    """The same as text, the same bytes for the same routes."""
    return json.dumps(openapi_document(app), indent=2, ensure_ascii=False) + "\n"
