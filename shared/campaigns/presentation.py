"""Campaigns as the API shows them."""

from collections.abc import Mapping
from datetime import datetime

from shared.campaigns import answers as models
from shared.campaigns.audience import AudienceCounts, LeftOut
from shared.campaigns.facts import GroupFacts
from shared.campaigns.power import Holdout, holdout, in_words
from shared.campaigns.query import group_name
from shared.campaigns.source import Source, goal_of, name_of, source_fields
from shared.contacts.profile import Channel
from shared.web.units import units

SHARES = (0.1, 0.5)
"""Holdouts that a prefill compares."""


def prefill(
    org_id: str,
    source: Source,
    channels: tuple[Channel, ...],
    counts: AudienceCounts,
    facts: GroupFacts,
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
        cannot_detect=in_words(holdouts),
        parameters={
            "goal": goal.value,
            "name": name,
            "channels": ",".join(channels),
            **group_name(fields),
        },
    )


def reach(counts: AudienceCounts) -> models.Reach:
    """Who of a group may be written to."""
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


def _left_out(counted: Mapping[LeftOut, int]) -> list[models.LeftOutCount]:
    return [
        models.LeftOutCount(reason=reason, customers=counted[reason])
        for reason in LeftOut
        if counted.get(reason)
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
