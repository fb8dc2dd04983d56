"""Audience of a campaign: treated, held out, and left out with a reason.

Everybody in the group is a member of exactly one arm or left out under exactly one reason, so that
the numbers add up to the group. No address is used twice, and customers who share one are in the
same arm.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.contacts.contact_point import ConsentRecord, ContactPoint
from shared.contacts.profile import Channel
from shared.kernel.keyed_hash import keyed_hash
from shared.organizations.settings import OrganizationSettings

MAX_SHARED = 20
"""Customers who may share an address and still count as one person."""


class LeftOut(StrEnum):
    """Reason why a customer is left out, ordered from the furthest from being reachable to the
    nearest.

    Of several channels, the nearest reason counts.
    """

    NO_ADDRESS = "no_address"
    TEST_OR_ARCHIVED = "test_or_archived"
    BOUNCED_OR_COMPLAINED = "bounced_or_complained"
    UNSUBSCRIBED = "unsubscribed"
    NO_CONSENT = "no_consent"
    CONTACTED_RECENTLY = "contacted_recently"
    SAME_ADDRESS = "same_address"


_NEARNESS = {reason: place for place, reason in enumerate(LeftOut)}


class Arm(StrEnum):
    """Role of a member of an audience."""

    TREATED = "treated"
    HELD_OUT = "held_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPolicy:
    """Channels and conditions under which a customer may be written to."""

    channels: tuple[Channel, ...]
    unless_unsubscribed: bool = False
    """Whether e-mail goes also to people whose consent is not recorded either way."""
    not_contacted_since: datetime | None = None


def contact_policy(
    channels: tuple[Channel, ...],
    settings: OrganizationSettings,
    contacted_within_days: int,
    now: datetime,
) -> ContactPolicy:
    """Return the conditions under which the organisation writes to customers at an instant."""
    since = now - timedelta(days=contacted_within_days) if contacted_within_days else None
    return ContactPolicy(
        channels=channels,
        unless_unsubscribed=settings.email_unless_unsubscribed,
        not_contacted_since=since,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStanding:
    """State of one channel for one customer: a reason against it, or the point and consent."""

    against: LeftOut | None
    point: str | None = None
    """Key of the address; None without one."""
    consent: ConsentRecord | None = None
    """Consent recorded when the audience was frozen; None if no document names the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One customer of the group: segment, channels, arm or reason."""

    customer_key: str
    segment: str | None
    known: tuple[str, ...]
    """Keys of all addresses, also on channels that the campaign does not use."""
    channels: Mapping[Channel, ChannelStanding]
    """Of the campaign's channels."""
    arm: Arm | None = None
    left_out: LeftOut | None = None

    @property
    def usable(self) -> tuple[Channel, ...]:
        """The channels with nothing against them."""
        return tuple(channel for channel, each in self.channels.items() if each.against is None)


def standing_of(
    customer_key: str,
    segment: str | None,
    addresses: Mapping[Channel, str],
    points: Mapping[str, ContactPoint],
    policy: ContactPolicy,
) -> Standing:
    """Return a customer's standing from the keys of the addresses and the known contact points."""
    return Standing(
        customer_key=customer_key,
        segment=segment,
        known=tuple(sorted(addresses.values())),
        channels={
            channel: _channel_standing(channel, addresses.get(channel), points, policy)
            for channel in policy.channels
        },
    )


def _channel_standing(
    channel: Channel,
    key: str | None,
    points: Mapping[str, ContactPoint],
    policy: ContactPolicy,
) -> ChannelStanding:
    if key is None:
        return ChannelStanding(against=LeftOut.NO_ADDRESS)
    point = points.get(key)
    if point is None:
        # No document of the dashboard names it: nothing is recorded.
        allows_unknown_consent = policy.unless_unsubscribed and channel is Channel.EMAIL
        return ChannelStanding(
            against=None if allows_unknown_consent else LeftOut.NO_CONSENT, point=key
        )
    return ChannelStanding(against=_against(point, policy), point=key, consent=point.record)


def _against(point: ContactPoint, policy: ContactPolicy) -> LeftOut | None:
    since = policy.not_contacted_since
    if point.test_or_archived:
        return LeftOut.TEST_OR_ARCHIVED
    if point.undeliverable:
        return LeftOut.BOUNCED_OR_COMPLAINED
    if point.unsubscribed:
        return LeftOut.UNSUBSCRIBED
    if not point.may_be_written_to(unless_unsubscribed=policy.unless_unsubscribed):
        return LeftOut.NO_CONSENT
    if since is not None and point.last_contact_at is not None and point.last_contact_at >= since:
        return LeftOut.CONTACTED_RECENTLY
    return None


def assigned(
    standings: Sequence[Standing], *, secret: bytes, campaign_id: str, holdout_share: float
) -> list[Standing]:
    """Assign an arm or a reason to each customer, in the order given; the same at every call. See
    `Arms`."""
    arms = Arms(secret=secret, campaign_id=campaign_id, holdout_share=holdout_share)
    for each in standings:
        arms.add(each)
    return list(arms.assign(standings))


