"""What the list of products is answered with. See `shared.customers.answers` for units."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.web.computed import ComputedStatus
from shared.web.models import ApiModel, Money

_WEEK = "over the last 7 full days: yesterday and the 6 days before, where the organisation is."
_MONTH = "over the last 30 full days: yesterday and the 29 days before, where the organisation is."


class ProductSummary(ApiModel):
    """The sales of one product, over counted orders only."""

    product_id: str = Field(description="Id of the product, as on orders.")
    product_name: str = Field(description="Name of the product on a recent order.")
    category: str | None = Field(
        description="Category in the shop's catalogue, in the spelling of all categories here; "
        "null where the catalogue names none."
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
    velocity: float = Field(description="`unitsLast7Days` ÷ 7: units a day.")
    trending: bool = Field(description="Whether `velocity` is more than 2.")
    last_sale_on: date | None = Field(
        description="The latest day on which more was sold than came back, where the organisation "
        "is; null where no more was sold than came back, or the sales are dated ahead."
    )


class Products(ApiModel):
    """A page of products."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read.")
    status: ComputedStatus = Field(
        description="`pending` until sales by product have been computed for the first time, "
        "`failed` where the newest attempt failed, and what is shown is that of an earlier one."
    )
    computed_at: AwareDatetime | None = Field(
        description="As of when what is shown was computed; null where it never was."
    )
    last_full_day: date | None = Field(
        description="The last day of the 7 and of the 30 full days, where the organisation is; "
        "null where never computed."
    )
    stale: bool = Field(
        description="Whether what is shown is older than it should be, was never computed, or the "
        "newest attempt failed. It is computed each night."
    )
    last_error: str | None = Field(
        description="Kind of the error by which the newest attempt failed; null where it did not."
    )
    total: int | None = Field(
        description="Products on all pages, all filters met; null where never computed."
    )
    products: list[ProductSummary] | None = Field(
        description="Products of this page; null where never computed."
    )
    next_page_token: str | None = Field(
        description="`pageToken` for the next page; null on the last one."
    )
