"""Answers of the routes about campaigns. See `shared.web.models` for units."""

from pydantic import AwareDatetime, Field

from shared.campaigns.audience import Arm, LeftOut
from shared.campaigns.campaign import CampaignStatus
from shared.campaigns.handover.handover import ByFile, HandOverStatus
from shared.campaigns.performance.answers import ExpectedLift, MeasuredLift
from shared.campaigns.source import Goal
from shared.contacts.profile import Channel
from shared.segments.crm_profile import Consent
from shared.web.models import ApiModel, Money


class LeftOutCount(ApiModel):
    """Customers who are left out for one reason."""

    reason: LeftOut = Field(
        description="`no_address`: none known, or a placeholder; `test_or_archived`; "
        "`bounced_or_complained`; `unsubscribed`, with no consent since; `no_consent`: none "
        "recorded, or refused; `contacted_recently`; `same_address`: another customer of the group "
        "has it."
    )
    customers: int = Field(description="How many.")


class ChannelReach(ApiModel):
    """Reach of a group on one channel."""

    channel: Channel = Field(description="`email` or `sms`.")
    reachable: int = Field(description="Customers who may be written to.")
    left_out: list[LeftOutCount] = Field(
        description="All others, each under one reason; with `reachable` the whole group."
    )


class Reach(ApiModel):
    """Reach of a group: members by channel and reasons against the others."""

    customers: int = Field(description="Customers of the group.")
    reachable: int = Field(description="Customers reachable on at least one of the channels.")
    left_out: list[LeftOutCount] = Field(
        description="All others, each under one reason: of several channels, the reason "
        "nearest to being reachable. Together with `reachable`, they are the whole"
        " group."
    )
    channels: list[ChannelReach] = Field(description="Reach of each channel by itself.")


class HoldoutSize(ApiModel):
    """Smallest lift that a holdout of this size can show."""

    share: float = Field(description="Share of the reachable customers who are not written to.")
    treated: int = Field(description="Customers written to.")
    held_out: int = Field(description="Customers not written to.")
    smallest_lift: Money | None = Field(
        description="The smallest difference in spend per customer and window that is found "
        "four times out of five at a level of 5 %: 2.80 · σ · √(1/treated + 1/held"
        " out). null if unknown."
    )
    smallest_lift_share: float | None = Field(
        description="`smallestLift` as a share of what these customers spend in a window anyway."
    )


class ValueAtStake(ApiModel):
    """Value of the customers of a group."""

    lifetime_value: Money = Field(description="Net revenue of all their counted orders.")
    last_365_days: Money = Field(description="Net revenue of their orders of the last 365 days.")


class TimeToSend(ApiModel):
    """Best local time to send."""

    weekday: str = Field(description="Day of the week, in English.")
    hour: int = Field(description="Hour from 0 to 23, where the organisation is.")
    share: float = Field(description="Share of their orders of the last 365 days in this hour.")


class Offer(ApiModel):
    """The suggested offer."""

    category: str = Field(description="The category that most of them spend most on.")
    customers: int = Field(description="How many do.")


class Prefill(ApiModel):
    """A draft of a campaign for a group."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When the group was counted.")
    source: dict[str, str | int | bool] = Field(description="The group, as it was asked for.")
    goal: Goal = Field(description="The goal that fits the group.")
    name: str = Field(description="A name for the campaign.")
    channels: list[Channel] = Field(description="The channels asked for.")
    reach: Reach = Field(description="Reachable customers, and those left out, with reasons.")
    value_at_stake: ValueAtStake = Field(description="Value of the whole group.")
    suggested_time: TimeToSend | None = Field(
        description="The hour of the week in which they order most; null without orders."
    )
    suggested_offer: Offer | None = Field(description="null if no order has a category.")
    holdouts: list[HoldoutSize] = Field(description="At 10 % and at 50 %.")
    measured_lifts: list[MeasuredLift] = Field(
        description="Measured lifts of earlier campaigns of this goal, the last sent first; "
        "unmeasurable ones are left out."
    )
    expected_lift: ExpectedLift | None = Field(
        description="The mean of these; null before there are three."
    )
    cannot_detect: str = Field(
        description="Effects that this audience is too small to show, in words."
    )
    parameters: dict[str, str] = Field(
        description="Query parameters of a link into the dashboard's wizard."
    )


class ByFileCount(ApiModel):
    """Members who may be written to, but are not in the dashboard's campaign."""

    reason: ByFile = Field(
        description="`no_dashboard_id`: the dashboard has no customer with the address that is "
        "known here; `too_many`: its campaign has room for 20,000."
    )
    members: int = Field(description="How many.")


class DroppedCount(ApiModel):
    """Members who may not be written to any more."""

    reason: LeftOut = Field(description="Reason, as for those left out.")
    members: int = Field(description="How many.")


