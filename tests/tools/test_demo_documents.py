"""The demo's documents beside orders: the shop's events and its product documents."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from shared.funnel.funnel import shop_event
from tools.demo.events import DAYS, demo_events
from tools.demo.orders import ORGANIZATIONS, DemoOrder, demo_products

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ORG, OTHER = ORGANIZATIONS


def demo_order(number: int, *, days_ago: float, org_id: str = ORG) -> DemoOrder:
    item = {"productId": f"p{number % 3}", "name": "Tea", "category": "Grocery", "qty": 1}
    return DemoOrder(
        f"demo_{number}",
        NOW - timedelta(days=days_ago),
        {"brandId": org_id, "items": [{**item, "price": 1 + number % 3}]},
    )


ORDERS = [
    *(demo_order(number, days_ago=number) for number in range(16)),
    demo_order(100, days_ago=DAYS + 1),
    demo_order(101, days_ago=1, org_id=OTHER),
]


def test_events_make_a_funnel_in_which_each_takes_its_session_a_stage_further() -> None:
    events = demo_events(ORDERS, ORG, NOW)
    assert len({event.path for event in events}) == len(events) == 4 * 3 + 2 * 1 + 2 * 2
    assert Counter(event.stage for event in events) == {0: 8, 1: 6, 2: 4}
    for event in events:
        told = shop_event(event.data, NOW)
        assert told is not None
        assert told.identity is not None
        assert told.session.began_at is not None
        reached = (told.session.checkout_started, told.session.paid)
        assert reached == (event.stage >= 1, event.stage >= 2)
        assert told.session.channel == "online"


def test_events_are_the_same_each_time_and_of_the_latest_orders_of_one_organisation() -> None:
    events = demo_events(ORDERS, ORG, NOW)
    assert events == demo_events(ORDERS, ORG, NOW)
    assert [event.stage for event in events] == sorted(event.stage for event in events)
    assert not any("demo_100" in event.path or "demo_101" in event.path for event in events)


def test_product_documents_are_those_of_the_best_sellers() -> None:
    products = demo_products(ORDERS, ORG, at_most=2)
    assert list(products) == ["p2", "p1"]
    assert products["p2"] == {"orgId": ORG, "name": "Tea", "category": "Grocery", "price": 3}
