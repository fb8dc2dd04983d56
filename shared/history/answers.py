"""Answers of the routes about the past. See `shared.customers.answers` for units."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from shared.customers.answers import CustomerProfile, RecentOrder
from shared.segments.segment import Segment
from shared.web.models import ApiModel

PLACE = "Id of a segment, or `none`: not yet in one, or no longer."
BASIS = (
    "`recorded`: the segments in force then, from the recorded transitions. `restated`: "
    "recomputed from today's orders under today's thresholds."
)

STALE = (
    "Whether transitions by time are still to be recorded, which takes minutes: recent numbers "
    "may still change. Always false on the basis `restated`."
)


class TimelineStep(ApiModel):
    """A transition to another segment, or of custom segments only: then `from` and `to` are
    equal."""

    number: int = Field(description="1 for the customer's first transition.")
    from_: Segment | None = Field(alias="from", description="The segment before; null for none.")
    to: Segment | None = Field(description="The segment from then on; null for none.")
    entered: list[str] = Field(description="Ids of custom segments that the customer entered.")
    left: list[str] = Field(description="Ids of custom segments that the customer left.")
    effective_at: AwareDatetime = Field(description="When it took effect.")
    recorded_at: AwareDatetime = Field(description="When it was recorded.")
    cause: str = Field(description="The cause, in words.")
    order_id: str | None = Field(
        description="The order that caused it; null if something else did."
    )


class TimelineEntry(ApiModel):
    """An order or a transition."""

    kind: Literal["order", "step"] = Field(description="Names the field that is set.")
    at: AwareDatetime = Field(
        description="When the order was placed or the transition took effect; the sort key."
    )
    order: RecentOrder | None = Field(description="The order, whether or not it counts.")
    step: TimelineStep | None = Field(description="The transition.")


class Timeline(ApiModel):
    """One page of a customer's timeline."""

    org_id: str = Field(description="The organisation.")
    customer_key: str = Field(description="The customer.")
    as_of: AwareDatetime = Field(description="When this was read.")
    entries: list[TimelineEntry] = Field(
        description="Newest first; at the same instant transitions precede orders, since they "
        "follow from them."
    )
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one."
    )


class Movement(ApiModel):
    """One segment in one interval: `opening` + `entered` − `left` = `count`."""

    id: str = Field(description="Id of the segment or custom segment.")
    opening: int = Field(description="Customers in it when the interval began.")
    entered: int = Field(description="Arrivals; a customer who leaves and returns counts twice.")
    left: int = Field(description="Times that customers left it.")
    count: int = Field(description="Customers in it at the interval's end.")


class IntervalCounts(ApiModel):
    """One interval."""

    first_day: date = Field(alias="from", description="First day, in `timeZone`.")
    last_day: date = Field(alias="to", description="Last day, in `timeZone`.")
    partial: bool = Field(
        description="Whether the interval is incomplete: part of the week or month is outside "
        "the requested range, or the last day is not over."
    )
    total_customers: int = Field(description="Customers in any segment at the interval's end.")
    segments: list[Movement] = Field(description="All eight segments in display order.")
    custom_segments: list[Movement] | None = Field(
        description="Existing custom segments by id; null without `include=customSegments`."
    )


class SegmentHistory(ApiModel):
    """Customers by segment over time."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was read; determines today.")
    time_zone: str = Field(description="The organisation's IANA time zone, which days are in.")
    basis: Literal["recorded", "restated"] = Field(description=BASIS)
    interval: Literal["day", "week", "month"] = Field(description="Length of an interval.")
    stale: bool = Field(description=STALE)
    intervals: list[IntervalCounts] = Field(description="Oldest first, without gaps.")


class PlaceCount(ApiModel):
    """Customers in one segment."""

    segment: Segment = Field(description="Id of the segment.")
    customers: int = Field(description="Customers in it.")


class MatrixCell(ApiModel):
    """Customers by segment at the opening and at the closing."""

    from_: str = Field(alias="from", description="Opening: " + PLACE)
    to: str = Field(description="Closing: " + PLACE)
    customers: int = Field(description="Customers who moved so.")


class Transitions(ApiModel):
    """Transitions between segments over a period.

    The cells of one `from` sum to that segment's `opening`, the cells of one `to` to its `closing`,
    and total `opening` + `arrived` − `left` equals total `closing`.
    """

    org_id: str = Field(description="The organisation.")
    opening_at: AwareDatetime = Field(description="The instant of the opening counts.")
    closing_at: AwareDatetime = Field(description="The instant of the closing counts.")
    basis: Literal["recorded", "restated"] = Field(description=BASIS)
    stale: bool = Field(description=STALE)
    opening: list[PlaceCount] = Field(description="All eight segments in display order.")
    closing: list[PlaceCount] = Field(description="All eight segments in display order.")
    arrived: int = Field(
        description="Customers in no segment at the opening but in one at the closing: the sum "
        "of the row `none`."
    )
    left: int = Field(
        description="Customers in a segment at the opening and in none at the closing: the sum of "
        "the column `none`."
    )
    cells: list[MatrixCell] = Field(
        description="All cells, row by row, including empty ones. `none` to `none` is omitted: "
        "it would be everyone who is not a customer."
    )


class TransitionCustomer(ApiModel):
    """One customer of a cell."""

    opening_segment: Segment | None = Field(description="Segment at the opening; null for none.")
    closing_segment: Segment | None = Field(description="Segment at the closing; null for none.")
    customer: CustomerProfile = Field(description="The customer as of now.")


class TransitionCustomers(ApiModel):
    """One page of the customers of a cell."""

    org_id: str = Field(description="The organisation.")
    opening_at: AwareDatetime = Field(description="The instant of the opening.")
    closing_at: AwareDatetime = Field(description="The instant of the closing.")
    customers: list[TransitionCustomer] = Field(
        description="Customers by key. A page may have fewer than `pageSize`, or none, even if "
        "more follow: see `nextPageToken`."
    )
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one."
    )
