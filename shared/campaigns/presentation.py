"""Conversion of campaigns to their wire format."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.campaigns import answers as models
from shared.campaigns.audience import AudienceCounts, LeftOut, Standing
from shared.campaigns.campaign import Campaign
from shared.campaigns.facts import GroupFacts
from shared.campaigns.handover.handover import (
    ByFile,
    ChannelHandOver,
    HandOver,
    HandOverStatus,
    dashboard_id,
)
from shared.campaigns.performance.measurement import Measurement
from shared.campaigns.performance.power import Holdout, holdout, in_words
from shared.campaigns.performance.presentation import expected_lift, measured_lifts
from shared.campaigns.query import group_name
from shared.campaigns.source import Source, goal_of, name_of, source_fields
from shared.contacts.profile import Channel
from shared.segments.crm_profile import Consent
from shared.web.units import units, units_or_none

SHARES = (0.1, 0.5)
"""Holdouts that a prefill compares."""


def prefill(
    org_id: str,
    source: Source,
    channels: tuple[Channel, ...],
    counts: AudienceCounts,
    facts: GroupFacts,
    measurements: Sequence[Measurement],
    *,
    custom_name: str | None,
    as_of: datetime,
) -> models.Prefill:
    """A draft of a campaign."""
    holdouts = [holdout(counts.members, share, facts.spread) for share in SHARES]
    fields = source_fields(source)
    goal, name = goal_of(source), name_of(source, custom_name)
    return models.Prefill(
        org_id=org_id,
        as_of=as_of,
        source=fields,
        goal=goal,
        name=name,
        channels=list(channels),
        reach=reach(counts),
        value_at_stake=models.ValueAtStake(
            lifetime_value=units(facts.lifetime_value_cents),
            last_365_days=units(facts.recent_value_cents),
        ),
        suggested_time=models.TimeToSend(
            weekday=facts.time.weekday, hour=facts.time.hour, share=facts.time.share
        )
        if facts.time
        else None,
        suggested_offer=models.Offer(category=facts.offer.category, customers=facts.offer.customers)
        if facts.offer
        else None,
        holdouts=[_holdout(each) for each in holdouts],
        measured_lifts=measured_lifts(measurements),
        expected_lift=expected_lift(measurements),
        cannot_detect=in_words(holdouts),
        parameters={
            "goal": goal.value,
            "name": name,
            "channels": ",".join(channels),
            **group_name(fields),
        },
    )


def campaign_model(org_id: str, campaign: Campaign) -> models.CampaignModel:
    """A campaign."""
    plan, money = campaign.plan, campaign.plan.economics
    return models.CampaignModel(
        id=campaign.id,
        org_id=org_id,
        name=plan.name,
        description=plan.description,
        goal=plan.goal,
        channels=list(plan.channels),
        source=source_fields(plan.source),
        rules_revision=campaign.rules_revision,
        status=campaign.status,
        holdout_share=plan.holdout_share,
        window_days=plan.window_days,
        contacted_within_days=plan.contacted_within_days,
        done=campaign.done,
        expected=campaign.expected,
        failure=campaign.failure,
        handover=_handover(campaign, campaign.handover) if campaign.handover else None,
        treated=campaign.counts.treated if campaign.counts else None,
        held_out=campaign.counts.held_out if campaign.counts else None,
        reach=reach(campaign.counts) if campaign.counts else None,
        cost=units_or_none(money.cost_cents),
        margin=money.margin,
        discount=money.discount,
        frozen_at=campaign.frozen_at,
        sent_at=campaign.sent_at,
        created_at=campaign.created_at,
        created_by=campaign.created_by,
        updated_at=campaign.updated_at,
        updated_by=campaign.updated_by,
    )


def member_model(standing: Standing) -> models.CampaignMember:
    """A customer of a frozen group."""
    return models.CampaignMember(
        customer_key=standing.customer_key,
        arm=standing.arm,
        left_out=standing.left_out,
        segment=standing.segment,
        channels=[
            models.MemberChannel(
                channel=channel,
                left_out=each.against,
                consent=each.consent.consent if each.consent else Consent.UNKNOWN,
                consent_since=each.consent.since if each.consent else None,
                consent_document=each.consent.document_key if each.consent else None,
            )
            for channel, each in standing.channels.items()
        ],
    )


def _handover(campaign: Campaign, handover: HandOver) -> models.HandOverModel:
    is_complete = handover.status is HandOverStatus.COMPLETE
    channels = campaign.plan.channels
    progress = {channel: handover.channels.get(channel, ChannelHandOver()) for channel in channels}
    return models.HandOverModel(
        status=handover.status,
        asked_at=handover.asked_at,
        asked_by=handover.by,
        done=handover.done,
        channels=[
            models.ChannelHandOverModel(
                channel=channel,
                dashboard_campaign_id=dashboard_id(campaign.id, channel, channels)
                if is_complete and each.in_dashboard
                else None,
                in_dashboard=each.in_dashboard,
                by_file=[
                    models.ByFileCount(reason=reason, members=each.by_file[reason])
                    for reason in ByFile
                    if each.by_file.get(reason)
                ],
                dropped=[
                    models.DroppedCount(reason=reason, members=each.dropped[reason])
                    for reason in LeftOut
                    if each.dropped.get(reason)
                ],
            )
            for channel, each in progress.items()
        ],
    )


def reach(counts: AudienceCounts) -> models.Reach:
    """Return the reach of a group."""
    return models.Reach(
        customers=counts.customers,
        reachable=counts.members,
        left_out=_left_out(counts.left_out),
        channels=[
            models.ChannelReach(
                channel=channel,
                reachable=each.reachable,
                left_out=_left_out(each.left_out),
            )
            for channel, each in counts.channels.items()
        ],
    )


def _left_out(counts: Mapping[LeftOut, int]) -> list[models.LeftOutCount]:
    return [
        models.LeftOutCount(reason=reason, customers=counts[reason])
        for reason in LeftOut
        if counts.get(reason)
    ]


def _holdout(each: Holdout) -> models.HoldoutSize:
    lift = each.smallest_lift_cents
    return models.HoldoutSize(
        share=each.share,
        treated=each.treated,
        held_out=each.held_out,
        smallest_lift=None if lift is None else round(lift) / 100,
        smallest_lift_share=each.smallest_lift_share,
    )
