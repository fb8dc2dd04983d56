"""Bodies and answers of the routes about thresholds. See `shared.customers.answers` for units."""

from pydantic import AwareDatetime, Field

from shared.customers.answers import ThresholdValues
from shared.segments.segment import Segment
from shared.segments.threshold_version import ThresholdSource
from shared.web.condition_schemas import THRESHOLDS_SCHEMA
from shared.web.models import ApiBody, ApiModel, Money, SettingsProblem


class ThresholdsBody(ApiBody):
    """Thresholds to preview or to set."""

    thresholds: dict[str, object] = Field(
        description="All twelve thresholds, under the names and in the units of an answer: "
        "0 < `slipping_minDays` < `atRisk_minDays` < `churned_minDays`; days and orders are whole "
        "numbers of 1 or more, money is 0 to 10,000,000,000 with at most two decimals.",
        json_schema_extra=THRESHOLDS_SCHEMA,
    )


class RollbackBody(ApiBody):
    """The version to restore."""

    version: int = Field(ge=0, strict=True, description="Number of a saved version.")


class ThresholdSettings(ApiModel):
    """The thresholds in force."""

    org_id: str = Field(description="The organisation.")
    version: int = Field(
        description="Number of the version in force; 0 for thresholds that were never saved."
    )
    thresholds_version: str = Field(
        description="Identifies the values: equal values have equal versions."
    )
    rules_revision: int = Field(
        description="Increases with every change of thresholds or of a custom segment."
    )
    thresholds: ThresholdValues = Field(description="The values in force.")
    defaults: ThresholdValues = Field(description="The defaults.")
    pending: bool = Field(
        description="Whether the dashboard's loyalty settings hold other values that are about "
        "to be adopted."
    )
    settings_problems: list[SettingsProblem] = Field(
        description="Problems in the dashboard's loyalty settings, which are then not adopted; "
        "usually empty."
    )


class ThresholdVersionModel(ApiModel):
    """A saved version of the thresholds."""

    version: int = Field(description="Number of the version.")
    thresholds_version: str = Field(description="Identifies the values.")
    thresholds: ThresholdValues = Field(description="The values.")
    saved_at: AwareDatetime = Field(description="When it was saved.")
    saved_by: str | None = Field(description="Id of the account that saved it; null if unknown.")
    source: ThresholdSource = Field(
        description="`api`; `dashboard` for values written to the loyalty settings; "
        "`rollback`; `initial` for the values in force before the first version "
        "was saved."
    )
    rolled_back_to: int | None = Field(description="For a rollback, the restored version.")


class ThresholdVersions(ApiModel):
    """Saved versions of the thresholds."""

    org_id: str = Field(description="The organisation.")
    versions: list[ThresholdVersionModel] = Field(description="Newest first.")
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one."
    )


class SegmentChange(ApiModel):
    """Effect of thresholds on one segment."""

    segment: Segment = Field(description="Id of the segment.")
    label: str = Field(description="Name shown to people.")
    count_before: int = Field(description="Customers in it now.")
    count_after: int = Field(description="Customers who would be in it.")
    lifetime_value_before: Money = Field(description="Lifetime value of those in it now.")
    lifetime_value_after: Money = Field(description="Lifetime value of those who would be in it.")


class PreviewCell(ApiModel):
    """Customers by their current and new segment."""

    from_segment: Segment = Field(description="The current segment.")
    to_segment: Segment = Field(description="The new segment.")
    customers: int = Field(description="Number of customers.")
    lifetime_value: Money = Field(description="Their lifetime value.")


class SampleCustomer(ApiModel):
    """An example customer."""

    customer_key: str = Field(description="The customer's id.")
    display_name: str | None = Field(description="Name on the latest order, if any.")
    email: str | None = Field(description="E-mail address, if any.")
    lifetime_value: Money = Field(description="Revenue of counted orders.")
    order_count: int = Field(description="Counted orders.")
    segment: Segment | None = Field(description="The customer's current segment.")


class MovingCustomer(SampleCustomer):
    """A customer who would change segment."""

    to_segment: Segment = Field(description="The customer's new segment.")


class ThresholdsPreview(ApiModel):
    """The effect that thresholds would have. Nothing was written."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was computed; days are counted up to then.")
    thresholds: ThresholdValues = Field(description="The previewed thresholds.")
    thresholds_version: str = Field(description="Identifies them.")
    total_customers: int = Field(description="Customers with at least one counted order.")
    moving_customers: int = Field(description="Customers who would change segment.")
    moving_lifetime_value: Money = Field(description="Their lifetime value.")
    segments: list[SegmentChange] = Field(description="All eight segments in display order.")
    matrix: list[PreviewCell] = Field(
        description="All 64 pairs of segments, by segment now and then, in display order."
    )
    sample_customers: list[MovingCustomer] = Field(
        description="Up to ten of those who would move, largest lifetime value first."
    )


class ReclassificationStatusModel(ApiModel):
    """Progress of evaluating customers under the rules in force."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was read.")
    status: str = Field(
        description="`idle`: nothing was ever changed; `running`; `complete`: every customer is "
        "evaluated under the rules in force."
    )
    settled: bool = Field(
        description="Whether no instance can still hold earlier rules in memory. A final pass "
        "runs some minutes after `complete`."
    )
    rules_revision: int = Field(description="The revision being evaluated.")
    thresholds_version: str = Field(description="Identifies the thresholds in force.")
    processed: int = Field(description="Customers processed so far.")
    total: int | None = Field(description="Customers when it began; null before.")
    moved: int = Field(
        description="Customers who changed a segment, built-in or custom. Those moved right "
        "before an interruption are not included."
    )
    failed: int = Field(
        description="Customers who could not be read or stored in the last pass: they stay "
        "unchanged, and `outdated` includes them."
    )
    outdated: int = Field(
        description="Customers currently counted under rules other than those in force."
    )
    pending_revision: int | None = Field(
        description="The newest rules saved while earlier ones were being evaluated: once that "
        "has completed, one evaluation for all changes follows. Otherwise null."
    )
    last_error: str | None = Field(
        description="Type of the error that stopped the evaluation, until it resumes; otherwise "
        "null."
    )
    started_at: AwareDatetime | None = Field(
        description="When the rules changed, or the evaluation restarted."
    )
    updated_at: AwareDatetime | None = Field(description="Time of the last progress.")
    completed_at: AwareDatetime | None = Field(description="When it completed.")
