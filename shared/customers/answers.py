"""Answers of the API. Their descriptions are its documentation and define each number.

Money is in the organisation's currency unit, with cents as decimals; shares and rates are from 0
to 1; instants are ISO 8601 in UTC. Where a number has no meaning it is null, never 0.
"""

from pydantic import AwareDatetime, ConfigDict, Field

from shared.customers.retention import RetentionTier
from shared.predictions.model import ModelKind
from shared.predictions.reasons import Aspect
from shared.predictions.risk import RiskLevel
from shared.segments.crm_profile import Consent, LoyaltyTier
from shared.segments.segment import Segment
from shared.web.models import ApiModel, Money


class ChannelConsent(ApiModel):
    """Whether a person may be written to on one channel."""

    consent: Consent = Field(
        description="`granted`, `denied`, or `unknown` if no document says either. The strictest "
        "of several documents decides; customers who unsubscribed or complained count as denied."
    )
    since: AwareDatetime | None = Field(description="Since when; null for `unknown`.")
    unsubscribed: bool = Field(description="Whether the person unsubscribed and did not return.")
    undeliverable: bool = Field(description="Whether a message bounced or was complained of.")


class RetentionBreakdown(ApiModel):
    """Parts of the retention score."""

    recency: int = Field(description="Up to 30, by days since the latest order.")
    frequency_monetary: int = Field(description="Up to 30, by orders and lifetime value.")
    churn_inverse: int = Field(description="Up to 25, by the predicted churn probability.")
    engagement: int = Field(description="Up to 15, by points, purchase streak and tier.")


class Retention(ApiModel):
    """Score of how firmly a customer is retained, with its parts."""

    score: int = Field(description="From 0 to 100, the sum of the parts.")
    tier: RetentionTier = Field(
        description="`champion` from 80, `engaged` from 55, `at_risk` from 30, else `dormant`."
    )
    breakdown: RetentionBreakdown = Field(description="Parts of the score.")
    reasons: list[str] = Field(description="One sentence for each part, with its facts.")


class CustomerProfile(ApiModel):
    """One customer. Every number is over counted orders, all time.

    From `profileIds` to `smsConsent`: what the dashboard's `customers` documents say of the
    customer, found by the addresses of the latest order; null if they say nothing. These
    documents belong to the dashboard, and nothing here changes them.
    """

    id: str = Field(description="Id of the customer, equal to `customerKey`.")
    customer_key: str = Field(
        description="Keyed hash of the customer's identity; reveals nothing about the person."
    )
    org_id: str = Field(description="The organisation the customer belongs to.")
    email: str | None = Field(description="E-mail address on the latest order, if any.")
    phone: str | None = Field(description="Phone number on the latest order, if any.")
    display_name: str | None = Field(description="Name on the latest order, if any.")
    segment: Segment | None = Field(
        description="The customer's segment; null if none of the customer's orders count. Such "
        "customers are never listed."
    )
    segment_label: str | None = Field(description="Name of the segment, for people.")
    segment_since: AwareDatetime | None = Field(
        description="When the customer entered the segment: the instant it became true, not when "
        "it was recorded."
    )
    custom_segments: list[str] = Field(
        description="Ids of the custom segments that the customer is in, sorted."
    )
    next_transition_at: AwareDatetime | None = Field(
        description="When the segment, a custom segment, the level of churn risk or the predicted "
        "value next changes if the customer does not order; null for never."
    )
    total_spent: Money = Field(description="Revenue of the customer's orders, less refunds.")
    lifetime_value: Money = Field(
        description="Historic lifetime value, equal to `totalSpent`; not a forecast."
    )
    order_count: int = Field(description="Number of orders.")
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
    churn_probability: int | None = Field(
        description="Probability of no counted order within the organisation's horizon, as of the "
        "call, in whole percent rounded down; null before a model is in force, as are the "
        "following fields."
    )
    churn_risk_level: RiskLevel | None = Field(
        description="`low` below 26 percent, `medium` below 51, `high` below 76, else `critical`."
    )
    predicted_ltv: Money | None = Field(
        description="Expected net revenue of the next 12 months, discounted; null also if the "
        "model predicts no revenue. In a list sorted by it, as recorded."
    )
    expected_next_order_date: AwareDatetime | None = Field(
        description="Mean time of the next order; null also if staying away is likelier, or the "
        "order is not expected within a year."
    )
    profile_ids: list[str] = Field(
        description="Ids of the documents in `customers` with an address of the customer, sorted; "
        "links of the dashboard lead to them. Empty where none is known."
    )
    first_name: str | None = Field(description="First name; of several, the one written last.")
    last_name: str | None = Field(description="Last name, likewise.")
    tier: LoyaltyTier | None = Field(
        description="Tier of the loyalty programme, likewise: `loyaltyTier` in conditions, where "
        "`tier` is the one by lifetime value."
    )
    points: int | None = Field(description="Points of the loyalty programme, likewise.")
    tags: list[str] = Field(description="Tags that staff gave, sorted; empty if there is none.")
    source: str | None = Field(description="Source of acquisition, likewise.")
    created_at: AwareDatetime | None = Field(description="Creation time of the first document.")
    email_consent: ChannelConsent | None = Field(
        description="Consent for the customer's e-mail address; null if no document has it."
    )
    sms_consent: ChannelConsent | None = Field(
        description="Consent for the customer's phone number; null if no document has it."
    )
    retention: Retention | None = Field(
        description="The retention score as of the call; null if the loyalty programme does not "
        "know the customer, or before a model is in force."
    )


