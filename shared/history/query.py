"""What callers may send to the routes about the past."""

import re
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema

from shared.history.segment_history import Unit
from shared.history.transition_matrix import PLACES
from shared.kernel.days import before, end_of, start_of
from shared.kernel.errors import InvalidParameterError
from shared.segments.places import NONE
from shared.segments.segment import segment_named
from shared.web.parameter_types import OneOf
from shared.web.parameters import (
    OrganizationQuery,
    PageQuery,
)
from shared.web.schema import no_default

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
"""Within these, every time zone's midnights are instants that can be told and stored."""
_YEARS = f"of the years {_FIRST_YEAR} to {_LAST_YEAR - 1}"


class Basis(StrEnum):
    """Basis of an answer about the past."""

    RECORDED = "recorded"
    RESTATED = "restated"


CUSTOM_SEGMENTS = "customSegments"
"""The one word of `include`."""

Point = date | datetime
"""A local day, or an instant in UTC. An instant is a date too for Python: ask for it first."""


def _date(value: object) -> object:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:  # a month 13
            day = None
        if day is not None and _FIRST_YEAR <= day.year < _LAST_YEAR:
            return day
    raise ValueError("must be an existing date, such as 2026-01-31, " + _YEARS)


def _point(value: object) -> object:
    """A date, or an instant with its offset from UTC."""
    if isinstance(value, str) and not _DATE.fullmatch(value):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            instant = None
        has_offset = instant is not None and instant.utcoffset() is not None
        if instant is not None and has_offset and _FIRST_YEAR < instant.year < _LAST_YEAR:
            return instant.astimezone(UTC)
    else:
        try:
            return _date(value)
        except ValueError:
            pass
    raise ValueError(
        "must be an existing date, such as 2026-01-31, or an instant such as "
        f"2026-01-31T12:00:00Z, {_YEARS}; a + in it is written %2B"
    )


def _place(value: object) -> object:
    if isinstance(value, str):
        if value.strip().lower() == NONE:
            return NONE
        segment = segment_named(value)
        if segment is not None:
            return segment.value
    raise ValueError("must be one of " + ", ".join(PLACES))


def _include(value: object) -> object:
    if value == CUSTOM_SEGMENTS:
        return value
    raise ValueError(f"must be {CUSTOM_SEGMENTS}")


_Point = Annotated[Point, BeforeValidator(_point), WithJsonSchema({"type": "string"})]
PointIfAny = Annotated[
    Point | SkipJsonSchema[None], BeforeValidator(_point), WithJsonSchema({"type": "string"})
]
_BasisIfAny = Annotated[
    Basis | SkipJsonSchema[None],
    OneOf(Basis),
]
_Day = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
_Place = Annotated[
    str, BeforeValidator(_place), WithJsonSchema({"type": "string", "enum": list(PLACES)})
]
PlaceIfAny = Annotated[
    str | SkipJsonSchema[None],
    BeforeValidator(_place),
    WithJsonSchema({"type": "string", "enum": list(PLACES)}),
]
_IncludeIfAny = Annotated[
    str | SkipJsonSchema[None],
    BeforeValidator(_include),
    WithJsonSchema({"type": "string", "enum": [CUSTOM_SEGMENTS]}),
]
_BASIS = (
    "`recorded`: the segments in force then, from the recorded transitions. `restated`: "
    "recomputed from today's orders under today's thresholds."
)


class SegmentsQuery(OrganizationQuery):
    """Which organisation, and as of when."""

    at: PointIfAny = Field(
        default=None,
        description="Count as of this instant; a date means the end of that day in the "
        "organisation's time zone, or now if that day is today. Now if omitted.",
        json_schema_extra=no_default,
    )
    basis: _BasisIfAny = Field(
        default=None,
        description=_BASIS + " `recorded` if omitted. Only used with `at`.",
        json_schema_extra=no_default,
    )
    include: _IncludeIfAny = Field(
        default=None,
        description="`customSegments`: include existing custom segments at a past instant on the "
        "basis `recorded`. Current counts always include them.",
        json_schema_extra=no_default,
    )


class HistoryQuery(OrganizationQuery):
    """Which days."""

    from_: _Day = Field(alias="from", description="First day, in the organisation's time zone.")
    to: _Day = Field(
        description="Last day, today at the latest; the range covers at most 400 days."
    )
    interval: Unit = Field(
        default=Unit.DAY, description="Length of an interval; weeks start on Monday."
    )
    basis: Basis = Field(default=Basis.RECORDED, description=_BASIS)
    include: _IncludeIfAny = Field(
        default=None,
        description="`customSegments`: include existing custom segments, on the basis `recorded`.",
        json_schema_extra=no_default,
    )


class WindowQuery(OrganizationQuery):
    """From when to when."""

    from_: _Point = Field(
        alias="from",
        description="The opening: an instant, or a date for the moment before that day begins in "
        "the organisation's time zone.",
    )
    to: _Point = Field(
        description="The closing: an instant, or a date for the end of that day in the "
        "organisation's time zone, or now if that day is today."
    )


class TransitionsQuery(WindowQuery):
    """From when to when, and on which basis."""

    basis: Basis = Field(default=Basis.RECORDED, description=_BASIS)


class TransitionCustomersQuery(WindowQuery, PageQuery):
    """Which cell of the matrix."""

    from_segment: _Place = Field(
        alias="fromSegment", description="Segment at the opening, or `none`."
    )
    to_segment: _Place = Field(
        alias="toSegment", description="Segment at the closing, or `none`; not both `none`."
    )


def includes_custom_segments(include: str | None, basis: Basis) -> bool:
    """Whether custom segments are asked for. Raises InvalidParameterError where none are known."""
    if include is not None and basis is Basis.RESTATED:
        raise InvalidParameterError(
            "must be omitted with the basis restated, which has no custom segments",
            parameter="include",
        )
    return include is not None


def opening_of(point: Point, time_zone: tzinfo) -> datetime:
    """The instant that `from` means."""
    return point if isinstance(point, datetime) else before(start_of(point, time_zone))


def closing_of(point: Point, time_zone: tzinfo, now: datetime, *, parameter: str) -> datetime:
    """The instant that `to` or `at` means. Raises InvalidParameterError for one to come."""
    if isinstance(point, datetime):
        if point > now:
            raise InvalidParameterError("must not be in the future", parameter=parameter)
        return point
    if point > now.astimezone(time_zone).date():
        raise InvalidParameterError("must not be after today", parameter=parameter)
    return min(end_of(point, time_zone), now)
