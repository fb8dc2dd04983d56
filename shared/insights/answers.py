"""What insights are answered with. See `shared.customers.answers` for units."""

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
    """What somebody thinks of a card."""

    UP = "up"
    DOWN = "down"


class InsightsStatus(StrEnum):
    """Whether there are any."""

    PENDING = "pending"
    READY = "ready"


class InsightFact(ApiModel):
    """A number that a card rests on, and where it can be looked into."""

    id: str = Field(description="Name of the fact; the same in every answer.")
    label: str = Field(description="What it is, for people.")
    value: int | float = Field(description="The number, not rounded.")
    unit: Unit = Field(description="What the number counts.")
    shown: str = Field(description="The number in words, rounded, with everything that it counts.")
    change: str | None = Field(
        description="The change against what it is compared with, in words; null without one."
    )
    definition: str = Field(description="Where it is defined: a link within the documentation.")
    source: str = Field(description="Path of the document or collection that it was read from.")
    computed_at: AwareDatetime = Field(description="When it was computed, or read.")
    page: str = Field(description="Path of the dashboard's page that shows it.")
    api: str = Field(description="Path of this API that gives it.")
    query: dict[str, str] = Field(description="Parameters for both.")


class Insight(ApiModel):
    """One card. Every number in its texts is one of `facts`."""

    id: str = Field(description="Kind of the card; the same in every answer.")
    category: str = Field(description="Always `customer`.")
    agent_id: str = Field(description="Id of the agent that the dashboard shows beside it.")
    agent_name: str = Field(description="Name of that agent.")
    title: str = Field(description="What it is about.")
    headline: str = Field(description="What to know, in one line.")
    subtext: str = Field(description="What is behind it, and what to do, in a sentence or more.")
    value: str = Field(description="The number to show large, rounded.")
    unit: Unit = Field(description="What that number counts.")
    trend: Trend | None = Field(description="Where the number goes; null without a comparison.")
    trend_value: str | None = Field(description="By how much, in words; null without one.")
    severity: Severity = Field(description="How urgent it is.")
    actionable: bool = Field(description="Whether something can be done about it.")
    cta_label: str = Field(description="What its button says.")
    segment: dict[str, Any] | None = Field(
        description="Whom it is about, as the body of `POST /v1/custom-segments`; null where it is "
        "not about customers."
    )
    facts: list[InsightFact] = Field(description="The numbers behind it.")
    at_stake: Money = Field(
        description="What cards are sorted by: revenue of the past that is likely to end, or that "
        "acting could add to."
    )
    data_source: str = Field(description="Always `insights`.")
    source: WordingSource = Field(
        description="Who worded it: `claude`, which chose the words around the numbers, or `rules`."
    )
    last_updated: AwareDatetime = Field(description="The same as `generatedAt`.")
    generated_at: AwareDatetime = Field(description="When it was made.")
    valid_until: AwareDatetime = Field(description="Until when its numbers pass for current.")
    stale: bool = Field(description="Whether that is over, or no more insights are made.")


class WordingTokens(ApiModel):
    """What the calls of Claude have used."""

    input: int = Field(description="Tokens of the prompts, without those read from the cache.")
    cached: int = Field(description="Tokens of the prompts that were read from the cache.")
    output: int = Field(description="Tokens of the answers.")


class Wording(ApiModel):
    """How texts were worded when they were last made."""

    source: WordingSource = Field(
        description="`claude` where it worded any of them; each card says for itself."
    )
    reason: Fallback | None = Field(
        description="Why Claude did not word all of them; null where it did."
    )
    prompt_version: str = Field(description="Names the prompt.")
    model: str | None = Field(description="The model; null where Claude was not to be asked.")
    tokens: WordingTokens = Field(
        description="What that has used; nothing for texts whose facts are as they were."
    )


class OverviewText(ApiModel):
    """A paragraph over everything that the cards say, for the head of the analytics page."""

    text: str = Field(description="The paragraph; its numbers are facts of the cards.")
    source: WordingSource = Field(description="Who worded it.")


class MissingNumbers(ApiModel):
    """Numbers that no card rests on, since they cannot be used now."""

    source: str = Field(description="Which ones, such as `churn`.")
    reason: Availability = Field(description="Why.")


class Insights(ApiModel):
    """What to know today, at most six cards."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read.")
    status: InsightsStatus = Field(
        description="`pending` until they are made for the first time, within an hour of the "
        "first order, or by `POST /v1/insights:refresh`."
    )
    generated_at: AwareDatetime | None = Field(
        description="When they were made; null where they never were. What has not changed since "
        "is not made again."
    )
    valid_until: AwareDatetime | None = Field(
        description="Until when their numbers pass for current; null where there are none."
    )
    stale: bool = Field(
        description="Whether they are older than that, were never made, or no more are made."
    )
    wording: Wording | None = Field(description="How they are worded; null where there are none.")
    overview: OverviewText | None = Field(description="A paragraph over them; null without cards.")
    insights: list[Insight] = Field(
        description="By `atStake`, largest first, then by severity. Empty where no fact justifies "
        "any, which is no error."
    )
    missing: list[MissingNumbers] = Field(
        description="Numbers that could not be used. Cards that rest on others are there."
    )


class FeedbackBody(ApiBody):
    """What somebody thinks of a card."""

    rating: Rating = Field(description="`up` or `down`.")


class InsightFeedback(ApiModel):
    """A rating that was noted. Another one by the same account takes its place."""

    insight_id: str = Field(description="The card.")
    rating: Rating = Field(description="The rating.")
    created_at: AwareDatetime = Field(description="When it was given.")
