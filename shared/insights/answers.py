"""Answers about insights. See `shared.customers.answers` for units."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from shared.insights.cards import Severity
from shared.insights.insight_card import Trend, WordingSource
from shared.insights.numbers import Availability
from shared.insights.wording import Fallback
from shared.web.models import ApiBody, ApiModel, Money

Unit = Literal["customers", "currency", "days", "orders", "records", "rate", "units", "times"]


class Rating(StrEnum):
    """A user's rating of a card."""

    UP = "up"
    DOWN = "down"


class InsightsStatus(StrEnum):
    """Whether insights exist."""

    PENDING = "pending"
    READY = "ready"


class InsightFact(ApiModel):
    """A number cited by a card, with links to its source."""

    id: str = Field(description="Name of the fact; stable across answers.")
    label: str = Field(description="Label for people.")
    value: int | float = Field(description="The number, unrounded.")
    unit: Unit = Field(description="Unit of the number.")
    shown: str = Field(description="The number in words, rounded, with its unit.")
    change: str | None = Field(
        description="The change from the compared value, in words; null without a comparison."
    )
    definition: str = Field(description="Its definition, as a link within the documentation.")
    source: str = Field(description="Path of the document or collection it was read from.")
    computed_at: AwareDatetime = Field(description="When it was computed, or read.")
    page: str = Field(description="Path of the dashboard page that shows it.")
    api: str = Field(description="Path of this API that returns it.")
    query: dict[str, str] = Field(description="Parameters for both.")


class Insight(ApiModel):
    """One card. Every number in its texts is one of `facts`."""

    id: str = Field(description="Kind of the card; stable across answers.")
    category: str = Field(description="Always `customer`.")
    agent_id: str = Field(description="Id of the agent that the dashboard shows with it.")
    agent_name: str = Field(description="Name of that agent.")
    title: str = Field(description="The topic.")
    headline: str = Field(description="The finding, in one line.")
    subtext: str = Field(description="The background and what to do, in one or more sentences.")
    value: str = Field(description="The number to display prominently, rounded.")
    unit: Unit = Field(description="Unit of that number.")
    trend: Trend | None = Field(description="Direction of the number; null without a comparison.")
    trend_value: str | None = Field(
        description=("Size of the change, in words; null without a comparison.")
    )
    severity: Severity = Field(description="Its urgency.")
    actionable: bool = Field(description="Whether there is an action to take.")
    cta_label: str = Field(description="Label of its button.")
    segment: dict[str, Any] | None = Field(
        description="The customers concerned, as the body of `POST /v1/custom-segments`; null if "
        "it does not concern customers."
    )
    facts: list[InsightFact] = Field(description="The facts behind it.")
    at_stake: Money = Field(
        description="The sort key of cards: past revenue that is at risk, or that acting could "
        "increase."
    )
    data_source: str = Field(description="Always `insights`.")
    source: WordingSource = Field(
        description="Who worded it: `claude`, which chose the words around the numbers, or `rules`."
    )
    last_updated: AwareDatetime = Field(description="Equal to `generatedAt`.")
    generated_at: AwareDatetime = Field(description="When it was generated.")
    valid_until: AwareDatetime = Field(description="When its numbers expire.")
    stale: bool = Field(description="Whether it has expired or insights are no longer generated.")


class WordingTokens(ApiModel):
    """Tokens used by the calls to Claude."""

    input: int = Field(description="Prompt tokens, excluding those read from the cache.")
    cached: int = Field(description="Prompt tokens read from the cache.")
    output: int = Field(description="Answer tokens.")


class Wording(ApiModel):
    """How the texts were last worded."""

    source: WordingSource = Field(
        description="`claude` if it worded any of them; each card has its own source."
    )
    reason: Fallback | None = Field(
        description="Reason why Claude did not word all of them; null if it did."
    )
    prompt_version: str = Field(description="Identifies the prompt.")
    model: str | None = Field(description="The model; null if Claude was not to be used.")
    tokens: WordingTokens = Field(
        description="Tokens used; none for texts whose facts are unchanged."
    )


class OverviewText(ApiModel):
    """A paragraph summarising the cards, for the top of the analytics page."""

    text: str = Field(description="The paragraph; its numbers are facts of the cards.")
    source: WordingSource = Field(description="Author of the wording.")


class MissingNumbers(ApiModel):
    """Numbers that no card is based on, because they cannot be used now."""

    source: str = Field(description="Source of the numbers, such as `churn`.")
    reason: Availability = Field(description="Why.")


class Insights(ApiModel):
    """Today's insights, in at most six cards."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was read.")
    status: InsightsStatus = Field(
        description="`pending` until they are made for the first time, within an hour of the "
        "first order, or by `POST /v1/insights:refresh`."
    )
    generated_at: AwareDatetime | None = Field(
        description="When they were generated; null if never. Unchanged cards are not generated "
        "again."
    )
    valid_until: AwareDatetime | None = Field(
        description="When their numbers expire; null if there are none."
    )
    stale: bool = Field(
        description="Whether they have expired, are missing, or are no longer generated."
    )
    wording: Wording | None = Field(description="Their wording; null if there are none.")
    overview: OverviewText | None = Field(
        description=("A paragraph summarising them; null without cards.")
    )
    insights: list[Insight] = Field(
        description="By `atStake`, largest first, then by severity. Empty if no fact justifies a "
        "card, which is not an error."
    )
    missing: list[MissingNumbers] = Field(
        description="Numbers that could not be used. Cards based on other numbers are present."
    )


class FeedbackBody(ApiBody):
    """A user's rating of a card."""

    rating: Rating = Field(description="`up` or `down`.")


class InsightFeedback(ApiModel):
    """A stored rating. A later one by the same account replaces it."""

    insight_id: str = Field(description="The card.")
    rating: Rating = Field(description="The rating.")
    created_at: AwareDatetime = Field(description="When it was given.")
