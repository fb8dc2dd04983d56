"""What the API answers with. The descriptions are its documentation: they define each number.

Money is in the organisation's currency unit, with cents as decimals; shares and rates are from 0
to 1; instants are ISO 8601 in UTC. Where a number has no meaning it is null, never 0.
"""

from flask_openapi3.models.data_type import DataType
from flask_openapi3.models.media_type import MediaType
from flask_openapi3.models.schema import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from shared.segments.segment import Segment
from shared.web.models import ApiModel, Money
from shared.web.schema import untitled


class CustomerProfile(ApiModel):
    """One customer. Every number is over counted orders, all time."""

    id: str = Field(description="Id of the customer; the same as `customerKey`.")
    customer_key: str = Field(
        description="Keyed hash of the customer's identity; tells nothing about the person."
    )
    org_id: str = Field(description="The organisation whose customer this is.")
    email: str | None = Field(description="E-mail address on the latest order, where there is one.")
    phone: str | None = Field(description="Phone number on the latest order, where there is one.")
    display_name: str | None = Field(description="Name on the latest order, where there is one.")
    segment: Segment | None = Field(
        description="The customer's segment; null for a customer none of whose orders counts, "
        "which no list holds."
    )
    segment_label: str | None = Field(description="Name of the segment, for people.")
    segment_since: AwareDatetime | None = Field(
        description="Since when the customer has been in the segment: the instant it became true, "
        "not the instant it was noticed."
    )
    custom_segments: list[str] = Field(
        description="Ids of the custom segments that the customer is in, sorted."
    )
    next_transition_at: AwareDatetime | None = Field(
        description="When the segment or a custom segment next changes if the customer orders "
        "nothing; null for never."
    )
    total_spent: Money = Field(description="Revenue of the customer's orders, less refunds.")
    lifetime_value: Money = Field(
        description="Historic lifetime value: the same as `totalSpent`; no forecast is in it."
    )
    order_count: int = Field(description="Orders.")
    avg_order_value: Money | None = Field(
        description="`totalSpent` ÷ `orderCount`, in whole cents; null without orders."
    )
    first_order_date: AwareDatetime | None = Field(description="Instant of the first order.")
    last_order_date: AwareDatetime | None = Field(description="Instant of the latest order.")
    days_since_last_order: int | None = Field(
        description="Whole 24-hour days from the latest order to `asOf`."
    )
    preferred_categories: list[str] = Field(
        description="The three categories with the largest spend, largest first."
    )


class Customers(ApiModel):
    """One page of a list of customers."""

    model_config = ConfigDict(
        json_schema_extra=untitled,
        openapi_extra={  # type: ignore[typeddict-unknown-key]
            "content": {"text/csv": MediaType(schema=Schema(type=DataType.STRING))}
        },
    )

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read; what days are counted to.")
    customers: list[CustomerProfile] = Field(
        description="Customers with a counted order; may be fewer than `pageSize`, or none, on any "
        "page."
    )
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one. Of no use with another "
        "organisation, other filters, another sort or order."
    )


class ThresholdValues(ApiModel):
    """An organisation's thresholds. Minimums are inclusive, maximums exclusive; days have 24 h."""

    model_config = ConfigDict(alias_generator=None)

    loyal_min_orders: int = Field(alias="loyal_minOrders", description="Orders of a loyal one.")
    vip_min_lifetime_value: Money = Field(
        alias="vip_minLifetimeValue", description="Lifetime value that makes a VIP."
    )
    vip_min_orders: int = Field(
        alias="vip_minOrders", description="Orders that make a VIP, together with `vip_minAOV`."
    )
    vip_min_aov: Money = Field(
        alias="vip_minAOV",
        description="Average order value that makes a VIP, together with `vip_minOrders`.",
    )
    high_value_min_aov: Money = Field(
        alias="highValue_minAOV", description="Average order value of a high-value customer."
    )
    high_value_max_orders: int = Field(
        alias="highValue_maxOrders", description="A high-value customer has fewer orders."
    )
    frequent_min_orders: int = Field(
        alias="frequent_minOrders", description="Orders of a frequent customer."
    )
    frequent_max_aov: Money = Field(
        alias="frequent_maxAOV",
        description="A frequent customer's average order value is less than this.",
    )
    slipping_min_days: int = Field(
        alias="slipping_minDays",
        description="Days since the last order that make a customer slipping.",
    )
    at_risk_min_days: int = Field(
        alias="atRisk_minDays",
        description="Days since the last order that put a customer at risk.",
    )
    churned_min_days: int = Field(
        alias="churned_minDays",
        description="Days since the last order that make a customer churned.",
    )
    new_max_days: int = Field(
        alias="new_maxDays", description="A new customer's first order is fewer days ago."
    )


