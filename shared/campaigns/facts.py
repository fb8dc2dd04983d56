"""Facts about a group from its orders: the time to send, the offer, and the value at stake."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from shared.campaigns.performance.power import PAST_WINDOWS, SpendSpread, spend_spread
from shared.segments.history import PastOrder

RECENT_DAYS = 365
"""Days of orders behind the suggested hour and the value at stake."""
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedTime:
    """The hour of the week in which these customers order most."""

    weekday: str
    hour: int
    """From 0 to 23, where the organisation is."""
    share: float
    """Of their orders in the last RECENT_DAYS days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedOffer:
    """The category that most of these customers spend most on."""

    category: str
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """Sums and habits of a group; None without orders."""

    customers: int
    lifetime_value_cents: int
    recent_value_cents: int
    spread: SpendSpread | None
    """Of spend in one window, over the last PAST_WINDOWS windows in which each was a customer."""
    time: SuggestedTime | None
    offer: SuggestedOffer | None


class FactsOfGroup:
    """Accumulates customers, one at a time: memory does not grow with the group."""

    def __init__(self, *, as_of: datetime, window_days: int, time_zone: tzinfo) -> None:
        self._as_of = as_of
        self._window = timedelta(days=window_days)
        self._time_zone = time_zone
        self._customers = self._lifetime_cents = self._recent_cents = 0
        self._spends: Counter[int] = Counter()
        self._hours: Counter[tuple[int, int]] = Counter()
        self._categories: Counter[str] = Counter()

    def add(
        self,
        *,
        lifetime_value_cents: int,
        orders: tuple[PastOrder, ...],
        categories: tuple[str, ...],
    ) -> None:
        """Add a customer: every order, and the preferred categories, the largest first."""
        self._customers += 1
        self._lifetime_cents += lifetime_value_cents
        if categories:
            self._categories[categories[0]] += 1
        recent_since = self._as_of - timedelta(days=RECENT_DAYS)
        for order in orders:
            if recent_since <= order.ordered_at <= self._as_of:
                self._recent_cents += order.amount_cents
                if not order.is_return:
                    local = order.ordered_at.astimezone(self._time_zone)
                    self._hours[local.weekday(), local.hour] += 1
        self._spends.update(window_spends(orders, self._as_of, self._window))

    def facts(self) -> GroupFacts:
        """Return the facts of the customers added so far."""
        time = offer = None
        if self._hours:
            (weekday, hour), count = min(self._hours.items(), key=lambda each: (-each[1], each[0]))
            share = count / self._hours.total()
            time = SuggestedTime(weekday=_WEEKDAYS[weekday], hour=hour, share=share)
        if self._categories:
            category, count = min(self._categories.items(), key=lambda each: (-each[1], each[0]))
            offer = SuggestedOffer(category=category, customers=count)
        return GroupFacts(
            customers=self._customers,
            lifetime_value_cents=self._lifetime_cents,
            recent_value_cents=self._recent_cents,
            spread=spend_spread(self._spends.elements()),
            time=time,
            offer=offer,
        )


def window_spends(
    orders: tuple[PastOrder, ...], as_of: datetime, window: timedelta
) -> Iterator[int]:
    """A customer's net spend in each of the last windows, back to that of the first order."""
    first = min((order.ordered_at for order in orders if not order.is_return), default=None)
    if first is None or first > as_of:
        return
    spends = [0] * min(PAST_WINDOWS, (as_of - first) // window + 1)
    for order in orders:
        number = (as_of - order.ordered_at) // window
        if order.ordered_at <= as_of and number < len(spends):
            spends[number] += order.amount_cents
    yield from spends
