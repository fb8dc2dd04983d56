"""Answers about the list of products. See `shared.customers.answers` for units."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.web.computed import NightlyAnswer
from shared.web.models import ApiModel, Money

_WEEK = (
    "over the last 7 full days: yesterday and the 6 days before, in the organisation's time zone."
)
_MONTH = (
    "over the last 30 full days: yesterday and the 29 days before, in the organisation's time zone."
)


class ProductSummary(ApiModel):
    """The sales of one product, over counted orders only."""

    product_id: str = Field(description="Id of the product, as on orders.")
    product_name: str = Field(description="Name of the product on a recent order.")
    category: str | None = Field(
        description="Category in the shop's catalogue, in canonical spelling; null if the "
        "catalogue has none."
    )
    units: float = Field(description="Units sold, all time.")
    revenue: Money = Field(description="Price × quantity, all time.")
    units_last_7_days: float = Field(alias="unitsLast7Days", description=f"Units sold {_WEEK}")
    revenue_last_7_days: Money = Field(
        alias="revenueLast7Days", description=f"Price × quantity {_WEEK}"
    )
    units_last_30_days: float = Field(alias="unitsLast30Days", description=f"Units sold {_MONTH}")
    revenue_last_30_days: Money = Field(
        alias="revenueLast30Days", description=f"Price × quantity {_MONTH}"
    )
    velocity: float = Field(description="`unitsLast7Days` ÷ 7: units per day.")
    trending: bool = Field(description="Whether `velocity` is more than 2.")
    last_sale_on: date | None = Field(
        description="The latest day, in the organisation's time zone, on which more was sold "
        "than returned; null if there is none, or if the sales are dated ahead."
    )


class Products(NightlyAnswer):
    """A page of products."""

    as_of: AwareDatetime = Field(description="When this was read.")
    last_full_day: date | None = Field(
        description="The last of the 7 and of the 30 full days, in the organisation's time zone; "
        "null if never computed."
    )
    total: int | None = Field(description="Matching products on all pages; null if never computed.")
    products: list[ProductSummary] | None = Field(
        description="Products on this page; null if never computed."
    )
    next_page_token: str | None = Field(
        description="`pageToken` for the next page; null on the last one."
    )
