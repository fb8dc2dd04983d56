"""Resolves events, as senders name them, to messages and members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from shared.campaigns.audience import Arm
from shared.campaigns.campaign import Campaign
from shared.campaigns.events.recorder import SUPPRESSING, EventStatus, MessageEvent
from shared.contacts.profile import Channel
from shared.segments.customer import CustomerId
from shared.segments.touch import EventKind, Touch

CLOCKS_DIFFER = timedelta(minutes=5)
"""Tolerance for a sender's clock that is ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A customer of a frozen group."""

    customer_key: str
    arm: Arm | None
    """None for one who was left out."""
    segment: str | None
    points: Mapping[Channel, str]
    """Keys of the addresses on the campaign's channels."""
    usable: tuple[Channel, ...]
    """Channels without a reason against writing."""

    @property
    def is_treated(self) -> bool:
        """Whether the campaign writes to this customer."""
        return self.arm is Arm.TREATED


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEvent:
    """An event as received; exactly one name is given."""

    id: str
    """The sender's own id of the event."""
    kind: EventKind
    at: datetime
    channel: Channel | None = None
    customer_key: str | None = None
    point: str | None = None
    """Key of an address."""
    profile_points: Mapping[Channel, str] = field(default_factory=dict)
    """Keys of the addresses of the dashboard's customer that was named."""


class Members(Protocol):
    """The customers of one frozen audience."""

    def member(self, customer_key: str) -> Member | None:
        """The customer with this key."""
        ...

    def with_point(self, key: str) -> Member | None:
        """The customer with this address."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Events to record, and the statuses of the others."""

    statuses: list[EventStatus | None]
    """Of each event; None for those to be recorded."""
    events: list[MessageEvent]
    """Events to be recorded, in order."""


def intake_of(
    named_events: Sequence[NamedEvent],
    org_id: str,
    campaign: Campaign,
    members: Members,
    now: datetime,
) -> Intake:
    """Return the events to record, each with its member; an id repeated within the batch is
    skipped.

    An event that suppresses an address does so whoever was written to: somebody who unsubscribes
    is believed, also where the campaign says nothing of a message.
    """
    statuses: list[EventStatus | None] = []
    events: list[MessageEvent] = []
    event_ids: set[str] = set()
    for each in named_events:
        if each.id in event_ids:
            statuses.append(EventStatus.DUPLICATE)
            continue
        event_ids.add(each.id)
        member, point, channel = _whom(each, members)
        against = _against(each, campaign, member, channel, now)
        if against is not None:
            is_usable = point is not None and against is not EventStatus.IN_THE_FUTURE
            if not is_usable or each.kind not in SUPPRESSING:
                statuses.append(against)
                continue
        statuses.append(None)
        events.append(
            MessageEvent(
                kind=each.kind,
                at=each.at,
                customer=CustomerId(org_id, member.customer_key)
                if member and against is None
                else None,
                message=Touch(
                    campaign_id=campaign.id,
                    channel=(channel or campaign.plan.channels[0]).value,
                    window_days=campaign.plan.window_days,
                    segment=member.segment if member else None,
                ),
                point=point,
                is_known=member is not None,
            )
        )
    return Intake(statuses=statuses, events=events)


def _whom(event: NamedEvent, members: Members) -> tuple[Member | None, str | None, Channel | None]:
    """Return the member, the key of the address and the channel of an event."""
    points = [event.point] if event.point else [*event.profile_points.values()]
    if event.customer_key is not None:
        member = members.member(event.customer_key)
    else:
        members_of_points = (members.with_point(point) for point in points)
        member = next((each for each in members_of_points if each), None)
    channel = event.channel
    if channel is None and event.point is not None and member:
        channel = next(name for name, key in member.points.items() if key == event.point)
    if channel is None:
        several = list(member.usable or member.points if member else event.profile_points)
        channel = several[0] if len(several) == 1 else None
    if event.point is not None:
        return member, event.point, channel
    channels = member.points if member else event.profile_points
    return member, channels.get(channel) if channel else None, channel


def _against(
    event: NamedEvent,
    campaign: Campaign,
    member: Member | None,
    channel: Channel | None,
    now: datetime,
) -> EventStatus | None:
    if event.at > now + CLOCKS_DIFFER:
        return EventStatus.IN_THE_FUTURE
    if member is None:
        return EventStatus.UNKNOWN_MEMBER
    if event.at < campaign.frozen_at:
        return EventStatus.BEFORE_FREEZING
    if member.arm is None:
        return EventStatus.LEFT_OUT
    if member.arm is Arm.HELD_OUT:
        return EventStatus.HELD_OUT
    return EventStatus.CHANNEL_NEEDED if channel is None else None
