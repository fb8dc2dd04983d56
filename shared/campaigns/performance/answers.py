"""Answers of the routes about the performance of campaigns. See `shared.web.models`."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.campaigns.campaign import CampaignStatus
from shared.campaigns.performance.measurement import MeasurementState, Remedy, Unmeasurable
from shared.campaigns.performance.performance import Unknown
from shared.contacts.profile import Channel
from shared.web.computed import NightlyAnswer
from shared.web.models import ApiModel, Money


class MessageCounts(ApiModel):
    """Customers reached by messages, each once, and rates from 0 to 1.

    A rate is null if its denominator is 0.
    """

    sent: int = Field(description="Customers to whom a message was sent.")
    delivered: int = Field(description="Customers to whom it was delivered.")
    opened: int = Field(description="Customers who opened it.")
    clicked: int = Field(description="Customers who followed a link in it.")
    bounced: int = Field(description="Customers from whom it bounced.")
    complained: int = Field(description="Customers who complained about it.")
    unsubscribed: int = Field(description="Customers who unsubscribed.")
    delivery_rate: float | None = Field(description="Delivered, of those sent to.")
    bounce_rate: float | None = Field(description="Bounced, of those sent to.")
    open_rate: float | None = Field(description="Opened, of those delivered to.")
    click_rate: float | None = Field(description="Clicked, of those delivered to.")
    click_to_open_rate: float | None = Field(description="Clicked, of those who opened.")
    complaint_rate: float | None = Field(description="Complained, of those delivered to.")
    unsubscribe_rate: float | None = Field(description="Unsubscribed, of those delivered to.")


class ChannelMessages(MessageCounts):
    """Customers reached by messages on one channel, each once, with the rates."""

    channel: Channel = Field(description="`email` or `sms`.")


class Credited(ApiModel):
    """Orders credited: those of customers it was sent to, within the window, after no later
    campaign. Net of refunds, as orders are now.
    """

    orders: int = Field(description="Orders.")
    revenue: Money = Field(description="Their net revenue.")
    average_order_value: Money | None = Field(description="Revenue per order; null without one.")
    engaged_orders: int = Field(description="Credited orders of customers who opened or clicked.")
    engaged_revenue: Money = Field(description="Net revenue of these orders.")
    engaged_average_order_value: Money | None = Field(description="Their average order value.")


class ArmResult(ApiModel):
    """Orders of one arm in the window, whether or not a message arrived."""

    customers: int = Field(description="Customers in it.")
    buyers: int = Field(description="Customers who ordered.")
    conversion_rate: float | None = Field(description="Buyers of customers; null without any.")
    orders: int = Field(description="Their orders.")
    revenue: Money = Field(description="Their net revenue.")


class LiftAmount(ApiModel):
    """The difference between treated and held out, with its 95 % interval; or why there is none.

    Adjusted for the 84 days before the send. In the currency unit, or in orders.
    """

    per_customer: float | None = Field(description="Per treated customer.")
    per_customer_low: float | None = Field(description="Lower end of its interval.")
    per_customer_high: float | None = Field(description="Upper end of its interval.")
    total: float | None = Field(description="Total over all treated customers.")
    total_low: float | None = Field(description="Lower end of its interval.")
    total_high: float | None = Field(description="Upper end of its interval.")
    p_value: float | None = Field(
        description="Share of redrawn arms that differ as much, if the campaign has no effect."
    )
    coverage: float | None = Field(
        description="How often such an interval holds the truth with redrawn arms, measured on "
        "this audience; below 0.9367 the figure is not measurable."
    )
    reason: Unmeasurable | None = Field(
        description="Reason why it is not measurable: `no_holdout`, `too_few` in an arm, "
        "`nothing_bought` or `low_coverage`; null if it is."
    )
    remedies: list[Remedy] = Field(
        description="Remedy: `larger_holdout`, half of the audience; `longer_window`; "
        "`orders`, which are measurable here."
    )


class SegmentPerformance(ApiModel):
    """The customers of one segment when the audience was frozen."""

    segment: str | None = Field(description="The segment; null for customers in none.")
    messages: MessageCounts = Field(description="Counts of the messages to them.")
    credited: Credited = Field(description="Revenue credited to them.")
    treated: ArmResult | None = Field(description="The treated; null until measured.")
    held_out: ArmResult | None = Field(description="Held-out customers; null until measured.")
    revenue: LiftAmount | None = Field(description="Incremental revenue; null until measured.")


class DayPerformance(ApiModel):
    """One day of the organisation.

    The arms are null for a day that no night has measured yet, or after the campaign's window.
    """

    day: date = Field(description="The day.")
    credited_orders: int = Field(description="Credited orders placed on it.")
    credited_revenue: Money = Field(description="Their net revenue.")
    treated_orders: int | None = Field(description="All orders of the treated within the window.")
    treated_revenue: Money | None = Field(description="Their net revenue.")
    held_out_orders: int | None = Field(description="All orders of those held out.")
    held_out_revenue: Money | None = Field(description="Their net revenue.")


class Return(ApiModel):
    """Profit, and return on the cost: (profit before cost − cost) / cost."""

    profit: Money | None = Field(description="Profit after the cost.")
    profit_low: Money | None = Field(description="Lower end of its interval; null without one.")
    profit_high: Money | None = Field(description="Upper end of its interval.")
    roi: float | None = Field(description="Profit over cost: 0 is break-even, 1 is double.")
    roi_low: float | None = Field(description="Lower end of its interval.")
    roi_high: float | None = Field(description="Upper end of its interval.")
    reason: Unknown | None = Field(
        description="Reason for null values: `cost_unknown`, `margin_unknown`, `no_cost`, "
        "`not_measured` yet, `not_measurable`, or `discount_unknown`: no message is known to have "
        "been sent. null if all is known."
    )


class CampaignEconomics(ApiModel):
    """Cost and earnings."""

    cost: Money | None = Field(description="Its cost; null if unknown.")
    margin: float | None = Field(description="Share of the full price that is earned.")
    discount: float | None = Field(description="Share of the price given away.")
    given_away: Money | None = Field(
        description="Discount on credited orders, all taken to be at the "
        "discount; null without one."
    )
    credited: Return = Field(description="Return on credited revenue.")
    incremental: Return = Field(description="Return on measured incremental revenue.")


class Incremental(ApiModel):
    """Effect of the campaign: treated against held out, each in the arm that was drawn."""

    state: MeasurementState = Field(
        description="`preliminary` while the window is open, then `final`."
    )
    measured_at: AwareDatetime = Field(description="As of when these figures were first found.")
    restated_at: AwareDatetime | None = Field(
        description="When final figures last changed, as orders did; null if they never did."
    )
    is_sample: bool = Field(description="Whether it is of 100,000 members of a larger audience.")
    treated: ArmResult = Field(description="The treated.")
    held_out: ArmResult = Field(description="Held-out customers.")
    revenue: LiftAmount = Field(description="Net revenue.")
    orders: LiftAmount = Field(description="Orders.")


class CampaignPerformance(NightlyAnswer):
    """Performance of a campaign. `computedAt`, `status` and `stale` are of the nightly measurement;
    counts and credit are as of now.
    """

    campaign_id: str = Field(description="The campaign.")
    name: str = Field(description="Its name.")
    campaign_status: CampaignStatus = Field(description="Its status.")
    sent_at: AwareDatetime | None = Field(description="When it was sent; null before.")
    window_days: int = Field(description="Days after the send in which orders count.")
    window_ends_at: AwareDatetime | None = Field(description="When the window ends.")
    treated: int = Field(description="Customers to be written to.")
    held_out: int = Field(description="Customers not written to, for comparison.")
    messages: MessageCounts = Field(description="Counts of the messages.")
    channels: list[ChannelMessages] = Field(description="Counts of the messages by channel.")
    credited: Credited = Field(description="Revenue credited to it.")
    incremental: Incremental | None = Field(
        description="Its measured effect; null until a night has measured it."
    )
    segments: list[SegmentPerformance] = Field(
        description="By segment when the audience was frozen, by name."
    )
    days: list[DayPerformance] = Field(description="By day with any order.")
    economics: CampaignEconomics = Field(description="Cost, margin and return.")


class CampaignStats(ApiModel):
    """All campaigns, in the figures of the dashboard's overview."""

    org_id: str = Field(description="The organisation this is about.")
    total: int = Field(description="Campaigns, cancelled and failed ones included.")
    active: int = Field(description="Handed over and not yet sent.")
    scheduled: int = Field(description="Equal to `active`: only the dashboard's sender knows when.")
    sent: int = Field(description="Sent.")
    drafts: int = Field(description="Being frozen, or frozen and not handed over.")
    avg_open_rate: float | None = Field(
        description="Percent, from 0 to 100: the mean of opened of delivered over campaigns that "
        "delivered anything, each counting alike; null without any."
    )
    avg_click_rate: float | None = Field(
        description="Percent: the mean of clicked of delivered over the same campaigns."
    )
    total_revenue: Money = Field(
        description="Credited net revenue of them all; an order is in one campaign at most."
    )


class MeasuredLift(ApiModel):
    """Measured lift of an earlier campaign of the same goal."""

    campaign_id: str = Field(description="The campaign.")
    sent_at: AwareDatetime = Field(description="When it was sent.")
    treated: int = Field(description="Customers who were treated.")
    per_customer: Money = Field(description="Incremental revenue per treated customer.")
    low: Money = Field(description="Lower end of its 95 % interval.")
    high: Money = Field(description="Upper end of its 95 % interval.")


class ExpectedLift(ApiModel):
    """Average lift of the measured campaigns of a goal."""

    campaigns: int = Field(description="Number of measured campaigns.")
    per_customer: Money = Field(description="Incremental revenue per treated customer.")
    low: Money = Field(description="Lower end of the mean's 95 % interval.")
    high: Money = Field(description="Upper end of the mean's 95 % interval.")
