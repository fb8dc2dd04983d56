"""Answers about suggestions. See `shared.customers.answers` for units."""

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
        description="The compared field. Days are whole 24-hour days up to `asOf`, 0 for a "
        "future instant; `segment` is the customer's stored segment; `totalSpent` is "
        "money."
    )
    operator: FilterOperator = Field(description="Operator; all bounds are inclusive.")
    value: str | Number | list[str] | list[Number] = Field(
        description="The value to compare with: a segment id, or a list of them for `in`; a "
        "number, or a list of minimum and maximum for `between`."
    )


class SuggestionFact(ApiModel):
    """A number cited by the wording."""

    id: str = Field(description="Name of the fact; stable across answers.")
    label: str = Field(description="Label for people.")
    value: Number = Field(description="The number.")
    unit: Literal["customers", "currency", "days", "orders"] = Field(
        description="Unit of the number."
    )


class SegmentSuggestion(ApiModel):
    """A group of customers worth acting on."""

    id: str = Field(description="Id of the kind of suggestion; stable across answers.")
    name: str = Field(description="Name shown to people.")
    description: str = Field(description="The group, in one sentence.")
    filters: list[SuggestionFilter] = Field(
        description="Conditions that every customer of the group meets; usable unchanged in a "
        "custom segment that combines them with `all`."
    )
    estimated_count: int = Field(
        description="Customers that the filters select at `asOf`: counted, not estimated."
    )
    exact: Literal[True] = Field(description="Whether `estimatedCount` is exact: always true.")
    lifetime_value: Money = Field(
        description="Revenue of all counted orders of these customers, all time."
    )
    reasoning: str = Field(description="Reason for the suggestion; `facts` lists its numbers.")
    reasoning_source: WordingSource = Field(
        description="Who worded `reasoning`: `claude`, which chose the words around the numbers, "
        "or `rules`. The numbers are as of `asOf` either way."
    )
    facts: list[SuggestionFact] = Field(
        description="Every number in `description` and `reasoning`."
    )
    playbook_kind: PlaybookKind | None = Field(
        description="Kind of playbook that suits the group; null if none does."
    )
    cta_label: str | None = Field(
        description="Label of the playbook's button: `Create Playbook`; null without a kind."
    )
    status_hint: None = Field(
        description="State of the playbook; always null, as this API does not know it."
    )


class Suggestions(ApiModel):
    """Groups of customers worth acting on now."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was read; days are counted up to then.")
    thresholds_version: str = Field(
        description="Identifies the thresholds in force, which the filters use."
    )
    stale: bool = Field(
        description="Whether transitions by time are still to be recorded, which takes minutes, "
        "or customers are still to be evaluated under changed rules. The counts are "
        "exact for the stored segments either way."
    )
    wording: Wording | None = Field(
        description="Wording of the texts, including those of suggestions, in the last "
        "generated insights; null if never generated."
    )
    suggestions: list[SegmentSuggestion] = Field(
        description="At most eight, by `lifetimeValue`, largest first; only those that match at "
        "least one customer."
    )
