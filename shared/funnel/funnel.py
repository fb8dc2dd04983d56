"""The funnel: sessions, those that started a checkout, and those that paid, by day and channel.

Context: the shop writes events (`organizations/{org}/events`). Sessions of 30 days are not the sum
of the sessions of each day, if a session counts on every day on which it is seen; and deliveries
may come twice, late and in any order.

Decision: a session belongs to the day it began, in the organisation's time zone, and all of its
stages are counted on that day. So each session is counted once, and days add up to any window,
exactly. What is known of a session (`Session`) is put together from its events by minima, maxima
and "or": the result is the same for any order and any repetition of the events, so nothing has to
be known about an event but its session, and a delivery without news writes nothing.

What counts as what:

* Session: has an event of a shopper, which is one whose type begins with `reach.`,
  `recommendation.`, `cart.` or `checkout.`. Events of other types, such as `subscription.updated`,
  are not about shopping and are left out.
* Checkout started: has `checkout.started` or `checkout.intentCreated`; `checkout.failed` and
  payment imply it, since a checkout that failed or was paid must have been started.
* Paid: has `checkout.paid` or `order.completed`: an order that is paid when it is picked up has
  only the latter. Orders taken at the till have it too; so `order.completed` makes a session paid,
  but no session exists without an event of a shopper.
* Identity: see `IDENTITY_FIELDS`. An event of a shopper without any belongs to no session and is
  counted by itself, to be seen.
* Channel: that of the earliest event that names a known one. Other words are not kept: they could
  be anything, and there could be any number of them.

Consequences: the day of a session in progress may still gain paid sessions. An event that is
deleted stays counted. A session whose events are under different ids is several sessions: shops
should put `data.sessionId` on all of them, those of payments included.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from shared.kernel.compared_text import lowered
from shared.kernel.instants import parse_instant
from shared.orders.channel import UNKNOWN, channel_named
from shared.orders.fields import first_usable
from shared.orders.nobody import STANDARD, Placeholders

IDENTITY_FIELDS = (
    "data.sessionId",
    "data.session_id",
    "data.cartId",
    "data.cart_id",
    "refId",
    "data.orderId",
    "data.order_id",
)
"""Fields that may name an event's session, the deciding one first."""
CHANNEL_FIELDS = ("data.channel", "data.source", "data.platform")
"""Fields that may name an event's channel, in the words that orders use (see
`shared.orders.channel`)."""
EVENT_FIELDS = ("type", "timestamp", *IDENTITY_FIELDS, *CHANNEL_FIELDS)
"""Fields of an event that are read."""

OLDEST_EVENT = timedelta(days=365)
"""Maximum age of a counted event: the session of an older one may have expired."""
FUTURE_EVENT = timedelta(days=1)
"""Events dated further ahead than this are not counted: no clock is that wrong by accident."""
KEPT_FOR = timedelta(days=400)
"""Time that a session is kept after its last event. Longer than `OLDEST_EVENT`, so that an event
which is old enough to be counted, however often, always finds what it has been counted as."""

_SHOPPER = ("reach.", "recommendation.", "cart.", "checkout.")
_STARTED = frozenset({"checkout.started", "checkout.intentcreated", "checkout.failed"})
_PAID = frozenset({"checkout.paid", "order.completed"})

