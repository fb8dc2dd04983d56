"""Credit: each order is attributed to the last campaign sent to its customer before it.

Credit is a state and not an event: it follows from the orders that the customer has now and from
the messages that went out, in whatever order both became known. The caller keeps the last credit
and adds the difference, so that an edit, a refund, a void or a late event corrects it.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.segments.history import PastOrder
from shared.segments.touch import Touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A campaign's share of a customer's orders."""

    orders: int = 0
    """Orders, without returns."""
    revenue_cents: int = 0
    """Net: refunds and returns within the window are taken off, so it may be below 0."""
    engaged_orders: int = 0
    """Of them by customers who opened a message of the campaign or followed a link in it."""
    engaged_revenue_cents: int = 0

    def __add__(self, other: "Credit") -> "Credit":
        return Credit(
            orders=self.orders + other.orders,
            revenue_cents=self.revenue_cents + other.revenue_cents,
            engaged_orders=self.engaged_orders + other.engaged_orders,
            engaged_revenue_cents=self.engaged_revenue_cents + other.engaged_revenue_cents,
        )


NOTHING = Credit()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CreditedDay:
    """A campaign and a local day of orders credited to it."""

    campaign_id: str
    day: date


def credited(history: Iterable[PastOrder], touches: Iterable[Touch]) -> dict[CreditedDay, Credit]:
    """Return the credit of each campaign on each day; days without an order or return are left out.

    An order is of the campaign that was sent last before it or at the same instant, if that one's
    window still lasts, and of no other: an earlier message gets no credit once a later one has been
    sent. Of two sent at once, the one with the greater id. A return counts as an order would, but
    for their number.
    """
    touches = list(touches)
    sent_touches = sorted(
        (touch.sent_at, touch.campaign_id, touch.ends_at)
        for touch in touches
        if touch.sent_at and touch.ends_at
    )
    engaged = {touch.campaign_id for touch in touches if touch.is_engaged}
    instants = [sent_at for sent_at, _, _ in sent_touches]
    credits: dict[CreditedDay, Credit] = {}
    for order in history if sent_touches else ():
        place = bisect_right(instants, order.ordered_at) - 1
        if place < 0:
            continue
        _, campaign_id, ends_at = sent_touches[place]
        if order.ordered_at >= ends_at:
            continue
        number = 0 if order.is_return else 1
        strictly = campaign_id in engaged
        key = CreditedDay(campaign_id=campaign_id, day=order.local_date)
        credits[key] = credits.get(key, NOTHING) + Credit(
            orders=number,
            revenue_cents=order.amount_cents,
            engaged_orders=number if strictly else 0,
            engaged_revenue_cents=order.amount_cents if strictly else 0,
        )
    return credits
