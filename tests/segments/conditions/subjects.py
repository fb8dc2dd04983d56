"""Customers and definitions for tests of the evaluation."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.segments.classify import OrderTotals
from shared.segments.conditions.evaluate import CustomSegments, Membership, Subject
from shared.segments.conditions.parse import parse_definition
from shared.segments.history import OrderHistory, PastLine, PastOrder
from shared.segments.thresholds import Thresholds
from tests.segments.segment_fold import category_cents

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NEW_YORK = ZoneInfo("America/New_York")


def order(
    days_ago: float,
    cents: int = 10_00,
    *lines: tuple[str, str, int],
    channel: str = "online",
    campaign: str = "",
) -> PastOrder:
    """An order so many days before now, with lines of a product, a category and cents."""
    ordered_at = NOW - timedelta(days=days_ago)
    return PastOrder(
        ordered_at=ordered_at,
        local_date=ordered_at.astimezone(NEW_YORK).date(),
        amount_cents=cents,
        channel=channel,
        campaign_id=campaign,
        lines=tuple(PastLine(id, category, 1_000, amount) for id, category, amount in lines),
    )


def somebody(*orders: PastOrder, **known: bool) -> Subject:
    instants = [order.ordered_at for order in orders]
    return Subject(
        totals=OrderTotals(
            order_count=len(orders),
            lifetime_value_cents=sum(order.amount_cents for order in orders),
            first_ordered_at=min(instants, default=None),
            last_ordered_at=max(instants, default=None),
        ),
        category_cents=category_cents(orders),
        history=OrderHistory.of(orders),
        has_email=known.get("email", False),
        has_phone=known.get("phone", False),
        has_display_name=known.get("name", False),
    )


def segments(**trees: Any) -> CustomSegments:
    definitions = {id: parse_definition(tree) for id, tree in trees.items()}
    return CustomSegments(definitions, Thresholds(), NEW_YORK)


def membership(tree: object, subject: Subject, at: datetime = NOW) -> Membership:
    return segments(s=tree).memberships(subject, at)


def met(tree: object, subject: Subject, at: datetime = NOW) -> bool:
    holds = membership(tree, subject, at).segment_ids == ("s",)
    assert segments().matches(parse_definition(tree))(subject, at) is holds
    return holds


def field(name: str, operator: str, *value: object) -> dict[str, object]:
    tree: dict[str, object] = {"field": name, "operator": operator}
    return {**tree, "value": value[0]} if value else tree


BASKET = somebody(
    order(9, 60_00, ("p1", "Flower", 30_00), ("p2", "Edibles", 30_00), channel="in_store"),
    order(5, 30_00, ("p1", "Flower", 10_00), ("p3", "Pre-Rolls", 20_00), campaign="spring"),
    order(2, 7_00, ("p4", "Merch Items", 0), ("P1", "Vape", 7_00)),
)
