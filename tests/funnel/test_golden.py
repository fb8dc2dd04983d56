"""The funnel of real orders is what it was when counters still had products by day."""

import json
from datetime import timedelta
from pathlib import Path

from tests.support.dashboard import Dashboard
from tests.support.shop import NOW, Shop
from tools.demo.events import demo_events
from tools.demo.orders import ORGANIZATIONS, demo_orders

DAYS = 14
BASKETS = 6
"""Of a household in a year, at most: some 20 orders in these days."""
GOLDEN = Path(__file__).with_name("golden_funnel.json")


def test_the_funnel_is_what_it_was(dashboard: Dashboard, shop: Shop) -> None:
    orders = [
        order
        for order in demo_orders(NOW, at_most=BASKETS)
        if order.data["brandId"] == ORGANIZATIONS[0]
        and order.ordered_at > NOW - timedelta(days=DAYS)
    ]
    for number, order in enumerate(orders):
        shop.order(
            order.data["customer"]["email"],
            order.data["totals"]["total"],
            at=order.ordered_at,
            id=order.order_id,
            items=order.data["items"],
            channel="retail" if number % 3 == 0 else "online",
        )
    for event in demo_events(orders, ORGANIZATIONS[0], NOW):
        data = event.data["data"]
        shop.event(
            event.data["type"],
            data["sessionId"],
            at=event.data["timestamp"],
            channel=data["channel"],
        )
    answer = dashboard.get("/v1/analytics/funnel", {"days": DAYS})
    assert answer == json.loads(GOLDEN.read_text())
