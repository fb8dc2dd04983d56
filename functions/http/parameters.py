"""What callers may send: the path and query parameters that routes share."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from functions.http.schema import untitled
from shared.document_ids import MAX_ID_LENGTH

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
MAX_PAGE_TOKEN_LENGTH = 1_000


class SortOrder(StrEnum):
    """Direction of a sorted list."""

    DESC = "desc"
    ASC = "asc"


def page_size_of(value: object) -> object:
    """Digits only; more than is allowed means as many as are allowed."""
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()):
        raise ValueError("must be a whole number of 1 or more")
    digits = value.lstrip("0")
    if not digits:
        raise ValueError("must be a whole number of 1 or more")
    return min(int(digits[:9]), MAX_PAGE_SIZE)


def no_default(schema: dict[str, Any]) -> None:
    """Leaving a parameter out is not the same as sending null, which a URL cannot."""
    del schema["default"]


_schemas: dict[type[BaseModel], dict[str, Any]] = {}


class NoParameters(BaseModel):
    """Base of all: any other parameter is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=untitled)

    @classmethod
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Kept after the first time: flask-openapi3 asks for it in every call, and making it takes
        longer than all else that a call does here."""
        if arguments or options:
            return super().model_json_schema(*arguments, **options)
        if cls not in _schemas:
            _schemas[cls] = super().model_json_schema()
        return _schemas[cls]


class OrganizationQuery(NoParameters):
    """Which organisation."""

    org: str | SkipJsonSchema[None] = Field(
        default=None,
        min_length=1,
        max_length=MAX_ID_LENGTH,
        description="Id of the organisation; the caller's own where left out. Only a super_user "
        "may name another one: for anyone else that is 404, whether it exists or not.",
        json_schema_extra=no_default,
    )


class CustomerPath(BaseModel):
    """Which customer."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    customer_key: str = Field(
        alias="customerKey", description="The customer's `id` in a list of customers."
    )