class Arms:
    """Assigns arms in two passes over a group, which need not be in memory: `add`, then `assign`.

    Of customers with one address on a channel, the first keeps it. Customers who share any address,
    directly or through others, are in one arm, which a keyed hash of the campaign and of the
    smallest key of their addresses decides. Keeps the keys of addresses only.
    """

    def __init__(self, *, secret: bytes, campaign_id: str, holdout_share: float) -> None:
        self._secret = secret
        self._campaign_id = campaign_id
        self._holdout_share = holdout_share
        self._known: list[tuple[str, ...]] = []

    def add(self, standing: Standing) -> None:
        """Add one customer of the group."""
        self._known.append(standing.known)

    def assign(self, standings: Iterable[Standing]) -> Iterator[Standing]:
        """Yield all customers added, in the same order, each with an arm or a reason."""
        shared_by = Counter(key for keys in self._known for key in keys)
        groups = _Groups()
        for keys in self._known:
            groups.join(key for key in keys if shared_by[key] <= MAX_SHARED)
        used_points: set[tuple[Channel, str]] = set()
        for each in standings:
            channels = {
                channel: replace(standing, against=LeftOut.SAME_ADDRESS)
                if standing.against is None and (channel, standing.point) in used_points
                else standing
                for channel, standing in each.channels.items()
            }
            now = replace(each, channels=channels)
            used_points |= {(channel, channels[channel].point or "") for channel in now.usable}
            if now.usable:
                own = [key for key in each.known if shared_by[key] <= MAX_SHARED] or each.known
                yield replace(now, arm=self._arm(min(map(groups.of, own))))
            else:
                against = [standing.against for standing in channels.values() if standing.against]
                nearest = max(against, key=lambda reason: _NEARNESS[reason])
                yield replace(now, left_out=nearest)

    def _arm(self, key: str) -> Arm:
        draw = _draw(self._secret, self._campaign_id, key)
        return Arm.HELD_OUT if draw < self._holdout_share else Arm.TREATED


def _draw(secret: bytes, campaign_id: str, key: str) -> float:
    """From 0 up to 1, the same for the same campaign and address."""
    return int(keyed_hash(secret, "arm", campaign_id, key)[:13], 16) / 16**13


class _Groups:
    """Keys that belong together (union-find); a group is named by its smallest key."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, key: str) -> str:
        path = []
        while (above := self._above.get(key, key)) != key:
            path.append(key)
            key = above
        for each in path:
            self._above[each] = key
        return key

    def join(self, keys: Iterable[str]) -> None:
        names = sorted({self.of(key) for key in keys})
        for name in names[1:]:
            self._above[name] = names[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCounts:
    """Counts of a group on one channel; they add up to the group."""

    reachable: int = 0
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceCounts:
    """Counts of a group; treated, held out and left out add up to `customers`."""

    customers: int
    treated: int
    held_out: int
    left_out: Mapping[LeftOut, int]
    channels: Mapping[Channel, ChannelCounts]

    @property
    def members(self) -> int:
        """Customers in either arm."""
        return self.treated + self.held_out


def counts_of(standings: Iterable[Standing], channels: Iterable[Channel]) -> AudienceCounts:
    """Count customers by arm, reason and channel."""
    arms: Counter[Arm] = Counter()
    reasons: Counter[LeftOut] = Counter()
    reachable: Counter[Channel] = Counter()
    against: dict[Channel, Counter[LeftOut]] = {channel: Counter() for channel in channels}
    customers = 0
    for each in standings:
        customers += 1
        if each.arm is not None:
            arms[each.arm] += 1
        elif each.left_out is not None:
            reasons[each.left_out] += 1
        for channel, standing in each.channels.items():
            if standing.against is None:
                reachable[channel] += 1
            else:
                against[channel][standing.against] += 1
    return AudienceCounts(
        customers=customers,
        treated=arms[Arm.TREATED],
        held_out=arms[Arm.HELD_OUT],
        left_out={reason: reasons[reason] for reason in LeftOut if reasons[reason]},
        channels={
            channel: ChannelCounts(
                reachable=reachable[channel],
                left_out={reason: tally[reason] for reason in LeftOut if tally[reason]},
            )
            for channel, tally in against.items()
        },
    )


def against_now(
    standing: Standing, points: Mapping[str, ContactPoint], policy: ContactPolicy
) -> dict[Channel, LeftOut | None]:
    """Return the current reason against each of a member's channels, at the hand-over or in a file.

    Whatever was recorded when the audience was frozen, only what is recorded now counts.
    """
    return {
        channel: _channel_standing(
            channel, standing.channels[channel].point, points, policy
        ).against
        for channel in standing.usable
    }
