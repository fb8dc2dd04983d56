"""Types of parameters: how each is spelled, described and refused, for query and body alike."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)


def whole_number_of(value: object) -> int | None:
    """The whole number of 0 or more that a parameter spells or a body holds; None for others."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


def flag_of(value: object) -> bool:
    """`true` or `false`. Raises ValueError for anything else."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """Annotates an int: a whole number within bounds."""

    least: int
    most: int
    default: int | None = None
    """What the description names; the field has its own."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """See pydantic."""
        return core_schema.no_info_before_validator_function(self._number, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """See pydantic."""
        described = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return described if self.default is None else {**described, "default": self.default}

    def _number(self, value: object) -> int:
        number = whole_number_of(value)
        if number is None or not self.least <= number <= self.most:
            raise ValueError(f"must be a whole number from {self.least} to {self.most}")
        return number


@dataclass(frozen=True, slots=True)
class OneOf:
    """Annotates an enum: one of its words. None, which a body may hold, is left to the type."""

    words: type[StrEnum]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """See pydantic."""
        return core_schema.no_info_before_validator_function(self._word, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """See pydantic."""
        return {"type": "string", "enum": [word.value for word in self.words]}

    def _word(self, value: object) -> StrEnum | None:
        if value is None:
            return None
        if isinstance(value, str) and value in list(self.words):
            return self.words(value)
        some = "one of " if len(self.words) > 1 else ""
        raise ValueError(f"must be {some}" + ", ".join(self.words))
