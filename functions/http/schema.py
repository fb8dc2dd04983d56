"""How models are described in the API's documentation."""

from typing import Any


def untitled(schema: dict[str, Any]) -> None:
    """Drop the titles that pydantic makes of field names: they say nothing that the names don't.

    For `json_schema_extra` of a model.
    """
    for field in schema.get("properties", {}).values():
        field.pop("title", None)
