"""What the routes about segments answer."""

from typing import Literal

from pydantic import AwareDatetime, Field

from shared.segments.segment import Segment
from shared.web.models import ApiModel, Money, SettingsProblem


class SegmentSummary(ApiModel):
    """One segment of an organisation."""

    id: Segment = Field(description="Id of the segment.")
    label: str = Field(description="Name shown to people.")
    description: str = Field(description="One sentence for people.")
    count: int = Field(description="Customers in the segment at `asOf`.")
    share: float | None = Field(
        description="`count` ÷ `totalCustomers`, 0 to 1; null where there are no customers."
    )
    lifetime_value: Money | None = Field(
        description="Revenue of the segment's customers' counted orders up to `asOf`; null on the "
        "basis `recorded`, which records customers and no amounts."
    )
    average_order_value: Money | None = Field(
        description="`lifetimeValue` ÷ counted orders of the segment's customers, in whole cents; "
        "null where there are no orders or no `lifetimeValue`."
    )


class CountedUnder(ApiModel):
    """Customers who were evaluated under the same rules."""

    thresholds_version: str = Field(description="Names the thresholds.")
    rules_revision: int = Field(description="The revision of thresholds and custom segments.")
    customers: int = Field(description="How many they are.")


class CustomSegmentCount(ApiModel):
    """One custom segment of an organisation."""

    id: str = Field(description="Id of the custom segment.")
    count: int = Field(description="Customers in it at `asOf`.")
    lifetime_value: Money | None = Field(
        description="Revenue of all counted orders of its customers; null for a past instant."
    )


class Segments(ApiModel):
    """How an organisation's customers spread over the segments."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(
        description="The instant that the numbers are right for: when this was read, or an earlier "
        "one where `stale` is true; `at` for a past instant."
    )
    basis: Literal["current", "recorded", "restated"] = Field(
        description="`current` without `at`: what is in force now. `recorded`: what was in force "
        "at `asOf`, as the recorded steps tell it. `restated`: what the orders known today say "
        "about `asOf`, under the thresholds of today."
    )
    stale: bool = Field(
        description="Whether customers whose segment changes with time alone have not been moved "
        "yet, as happens for some minutes, or customers are still to be evaluated under changed "
        "rules (see `countedUnder`). In the first case the numbers are right for the instant "
        "`asOf`, at which the first of these changes came, with all orders since. For a past "
        "instant on the basis `recorded`: whether changes by time that had come by then are still "
        "to be recorded."
    )
    total_customers: int = Field(
        description="Customers with at least one counted order; each is in exactly one segment."
    )
    thresholds_version: str = Field(
        description="Names the thresholds in force; equal values have equal versions."
    )
    rules_revision: int = Field(
        description="The revision of thresholds and custom segments in force."
    )
    counted_under: list[CountedUnder] = Field(
        description="The rules that the counts belong to: one entry, but while a change of rules "
        "is making its way through the customers."
    )
    settings_problems: list[SettingsProblem] = Field(
        description="Stored settings that are refused; what was in force before them still is. "
        "Empty as a rule."
    )
    segments: list[SegmentSummary] = Field(
        description="All eight segments in display order, empty ones included."
    )
    custom_segments: list[CustomSegmentCount] | None = Field(
        description="Custom segments by id: those that hold anybody now, and for a past instant, "
        "with `include=customSegments`, all existing ones. They overlap, see "
        "`/v1/custom-segments`. Null for a past instant where they are not asked for."
    )
