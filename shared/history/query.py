"""Parameters and bodies of the routes about the past."""

from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from shared.history.segment_history import Unit
from shared.kernel.days import before, end_of, start_of
from shared.kernel.errors import InvalidParameterError
from shared.web.filters import Place, PointIfAny
from shared.web.parameter_types import DAY, POINT, Point, one_of
from shared.web.parameters import (
    OrganizationQuery,
    PageQuery,
)
from shared.web.schema import no_default


class Basis(StrEnum):
    """Basis of an answer about the past."""

    RECORDED = "recorded"
    RESTATED = "restated"


class Include(StrEnum):
    """Optional parts of an answer about the past."""

    CUSTOM_SEGMENTS = "customSegments"


_BasisIfAny = Annotated[Basis | SkipJsonSchema[None], one_of(Basis)]
_IncludeIfAny = Annotated[Include | SkipJsonSchema[None], one_of(Include)]
_BASIS = (
    "`recorded`: the segments in force then, from the recorded transitions. `restated`: "
    "recomputed from today's orders under today's thresholds."
)


class SegmentsQuery(OrganizationQuery):
    """Organisation and instant."""

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
    """Range of days."""

    from_: Annotated[date, DAY] = Field(
        alias="from", description="First day, in the organisation's time zone."
    )
    to: Annotated[date, DAY] = Field(
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

    from_: Annotated[Point, POINT] = Field(
        alias="from",
        description="The opening: an instant, or a date for the moment before that day begins in "
        "the organisation's time zone.",
    )
    to: Annotated[Point, POINT] = Field(
        description="The closing: an instant, or a date for the end of that day in the "
        "organisation's time zone, or now if that day is today."
    )


class TransitionsQuery(WindowQuery):
    """From when to when, and on which basis."""

    basis: Basis = Field(default=Basis.RECORDED, description=_BASIS)


class TransitionCustomersQuery(WindowQuery, PageQuery):
    """A cell of the matrix."""

    from_segment: Place = Field(
        alias="fromSegment", description="Segment at the opening, or `none`."
    )
    to_segment: Place = Field(
        alias="toSegment", description="Segment at the closing, or `none`; not both `none`."
    )


def includes_custom_segments(include: Include | None, basis: Basis) -> bool:
    """Whether custom segments are asked for. Raises InvalidParameterError if none are known."""
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
    """The instant that `to` or `at` means. Raises InvalidParameterError for a future one."""
    if isinstance(point, datetime):
        if point > now:
            raise InvalidParameterError("must not be in the future", parameter=parameter)
        return point
    if point > now.astimezone(time_zone).date():
        raise InvalidParameterError("must not be after today", parameter=parameter)
    return min(end_of(point, time_zone), now)
