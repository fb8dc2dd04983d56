"""The analytics page from counters."""

from collections import Counter
from datetime import date, timedelta

import pytest

from shared.overview.overview import overview, window_start

TODAY = date(2026, 11, 23)


def test_the_periods_are_sixty_days_that_meet() -> None:
    daily = {
        TODAY - timedelta(days=days): Counter(revenue_cents=days, orders=1) for days in range(70)
    }

    page = overview({}, daily, TODAY)

    assert (page.current.orders, page.previous.orders) == (30, 30)
    assert page.days[0].date == date(2026, 10, 25)
    assert page.days[-1].date == TODAY
    assert window_start(TODAY) == date(2026, 9, 25)
    assert page.current.revenue_cents == sum(range(30))
    assert page.previous.revenue_cents == sum(range(30, 60))


def test_first_orders_are_not_returning_ones() -> None:
    daily = {TODAY: {"orders": 5, "identified_orders": 4, "new_customers": 3}}

    day = overview({}, daily, TODAY).days[-1]

    assert (day.orders, day.new_customers, day.returning_orders) == (5, 3, 1)


@pytest.mark.parametrize(
    ("orders", "note"),
    [
        (0, "No data yet"),
        (1, "Based on 1 order (all-time)"),
        (1234567, "Based on 1,234,567 orders (all-time)"),
    ],
)
def test_the_note_says_how_many_orders_there_are(orders: int, note: str) -> None:
    assert overview({"orders": orders}, {}, TODAY).note == note
