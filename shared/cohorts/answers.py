"""What the routes about cohorts answer with. See `shared.customers.answers` for units."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, Field

from shared.cohorts.cohorts import Granularity, Mode
from shared.customers.answers import CustomerProfile
from shared.web.computed import ComputedStatus
from shared.web.condition_schemas import DEFINITION_SCHEMA
from shared.web.models import ApiModel, Money

MODE = (
    "`in`: a customer is retained in period k who ordered in it. `onOrAfter`: who ordered in it or "
    "in any later one."
)


class CohortPeriod(ApiModel):
    """What the customers of a cohort did in one period."""

    period: int = Field(description="How many periods after the cohort's own, which is 0.")
    label: str = Field(description="The period itself, named as cohorts are.")
    customers: int = Field(description="Customers of the cohort who are retained, by `mode`.")
    retention: float = Field(description="`customers` ÷ `size`, 0 to 1; 1 in period 0.")
    orders: int = Field(description="Their orders in the period, whatever the mode.")
    revenue: Money = Field(description="Revenue of these orders, less refunds.")
    cumulative_revenue_per_customer: Money = Field(
        description="Revenue of the cohort up to the end of the period ÷ `size`, in whole cents."
    )
    complete: bool = Field(
        description="Whether the period was over at `computedAt`, where the organisation is."
    )
    may_grow: bool = Field(
        description="Whether `customers` may still grow: in the mode `in` until the period is "
        "over, in the mode `onOrAfter` for as long as anybody of the cohort has not come back."
    )


class CohortRow(ApiModel):
    """The customers whose first counted order was in one period."""

    cohort: str = Field(
        description="The period: `2026-01-31`, `2026-W05` (ISO 8601, weeks from Monday), `2026-01` "
        "or `2026-Q1`."
    )
    value: str | None = Field(
        description="Value of the breakdown, empty where the first order has none; null without a "
        "breakdown."
    )
    size: int = Field(description="Customers of the cohort.")
    periods: list[CohortPeriod | None] = Field(
        description="Period 0 and those after it, as many as asked for; null for one to come."
    )


class BreakdownValue(ApiModel):
    """One value of a breakdown."""

    value: str = Field(description="The value; empty where the first order has none.")
    customers: int = Field(description="Customers in the cohorts that are kept.")


class Cohorts(ApiModel):
    """Cohorts and who of them came back, over counted orders of known customers."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read.")
    granularity: Granularity = Field(description="Length of a period, where the organisation is.")
    mode: Mode = Field(description=MODE)
    status: ComputedStatus = Field(
        description="`pending` until cohorts have been computed for the first time, `failed` where "
        "the newest attempt failed, and what is shown is that of an earlier one."
    )
    computed_at: AwareDatetime | None = Field(
        description="When what is shown was computed; null where it never was."
    )
    stale: bool = Field(
        description="Whether what is shown is older than it should be, or the newest attempt "
        "failed. It is computed every night."
    )
    last_error: str | None = Field(
        description="Kind of the error by which the newest attempt failed; null where it did not."
    )
    source_rows: int | None = Field(
        description="Counted orders that it was computed from; null where it never was."
    )
    lag_seconds: int | None = Field(
        description="Seconds from when it was due to when it was computed; null where it never was."
    )
    kept_from: str | None = Field(
        description="The first period that cohorts are kept of. Customers whose first order was "
        "before it are in no cohort: where all of them were, `cohorts` is empty. Null where never "
        "computed."
    )
    mean: list[float | None] | None = Field(
        description="Mean retention by period, 0 to 1, weighted by size over the complete cells of "
        "all cohorts that are kept (of `value`, where one is given): their customers retained ÷ "
        "their customers. Null in a period without complete cells; null as a whole where never "
        "computed."
    )
    values: list[BreakdownValue] | None = Field(
        description="Values of the breakdown: the thirty that most customers have, by name; null "
        "without a breakdown, or where never computed."
    )
    values_found: int | None = Field(
        description="How many values there are; where more than in `values`, the customers of the "
        "others are left out of all that is shown. Null where `values` is."
    )
    cohorts: list[CohortRow] | None = Field(
        description="Cohorts with customers, newest first; null where never computed."
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

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read.")
    cohort: str = Field(description="The cohort.")
    granularity: Granularity = Field(description="Length of a period, where the organisation is.")
    mode: Mode = Field(description=MODE)
    period: int = Field(description="How many periods after the cohort's own, which is 0.")
    first_day: date = Field(alias="from", description="First day of the period.")
    last_day: date = Field(alias="to", description="Last day of the period.")
    returned: bool = Field(description="Whether these are the retained or all others.")
    customers: list[CustomerProfile] = Field(
        description="Customers by the day of their first order. A page may hold fewer than "
        "`pageSize`, or none, with more to follow: `nextPageToken` tells."
    )
    segment: CohortSegment = Field(
        description="A custom segment of all customers of the cell, ready to be created."
    )
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one."
    )


class CohortMonth(ApiModel):
    """One month of the analytics page."""

    month: str = Field(description="Month of the first counted order, where the organisation is.")
    initial_size: int = Field(description="Customers whose first counted order was in it.")
    retention: list[float | None] = Field(
        description="Share of them with an order in the month and in each of the 11 after it, 0 to "
        "100: the first is 100. The month that was not over when it was computed is among them; "
        "null for months to come."
    )
