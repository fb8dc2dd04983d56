"""A customer's path through the segments, recomputed from today's orders. Pure.

Recorded transitions are not used: the same orders give the same path, whenever they became known,
under one set of thresholds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from shared.segments.classify import OrderTotals, classify, next_change
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds

PlacedOrder = tuple[datetime, int]
"""A counted order: when it was placed, and its amount in cents. A return where that is negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTransition:
    """A change of segment, at the exact instant from which it holds."""

    from_segment: Segment | None
    """None before the first order."""
    to_segment: Segment
    effective_at: datetime


def totals_until(orders: Sequence[PlacedOrder], at: datetime) -> OrderTotals:
    """The orders and returns placed up to and including `at`, summed up; in any order."""
    orders_by_then = [order for order in orders if order[0] <= at]
    instants = [ordered_at for ordered_at, cents in orders_by_then if cents >= 0]
    return OrderTotals(
        order_count=len(instants),
        lifetime_value_cents=sum(cents for _, cents in orders_by_then),
        first_ordered_at=min(instants, default=None),
        last_ordered_at=max(instants, default=None),
    )


def segment_at(totals: OrderTotals, thresholds: Thresholds, at: datetime) -> Segment | None:
    """The segment of a customer with these orders; None without orders."""
    return classify(totals, thresholds, at).segment if totals.order_count else None


def path(
    orders: Sequence[PlacedOrder],
    thresholds: Thresholds,
    until: datetime,
    *,
    after: datetime | None = None,
) -> Iterator[PathTransition]:
    """Yield every change of segment up to and including `until`, and after `after`, earliest first.

    Orders and returns placed at the same instant are one change, and one placed at the very instant
    at which time would have moved the customer comes first: at each instant the path agrees with
    `segment_at` for the orders placed up to it.
    """
    totals, segment, at = OrderTotals(), None, None
    orders_in_order = sorted(order for order in orders if order[0] <= until)
    if after is not None:
        totals = totals_until(orders_in_order, after)
        segment, at = segment_at(totals, thresholds, after), after
        orders_in_order = [order for order in orders_in_order if order[0] > after]
    slipping_after, new_until = thresholds.slipping_after, thresholds.new_until
    for ordered_at, together in groupby(orders_in_order, key=lambda order: order[0]):
        first, last = totals.first_ordered_at, totals.last_ordered_at
        # Time moves nobody before one of the two: most orders follow soon enough.
        if (
            segment is not None
            and at is not None
            and first is not None
            and last is not None
            and (last + slipping_after < ordered_at or at < first + new_until < ordered_at)
        ):
            for transition in _transitions_of_time(totals, thresholds, at, segment):
                if transition.effective_at >= ordered_at:
                    break
                segment = transition.to_segment
                yield transition
        totals = _with(totals, ordered_at, [cents for _, cents in together])
        at, now = ordered_at, segment_at(totals, thresholds, ordered_at)
        if now is not None and now != segment:
            yield PathTransition(from_segment=segment, to_segment=now, effective_at=ordered_at)
        segment = now
    if segment is not None and at is not None:
        for transition in _transitions_of_time(totals, thresholds, at, segment):
            if transition.effective_at > until:
                break
            yield transition


def _transitions_of_time(
    totals: OrderTotals, thresholds: Thresholds, at: datetime, segment: Segment
) -> Iterator[PathTransition]:
    """Yield the transitions by time alone after `at`."""
    upcoming = next_change(totals, thresholds, at, segment)
    while upcoming is not None:
        segment_then = classify(totals, thresholds, upcoming).segment
        yield PathTransition(from_segment=segment, to_segment=segment_then, effective_at=upcoming)
        segment = segment_then
        upcoming = next_change(totals, thresholds, upcoming, segment)


def _with(totals: OrderTotals, ordered_at: datetime, amounts_cents: list[int]) -> OrderTotals:
    orders = sum(cents >= 0 for cents in amounts_cents)
    return OrderTotals(
        order_count=totals.order_count + orders,
        lifetime_value_cents=totals.lifetime_value_cents + sum(amounts_cents),
        first_ordered_at=totals.first_ordered_at or (ordered_at if orders else None),
        last_ordered_at=ordered_at if orders else totals.last_ordered_at,
    )
