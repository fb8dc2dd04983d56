"""Classification: the segment of a customer at an instant, the rule behind it, and its next change.

Every rule is constant between orders except at four instants per customer (the last order plus
three durations, the first order plus one), which is what makes `next_change` exact.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds


class Rule(StrEnum):
    """The rule that decided, in the order in which the rules are tried."""

    NO_ORDERS = "no_orders"
    CHURNED = "churned"
    AT_RISK = "at_risk"
    SLIPPING = "slipping"
    FIRST_ORDER_RECENT = "first_order_recent"
    VIP_LIFETIME_VALUE = "vip_lifetime_value"
    VIP_ORDERS_AND_AOV = "vip_orders_and_aov"
    HIGH_VALUE = "high_value"
    FREQUENT = "frequent"
    LOYAL = "loyal"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTotals:
    """A customer's counted orders, summed up. All dates are None exactly when there is no order.

    Returns are no orders: they only lower `lifetime_value_cents`, which they may take below 0.
    """

    order_count: int = 0
    lifetime_value_cents: int = 0
    first_ordered_at: datetime | None = None
    last_ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """A segment and the rule that gave it."""

    segment: Segment
    rule: Rule


def classify(totals: OrderTotals, thresholds: Thresholds, at: datetime) -> Classification:
    """Return the segment at an instant and the rule behind it: the first matching rule wins.

    Recency is counted in whole 24-hour days, so "at least n days" holds from exactly n×24 hours
    after the order. Average order value is compared as a fraction, never rounded.
    """
    first, last = totals.first_ordered_at, totals.last_ordered_at
    if first is None or last is None:
        return Classification(segment=Segment.NEW, rule=Rule.NO_ORDERS)
    idle = at - last
    if idle >= thresholds.churned_after:
        return Classification(segment=Segment.CHURNED, rule=Rule.CHURNED)
    if idle >= thresholds.at_risk_after:
        return Classification(segment=Segment.AT_RISK, rule=Rule.AT_RISK)
    if idle >= thresholds.slipping_after:
        return Classification(segment=Segment.SLIPPING, rule=Rule.SLIPPING)
    if at - first < thresholds.new_until:
        return Classification(segment=Segment.NEW, rule=Rule.FIRST_ORDER_RECENT)
    return _by_value(totals, thresholds)


def next_change(
    totals: OrderTotals, thresholds: Thresholds, at: datetime, segment: Segment
) -> datetime | None:
    """First instant after `at` at which time alone gives another segment; None for never."""
    first, last = totals.first_ordered_at, totals.last_ordered_at
    if first is None or last is None:
        return None
    boundaries = sorted(
        {
            first + thresholds.new_until,
            last + thresholds.slipping_after,
            last + thresholds.at_risk_after,
            last + thresholds.churned_after,
        }
    )
    for boundary in boundaries:
        if boundary > at and classify(totals, thresholds, boundary).segment != segment:
            return boundary
    return None


def _by_value(totals: OrderTotals, thresholds: Thresholds) -> Classification:
    orders, value_cents = totals.order_count, totals.lifetime_value_cents

    def aov_at_least(cents: int) -> bool:
        return orders > 0 and value_cents >= cents * orders

    if value_cents >= thresholds.vip_min_lifetime_value_cents:
        return Classification(segment=Segment.VIP, rule=Rule.VIP_LIFETIME_VALUE)
    if orders >= thresholds.vip_min_orders and aov_at_least(thresholds.vip_min_aov_cents):
        return Classification(segment=Segment.VIP, rule=Rule.VIP_ORDERS_AND_AOV)
    if orders < thresholds.high_value_max_orders and aov_at_least(
        thresholds.high_value_min_aov_cents
    ):
        return Classification(segment=Segment.HIGH_VALUE, rule=Rule.HIGH_VALUE)
    if orders >= thresholds.frequent_min_orders and not aov_at_least(
        thresholds.frequent_max_aov_cents
    ):
        return Classification(segment=Segment.FREQUENT, rule=Rule.FREQUENT)
    if orders >= thresholds.loyal_min_orders:
        return Classification(segment=Segment.LOYAL, rule=Rule.LOYAL)
    return Classification(segment=Segment.NEW, rule=Rule.OTHERWISE)
