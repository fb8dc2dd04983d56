"""Every type of parameter: what it accepts, as text of a query or value of a body, and refuses."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.web.parameter_types import (
    ANY_DAY,
    DAY,
    INSTANT,
    POINT,
    ParameterType,
    Point,
    amount,
    flag,
    number,
    one_of,
    or_null,
    share,
    whole_number,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
YEARS = "of the years 1900 to 2199"
ANY_DAY_REFUSED = "must be an existing date, such as 2026-01-31"
DAY_REFUSED = f"{ANY_DAY_REFUSED}, {YEARS}"
INSTANT_REFUSED = f"must be an instant with its offset, such as 2026-01-31T12:00:00Z, {YEARS}"
POINT_REFUSED = (
    f"{ANY_DAY_REFUSED}, or an instant such as 2026-01-31T12:00:00Z, {YEARS}; a + in it is written "
    "%2B"
)
AMOUNT_REFUSED = "must be an amount of 0 or more, such as 120 or 99.95"
WHOLE_REFUSED = "must be a whole number from 1 to 30"


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def read(kind: Any, parsed: ParameterType, value: object) -> object:
    return TypeAdapter(Annotated[kind, parsed]).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "parsed", "value", "expected"),
    [
        (Colour, one_of(Colour), "red", Colour.RED),
        (Colour, one_of(Colour, any_case=True), "BLUE", Colour.BLUE),
        (Colour | None, one_of(Colour), None, None),
        (bool, flag(), "false", False),
        (bool, flag(), True, True),
        (int, whole_number(1, 30), "30", 30),
        (int, whole_number(0, 30), 0, 0),
        (float, number(1, refusal="no"), "1e-3", 0.001),
        (float, share(), 1, 1.0),
        (int, amount(below=100), "99.95", 9995),
        (int, amount(below=100), 0, 0),
        (int | None, or_null(amount(below=100)), None, None),
        (date, DAY, "2026-01-31", date(2026, 1, 31)),
        (date, ANY_DAY, "0001-01-01", date(1, 1, 1)),
        (datetime, INSTANT, "2026-01-31T13:00:00+01:00", NOON),
        (Point, POINT, "2026-01-31T12:00:00Z", NOON),
        (Point, POINT, "2026-01-31", date(2026, 1, 31)),
    ],
)
def test_a_value_is_read(kind: Any, parsed: ParameterType, value: object, expected: object) -> None:
    actual = read(kind, parsed, value)
    assert (actual, type(actual)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "parsed", "values", "refusal"),
    [
        (Colour, one_of(Colour), ["RED", "", 1], "must be one of red, blue"),
        (bool, flag(), ["True", 1, "", None], "must be true or false"),
        (int, whole_number(1, 30), ["0", 31, "1.0", "٣", True, -1], WHOLE_REFUSED),
        (int, whole_number(5, 9, refusal="no"), ["4"], "no"),
        (float, number(1, refusal="no"), ["1.1", "-1", "nan", "inf", True], "no"),
        (float, share(0.5), [0.6, "x"], "must be a share from 0 to 0.5"),
        (int, amount(below=100), ["100", "1.001", -1, None, "1,5"], AMOUNT_REFUSED),
        (date, DAY, ["2026-13-01", "1899-12-31", "2200-01-01", "20260131", 1], DAY_REFUSED),
        (date, ANY_DAY, ["2026-02-30", "0000-01-01", "2026-1-1"], ANY_DAY_REFUSED),
        (
            datetime,
            INSTANT,
            ["2026-01-31T12:00:00", "2026-01-31", "1900-01-01T00:00:00Z", 5],
            INSTANT_REFUSED,
        ),
        (Point, POINT, ["2026-01-32", "2026-01-31T12:00:00", "now"], POINT_REFUSED),
    ],
)
def test_a_refusal_says_what_it_must_be(
    kind: Any, parsed: ParameterType, values: list[object], refusal: str
) -> None:
    for value in values:
        with pytest.raises(ValidationError) as error:
            read(kind, parsed, value)
        assert [each["msg"] for each in error.value.errors()] == [f"Value error, {refusal}"], value


def test_a_type_is_described_with_its_bounds() -> None:
    def described(kind: Any, parsed: ParameterType) -> dict[str, Any]:
        return TypeAdapter(Annotated[kind, parsed]).json_schema()

    assert described(int, whole_number(1, 30, default=7)) == {
        "type": "integer",
        "minimum": 1,
        "maximum": 30,
        "default": 7,
    }
    assert described(bool, flag(default=True)) == {"type": "boolean", "default": True}
    assert described(Colour, one_of(Colour))["enum"] == ["red", "blue"]
    assert described(int | None, or_null(amount(below=9)))["anyOf"] == [
        {"type": "number", "minimum": 0, "exclusiveMaximum": 9},
        {"type": "null"},
    ]
