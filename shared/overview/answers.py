"""Answers about the analytics page. See `shared.customers.answers` for units."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.affinity.answers import AffinityPair
from shared.cohorts.answers import CohortMonth
from shared.funnel.answers import ChannelPerformance, StageCount
from shared.products.product_sales import MAX_CATEGORIES
from shared.web.computed import ComputedStatus
from shared.web.models import ApiModel, Money

SALES = ("salesByProduct", "salesByCategory")
"""Fields that are null, and listed in `notComputed`, until sales by product are first computed."""
CHURN_RATE = "churnRate"
"""Field that is null, and listed in `notComputed`, until churn is first computed."""
COHORTS = "cohorts"
"""Field that is null, and listed in `notComputed`, until cohorts are first computed."""
AFFINITY_PAIRS = "affinityPairs"
"""Field that is null, and listed in `notComputed`, until pairs are first computed."""
NOT_MEASURED = ("conversionFunnel",)
"""Fields that are null, and listed in `notComputed`, until an event of the shop is counted."""


class ProductSales(ApiModel):
    """One product's revenue."""

    product_id: str = Field(description="Id of the product.")
    product_name: str = Field(description="Name of the product on a recent order.")
    revenue: Money = Field(description="Price × quantity over counted orders, all time.")


class CategorySales(ApiModel):
    """One category's revenue."""

    category: str = Field(description="Name of the category.")
    revenue: Money = Field(description="Price × quantity over counted orders, all time.")


class DailyStats(ApiModel):
    """One day in the organisation's time zone."""

    date_: date = Field(alias="date", description="The day, in `timeZone`.")
    gmv: Money = Field(description="Revenue of the day's counted orders, less refunds.")
    orders: int = Field(description="Counted orders of the day.")
    new_customers: int = Field(description="Customers whose first counted order was on the day.")
    returning_orders: int = Field(
        description="Orders of the day by known customers, excluding their first ones."
    )
    sessions: int | None = Field(
        description="Sessions of the shop that began on the day; null before the first day of "
        "which any event was counted."
    )
    checkouts_started: int | None = Field(
        description="Sessions of the day that started a checkout, then or later; null if "
        "`sessions` is."
    )
    paid_checkouts: int | None = Field(
        description="Sessions of the day that led to a paid order, then or later; null if "
        "`sessions` is."
    )


class NightlyNumbers(ApiModel):
    """Status of a field that is computed nightly."""

    field: str = Field(
        description="The field: `salesByProduct`, `salesByCategory`, `churnRate`, `cohorts` or "
        "`affinityPairs`."
    )
    status: ComputedStatus = Field(
        description="`pending` until first computed; `failed` if the latest attempt failed and "
        "the shown values are from an earlier one."
    )
    computed_at: AwareDatetime | None = Field(
        description="When the shown values were computed; null if never."
    )
    stale: bool = Field(
        description="Whether the shown values are older than they should be, missing, or "
        "followed by a failed attempt."
    )
    last_error: str | None = Field(
        description="Type of the error in the latest attempt; null if it succeeded."
    )


class Overview(ApiModel):
    """The analytics page. Every number is over counted orders only.

    Days are days in the organisation's own time zone, and the current period is today and the 29
    days before it.
    """

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was read; determines today.")
    stale: bool = Field(
        description="Whether any field of `nightly` is stale but not pending. All other numbers "
        "are as of `asOf`."
    )
    time_zone: str = Field(description="The organisation's IANA time zone, which days are in.")
    total_revenue: Money = Field(description="Revenue less refunds, all time.")
    total_orders: int = Field(description="Orders, all time.")
    average_order_value: Money | None = Field(
        description="`totalRevenue` ÷ `totalOrders`, in whole cents; null without orders."
    )
    sales_by_product: list[ProductSales] | None = Field(
        description="The ten products with the largest revenue, largest first, all time, as of "
        "the last night; null until first computed."
    )
    sales_by_category: list[CategorySales] | None = Field(
        description=f"The categories by revenue, largest first, all time, as of the last night: "
        f"all up to {MAX_CATEGORIES:,}; null until computed for the first time."
    )
    repeat_customer_rate: float | None = Field(
        description="Customers with two or more orders ÷ customers with one or more, 0 to 1, all "
        "time; null without customers."
    )
    unique_customer_count: int = Field(
        description="Customers with at least one order, all time. Anonymous orders belong to none."
    )
    last_30_days_revenue: Money = Field(description="Revenue of today and the 29 days before.")
    last_30_days_orders: int = Field(description="Orders of today and the 29 days before.")
    prev_30_days_revenue: Money = Field(
        description="Revenue of the 30 days before those of `last30DaysRevenue`."
    )
    prev_30_days_orders: int = Field(
        description="Orders of the 30 days before those of `last30DaysOrders`."
    )
    daily_stats: list[DailyStats] = Field(
        description="Today and the 29 days before, oldest first; days without orders hold zeros."
    )
    data_note: str = Field(description="Basis of the all-time numbers, for people.")
    churn_rate: float | None = Field(
        description="Churn rate over 30 days, 0 to 1, as last computed: see "
        "`/v1/analytics/churn`. Null until first computed, or if there were no "
        "customers to lose."
    )
    cohorts: list[CohortMonth] | None = Field(
        description="The latest twelve months with new customers, newest first, as of the last "
        "night; null until first computed."
    )
    affinity_pairs: list[AffinityPair] | None = Field(
        description="The five pairs of products in the same orders with the highest `liftLower`, "
        "see `/v1/analytics/affinity`; null until first computed."
    )
    nightly: list[NightlyNumbers] = Field(
        description="Status of each field that is computed nightly."
    )
    conversion_funnel: list[StageCount] | None = Field(
        description="The sessions that began in the current period, at three stages; null if no "
        "event of the shop was ever counted."
    )
    channel_performance: list[ChannelPerformance] = Field(
        description="The channels of the current period with sessions or orders: most sessions "
        "first, then most revenue."
    )
    not_computed: list[str] = Field(
        description=("Fields that are null because they have not been computed.")
    )