class SegmentInputs(ApiModel):
    """What the rules look at."""

    order_count: int = Field(description="Counted orders.")
    lifetime_value: Money = Field(description="Revenue of counted orders.")
    average_order_value: Money | None = Field(
        description="Shown in whole cents; the rules compare the exact fraction."
    )
    days_since_last_order: int | None = Field(description="Whole 24-hour days up to `asOf`.")
    days_since_first_order: int | None = Field(description="Whole 24-hour days up to `asOf`.")


class Why(ApiModel):
    """Why the customer is in the segment."""

    rule: str | None = Field(
        description="The first of the ordered rules that matched; null for no segment."
    )
    segment: Segment | None = Field(description="The segment that the rule gives.")
    inputs: SegmentInputs = Field(description="What the rules look at, as of `asOf`.")
    thresholds: ThresholdValues | None = Field(
        description="The values the segment was decided under; null where the organisation has "
        "changed them since."
    )
    thresholds_version: str | None = Field(
        description="Names the thresholds that the segment was decided under."
    )
    explanation: str = Field(description="The reason in one plain sentence.")


class NextTransition(ApiModel):
    """What becomes of the customer if nothing happens."""

    at: AwareDatetime = Field(description="The exact instant of the change.")
    to_segment: Segment = Field(description="The segment from then on.")


class RecentOrderItem(ApiModel):
    """One product in an order."""

    product_id: str = Field(description="Id of the product.")
    name: str = Field(description="Name of the product on the order.")
    category: str = Field(description="Category of the product.")
    quantity: float = Field(
        description="Units bought; may be a fraction, and below 0 for units that came back."
    )
    revenue: Money = Field(description="Price × quantity.")


class RecentOrder(ApiModel):
    """One order or return of a customer."""

    order_id: str = Field(description="Id of the order.")
    ordered_at: AwareDatetime = Field(description="When it was placed.")
    amount: Money = Field(description="Order total less refunds; below 0 for a return.")
    is_return: bool = Field(
        description="Whether this only takes its amount off what the customer is worth, and is no "
        "order: not counted, and no date of the customer."
    )
    counted: bool = Field(
        description="Whether it is part of revenue, and of counts and dates unless it is a return."
    )
    exclusion: str | None = Field(
        description="Why it does not count, such as `cancelled`; null for one that counts."
    )
    channel: str = Field(description="Where it was placed: `online`, `in_store` or `unknown`.")
    items: list[RecentOrderItem] = Field(description="What was bought.")


class CustomerDetail(CustomerProfile):
    """One customer, with the reason for the segment and the latest orders."""

    as_of: AwareDatetime = Field(description="When this was read; what days are counted to.")
    stale: bool = Field(
        description="Whether the segments shown are due to be decided anew: the time for one of "
        "them is over, which is made up for within minutes, or thresholds or custom segments have "
        "been changed since."
    )
    why: Why = Field(description="The reason for `segment`.")
    next_transition: NextTransition | None = Field(
        description="When the segment changes if nothing happens, and to which; null for never."
    )
    recent_orders: list[RecentOrder] = Field(
        description="The ten newest orders, newest first, those that do not count included."
    )
