"""What the routes about the past answer with. See `shared.customers.answers` for units."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from shared.customers.answers import CustomerProfile, RecentOrder
from shared.segments.segment import Segment
from shared.web.models import ApiModel

PLACE = "Id of a segment, or `none`: not yet in one, or no longer."
BASIS = (
    "`recorded`: what was in force, as the recorded steps tell it. `restated`: what the orders "
    "known today say, under the thresholds of today."
)

STALE = (
    "Whether changes by time are still to be recorded, as happens for some minutes: numbers near "
    "the end may then still change. Always false on the basis `restated`."
)


class TimelineStep(ApiModel):
    """A change of the segment, or of custom segments alone: then `from` and `to` are the same."""

    number: int = Field(description="1 for the customer's first step.")
    from_: Segment | None = Field(alias="from", description="The segment before; null for none.")
    to: Segment | None = Field(description="The segment from then on; null for none.")
    entered: list[str] = Field(description="Ids of custom segments that the customer came into.")
    left: list[str] = Field(description="Ids of custom segments that the customer left.")
    effective_at: AwareDatetime = Field(description="When it became true.")
    recorded_at: AwareDatetime = Field(description="When it was noticed.")
    cause: str = Field(description="What made the difference, in words.")
    order_id: str | None = Field(
        description="The order that made the difference; null where it was something else."
    )


class TimelineEntry(ApiModel):
    """An order or a step."""

    kind: Literal["order", "step"] = Field(description="Which of the two fields is set.")
    at: AwareDatetime = Field(
        description="When the order was placed, or the step became true; sorts the list."
    )
    order: RecentOrder | None = Field(description="The order, whether or not it counts.")
    step: TimelineStep | None = Field(description="The step.")


class Timeline(ApiModel):
    """One page of what happened to a customer."""

    org_id: str = Field(description="The organisation this is about.")
    customer_key: str = Field(description="The customer this is about.")
    as_of: AwareDatetime = Field(description="When this was read.")
    entries: list[TimelineEntry] = Field(
        description="Newest first; at one instant steps before orders, as what comes of an order "
        "comes after it."
    )
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one."
    )


class Movement(ApiModel):
    """One segment in one interval: `opening` + `entered` − `left` = `count`."""

    id: str = Field(description="Id of the segment or custom segment.")
    opening: int = Field(description="Customers in it when the interval began.")
    entered: int = Field(
        description="Times that customers came into it; whoever leaves and comes back counts twice."
    )
    left: int = Field(description="Times that customers left it.")
    count: int = Field(description="Customers in it at the interval's end.")


class IntervalCounts(ApiModel):
    """One interval."""

    first_day: date = Field(alias="from", description="First day, in `timeZone`.")
    last_day: date = Field(alias="to", description="Last day, in `timeZone`.")
    partial: bool = Field(
        description="Whether the interval is not whole: days of the week or month are outside of "
        "what was asked for, or the last day is not over yet."
    )
    total_customers: int = Field(description="Customers in any segment at the interval's end.")
    segments: list[Movement] = Field(description="All eight segments in display order.")
    custom_segments: list[Movement] | None = Field(
        description="Existing custom segments by id; null without `include=customSegments`."
    )


class SegmentHistory(ApiModel):
    """Customers by segment over time."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read; decides what today is.")
    time_zone: str = Field(description="The organisation's IANA time zone; decides what a day is.")
    basis: Literal["recorded", "restated"] = Field(description=BASIS)
    interval: Literal["day", "week", "month"] = Field(description="Length of an interval.")
    stale: bool = Field(description=STALE)
    intervals: list[IntervalCounts] = Field(description="Oldest first, with no day left out.")


class PlaceCount(ApiModel):
    """Customers in one segment."""

    segment: Segment = Field(description="Id of the segment.")
    customers: int = Field(description="Customers in it.")


class MatrixCell(ApiModel):
    """Customers by where they were and where they are."""

    from_: str = Field(alias="from", description="Opening: " + PLACE)
    to: str = Field(description="Closing: " + PLACE)
    customers: int = Field(description="Customers who were there and are here.")


class Transitions(ApiModel):
    """Where the customers of each segment are some time later.

    Cells of one `from` sum up to that segment's `opening`, cells of one `to` to its `closing`, and
    the total of `opening` + `arrived` − `left` is the total of `closing`.
    """

    org_id: str = Field(description="The organisation this is about.")
    opening_at: AwareDatetime = Field(description="The instant of the opening counts.")
    closing_at: AwareDatetime = Field(description="The instant of the closing counts.")
    basis: Literal["recorded", "restated"] = Field(description=BASIS)
    stale: bool = Field(description=STALE)
    opening: list[PlaceCount] = Field(description="All eight segments in display order.")
    closing: list[PlaceCount] = Field(description="All eight segments in display order.")
    arrived: int = Field(
        description="Customers in no segment at the opening and in one at the closing: the sum of "
        "the row `none`."
    )
    left: int = Field(
        description="Customers in a segment at the opening and in none at the closing: the sum of "
        "the column `none`."
    )
    cells: list[MatrixCell] = Field(
        description="All cells, row by row, empty ones included. `none` to `none` is not among "
        "them: it would be everybody who is no customer."
    )


class TransitionCustomer(ApiModel):
    """One customer of a cell."""

    opening_segment: Segment | None = Field(description="Segment at the opening; null for none.")
    closing_segment: Segment | None = Field(description="Segment at the closing; null for none.")
    customer: CustomerProfile = Field(description="The customer as of now.")


class TransitionCustomers(ApiModel):
    """One page of the customers of a cell."""

    org_id: str = Field(description="The organisation this is about.")
    opening_at: AwareDatetime = Field(description="The instant of the opening.")
    closing_at: AwareDatetime = Field(description="The instant of the closing.")
    customers: list[TransitionCustomer] = Field(
        description="Customers by key. A page may hold fewer than `pageSize`, or none, with more "
        "to follow: `nextPageToken` tells."
    )
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one."
    )