SESSIONS, CHECKOUTS_STARTED, PAID = STAGES = ("sessions", "checkouts_started", "paid")
"""Names of the counters, in the order of the funnel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The known state of one session, or, `without_id`, of one event that names none."""

    began_at: datetime | None
    """Earliest event of a shopper; None if only the payment is known so far."""
    checkout_started: bool = False
    paid: bool = False
    channel_named_at: tuple[datetime, str] | None = None
    """The earliest event that names a channel, and that channel."""
    keep_until: datetime
    """Time after which this may be deleted."""
    without_id: bool = False

    @property
    def channel(self) -> str:
        """`online`, `in_store`, or `unknown` where no event names either."""
        return self.channel_named_at[1] if self.channel_named_at else UNKNOWN

    def merged(self, other: "Session") -> "Session":
        """The union of both: commutative, associative and idempotent."""
        return Session(
            began_at=min(filter(None, (self.began_at, other.began_at)), default=None),
            checkout_started=self.checkout_started or other.checkout_started,
            paid=self.paid or other.paid,
            channel_named_at=min(
                filter(None, (self.channel_named_at, other.channel_named_at)), default=None
            ),
            keep_until=max(self.keep_until, other.keep_until),
            without_id=self.without_id or other.without_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopEvent:
    """One event as far as the funnel goes."""

    identity: str | None = field(repr=False)
    """The id of its session as the shop wrote it, which may be personal data; None for none."""
    at: datetime
    session: Session
    """Session as implied by the event alone."""


def shop_event(
    data: Mapping[str, object],
    created_at: datetime,
    *,
    time_zone: tzinfo = UTC,
    placeholders: Placeholders = STANDARD,
) -> ShopEvent | None:
    """Read an event document; None if it is not about shopping.

    An event without a readable `timestamp` happened when its document was created. One that names
    no offset is a time of `time_zone`, and `placeholders` name no session.
    """
    kind = _kind(data)
    shopper, is_payment = kind.startswith(_SHOPPER), kind in _PAID
    identity = first_usable(data, IDENTITY_FIELDS, placeholders.real_id).value
    if not shopper and not (is_payment and identity is not None):
        return None
    at = parse_instant(data.get("timestamp"), time_zone) or created_at
    channel = first_usable(data, CHANNEL_FIELDS, channel_named).value
    return ShopEvent(
        identity=identity,
        at=at,
        session=Session(
            began_at=at if shopper else None,
            checkout_started=is_payment or kind in _STARTED,
            paid=is_payment,
            channel_named_at=(at, channel) if channel else None,
            keep_until=_keep_until(at),
            without_id=identity is None,
        ),
    )


def is_of_the_funnel(data: Mapping[str, object]) -> bool:
    """Whether the type of an event says that it may be about shopping."""
    kind = _kind(data)
    return kind.startswith(_SHOPPER) or kind in _PAID


def is_counted_at(event: ShopEvent, now: datetime) -> bool:
    """Whether the event is neither too old nor dated too far ahead."""
    return now - OLDEST_EVENT <= event.at <= now + FUTURE_EVENT


def _kind(data: Mapping[str, object]) -> str:
    kind = data.get("type")
    return lowered(kind) if isinstance(kind, str) else ""


def _keep_until(at: datetime) -> datetime:
    """Moves once a month, so that most events of a session do not change it."""
    month = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (month + timedelta(days=32)).replace(day=1) + KEPT_FOR


@dataclass(slots=True, kw_only=True)
class FunnelDay:
    """The sessions that began on one day, or a change of them."""

    channels: dict[str, Counter[str]] = field(default_factory=dict)
    """STAGES by channel."""
    events_without_session: int = 0

    def add(self, session: Session, sign: int) -> None:
        """Add (sign 1) or subtract (sign -1) one session."""
        if session.without_id:
            self.events_without_session += sign
            return
        counts = self.channels.setdefault(session.channel, Counter())
        counts[SESSIONS] += sign
        counts[CHECKOUTS_STARTED] += sign * session.checkout_started
        counts[PAID] += sign * session.paid

    def add_all(self, other: "FunnelDay") -> None:
        """Add another day's sessions to this one's."""
        self.events_without_session += other.events_without_session
        for channel, counts in other.channels.items():
            mine = self.channels.setdefault(channel, Counter())
            for name, count in counts.items():
                mine[name] += count

    def without_zeros(self) -> "FunnelDay":
        """Return the numbers without zeros."""
        nonzero = {
            channel: Counter({name: count for name, count in counts.items() if count})
            for channel, counts in self.channels.items()
        }
        return FunnelDay(
            channels={channel: counts for channel, counts in nonzero.items() if counts},
            events_without_session=self.events_without_session,
        )

    @property
    def is_zero(self) -> bool:
        """Whether it is empty; only meaningful on the result of `without_zeros`."""
        return not (self.channels or self.events_without_session)

    def total(self) -> Counter[str]:
        """STAGES over all channels."""
        total: Counter[str] = Counter()
        for counts in self.channels.values():
            total.update(counts)
        return total


@dataclass(slots=True, kw_only=True)
class FunnelDelta:
    """Change of an organisation's sessions by day."""

    days: dict[date, FunnelDay] = field(default_factory=dict)

    def add(self, session: Session, day: date | None, sign: int) -> None:
        """Add (sign 1) or subtract (sign -1) a session that is counted on a day, if it is."""
        if day is not None:
            self.days.setdefault(day, FunnelDay()).add(session, sign)

    def without_zeros(self) -> "FunnelDelta":
        """Return the change without everything that stays as it is."""
        days = {day: change.without_zeros() for day, change in self.days.items()}
        return FunnelDelta(days={day: change for day, change in days.items() if not change.is_zero})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLine:
    """One channel over a window."""

    channel: str
    sessions: int
    checkouts_started: int
    paid: int
    orders: int
    """Counted orders, those without a session included."""
    revenue_cents: int

    @property
    def conversion_rate(self) -> float | None:
        """Part of the sessions that paid, 0 to 1; None without sessions."""
        return share(self.paid, self.sessions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """An organisation's funnel over some days in a row."""

    first_day: date
    last_day: date
    measured_from: date | None
    """The first of these days on or before which any event was counted; None if there is none.
    Nothing is known of the sessions of the days before."""
    days: Mapping[date, FunnelDay]
    """The days that have any sessions."""
    channels: tuple[ChannelLine, ...]
    """Channels with sessions or orders: most sessions first, then most revenue, then by name."""

    @property
    def stages(self) -> tuple[int, ...] | None:
        """The number of sessions at each of STAGES; None if nothing is measured."""
        if self.measured_from is None:
            return None
        total: Counter[str] = Counter()
        for day in self.days.values():
            total.update(day.total())
        return _stages(total)

    @property
    def events_without_session(self) -> int | None:
        """Events of shoppers that name no session; None if nothing is measured."""
        if self.measured_from is None:
            return None
        return sum(day.events_without_session for day in self.days.values())

    def on(self, day: date) -> tuple[int, ...] | None:
        """STAGES of the sessions that began on a day; None if it is not measured."""
        if self.measured_from is None or day < self.measured_from:
            return None
        return _stages(self.days[day].total()) if day in self.days else (0,) * len(STAGES)


def funnel(
    days: Mapping[date, FunnelDay],
    orders: Mapping[str, Mapping[str, int]],
    first_day: date,
    last_day: date,
    *,
    measured_before: bool,
) -> Funnel:
    """Build the funnel of a window.

    `days` are those of the window that have any sessions, `orders` the revenue_cents and orders of
    the window by channel; `measured_before` says whether events were counted on any day before it.
    """
    total = FunnelDay()
    for day in days.values():
        total.add_all(day)
    lines = []
    for channel in total.channels.keys() | orders.keys():
        sessions, checkouts_started, paid = _stages(total.channels.get(channel, {}))
        order_counts = orders.get(channel, {})
        line = ChannelLine(
            channel=channel,
            sessions=sessions,
            checkouts_started=checkouts_started,
            paid=paid,
            orders=order_counts.get("orders", 0),
            revenue_cents=order_counts.get("revenue_cents", 0),
        )
        if line.sessions or line.orders or line.revenue_cents:
            lines.append(line)
    lines.sort(key=lambda line: (-line.sessions, -line.revenue_cents, line.channel))
    return Funnel(
        first_day=first_day,
        last_day=last_day,
        measured_from=first_day if measured_before else min(days, default=None),
        days=days,
        channels=tuple(lines),
    )


def over_all_days(days: Iterable[Mapping[str, Mapping[str, int]]]) -> Mapping[str, Counter[str]]:
    """Numbers by channel, of many days together."""
    total: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for channels in days:
        for channel, counts in channels.items():
            total[channel].update(counts)
    return total


def share(part: int, whole: int) -> float | None:
    """Part ÷ whole; None if there is no whole."""
    return part / whole if whole else None


def _stages(counts: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(counts.get(stage, 0) for stage in STAGES)
