"""What callers may send to the routes about campaigns."""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema

from shared.campaigns.source import CohortSource, SegmentSource, Source, TransitionSource
from shared.cohorts.answers import MODE
from shared.cohorts.cohorts import Granularity, Mode
from shared.cohorts.query import MAX_LABEL_LENGTH, PeriodIfAny, Returned, cohort_cell
from shared.contacts.profile import Channel
from shared.customers.query import SegmentIfAny
from shared.history.query import PlaceIfAny, PointIfAny, closing_of, opening_of
from shared.kernel.errors import InvalidParameterError
from shared.organizations.settings import OrganizationSettings
from shared.segments.places import NONE
from shared.segments.segment import Segment
from shared.web.parameters import OrganizationQuery
from shared.web.schema import no_default

DEFAULT_CONTACT_DAYS = 7
MAX_CONTACT_DAYS = 90
DEFAULT_WINDOW_DAYS = 7
MAX_WINDOW_DAYS = 30


def _whole(value: object, least: int, most: int) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 3:
        number = int(value)
        if least <= number <= most:
            return number
    raise ValueError(f"must be a whole number from {least} to {most}")


def _channels(value: object) -> object:
    names = value.split(",") if isinstance(value, str) else value
    if isinstance(names, list | tuple) and names and all(isinstance(name, str) for name in names):
        found = tuple(channel for channel in Channel if channel.value in names)
        if len(found) == len(names):
            return found
    raise ValueError("must be email, sms or both, each once")


Channels = Annotated[
    tuple[Channel, ...],
    BeforeValidator(_channels),
    WithJsonSchema({"type": "string", "enum": ["email", "sms", "email,sms"], "default": "email"}),
]
ContactDays = Annotated[
    int,
    BeforeValidator(lambda value: _whole(value, 0, MAX_CONTACT_DAYS)),
    WithJsonSchema(
        {
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_CONTACT_DAYS,
            "default": DEFAULT_CONTACT_DAYS,
        }
    ),
]
WindowDays = Annotated[
    int,
    BeforeValidator(lambda value: _whole(value, 1, MAX_WINDOW_DAYS)),
    WithJsonSchema(
        {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_WINDOW_DAYS,
            "default": DEFAULT_WINDOW_DAYS,
        }
    ),
]


class SourceFields(BaseModel):
    """Whom a campaign is for: a segment, a cell of a cohort, or a cell of the matrix."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=False)

    segment: SegmentIfAny = Field(
        default=None,
        description="A segment: one of the eight, or the id of a custom one.",
        json_schema_extra=no_default,
    )
    cohort: str | SkipJsonSchema[None] = Field(
        default=None,
        max_length=MAX_LABEL_LENGTH,
        description="A cohort, such as 2026-01; with `period`.",
        json_schema_extra=no_default,
    )
    granularity: Granularity = Field(
        default=Granularity.MONTH, description="Length of a period, with `cohort`."
    )
    period: PeriodIfAny = Field(
        default=None,
        description="How many periods after the cohort's own, which is 0.",
        json_schema_extra=no_default,
    )
    returned: Returned = Field(
        default=True, description="Those who are retained in it (`true`), or all others (`false`)."
    )
    mode: Mode = Field(default=Mode.IN, description=MODE)
    from_: PointIfAny = Field(
        default=None,
        alias="from",
        description="The opening of a matrix, with `to`, `fromSegment` and `toSegment`.",
        json_schema_extra=no_default,
    )
    to: PointIfAny = Field(
        default=None, description="The closing of the matrix.", json_schema_extra=no_default
    )
    from_segment: PlaceIfAny = Field(
        default=None,
        alias="fromSegment",
        description="Segment at the opening, or `none`.",
        json_schema_extra=no_default,
    )
    to_segment: PlaceIfAny = Field(
        default=None,
        alias="toSegment",
        description="Segment at the closing, or `none`; not both `none`.",
        json_schema_extra=no_default,
    )

    def source(self, settings: OrganizationSettings, now: datetime) -> Source:
        """The one group that is named. Raises InvalidParameterError for none or more than one.

        Nothing that is left out ever means everybody.
        """
        in_matrix = {
            "from": self.from_,
            "to": self.to,
            "fromSegment": self.from_segment,
            "toSegment": self.to_segment,
        }
        named = {
            "segment": self.segment is not None,
            "cohort": self.cohort is not None or self.period is not None,
            "fromSegment": any(value is not None for value in in_matrix.values()),
        }
        if sum(named.values()) != 1:
            raise InvalidParameterError(
                "A campaign is for one group: name a segment, or a cohort with its period, or "
                "from, to, fromSegment and toSegment."
            )
        if self.segment is not None:
            name = self.segment.value if isinstance(self.segment, Segment) else self.segment
            return SegmentSource(segment=name)
        if named["cohort"]:
            return self._cohort(settings, now)
        from_segment = _needed(self.from_segment, "fromSegment")
        to_segment = _needed(self.to_segment, "toSegment")
        if from_segment == to_segment == NONE:
            raise InvalidParameterError(
                "must be a segment where fromSegment is none", parameter="toSegment"
            )
        closing_at = closing_of(_needed(self.to, "to"), settings.time_zone, now, parameter="to")
        opening_at = opening_of(_needed(self.from_, "from"), settings.time_zone)
        if opening_at >= closing_at:
            raise InvalidParameterError("must be before `to`", parameter="from")
        return TransitionSource(
            from_segment=from_segment,
            to_segment=to_segment,
            opening_at=opening_at,
            closing_at=closing_at,
        )

    def _cohort(self, settings: OrganizationSettings, now: datetime) -> CohortSource:
        cell = cohort_cell(
            _needed(self.cohort, "cohort"),
            self.granularity,
            _needed(self.period, "period"),
            self.mode,
            now.astimezone(settings.time_zone).date(),
            returned=self.returned,
        )
        return CohortSource(cell=cell)


T = TypeVar("T")


def _needed(value: T | None, parameter: str) -> T:
    if value is None:
        raise InvalidParameterError("is needed to name the group", parameter=parameter)
    return value


class PrefillQuery(SourceFields, OrganizationQuery):
    """Whom a campaign is to be for, and how they are to be reached."""

    channels: Channels = Field(
        default=(Channel.EMAIL,), description="How they are reached: `email`, `sms` or `email,sms`."
    )
    contacted_within_days: ContactDays = Field(
        default=DEFAULT_CONTACT_DAYS,
        alias="contactedWithinDays",
        description="Leave out who was written to in so many days; 0 for nobody.",
    )
    window_days: WindowDays = Field(
        default=DEFAULT_WINDOW_DAYS,
        alias="windowDays",
        description="Days after a message in which orders are counted towards it.",
    )


def group_name(fields: dict[str, Any]) -> dict[str, str]:
    """The parameters that name a group, as text for a link."""
    texts = {True: "true", False: "false"}
    return {
        name: texts[value] if isinstance(value, bool) else str(value)
        for name, value in fields.items()
    }