class ChannelHandOverModel(ApiModel):
    """Progress for the treated members on one channel."""

    channel: Channel = Field(description="`email` or `sms`.")
    dashboard_campaign_id: str | None = Field(
        description="Id of the dashboard's campaign; null if it has none, and until it has."
    )
    in_dashboard: int = Field(description="Members whom the dashboard's campaign names.")
    by_file: list[ByFileCount] = Field(
        description="Members to be written to with the file of members."
    )
    dropped: list[DroppedCount] = Field(
        description="Members who may not be written to any more; with the others all treated "
        "members whom this channel could reach."
    )


class HandOverModel(ApiModel):
    """Progress of the hand-over, and the outcome for the treated members."""

    status: HandOverStatus = Field(description="`running`, `complete` or `failed`.")
    asked_at: AwareDatetime = Field(description="Time of the request.")
    asked_by: str = Field(description="Id of the account that did.")
    done: int = Field(description="Customers of the frozen group processed, of `expected`.")
    channels: list[ChannelHandOverModel] = Field(description="The campaign's channels.")


class CampaignModel(ApiModel):
    """A campaign with its frozen audience."""

    id: str = Field(description="Id of the campaign.")
    org_id: str = Field(description="The organisation whose it is.")
    name: str = Field(description="Name shown to people.")
    description: str | None = Field(description="A sentence for people, where there is one.")
    goal: Goal = Field(description="Its goal.")
    channels: list[Channel] = Field(description="Channels of its audience.")
    source: dict[str, str | int | bool] = Field(description="The group that it was made for.")
    rules_revision: int = Field(description="The revision of the rules that the group was of.")
    status: CampaignStatus = Field(
        description="`freezing`, then `ready`, or `failed`; `handed_over` to the dashboard's "
        "sender; `sent` or `cancelled`."
    )
    holdout_share: float = Field(description="Share of the reachable who are not written to.")
    window_days: int = Field(description="Days after a message in which orders count.")
    contacted_within_days: int = Field(
        description="Customers contacted within this many days are left out; 0 disables this."
    )
    done: int = Field(description="Customers of the group processed so far.")
    expected: int | None = Field(
        description="Customers of the group; null until they have been found."
    )
    failure: str | None = Field(
        description="Cause of the failure of freezing or handing over, or of the last attempt "
        "to continue."
    )
    handover: HandOverModel | None = Field(description="null until requested.")
    treated: int | None = Field(description="Customers to be written to; null until `ready`.")
    held_out: int | None = Field(
        description="Customers not to be written to, for comparison; null until `ready`."
    )
    reach: Reach | None = Field(
        description="Counts of the group when it was frozen; null until `ready`."
    )
    cost: Money | None = Field(description="Its cost; null if unknown.")
    margin: float | None = Field(description="Share of revenue that is earned; null likewise.")
    discount: float | None = Field(description="Share of the price given away; null likewise.")
    frozen_at: AwareDatetime = Field(description="As of when the audience was frozen.")
    sent_at: AwareDatetime | None = Field(description="When it became `sent`.")
    created_at: AwareDatetime = Field(description="When it was created.")
    created_by: str = Field(description="Id of the account that created it.")
    updated_at: AwareDatetime = Field(description="When it was last changed.")
    updated_by: str = Field(description="Id of the account that last changed it.")


class Campaigns(ApiModel):
    """Some campaigns, the newest first."""

    org_id: str = Field(description="The organisation this is about.")
    campaigns: list[CampaignModel] = Field(description="The campaigns of the page.")
    next_page_token: str | None = Field(description="For the next page; null at the end.")


class MemberChannel(ApiModel):
    """State of one channel for a customer when the audience was frozen."""

    channel: Channel = Field(description="`email` or `sms`.")
    left_out: LeftOut | None = Field(description="Reason against its use; null if it may be used.")
    consent: Consent = Field(description="`granted`, `denied` or `unknown`.")
    consent_since: AwareDatetime | None = Field(description="Since when, where anything is said.")
    consent_document: str | None = Field(
        description="Keyed hash of the id of the dashboard's document that says so."
    )


class CampaignMember(ApiModel):
    """A customer of the frozen group."""

    customer_key: str = Field(description="Id of the customer.")
    arm: Arm | None = Field(description="`treated` or `held_out`; null for one left out.")
    left_out: LeftOut | None = Field(description="Reason; null for a customer in an arm.")
    segment: str | None = Field(description="The customer's segment when it was frozen.")
    channels: list[MemberChannel] = Field(description="The campaign's channels.")


class CampaignMembers(ApiModel):
    """Some customers of the frozen group, by key."""

    org_id: str = Field(description="The organisation this is about.")
    campaign_id: str = Field(description="The campaign.")
    members: list[CampaignMember] = Field(description="The customers of the page.")
    next_page_token: str | None = Field(description="For the next page; null at the end.")
