"""Touches: one message of a campaign to a customer on one channel, and its events."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MIN_WINDOW_DAYS, MAX_WINDOW_DAYS = 1, 30
MAX_TOUCHES = 1_000
"""Touches that a customer's document holds: some 150 kB."""


class EventKind(StrEnum):
    """Kind of event of a message, in the words of its sender."""

    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


ENGAGED = frozenset({EventKind.OPENED, EventKind.CLICKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A campaign's message to a customer on one channel.

    It holds no address or other personal data. The first event of a kind counts and those after it
    are the same, so that neither repeated events nor their order change it.
    """

    campaign_id: str
    channel: str
    window_days: int
    """Days after it in which an order counts, from 1 to 30."""
    segment: str | None = None
    """The customer's segment in the frozen audience."""
    events: tuple[tuple[EventKind, datetime], ...] = ()
    """The first instant of each kind, sorted by kind."""

    @property
    def kinds(self) -> frozenset[EventKind]:
        """Return the kinds of its events."""
        return frozenset(kind for kind, _ in self.events)

    @property
    def sent_at(self) -> datetime | None:
        """Return when it was sent; None if unknown, as when an opening is reported first."""
        return dict(self.events).get(EventKind.SENT)

    @property
    def is_engaged(self) -> bool:
        """Whether it was opened, or a link in it was followed."""
        return bool(self.kinds & ENGAGED)

    @property
    def ends_at(self) -> datetime | None:
        """The first instant at which an order no longer counts."""
        sent_at = self.sent_at
        return sent_at + timedelta(days=self.window_days) if sent_at else None

    def with_event(self, kind: EventKind, at: datetime) -> "Touch":
        """Return the touch after one more event."""
        events = dict(self.events)
        events[kind] = min(at, events.get(kind, at))
        return replace(self, events=tuple(sorted(events.items())))


def with_touch(touches: Iterable[Touch], touch: Touch) -> tuple[Touch, ...]:
    """The touches with one of them replaced or added, sorted by campaign and channel."""
    by_message = {(each.campaign_id, each.channel): each for each in [*touches, touch]}
    return tuple(by_message[key] for key in sorted(by_message))