class Customers(ApiModel):
    """One page of a list of customers."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was read; days are counted up to then.")
    customers: list[CustomerProfile] = Field(
        description="Customers with a counted order; may be fewer than `pageSize`, or none, on any "
        "page."
    )
    next_page_token: str | None = Field(
        description="`pageToken` of the next page; null on the last one. Only valid with the "
        "same organisation, filters, sort and order."
    )


class ThresholdValues(ApiModel):
    """An organisation's thresholds. Minimums are inclusive, maximums exclusive; days have 24 h."""

    model_config = ConfigDict(alias_generator=None)

    loyal_min_orders: int = Field(
        alias="loyal_minOrders", description=("Minimum orders of a loyal customer.")
    )
    vip_min_lifetime_value: Money = Field(
        alias="vip_minLifetimeValue", description="Lifetime value that makes a VIP."
    )
    vip_min_orders: int = Field(
        alias="vip_minOrders", description="Orders that, together with `vip_minAOV`, make a VIP."
    )
    vip_min_aov: Money = Field(
        alias="vip_minAOV",
        description="Average order value that, together with `vip_minOrders`, makes a VIP.",
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
        alias="new_maxDays",
        description=("A new customer's first order is fewer than this many days ago."),
    )


class SegmentInputs(ApiModel):
    """Inputs of the rules."""

    order_count: int = Field(description="Counted orders.")
    lifetime_value: Money = Field(description="Revenue of counted orders.")
    average_order_value: Money | None = Field(
        description="Shown in whole cents; the rules compare the exact fraction."
    )
    days_since_last_order: int | None = Field(description="Whole 24-hour days up to `asOf`.")
    days_since_first_order: int | None = Field(description="Whole 24-hour days up to `asOf`.")


class Why(ApiModel):
    """Explanation of a customer's segment."""

    rule: str | None = Field(
        description="The first of the ordered rules that matched; null for no segment."
    )
    segment: Segment | None = Field(description="The rule's segment.")
    inputs: SegmentInputs = Field(description="Inputs of the rules as of `asOf`.")
    thresholds: ThresholdValues | None = Field(
        description="The values in force when the segment was determined; null if the "
        "organisation has changed them since."
    )
    thresholds_version: str | None = Field(
        description="Identifies the thresholds in force when the segment was determined."
    )
    explanation: str = Field(description="The reason in one sentence.")


class NextTransition(ApiModel):
    """The customer's next change of segment if nothing happens."""

    at: AwareDatetime = Field(description="The exact instant of the change.")
    to_segment: Segment = Field(description="The segment from then on.")


class RecentOrderItem(ApiModel):
    """One product in an order."""

    product_id: str = Field(description="Id of the product.")
    name: str = Field(description="Name of the product on the order.")
    category: str = Field(description="Category of the product.")
    quantity: float = Field(
        description="Units bought; may be fractional, and negative for returned units."
    )
    revenue: Money = Field(description="Price × quantity.")


class RecentOrder(ApiModel):
    """One order or return of a customer."""

    order_id: str = Field(description="Id of the order.")
    ordered_at: AwareDatetime = Field(description="When it was placed.")
    amount: Money = Field(description="Order total less refunds; below 0 for a return.")
    is_return: bool = Field(
        description="Whether this is a return: it reduces the customer's value but is not "
        "counted as an order and sets none of the customer's dates."
    )
    counted: bool = Field(
        description="Whether it is included in revenue and, unless it is a return, in counts and "
        "dates."
    )
    exclusion: str | None = Field(
        description="Reason why it does not count, such as `cancelled`; null if it counts."
    )
    channel: str = Field(description="Channel of the order: `online`, `in_store` or `unknown`.")
    items: list[RecentOrderItem] = Field(description="The items bought.")


class PredictionReason(ApiModel):
    """One fact that a customer's churn probability follows from."""

    aspect: Aspect = Field(description="Subject of the reason.")
    text: str = Field(
        description="The fact, such as `Orders every 9 days on average, silent for 31 days`."
    )
    effect: float | None = Field(
        description="Log odds of staying away that it adds to those of the mean customer; null"
        " if the model does not separate it."
    )


class CustomerPrediction(ApiModel):
    """Prediction for a customer by the model in force, as of the call."""

    churn_probability: float = Field(
        description="Probability of no counted order within `horizonDays`, from 0 to 1."
    )
    horizon_days: int = Field(description="Days without an order that the probability is of.")
    model: ModelKind = Field(description="Kind of the model in force.")
    fitted_at: AwareDatetime = Field(description="When the model was fitted.")
    predicted_ltv_low: Money | None = Field(
        description="10 % quantile of the revenue of the next 12 months; null if none is predicted."
    )
    predicted_ltv_high: Money | None = Field(description="90 % quantile of the same.")
    reasons: list[PredictionReason] = Field(description="Weightiest first.")


class CustomerDetail(CustomerProfile):
    """One customer, with the reason for the segment and the latest orders."""

    as_of: AwareDatetime = Field(description="When this was read; days are counted up to then.")
    stale: bool = Field(
        description="Whether the segments shown are due for re-evaluation: one of them has "
        "expired by time, which is recorded within minutes, or thresholds or custom "
        "segments have changed since."
    )
    why: Why = Field(description="The reason for `segment`.")
    prediction: CustomerPrediction | None = Field(
        description="Details of the prediction; null before a model is in force."
    )
    next_transition: NextTransition | None = Field(
        description="Next change of segment without further orders; null for never."
    )
    recent_orders: list[RecentOrder] = Field(
        description="The ten newest orders, newest first, including those that do not count."
    )
