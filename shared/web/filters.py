"""Query parameters of several capabilities."""

from enum import StrEnum
from typing import Annotated

from pydantic.json_schema import SkipJsonSchema

from shared.orders.category import MAX_CATEGORY_LENGTH, canonical_category
from shared.orders.text import clean_text
from shared.segments.custom_segment import ID_PATTERN, is_custom_segment_id
from shared.segments.places import NONE, PLACES
from shared.segments.segment import Segment, segment_named
from shared.web.parameter_types import POINT, ParameterType, Point


def _category(value: object) -> str:
    """The category as it is stored; raises ValueError for what cannot be one."""
    if isinstance(value, str) and len(value) <= MAX_CATEGORY_LENGTH and clean_text(value):
        return canonical_category(value)
    raise ValueError(f"must be the name of a category, of at most {MAX_CATEGORY_LENGTH} characters")


def _segment(value: object) -> Segment | str:
    if isinstance(value, str):
        if is_custom_segment_id(value):
            return value
        if segment := segment_named(value):
            return segment
    raise ValueError(
        "must be one of " + ", ".join(Segment) + ", or the id of a custom segment: cs_ and 12 "
        "digits or letters from a to f"
    )


def _place(value: object) -> str:
    if isinstance(value, str):
        if value.strip().lower() == NONE:
            return NONE
        if segment := segment_named(value):
            return segment.value
    raise ValueError("must be one of " + ", ".join(PLACES))


CategoryFilter = Annotated[
    str | SkipJsonSchema[None],
    ParameterType(_category, {"type": "string", "minLength": 1, "maxLength": MAX_CATEGORY_LENGTH}),
]
SegmentIfAny = Annotated[
    Segment | str | SkipJsonSchema[None],
    ParameterType(
        _segment,
        {
            "anyOf": [
                {"type": "string", "enum": [segment.value for segment in Segment]},
                {"type": "string", "pattern": f"^{ID_PATTERN}$"},
            ]
        },
    ),
]
"""A built-in segment, or the id of a custom one."""
_PLACE = ParameterType(_place, {"type": "string", "enum": list(PLACES)})
Place = Annotated[str, _PLACE]
"""A built-in segment, or none."""
PlaceIfAny = Annotated[str | SkipJsonSchema[None], _PLACE]
PointIfAny = Annotated[Point | SkipJsonSchema[None], POINT]


class ListFormat(StrEnum):
    """Format of a list."""

    JSON = "json"
    CSV = "csv"
