"""Parameters and bodies of the routes about campaigns."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from shared.campaigns.campaign import MAX_HOLDOUT, CampaignStatus, Economics
from shared.campaigns.source import (
    CohortSource,
    Goal,
    SegmentSource,
    Source,
    TransitionSource,
)
from shared.cohorts.answers import MODE
from shared.cohorts.cohorts import Mode
from shared.cohorts.period import Granularity
from shared.cohorts.query import (
    BREAKDOWN_VALUE,
    MAX_LABEL_LENGTH,
    BreakdownIfAny,
    BreakdownValueIfAny,
    PeriodIfAny,
    Returned,
    cohort_cell,
)
from shared.contacts.profile import Channel
from shared.history.query import closing_of, opening_of
from shared.kernel.errors import InvalidParameterError
from shared.organizations.settings import OrganizationSettings
from shared.segments.places import NONE
from shared.segments.segment import Segment
from shared.web.filters import ListFormat, PlaceIfAny, PointIfAny, SegmentIfAny
from shared.web.models import ApiBody
from shared.web.parameter_types import ParameterType, amount, or_null, share, whole_number
from shared.web.parameters import OrganizationQuery, PageQuery
from shared.web.schema import DescribedOnce, no_default, untitled

DEFAULT_CONTACT_DAYS = 7
MAX_CONTACT_DAYS = 90
DEFAULT_WINDOW_DAYS = 7
DEFAULT_HOLDOUT = 0.1
MAX_WINDOW_DAYS = 30


def _channels(value: object) -> object:
    names = value.split(",") if isinstance(value, str) else value
    if isinstance(names, list | tuple) and names and all(isinstance(name, str) for name in names):
        channels = tuple(channel for channel in Channel if channel.value in names)
        if len(channels) == len(names):
            return channels
    raise ValueError("must be email, sms or both, each once")


Channels = Annotated[
    tuple[Channel, ...],
    ParameterType(
        _channels,
        {"type": "string", "enum": ["email", "sms", "email,sms"], "default": "email"},
    ),
]
ContactDays = Annotated[int, whole_number(0, MAX_CONTACT_DAYS, default=DEFAULT_CONTACT_DAYS)]
WindowDays = Annotated[int, whole_number(1, MAX_WINDOW_DAYS, default=DEFAULT_WINDOW_DAYS)]


class SourceFields(BaseModel):
    """Source of a campaign: a segment, a cell of a cohort, or a cell of the matrix."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=False)

    segment: SegmentIfAny = Field(
        default=None,
        description="A segment: one of the eight, or the id of a custom one.",
        json_schema_extra=no_default,
    )
    # The limit is the text's own: a body may hold null.
    cohort: Annotated[str, Field(max_length=MAX_LABEL_LENGTH)] | SkipJsonSchema[None] = Field(
        default=None,
        description="A cohort, such as 2026-01; with `period`.",
        json_schema_extra=no_default,
    )
    granularity: Granularity = Field(
        default=Granularity.MONTH, description="Length of a period, with `cohort`."
    )
    period: PeriodIfAny = Field(
        default=None,
        description="Number of periods after the cohort's own, which is 0.",
        json_schema_extra=no_default,
    )
    returned: Returned = Field(
        default=True, description="Customers retained in it (`true`), or all others (`false`)."
    )
    mode: Mode = Field(default=Mode.IN, description=MODE)
    breakdown: BreakdownIfAny = Field(
        default=None,
        description="Only those whose first order has `value`, with `cohort`.",
        json_schema_extra=no_default,
    )
    value: BreakdownValueIfAny = Field(
        default=None, description=BREAKDOWN_VALUE, json_schema_extra=no_default
    )
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
        """Return the one group named. Raises InvalidParameterError for none or more than one.

        Omitted parameters never mean all customers.
        """
        in_matrix = {
            "from": self.from_,
            "to": self.to,
            "fromSegment": self.from_segment,
            "toSegment": self.to_segment,
        }
        given_fields = {
            "segment": self.segment is not None,
            "cohort": any(
                each is not None for each in (self.cohort, self.period, self.breakdown, self.value)
            ),
            "fromSegment": any(value is not None for value in in_matrix.values()),
        }
        if sum(given_fields.values()) != 1:
            raise InvalidParameterError(
                "A campaign is for one group: name a segment, or a cohort with its period, or "
                "from, to, fromSegment and toSegment."
            )
        if self.segment is not None:
            name = self.segment.value if isinstance(self.segment, Segment) else self.segment
            return SegmentSource(segment=name)
        if given_fields["cohort"]:
            return self._cohort(settings, now)
        from_segment = _require(self.from_segment, "fromSegment")
        to_segment = _require(self.to_segment, "toSegment")
        if from_segment == to_segment == NONE:
            raise InvalidParameterError(
                "must be a segment where fromSegment is none", parameter="toSegment"
            )
        closing_at = closing_of(_require(self.to, "to"), settings.time_zone, now, parameter="to")
        opening_at = opening_of(_require(self.from_, "from"), settings.time_zone)
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
            _require(self.cohort, "cohort"),
            self.granularity,
            _require(self.period, "period"),
            self.mode,
            now.astimezone(settings.time_zone).date(),
            returned=self.returned,
            breakdown=self.breakdown,
            value=self.value,
        )
        return CohortSource(cell=cell)


