"""What the routes about thresholds take and answer. See `shared.customers.answers` for units."""

from pydantic import AwareDatetime, Field

from shared.customers.answers import ThresholdValues
from shared.segments.segment import Segment
from shared.segments.threshold_version import ThresholdSource
from shared.web.models import ApiBody, ApiModel, Money, SettingsProblem


class ThresholdsBody(ApiBody):
    """Thresholds to look at or to put in force."""

    thresholds: dict[str, object] = Field(
        description="All twelve thresholds, under the names and in the units of an answer: "
        "0 < `slipping_minDays` < `atRisk_minDays` < `churned_minDays`; days and orders are whole "
        "numbers of 1 or more, money is 0 to 10,000,000,000 with at most two decimals.",
    )


class RollbackBody(ApiBody):
    """Which version to go back to."""

    version: int = Field(ge=0, strict=True, description="Number of a saved version.")


class ThresholdSettings(ApiModel):
    """The thresholds in force."""

    org_id: str = Field(description="The organisation this is about.")
    version: int = Field(
        description="Number of the version in force; 0 for thresholds that were never saved."
    )
    thresholds_version: str = Field(
        description="Names the values: equal values have equal names, whoever saved them."
    )
    rules_revision: int = Field(
        description="Grows with every change of thresholds or of a custom segment."
    )
    thresholds: ThresholdValues = Field(description="The values in force.")
    defaults: ThresholdValues = Field(description="What is in force where nothing is set.")
    pending: bool = Field(
        description="Whether the dashboard's loyalty settings hold other values that are about to "
        "be taken over."
    )
    settings_problems: list[SettingsProblem] = Field(
        description="What is invalid in the dashboard's loyalty settings, which are then not taken "
        "over; empty as a rule."
    )


class ThresholdVersionModel(ApiModel):
    """A saved version of the thresholds."""

    version: int = Field(description="Number of the version.")
    thresholds_version: str = Field(description="Names the values.")
    thresholds: ThresholdValues = Field(description="The values.")
    saved_at: AwareDatetime = Field(description="When it was saved.")
    saved_by: str | None = Field(
        description="Id of the account that saved it; null where nobody's is known."
    )
    source: ThresholdSource = Field(
        description="`api`; `dashboard` for values written to the loyalty settings; `rollback`; "
        "`initial` for what was in force before the first version was saved."
    )
    rolled_back_to: int | None = Field(
        description="For a rollback, the version whose values these are again."
    )


class ThresholdVersions(ApiModel):
    """Saved versions of the thresholds."""

    org_id: str = Field(description="The organisation this is about.")
    versions: list[ThresholdVersionModel] = Field(description="Newest first.")
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one."
    )


class SegmentChange(ApiModel):
    """What thresholds would make of one segment."""

    segment: Segment = Field(description="Id of the segment.")
    label: str = Field(description="Name shown to people.")
    count_before: int = Field(description="Customers in it now.")
    count_after: int = Field(description="Customers that would be in it.")
    lifetime_value_before: Money = Field(description="Lifetime value of those in it now.")
    lifetime_value_after: Money = Field(description="Lifetime value of those that would be in it.")


class PreviewCell(ApiModel):
    """Customers who are in one segment and would be in another, or in the same."""

    from_segment: Segment = Field(description="The segment that they are in now.")
    to_segment: Segment = Field(description="The segment that they would be in.")
    customers: int = Field(description="How many they are.")
    lifetime_value: Money = Field(description="Their lifetime value.")


class SampleCustomer(ApiModel):
    """A customer as an example."""

    customer_key: str = Field(description="The customer's id.")
    display_name: str | None = Field(description="Name on the latest order, where there is one.")
    email: str | None = Field(description="E-mail address, where there is one.")
    lifetime_value: Money = Field(description="Revenue of counted orders.")
    order_count: int = Field(description="Counted orders.")
    segment: Segment | None = Field(description="The segment that the customer is in now.")


class MovingCustomer(SampleCustomer):
    """A customer who would be in another segment."""

    to_segment: Segment = Field(description="The segment that the customer would be in.")


class ThresholdsPreview(ApiModel):
    """What thresholds would do. Nothing was written."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(
        description="When it was worked out, and what days are counted to."
    )
    thresholds: ThresholdValues = Field(description="The thresholds that were looked at.")
    thresholds_version: str = Field(description="Names them.")
    total_customers: int = Field(description="Customers with at least one counted order.")
    moving_customers: int = Field(description="Those who would be in another segment.")
    moving_lifetime_value: Money = Field(description="Their lifetime value.")
    segments: list[SegmentChange] = Field(description="All eight segments in display order.")
    matrix: list[PreviewCell] = Field(
        description="All 64 pairs of segments, by segment now and then, in display order."
    )
    sample_customers: list[MovingCustomer] = Field(
        description="Up to ten of those who would move, largest lifetime value first."
    )


class ReclassificationStatusModel(ApiModel):
    """How far the customers have been evaluated under the rules in force."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read.")
    status: str = Field(
        description="`idle`: nothing was ever changed; `running`; `complete`: every customer is "
        "evaluated under the rules in force."
    )
    settled: bool = Field(
        description="Whether nothing can still work with earlier rules that it has in memory. A "
        "last look follows some minutes after `complete`."
    )
    rules_revision: int = Field(description="The revision of the rules that this is about.")
    thresholds_version: str = Field(description="Names the thresholds in force.")
    processed: int = Field(description="Customers looked at so far.")
    total: int | None = Field(description="Customers there were when it began; null before that.")
    moved: int = Field(
        description="Customers seen to change a segment, built-in or custom. Those who were moved "
        "just before the work was cut short are not among them."
    )
    failed: int = Field(
        description="Customers who cannot be read or stored, at the last look: they stay as they "
        "were, and `outdated` counts them as long as they do."
    )
    outdated: int = Field(
        description="Customers who are counted under other rules than those in force, now."
    )
    pending_revision: int | None = Field(
        description="The newest rules that were saved while earlier ones were being evaluated: "
        "when that has gone through all customers, it starts over, once for all changes. Else null."
    )
    last_error: str | None = Field(
        description="Why nobody goes on, until somebody does: the kind of error. Else null."
    )
    started_at: AwareDatetime | None = Field(
        description="When the rules were changed, or when it started over."
    )
    updated_at: AwareDatetime | None = Field(description="When this last went on.")
    completed_at: AwareDatetime | None = Field(description="When it was complete.")
