"""Query parameters of several capabilities."""

from enum import StrEnum
from typing import Annotated

from pydantic import (
    BeforeValidator,
)
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema

from shared.orders.category import MAX_CATEGORY_LENGTH, canonical_category
from shared.orders.text import clean_text


def _category(value: object) -> str:
    """The category as it is stored; raises ValueError for what cannot be one."""
    if isinstance(value, str) and len(value) <= MAX_CATEGORY_LENGTH and clean_text(value):
        return canonical_category(value)
    raise ValueError(f"must be the name of a category, of at most {MAX_CATEGORY_LENGTH} characters")


CategoryFilter = Annotated[
    str | SkipJsonSchema[None],
    BeforeValidator(_category),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_CATEGORY_LENGTH}),
]


class ListFormat(StrEnum):
    """Format of a list."""

    JSON = "json"
    CSV = "csv"
