"""Answers about churn, monthly transitions and scores. See `shared.customers.answers` for units."""

from pydantic import AwareDatetime, Field

from shared.churn.rfm import Dimension
from shared.history.answers import MatrixCell, PlaceCount
from shared.segments.segment import Segment
from shared.web.computed import NULL_UNTIL_COMPUTED, ComputedAnswer
from shared.web.models import ApiModel, Money


class SegmentChurn(ApiModel):
    """Customers in one segment when the period began."""

    segment: Segment = Field(description="Id of that segment.")
    not_churned_at_start: int = Field(description="Customers in it when the period began.")
    churned: int = Field(description="Of `notChurnedAtStart`, customers churned at the end.")
    churn_rate: float | None = Field(
        description="`churned` ÷ `notChurnedAtStart`, 0 to 1; null if that is 0."
    )
    churned_and_won_back: int = Field(
        description="Customers of `notChurnedAtStart` who were churned at some time in the period "
        "but not at its end."
    )


class ChurnAnswer(ComputedAnswer):
    """Customers lost in a period: the last `days` × 24 hours up to `computedAt`.

    All numbers are restated: recomputed from the orders known at `computedAt`, under the thresholds
    in force then.
    """

    days: int = Field(description="Length of the period, in days of 24 hours.")
    from_: AwareDatetime | None = Field(
        alias="from",
        description=f"The opening: customers are as of this instant; {NULL_UNTIL_COMPUTED}.",
    )
    to: AwareDatetime | None = Field(
        description=f"The closing, equal to `computedAt`; {NULL_UNTIL_COMPUTED}."
    )
    thresholds_version: str | None = Field(
        description=f"Identifies the thresholds it was computed with; {NULL_UNTIL_COMPUTED}."
    )
    not_churned_at_start: int | None = Field(
        description=f"Customers who were not churned at `from`; {NULL_UNTIL_COMPUTED}."
    )
    churned: int | None = Field(
        description="Customers of `notChurnedAtStart` who were churned at `to`; "
        f"{NULL_UNTIL_COMPUTED}."
    )
    churn_rate: float | None = Field(
        description="`churned` ÷ `notChurnedAtStart`, 0 to 1; null if that is 0 or null."
    )
    churned_and_won_back: int | None = Field(
        description="Customers of `notChurnedAtStart` who were churned at some time in the period "
        f"but not at `to`; {NULL_UNTIL_COMPUTED}."
    )
    churned_at_start: int | None = Field(
        description=f"Customers who were churned at `from`; {NULL_UNTIL_COMPUTED}."
    )
    won_back: int | None = Field(
        description="Customers of `churnedAtStart` who were not churned at `to`; "
        f"{NULL_UNTIL_COMPUTED}."
    )
    new_customers: int | None = Field(
        description="Customers whose first order was placed after `from` and up to `to`, who are "
        f"not part of `notChurnedAtStart`; {NULL_UNTIL_COMPUTED}."
    )
    new_customers_churned: int | None = Field(
        description=f"Customers of `newCustomers` who were churned at `to`; {NULL_UNTIL_COMPUTED}."
    )
    by_segment: list[SegmentChurn] | None = Field(
        description="By segment at `from`, in display order, all but churned; they add up to the "
        f"numbers above. Null unless requested with `by`; {NULL_UNTIL_COMPUTED}."
    )


class ScoreBand(ApiModel):
    """Customers with one score in one dimension."""

    dimension: Dimension = Field(description="Dimension of the score.")
    score: int = Field(description="From 1, the worst fifth, to 5.")
    customers: int = Field(description="Customers with this score.")
    least: float = Field(
        description="Smallest value with this score: days of recency, orders, or an amount."
    )
    most: float = Field(description="Largest value with this score.")


class RfmCell(ApiModel):
    """Customers with the same three scores."""

    recency: int = Field(description="Recency score, 1 to 5; 5 ordered most recently.")
    frequency: int = Field(description="Frequency score, 1 to 5; 5 ordered most often.")
    monetary: int = Field(description="Monetary score, 1 to 5; 5 spent the most.")
    customers: int = Field(description="Customers with these scores.")
    orders: int = Field(description="Their orders, all time.")
    revenue: Money = Field(description="Their revenue less refunds, all time.")
    mean_recency_days: float = Field(
        description="Whole 24-hour days since their last orders, on average."
    )


class Rfm(ComputedAnswer):
    """Customers by recency, frequency and monetary value, in fifths.

    A score is 1 + the integer part of 5 × the share of customers who are worse: who ordered longer
    ago in whole 24-hour days, less often, or for less. Equal values therefore have equal scores,
    and if many customers share a value, some scores have no customers. Over all counted orders of
    known customers up to `computedAt`.
    """

    customers: int | None = Field(
        description=f"Customers with at least one order; {NULL_UNTIL_COMPUTED}."
    )
    bands: list[ScoreBand] | None = Field(
        description="Meaning of the scores, by dimension and score; scores without customers are "
        f"omitted; {NULL_UNTIL_COMPUTED}."
    )
    cells: list[RfmCell] | None = Field(
        description="By recency, frequency and monetary score, lowest first; triples without "
        f"customers are omitted; {NULL_UNTIL_COMPUTED}."
    )


class MonthTransitions(ApiModel):
    """Transitions between segments in one month."""

    month: str = Field(description="The month, such as `2026-01`, in `timeZone`.")
    opening: list[PlaceCount] = Field(
        description="Customers before the month, all eight segments in display order."
    )
    closing: list[PlaceCount] = Field(
        description="Customers at its last instant, all eight segments in display order; the "
        "next month's `opening`."
    )
    new_customers: int = Field(description="Customers whose first order was placed in the month.")
    cells: list[MatrixCell] = Field(
        description="Customers by segment before and after, row by row; empty cells are omitted. "
        "The row `none` is `newCustomers`."
    )


class MonthlyTransitions(ComputedAnswer):
    """Transitions between segments, month by month.

    All numbers are restated: recomputed from the orders known at `computedAt`, under the thresholds
    in force then. A month's numbers may therefore change later.
    """

    time_zone: str | None = Field(
        description=f"The IANA time zone that decided what a month is; {NULL_UNTIL_COMPUTED}."
    )
    thresholds_version: str | None = Field(
        description=f"Identifies the thresholds it was computed with; {NULL_UNTIL_COMPUTED}."
    )
    months: list[MonthTransitions] | None = Field(
        description=f"The last 12 full months, oldest first; {NULL_UNTIL_COMPUTED}."
    )
