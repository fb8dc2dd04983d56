"""Descriptions of models in the API's documentation."""

from typing import Any

from pydantic import BaseModel


def untitled(schema: dict[str, Any]) -> None:
    """Drop the titles that pydantic derives from field names: they add nothing.

    For `json_schema_extra` of a model.
    """
    for field in schema.get("properties", {}).values():
        field.pop("title", None)


def no_default(schema: dict[str, Any]) -> None:
    """Leaving a parameter out is not the same as sending null, which a URL or header cannot.

    For `json_schema_extra` of a field.
    """
    del schema["default"]


_schemas: dict[type[BaseModel], dict[str, Any]] = {}


class DescribedOnce(BaseModel):
    """Base of models for queries and headers, with a description that is made once.

    flask-openapi3 asks for it in every call, and making it takes longer than all else that a call
    does here.
    """

    @classmethod
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:
        """The description, kept after the first time."""
        if arguments or options:
            return super().model_json_schema(*arguments, **options)
        if cls not in _schemas:
            _schemas[cls] = super().model_json_schema()
        return _schemas[cls]