T = TypeVar("T")


def _require(value: T | None, parameter: str) -> T:
    if value is None:
        raise InvalidParameterError("is needed to name the group", parameter=parameter)
    return value


class PrefillQuery(SourceFields, OrganizationQuery):
    """Source and channels of a planned campaign."""

    MAY_BE_EMPTY: ClassVar[frozenset[str]] = frozenset({"value"})

    channels: Channels = Field(
        default=(Channel.EMAIL,), description="Channels: `email`, `sms` or `email,sms`."
    )
    contacted_within_days: ContactDays = Field(
        default=DEFAULT_CONTACT_DAYS,
        alias="contactedWithinDays",
        description="Leave out customers contacted within this many days; 0 disables this.",
    )
    window_days: WindowDays = Field(
        default=DEFAULT_WINDOW_DAYS,
        alias="windowDays",
        description="Days after a message in which orders are counted towards it.",
    )


_Amount = Annotated[int | None, or_null(amount(below=10**9))]
_Share = Annotated[float | None, or_null(share())]
_Holdout = Annotated[float, share(MAX_HOLDOUT, default=DEFAULT_HOLDOUT)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class EconomicsBody(ApiBody):
    """Name, cost and margins of a campaign."""

    name: _Name = Field(description="Name shown to people.")
    description: str | None = Field(
        default=None, max_length=1000, description="A sentence for people."
    )
    cost: _Amount = Field(default=None, description="Its cost, in the currency unit.")
    margin: _Share = Field(default=None, description="Share of revenue that is earned.")
    discount: _Share = Field(default=None, description="Share of the price that is given away.")

    @property
    def economics(self) -> Economics:
        """The amounts."""
        return Economics(cost_cents=self.cost, margin=self.margin, discount=self.discount)


class CampaignChangeBody(EconomicsBody):
    """A campaign with its changes."""

    status: CampaignStatus = Field(
        description="`ready` and `handed_over` may become `sent` or `cancelled`; otherwise the"
        " status is unchanged."
    )


class CampaignBody(SourceFields, EconomicsBody):
    """A campaign to create, for one group."""

    model_config = EconomicsBody.model_config

    goal: Goal | None = Field(
        default=None, description="Its goal; if omitted, the goal that fits the group."
    )
    channels: Annotated[
        tuple[Channel, ...],
        ParameterType(
            _channels,
            {"type": "array", "items": {"type": "string", "enum": ["email", "sms"]}, "minItems": 1},
        ),
    ] = Field(description="Their channels.")
    holdout_share: _Holdout = Field(
        default=DEFAULT_HOLDOUT, description="Share of the reachable who are not written to."
    )
    window_days: WindowDays = Field(
        default=DEFAULT_WINDOW_DAYS, description="Days after a message in which orders count."
    )
    contacted_within_days: ContactDays = Field(
        default=DEFAULT_CONTACT_DAYS,
        description="Leave out customers contacted within this many days; 0 disables this.",
    )


class CampaignPath(DescribedOnce):
    """A campaign, by id."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    id: str = Field(description="Id of the campaign.")


class MemberKind(StrEnum):
    """Customers of the frozen group to list."""

    TREATED = "treated"
    HELD_OUT = "held_out"
    LEFT_OUT = "left_out"


class MembersQuery(PageQuery):
    """Filter and format of a list of customers of the frozen group."""

    kind: MemberKind | SkipJsonSchema[None] = Field(
        default=None,
        description="Only the treated, the held out or those left out; all where left out.",
        json_schema_extra=no_default,
    )
    format_: ListFormat = Field(
        default=ListFormat.JSON,
        alias="format",
        description="`csv` answers with all of them in one file, whatever the page.",
    )


def group_name(fields: dict[str, Any]) -> dict[str, str]:
    """The parameters that name a group, as text for a link."""
    texts = {True: "true", False: "false"}
    return {
        name: texts[value] if isinstance(value, bool) else str(value)
        for name, value in fields.items()
    }
