"""Types of parameters: how each is spelled, described and refused, for query and body alike."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from shared.kernel.money import exact_cents

Point = date | datetime
"""A local day, or an instant in UTC. An instant is a date too for Python: ask for it first."""

_WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)
# As JavaScript writes a number of 0 or more: 1.5, 0.30000000000000004, 1e-7, 1.5e+21.
_NUMBER = re.compile(r"[0-9]{1,22}(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
"""Within these, every time zone's midnights are instants that can be computed and stored."""
_YEARS = f"of the years {_FIRST_YEAR} to {_LAST_YEAR - 1}"


@dataclass(frozen=True, slots=True)
class ParameterType:
    """Annotates a type of parameters."""

    read: Callable[[Any], Any]
    """The value that a query spells or a body holds; raises ValueError for any other."""
    schema: Mapping[str, Any] | None = None
    """The type's own if None."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """See pydantic."""
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """See pydantic."""
        return handler(schema) if self.schema is None else dict(self.schema)


def or_null(parameter_type: ParameterType) -> ParameterType:
    """The same, or null."""
    return ParameterType(
        lambda value: None if value is None else parameter_type.read(value),
        {"anyOf": [dict(parameter_type.schema or {}), {"type": "null"}]},
    )


def one_of(words: type[StrEnum], *, any_case: bool = False) -> ParameterType:
    """One of the words of an enum. None, which a body may hold, is left to the type."""

    def read(value: object) -> StrEnum | None:
        if value is None:
            return None
        word = value.lower() if any_case and isinstance(value, str) else value
        if isinstance(word, str) and word in list(words):
            return words(word)
        some = "one of " if len(words) > 1 else ""
        raise ValueError(f"must be {some}" + ", ".join(words))

    return ParameterType(read)


def flag(*, default: bool | None = None) -> ParameterType:
    """`true` or `false`."""

    def read(value: object) -> bool:
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        raise ValueError("must be true or false")

    return ParameterType(read, _schema_of("boolean", default))


def whole_number(
    least: int, most: int, *, default: int | None = None, refusal: str | None = None
) -> ParameterType:
    """A whole number within bounds, which are 0 or more."""

    def read(value: object) -> int:
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            number = int(value)
        if number is None or not least <= number <= most:
            raise ValueError(refusal or f"must be a whole number from {least} to {most}")
        return number

    return ParameterType(read, _schema_of("integer", default, minimum=least, maximum=most))


def number(most: float, *, refusal: str, default: float | None = None) -> ParameterType:
    """A number from 0 to `most`."""

    def read(value: object) -> float:
        result = _number_of(value)
        if result is None or result > most:
            raise ValueError(refusal)
        return result

    return ParameterType(read, _schema_of("number", default, minimum=0, maximum=most))


def share(most: float = 1, *, default: float | None = None) -> ParameterType:
    """A share from 0 to `most`."""
    return number(most, refusal=f"must be a share from 0 to {most}", default=default)


def amount(below: int) -> ParameterType:
    """An amount of money of 0 or more in the currency unit, with two decimals at most: cents."""

    def read(value: object) -> int:
        result = _number_of(value)
        cents = exact_cents(result) if result is not None and result < below else None
        if cents is None:
            raise ValueError("must be an amount of 0 or more, such as 120 or 99.95")
        return cents

    return ParameterType(read, {"type": "number", "minimum": 0, "exclusiveMaximum": below})


def _schema_of(kind: str, default: object, **bounds: object) -> dict[str, object]:
    schema = {"type": kind, **bounds}
    return schema if default is None else {**schema, "default": default}


def _number_of(value: object) -> float | None:
    """The number of 0 or more that a parameter spells or a body holds; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if value >= 0 else None
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def _any_day(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        with suppress(ValueError):  # a month 13
            return date.fromisoformat(value)
    raise ValueError("must be an existing date, such as 2026-01-31")


def _day(value: object) -> date:
    with suppress(ValueError):
        day = _any_day(value)
        if _FIRST_YEAR <= day.year < _LAST_YEAR:
            return day
    raise ValueError("must be an existing date, such as 2026-01-31, " + _YEARS)


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    has_offset = instant is not None and instant.utcoffset() is not None
    if instant is not None and has_offset and _FIRST_YEAR < instant.year < _LAST_YEAR:
        return instant.astimezone(UTC)
    raise ValueError(f"must be an instant with its offset, such as 2026-01-31T12:00:00Z, {_YEARS}")


def _point(value: object) -> Point:
    is_day = isinstance(value, str) and _DATE.fullmatch(value)
    try:
        return _day(value) if is_day else _instant(value)
    except ValueError:
        raise ValueError(
            "must be an existing date, such as 2026-01-31, or an instant such as "
            f"2026-01-31T12:00:00Z, {_YEARS}; a + in it is written %2B"
        ) from None


_DATE_SCHEMA = {"type": "string", "format": "date"}
ANY_DAY = ParameterType(_any_day, _DATE_SCHEMA)
DAY = ParameterType(_day, _DATE_SCHEMA)
INSTANT = ParameterType(_instant, {"type": "string", "format": "date-time"})
POINT = ParameterType(_point, {"type": "string"})
