"""What suggestions are answered with. See `shared.customers.answers` for units."""

from typing import Literal

from pydantic import AwareDatetime, Field

from shared.insights.answers import Wording
from shared.insights.insight_card import WordingSource
from shared.suggestions.filters import FilterField, FilterOperator
from shared.suggestions.suggestions import PlaybookKind
from shared.web.models import ApiModel, Money

Number = int | float


class SuggestionFilter(ApiModel):
    """One condition of a custom segment."""

    field: FilterField = Field(
        description="What is compared. Days are whole 24-hour days up to `asOf`, 0 for an instant "
        "to come; `segment` is the customer's stored segment; `totalSpent` is money."
    )
    operator: FilterOperator = Field(
        description="How it is compared; the bounds of all operators are inclusive."
    )
    value: str | Number | list[str] | list[Number] = Field(
        description="What it is compared with: a segment id, or a list of them for `in`; a number, "
        "or a list of the least and the most for `between`."
    )


class SuggestionFact(ApiModel):
    """A number that the wording rests on."""

    id: str = Field(description="Name of the fact; the same in every answer.")
    label: str = Field(description="What it is, for people.")
    value: Number = Field(description="The number.")
    unit: Literal["customers", "currency", "days", "orders"] = Field(
        description="What the number counts."
    )


class SegmentSuggestion(ApiModel):
    """A group of customers worth acting on."""

    id: str = Field(description="Id of the kind of suggestion; the same in every answer.")
    name: str = Field(description="Name shown to people.")
    description: str = Field(description="Who is in the group, in one sentence.")
    filters: list[SuggestionFilter] = Field(
        description="Conditions that all hold for each customer of the group, usable as they are "
        "as those of a custom segment that combines with `all`."
    )
    estimated_count: int = Field(
        description="Customers that the filters select at `asOf`: counted, not estimated."
    )
    exact: Literal[True] = Field(description="Whether `estimatedCount` is exact: always true.")
    lifetime_value: Money = Field(
        description="Revenue of all counted orders of these customers, all time."
    )
    reasoning: str = Field(description="Why it is suggested; its numbers are in `facts`.")
    reasoning_source: WordingSource = Field(
        description="Who worded `reasoning`: `claude`, which chose the words around the numbers, "
        "or `rules`. The numbers are those of `asOf` either way."
    )
    facts: list[SuggestionFact] = Field(
        description="Every number in `description` and `reasoning`."
    )
    playbook_kind: PlaybookKind | None = Field(
        description="Kind of playbook that fits; null where none does."
    )
    cta_label: str | None = Field(
        description="What the button for the playbook says: `Create Playbook`; null without a kind."
    )
    status_hint: None = Field(
        description="State of the playbook, which this API does not know: always null."
    )


class Suggestions(ApiModel):
    """Groups of customers worth acting on now."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read; what days are counted to.")
    thresholds_version: str = Field(
        description="Names the thresholds in force, which the filters are made from."
    )
    stale: bool = Field(
        description="Whether a stored segment is over by time and the change is not recorded yet, "
        "which is made up for within minutes, or customers are still to be evaluated under changed "
        "rules. The counts are exact all the same, of segments as stored."
    )
    wording: Wording | None = Field(
        description="How texts were worded when insights were last made, those of suggestions "
        "among them; null where they never were."
    )
    suggestions: list[SegmentSuggestion] = Field(
        description="At most eight, by `lifetimeValue`, largest first; only those that there is "
        "somebody for."
    )
