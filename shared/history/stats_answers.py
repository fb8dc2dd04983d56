"""Answers of the routes about customer statistics. See `shared.customers.answers`."""

from pydantic import AwareDatetime, Field

from shared.web.models import ApiModel, Money


class CustomerStats(ApiModel):
    """Numbers over all customers, as the dashboard's `CRMStats` names them."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was counted.")
    stale: bool = Field(
        description="Whether changes of segment by time or by new rules are still being recorded."
    )
    total_customers: int = Field(description="Customers with a counted order.")
    new_this_week: int = Field(
        description="Customers whose first order was less than 7 times 24 hours ago."
    )
    new_this_month: int = Field(
        description="Customers whose first order was less than 30 times 24 hours ago."
    )
    at_risk_count: int = Field(
        description="Customers in `at_risk` and `slipping`, not those in `churned`."
    )
    vip_count: int = Field(description="Customers in `vip`.")
    avg_lifetime_value: Money | None = Field(
        description="Mean lifetime value in whole cents; null without customers."
    )
    segment_breakdown: dict[str, int] = Field(
        description="Customers by id of each of the eight segments."
    )
