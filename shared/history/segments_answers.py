"""Answers of the routes about segments."""

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
        description="`count` ÷ `totalCustomers`, 0 to 1; null if there are no customers."
    )
    lifetime_value: Money | None = Field(
        description="Revenue of the segment's customers' counted orders up to `asOf`; null on "
        "the basis `recorded`, which records customers but no amounts."
    )
    average_order_value: Money | None = Field(
        description="`lifetimeValue` ÷ counted orders of the segment's customers, in whole "
        "cents; null if there are no orders or no `lifetimeValue`."
    )


class CountedUnder(ApiModel):
    """Customers evaluated under the same rules."""

    thresholds_version: str = Field(description="Identifies the thresholds.")
    rules_revision: int = Field(description="The revision of thresholds and custom segments.")
    customers: int = Field(description="Number of customers.")


class CustomSegmentCount(ApiModel):
    """One custom segment of an organisation."""

    id: str = Field(description="Id of the custom segment.")
    count: int = Field(description="Customers in it at `asOf`.")
    lifetime_value: Money | None = Field(
        description="Revenue of all counted orders of its customers; null for a past instant."
    )


class Segments(ApiModel):
    """An organisation's customers by segment."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(
        description="The instant the numbers refer to: when this was read, or an earlier one if "
        "`stale` is true; `at` for a past instant."
    )
    basis: Literal["current", "recorded", "restated"] = Field(
        description="`current` without `at`: the segments in force now. `recorded`: those in "
        "force at `asOf`, from the recorded transitions. `restated`: recomputed for "
        "`asOf` from today's orders under today's thresholds."
    )
    stale: bool = Field(
        description="Whether transitions by time are still to be recorded, which takes minutes, "
        "or customers are still to be evaluated under changed rules (see "
        "`countedUnder`). In the first case the numbers are correct for `asOf`, the "
        "instant of the first such transition, with all orders since. For a past "
        "instant on the basis `recorded`: whether transitions by time before it are "
        "still to be recorded."
    )
    total_customers: int = Field(
        description="Customers with at least one counted order; each is in exactly one segment."
    )
    thresholds_version: str = Field(
        description="Identifies the thresholds in force; equal values have equal versions."
    )
    rules_revision: int = Field(
        description="The revision of thresholds and custom segments in force."
    )
    counted_under: list[CountedUnder] = Field(
        description="The rules that customers are counted under: one entry, or several while "
        "customers are re-evaluated after a change."
    )
    settings_problems: list[SettingsProblem] = Field(
        description="Stored settings that were rejected; the previous values stay in force. "
        "Usually empty."
    )
    segments: list[SegmentSummary] = Field(
        description="All eight segments in display order, including empty ones."
    )
    custom_segments: list[CustomSegmentCount] | None = Field(
        description="Custom segments by id: those with members now or, for a past instant with "
        "`include=customSegments`, all existing ones. They overlap; see "
        "`/v1/custom-segments`. Null for a past instant unless requested."
    )
