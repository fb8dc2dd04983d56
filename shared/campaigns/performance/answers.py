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
    """What became of the messages: customers, each once, and shares of them from 0 to 1.

    A rate is null without anybody whom it would be a share of.
    """

    sent: int = Field(description="To whom a message was sent.")
    delivered: int = Field(description="To whom it was delivered.")
    opened: int = Field(description="Who opened it.")
    clicked: int = Field(description="Who followed a link in it.")
    bounced: int = Field(description="From whom it came back.")
    complained: int = Field(description="Who complained of it.")
    unsubscribed: int = Field(description="Who unsubscribed.")
    delivery_rate: float | None = Field(description="Delivered, of those sent to.")
    bounce_rate: float | None = Field(description="Bounced, of those sent to.")
    open_rate: float | None = Field(description="Opened, of those delivered to.")
    click_rate: float | None = Field(description="Clicked, of those delivered to.")
    click_to_open_rate: float | None = Field(description="Clicked, of those who opened.")
    complaint_rate: float | None = Field(description="Complained, of those delivered to.")
    unsubscribe_rate: float | None = Field(description="Unsubscribed, of those delivered to.")


class ChannelMessages(MessageCounts):
    """The same on one channel."""

    channel: Channel = Field(description="`email` or `sms`.")


class Credited(ApiModel):
    """Orders credited: those of customers it was sent to, within the window, after no later
    campaign. Net of refunds, as orders are now.
    """

    orders: int = Field(description="Orders.")
    revenue: Money = Field(description="Their net revenue.")
    average_order_value: Money | None = Field(description="Revenue per order; null without one.")
    engaged_orders: int = Field(description="Of them by customers who opened or clicked.")
    engaged_revenue: Money = Field(description="The net revenue of these.")
    engaged_average_order_value: Money | None = Field(description="The same of these.")


class ArmResult(ApiModel):
    """Orders of one arm in the window, whether or not a message arrived."""

    customers: int = Field(description="Customers in it.")
    buyers: int = Field(description="Of them those who ordered.")
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
    total: float | None = Field(description="The same over all treated customers.")
    total_low: float | None = Field(description="Lower end of its interval.")
    total_high: float | None = Field(description="Upper end of its interval.")
    p_value: float | None = Field(
        description="How often redrawn arms differ as much, if the campaign did nothing."
    )
    coverage: float | None = Field(
        description="How often such an interval holds the truth with redrawn arms, measured on "
        "this audience; below 0.937 the figure is not measurable."
    )
    reason: Unmeasurable | None = Field(
        description="Why it is not measurable: `no_holdout`, `too_few` in an arm, "
        "`nothing_bought` or `low_coverage`; null if it is."
    )
    remedies: list[Remedy] = Field(
        description="What would help: `larger_holdout`, half of the audience; `longer_window`; "
        "`orders`, which are measurable here."
    )


class SegmentPerformance(ApiModel):
    """The customers of one segment when the audience was frozen."""

    segment: str | None = Field(description="The segment; null for customers in none.")
    messages: MessageCounts = Field(description="What became of the messages to them.")
    credited: Credited = Field(description="What they are credited with.")
    treated: ArmResult | None = Field(description="The treated; null until measured.")
    held_out: ArmResult | None = Field(description="Those held out; null until measured.")
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
        description="Why anything is null: `cost_unknown`, `margin_unknown`, `no_cost`, "
        "`not_measured` yet, `not_measurable`, or `discount_unknown`: no message is known to have "
        "been sent. null if all is known."
    )


class CampaignEconomics(ApiModel):
    """Cost and earnings."""

    cost: Money | None = Field(description="What it costs; null if nobody said.")
    margin: float | None = Field(description="Share of the full price that is earned.")
    discount: float | None = Field(description="Share of the price given away.")
    given_away: Money | None = Field(
        description="What customers paid less for credited orders, all taken to be at the "
        "discount; null without one."
    )
    credited: Return = Field(description="If all that is credited came of the campaign.")
    incremental: Return = Field(description="On what came of it, as far as that was measured.")


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
    held_out: ArmResult = Field(description="Those held out.")
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
    messages: MessageCounts = Field(description="What became of the messages.")
    channels: list[ChannelMessages] = Field(description="The same by channel.")
    credited: Credited = Field(description="What it is credited with.")
    incremental: Incremental | None = Field(
        description="What came of it; null until a night has measured it."
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
    scheduled: int = Field(description="The same: the dashboard's sender knows when.")
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
    """What an earlier campaign of the same goal was measured to bring."""

    campaign_id: str = Field(description="The campaign.")
    sent_at: AwareDatetime = Field(description="When it was sent.")
    treated: int = Field(description="Customers who were treated.")
    per_customer: Money = Field(description="Incremental revenue per treated customer.")
    low: Money = Field(description="Lower end of its 95 % interval.")
    high: Money = Field(description="Upper end of its 95 % interval.")


class ExpectedLift(ApiModel):
    """What the measured campaigns of a goal brought on average."""

    campaigns: int = Field(description="How many were measured.")
    per_customer: Money = Field(description="Incremental revenue per treated customer.")
    low: Money = Field(description="Lower end of the mean's 95 % interval.")
    high: Money = Field(description="Upper end of the mean's 95 % interval.")
