"""Answers of the routes about cohorts. See `shared.customers.answers` for units."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, Field

from shared.cohorts.cohorts import Breakdown, Mode
from shared.cohorts.period import Granularity
from shared.customers.answers import CustomerProfile
from shared.web.computed import ComputedAnswer
from shared.web.condition_schemas import DEFINITION_SCHEMA
from shared.web.models import ApiModel, Money

MODE = (
    "`in`: customers who ordered in period k are retained in it. `onOrAfter`: customers who "
    "ordered in period k or any later one."
)


class CohortPeriod(ApiModel):
    """Activity of a cohort in one period."""

    period: int = Field(description="Periods after the cohort's own, which is 0.")
    label: str = Field(description="The period itself, named as cohorts are.")
    customers: int = Field(description="Customers of the cohort retained according to `mode`.")
    retention: float = Field(description="`customers` ÷ `size`, 0 to 1; 1 in period 0.")
    orders: int = Field(description="Their orders in the period, regardless of the mode.")
    revenue: Money = Field(description="Revenue of these orders, less refunds.")
    cumulative_revenue_per_customer: Money = Field(
        description="Revenue of the cohort up to the end of the period ÷ `size`, in whole cents."
    )
    complete: bool = Field(
        description="Whether the period was over at `computedAt`, in the organisation's time zone."
    )
    may_grow: bool = Field(
        description="Whether `customers` may still grow: in mode `in` until the period is over, "
        "in mode `onOrAfter` until every customer of the cohort has returned."
    )


class CohortRow(ApiModel):
    """The customers whose first counted order was in one period."""

    cohort: str = Field(
        description="The period: `2026-01-31`, `2026-W05` (ISO 8601, weeks from Monday), `2026-01` "
        "or `2026-Q1`."
    )
    value: str | None = Field(
        description="Value of the breakdown, empty if the first order has none; null without a "
        "breakdown."
    )
    size: int = Field(description="Customers of the cohort.")
    periods: list[CohortPeriod | None] = Field(
        description="Period 0 and the following ones, as many as requested; null for future "
        "periods."
    )


class BreakdownValue(ApiModel):
    """One value of a breakdown."""

    value: str = Field(description="The value; empty if the first order has none.")
    customers: int = Field(description="Customers in the kept cohorts.")


class Cohorts(ComputedAnswer):
    """Cohorts and their retention, over counted orders of known customers."""

    as_of: AwareDatetime = Field(description="When this was read.")
    granularity: Granularity = Field(
        description=("Length of a period, in the organisation's time zone.")
    )
    mode: Mode = Field(description=MODE)
    kept_from: str | None = Field(
        description="The first period with cohorts. Customers whose first order was before it "
        "are in no cohort; if that is true of all, `cohorts` is empty. Null if never "
        "computed."
    )
    mean: list[float | None] | None = Field(
        description="Mean retention by period, 0 to 1, weighted by size over the complete cells "
        "of all kept cohorts (of `value`, if given): their retained customers ÷ "
        "their customers. Null for a period without complete cells; null as a whole "
        "if never computed."
    )
    values: list[BreakdownValue] | None = Field(
        description="The 30 most frequent values of the breakdown, by name; null without a "
        "breakdown or if never computed."
    )
    values_found: int | None = Field(
        description="Number of values; if more than in `values`, customers of the others are "
        "omitted from everything shown. Null if `values` is."
    )
    cohorts: list[CohortRow] | None = Field(
        description="Cohorts with customers, newest first; null if never computed."
    )
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one."
    )


class CohortSegment(ApiModel):
    """A body for `POST /v1/custom-segments`."""

    name: str = Field(description="Name shown to people.")
    description: str = Field(description="A sentence for people.")
    definition: dict[str, Any] = Field(
        description="Conditions that exactly the customers of the cell meet.",
        json_schema_extra=DEFINITION_SCHEMA,
    )


class CohortCustomers(ApiModel):
    """One page of the customers of a cell."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was read.")
    cohort: str = Field(description="The cohort.")
    granularity: Granularity = Field(
        description=("Length of a period, in the organisation's time zone.")
    )
    mode: Mode = Field(description=MODE)
    period: int = Field(description="Periods after the cohort's own, which is 0.")
    first_day: date = Field(alias="from", description="First day of the period.")
    last_day: date = Field(alias="to", description="Last day of the period.")
    returned: bool = Field(description="Whether these are the retained customers or all others.")
    breakdown: Breakdown | None = Field(description="The breakdown, if any.")
    value: str | None = Field(
        description="Value of the breakdown, empty for first orders without one; null without a "
        "breakdown."
    )
    customers: list[CustomerProfile] = Field(
        description="Customers by the day of their first order. A page may have fewer than "
        "`pageSize`, or none, even if more follow: see `nextPageToken`."
    )
    segment: CohortSegment = Field(
        description="A custom segment of all customers of the cell, ready to create."
    )
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one."
    )


class CohortMonth(ApiModel):
    """One month of the analytics page."""

    month: str = Field(
        description=("Month of the first counted order, in the organisation's time zone.")
    )
    initial_size: int = Field(description="Customers whose first counted order was in it.")
    retention: list[float | None] = Field(
        description="Share of them with an order in the month and in each of the 11 after it, 0 to "
        "100: the first is 100. The month that was not over when it was computed is among them; "
        "null for future months."
    )
