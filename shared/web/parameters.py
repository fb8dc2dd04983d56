"""Path and query parameters that routes share."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema

from shared.kernel.document_ids import MAX_ID_LENGTH
from shared.web.schema import DescribedOnce, no_default, untitled

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
MAX_PAGE_TOKEN_LENGTH = 6_000
"""A token may hold the id of an order, which its shop chose: up to 1,500 bytes."""


class SortOrder(StrEnum):
    """Direction of a sorted list."""

    DESC = "desc"
    ASC = "asc"


def page_size_of(value: object) -> object:
    """Digits only, or a number of a body; more than is allowed means as many as are allowed."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return min(value, MAX_PAGE_SIZE)
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()):
        raise ValueError("must be a whole number from 1")
    digits = value.lstrip("0")
    if not digits:
        raise ValueError("must be a whole number from 1")
    return min(int(digits[:9]), MAX_PAGE_SIZE)


PageSize = Annotated[
    int,
    BeforeValidator(page_size_of),
    WithJsonSchema({"type": "integer", "minimum": 1, "default": DEFAULT_PAGE_SIZE}),
]
"""Entries per page."""


class NoParameters(DescribedOnce):
    """Base of all: any other parameter is refused, and an empty one is as if it were left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=untitled)

    MAY_BE_EMPTY: ClassVar[frozenset[str]] = frozenset()
    """Parameters of which an empty one means something of its own."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty_ones(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Forms send every field that they have, and clients a token that they do not have yet."""
        known_names = {field.alias or name for name, field in cls.model_fields.items()}
        droppable = known_names - cls.MAY_BE_EMPTY
        return {
            name: value for name, value in values.items() if value != "" or name not in droppable
        }


class OrganizationQuery(NoParameters):
    """Organisation of a call."""

    org: str | SkipJsonSchema[None] = Field(
        default=None,
        min_length=1,
        max_length=MAX_ID_LENGTH,
        description="Id of the organisation; the caller's own if omitted. Only a super_user may "
        "name another one: anyone else gets 404, whether it exists or not.",
        json_schema_extra=no_default,
    )


class PageQuery(OrganizationQuery):
    """Page of a list."""

    page_size: PageSize = Field(
        default=DEFAULT_PAGE_SIZE,
        alias="pageSize",
        description=f"Items per page; values above {MAX_PAGE_SIZE} are treated as {MAX_PAGE_SIZE}.",
    )
    page_token: str | SkipJsonSchema[None] = Field(
        default=None,
        alias="pageToken",
        min_length=1,
        max_length=MAX_PAGE_TOKEN_LENGTH,
        description="`nextPageToken` of a call with the same arguments; the first page if omitted.",
        json_schema_extra=no_default,
    )


class CustomerPath(BaseModel):
    """A customer, by key."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    customer_key: str = Field(
        alias="customerKey", description="The customer's `id` in a list of customers."
    )
