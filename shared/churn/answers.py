"""Churn, moves by month and scores on the wire. See `shared.customers.answers` for units."""

from pydantic import AwareDatetime, Field

from shared.churn.rfm import Dimension
from shared.history.answers import MatrixCell, PlaceCount
from shared.segments.segment import Segment
from shared.web.computed import NULL_UNTIL_COMPUTED, ComputedAnswer
from shared.web.models import ApiModel, Money


class SegmentChurn(ApiModel):
    """Customers who were in one segment when the period began."""

    segment: Segment = Field(description="Id of the segment that they were in.")
    not_churned_at_start: int = Field(description="Customers in it when the period began.")
    churned: int = Field(description="Those of them who are churned at its end.")
    churn_rate: float | None = Field(
        description="`churned` ÷ `notChurnedAtStart`, 0 to 1; null where that is 0."
    )
    churned_and_won_back: int = Field(
        description="Those of them who were churned at some time in the period, and are not at its "
        "end."
    )


class ChurnAnswer(ComputedAnswer):
    """How many customers were lost in a period: the last `days` × 24 hours up to `computedAt`.

    All of it is restated: as the orders known at `computedAt` tell it, under the thresholds of
    then.
    """

    days: int = Field(description="Length of the period, in days of 24 hours.")
    from_: AwareDatetime | None = Field(
        alias="from",
        description=f"The opening: customers are as of this instant; {NULL_UNTIL_COMPUTED}.",
    )
    to: AwareDatetime | None = Field(
        description=f"The closing: the same as `computedAt`; {NULL_UNTIL_COMPUTED}."
    )
    thresholds_version: str | None = Field(
        description=f"Names the thresholds it was computed with; {NULL_UNTIL_COMPUTED}."
    )
    not_churned_at_start: int | None = Field(
        description=f"Customers who were not churned at `from`; {NULL_UNTIL_COMPUTED}."
    )
    churned: int | None = Field(
        description=f"Those of `notChurnedAtStart` who are churned at `to`; {NULL_UNTIL_COMPUTED}."
    )
    churn_rate: float | None = Field(
        description="`churned` ÷ `notChurnedAtStart`, 0 to 1; null where that is 0 or null."
    )
    churned_and_won_back: int | None = Field(
        description="Those of `notChurnedAtStart` who were churned at some time in the period, and "
        f"are not at `to`; {NULL_UNTIL_COMPUTED}."
    )
    churned_at_start: int | None = Field(
        description=f"Customers who were churned at `from`; {NULL_UNTIL_COMPUTED}."
    )
    won_back: int | None = Field(
        description=f"Those of `churnedAtStart` who are not churned at `to`; {NULL_UNTIL_COMPUTED}."
    )
    new_customers: int | None = Field(
        description="Customers whose first order was placed after `from` and up to `to`: they are "
        f"no part of `notChurnedAtStart`; {NULL_UNTIL_COMPUTED}."
    )
    new_customers_churned: int | None = Field(
        description=f"Those of `newCustomers` who are churned at `to`; {NULL_UNTIL_COMPUTED}."
    )
    by_segment: list[SegmentChurn] | None = Field(
        description="By segment at `from`, in display order, all but churned: they add up to the "
        f"numbers above. Null unless asked for with `by`, and {NULL_UNTIL_COMPUTED}."
    )


class ScoreBand(ApiModel):
    """Customers who have one score in one dimension."""

    dimension: Dimension = Field(description="The dimension that the score is in.")
    score: int = Field(description="From 1, the worst fifth, to 5.")
    customers: int = Field(description="Customers who have it.")
    least: float = Field(
        description="Smallest value with this score: days of recency, orders, or an amount."
    )
    most: float = Field(description="Largest value with this score.")


class RfmCell(ApiModel):
    """Customers who have the same three scores."""

    recency: int = Field(description="Score of recency, 1 to 5; 5 ordered most recently.")
    frequency: int = Field(description="Score of frequency, 1 to 5; 5 ordered most often.")
    monetary: int = Field(description="Score of revenue, 1 to 5; 5 ordered for most.")
    customers: int = Field(description="Customers who have these scores.")
    orders: int = Field(description="Their orders, all time.")
    revenue: Money = Field(description="Their revenue less refunds, all time.")
    mean_recency_days: float = Field(
        description="Whole 24-hour days since their last orders, on average."
    )


class Rfm(ComputedAnswer):
    """Customers by how recently, how often and for how much they ordered, in fifths.

    A score is 1 + the whole part of 5 × the share of customers who are worse: who ordered longer
    ago in whole 24-hour days, less often, or for less. So equal values have equal scores, and where
    many customers share a value some scores are had by nobody. Over all counted orders up to
    `computedAt` of customers who are known.
    """

    customers: int | None = Field(
        description=f"Customers with at least one order; {NULL_UNTIL_COMPUTED}."
    )
    bands: list[ScoreBand] | None = Field(
        description="What the scores stand for, by dimension and score; scores that nobody has are "
        f"left out; {NULL_UNTIL_COMPUTED}."
    )
    cells: list[RfmCell] | None = Field(
        description="By recency, frequency and monetary score, lowest first; triples that nobody "
        f"has are left out; {NULL_UNTIL_COMPUTED}."
    )


class MonthTransitions(ApiModel):
    """Where the customers of each segment were at the end of one month."""

    month: str = Field(description="The month, such as `2026-01`, in `timeZone`.")
    opening: list[PlaceCount] = Field(
        description="Customers before the month, all eight segments in display order."
    )
    closing: list[PlaceCount] = Field(
        description="Customers at its last instant, all eight segments in display order; the "
        "`opening` of the month after."
    )
    new_customers: int = Field(description="Customers whose first order was placed in the month.")
    cells: list[MatrixCell] = Field(
        description="Who was where and is where, row by row; cells with nobody in them are left "
        "out. The row `none` is `newCustomers`."
    )


class MonthlyTransitions(ComputedAnswer):
    """Where the customers of each segment are a month later, month by month.

    All of it is restated: as the orders known at `computedAt` tell it, under the thresholds of
    then. So a month may read otherwise tomorrow.
    """

    time_zone: str | None = Field(
        description=f"The IANA time zone that decided what a month is; {NULL_UNTIL_COMPUTED}."
    )
    thresholds_version: str | None = Field(
        description=f"Names the thresholds it was computed with; {NULL_UNTIL_COMPUTED}."
    )
    months: list[MonthTransitions] | None = Field(
        description=f"The last 12 full months, oldest first; {NULL_UNTIL_COMPUTED}."
    )
