"""Which campaign an order is credited to: the last one sent to its customer before it.

Credit is a state and not an event: it follows from the orders that the customer has now and from
the messages that went out, in whatever order both became known. Whoever keeps what was last
credited adds the difference, so that an edit, a refund, a void or a late event corrects it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.segments.history import PastOrder

MIN_WINDOW_DAYS, MAX_WINDOW_DAYS = 1, 30


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Touch:
    """A message of a campaign that went out to a customer."""

    sent_at: datetime
    campaign_id: str
    window_days: int
    """Days after it in which an order counts, from 1 to 30."""
    engaged: bool = False
    """Whether it was opened, or a link in it was followed."""

    @property
    def ends_at(self) -> datetime:
        """The first instant at which an order no longer counts."""
        return self.sent_at + timedelta(days=self.window_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a customer's orders add to a campaign."""

    orders: int = 0
    """Orders, without returns."""
    revenue_cents: int = 0
    """Net: refunds and returns within the window are taken off, so it may be below 0."""
    engaged_orders: int = 0
    """Of them after a message that was opened or followed."""
    engaged_revenue_cents: int = 0

    def __add__(self, other: "Credit") -> "Credit":
        return Credit(
            orders=self.orders + other.orders,
            revenue_cents=self.revenue_cents + other.revenue_cents,
            engaged_orders=self.engaged_orders + other.engaged_orders,
            engaged_revenue_cents=self.engaged_revenue_cents + other.engaged_revenue_cents,
        )

    def __neg__(self) -> "Credit":
        return Credit(
            orders=-self.orders,
            revenue_cents=-self.revenue_cents,
            engaged_orders=-self.engaged_orders,
            engaged_revenue_cents=-self.engaged_revenue_cents,
        )


NOTHING = Credit()


def credited(history: Iterable[PastOrder], touches: Iterable[Touch]) -> dict[str, Credit]:
    """What each campaign is credited with, by id; those with no order or return are left out.

    An order is of the campaign that was sent last before it or at the same instant, if that one's
    window still lasts, and of no other: an earlier message is not credited with what a later one
    overtook. Of two sent at once, the one with the greater id. A return counts as an order would,
    but for their number.
    """
    sent = sorted(set(touches))
    instants = [touch.sent_at for touch in sent]
    credits: dict[str, Credit] = {}
    for order in history:
        place = bisect_right(instants, order.ordered_at) - 1
        if place < 0 or order.ordered_at >= sent[place].ends_at:
            continue
        touch = sent[place]
        number = 0 if order.is_return else 1
        credit = Credit(
            orders=number,
            revenue_cents=order.amount_cents,
            engaged_orders=number if touch.engaged else 0,
            engaged_revenue_cents=order.amount_cents if touch.engaged else 0,
        )
        credits[touch.campaign_id] = credits.get(touch.campaign_id, NOTHING) + credit
    return credits


def difference(before: Mapping[str, Credit], after: Mapping[str, Credit]) -> dict[str, Credit]:
    """What to add to each campaign, from what was last credited to what is now."""
    changes = {
        campaign_id: after.get(campaign_id, NOTHING) + -before.get(campaign_id, NOTHING)
        for campaign_id in sorted({*before, *after})
    }
    return {campaign_id: change for campaign_id, change in changes.items() if change != NOTHING}
