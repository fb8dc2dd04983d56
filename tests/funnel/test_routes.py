"""GET /v1/analytics/funnel, and the funnel on the analytics page."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import OTHER, Shop, days_ago

PATH = "/v1/analytics/funnel"
OVERVIEW = "/v1/analytics/overview"


def seed(shop: Shop) -> None:
    shop.event("cart.updated", "s1", at=days_ago(0), channel="web")
    shop.event("checkout.started", "s1", at=days_ago(0))
    shop.event("checkout.paid", "s1", at=days_ago(0))
    shop.event("cart.updated", "s2", at=days_ago(0), channel="web")
    shop.event("checkout.intentCreated", "s3", at=days_ago(3), channel="web")
    # Goes on for days: counted once, on the day it began.
    shop.event("cart.updated", "s4", at=days_ago(6))
    shop.event("checkout.paid", "s4", at=days_ago(2))
    shop.event("reach.entry", None, at=days_ago(1))
    shop.event("reach.entry", "elsewhere", org=OTHER)
    shop.order("ada@example.org", 10.1, at=days_ago(0), channel="online")
    shop.order("ada@example.org", 20.2, at=days_ago(6), channel="online")
    shop.order("bob@example.org", 30.3, at=days_ago(6), channel="retail")
    shop.order("bob@example.org", 99, at=days_ago(7), channel="online")


def test_the_funnel_in_numbers(dashboard: Dashboard, shop: Shop) -> None:
    seed(shop)

    answer = dashboard.get(PATH, {"days": 7})

    daily = answer.pop("daily")
    assert answer == {
        "orgId": "org_green",
        "asOf": "2026-11-23T12:00:00Z",
        "timeZone": "UTC",
        "days": 7,
        "from": "2026-11-17",
        "to": "2026-11-23",
        "measured": True,
        "measuredFrom": "2026-11-17",
        "stages": [
            {"stage": "Sessions", "count": 4, "shareOfPrevious": None, "shareOfFirst": 1.0},
            {
                "stage": "Checkouts Started",
                "count": 3,
                "shareOfPrevious": 0.75,
                "shareOfFirst": 0.75,
            },
            {"stage": "Paid Orders", "count": 2, "shareOfPrevious": 2 / 3, "shareOfFirst": 0.5},
        ],
        "channels": [
            {
                "channel": "online",
                "sessions": 3,
                "checkoutsStarted": 2,
                "paid": 1,
                "revenue": 30.3,
                "orders": 2,
                "conversionRate": 1 / 3,
            },
            {
                "channel": "unknown",
                "sessions": 1,
                "checkoutsStarted": 1,
                "paid": 1,
                "revenue": 0.0,
                "orders": 0,
                "conversionRate": 1.0,
            },
            {
                "channel": "in_store",
                "sessions": 0,
                "checkoutsStarted": 0,
                "paid": 0,
                "revenue": 30.3,
                "orders": 1,
                "conversionRate": None,
            },
        ],
        "eventsWithoutSession": 1,
    }
    assert [tuple(day.values()) for day in daily] == [
        ("2026-11-17", 1, 1, 1),
        ("2026-11-18", 0, 0, 0),
        ("2026-11-19", 0, 0, 0),
        ("2026-11-20", 1, 1, 0),
        ("2026-11-21", 0, 0, 0),
        ("2026-11-22", 0, 0, 0),
        ("2026-11-23", 2, 1, 1),
    ]


def test_the_analytics_page_has_the_same_numbers(dashboard: Dashboard, shop: Shop) -> None:
    seed(shop)

    funnel, page = dashboard.get(PATH), dashboard.get(OVERVIEW)

    assert page["conversionFunnel"] == [
        {"stage": stage["stage"], "count": stage["count"]} for stage in funnel["stages"]
    ]
    assert page["channelPerformance"] == [
        {
            "channel": line["channel"],
            "sessions": line["sessions"],
            "revenue": line["revenue"],
            "conversionRate": line["conversionRate"],
        }
        for line in funnel["channels"]
    ]
    assert [
        (day["date"], day["sessions"], day["checkoutsStarted"], day["paidCheckouts"])
        for day in page["dailyStats"]
    ] == [tuple(day.values()) for day in funnel["daily"]]
    assert "conversionFunnel" not in page["notComputed"]
    assert page["dailyStats"][0]["sessions"] is None
    assert funnel["measuredFrom"] == "2026-11-17"


def test_nothing_measured_is_null_and_orders_are_there_all_the_same(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order("ada@example.org", 10, channel="online")
    shop.event("subscription.updated", "s1")
    shop.event("reach.entry", "elsewhere", org=OTHER)

    answer = dashboard.get(PATH)

    assert (answer["measured"], answer["measuredFrom"]) == (False, None)
    assert answer["eventsWithoutSession"] is None
    assert [stage["count"] for stage in answer["stages"]] == [None] * 3
    assert [stage["shareOfFirst"] for stage in answer["stages"]] == [None] * 3
    assert {day["sessions"] for day in answer["daily"]} == {None}
    assert answer["channels"] == [
        {
            "channel": "online",
            "sessions": None,
            "checkoutsStarted": None,
            "paid": None,
            "revenue": 10.0,
            "orders": 1,
            "conversionRate": None,
        }
    ]
    page = dashboard.get(OVERVIEW)
    assert page["conversionFunnel"] is None
    assert "conversionFunnel" in page["notComputed"]
    assert page["channelPerformance"] == [
        {"channel": "online", "sessions": None, "revenue": 10.0, "conversionRate": None}
    ]


def test_a_shop_that_is_quiet_of_late_has_zeros(dashboard: Dashboard, shop: Shop) -> None:
    shop.event("checkout.paid", at=days_ago(40))

    answer = dashboard.get(PATH)

    assert [stage["count"] for stage in answer["stages"]] == [0, 0, 0]
    assert [stage["shareOfFirst"] for stage in answer["stages"]] == [None] * 3
    assert {day["sessions"] for day in answer["daily"]} == {0}
    assert answer["measuredFrom"] == answer["from"]
    assert dashboard.get(PATH, {"days": 365})["measuredFrom"] == "2026-10-14"


def test_days_are_days_where_the_organisation_is(dashboard: Dashboard, shop: Shop) -> None:
    shop.settings("analytics", {"timeZone": "Pacific/Auckland"})
    shop.event("cart.updated", "s1", at=days_ago(0.5 / 24))
    shop.event("cart.updated", "s2", at=days_ago(1.5 / 24))

    answer = dashboard.get(PATH, {"days": 1})

    assert (answer["from"], answer["timeZone"]) == ("2026-11-24", "Pacific/Auckland")
    assert answer["stages"][0]["count"] == 1


@pytest.mark.parametrize("days", ["0", "366", "-1", "1.5", "seven", "1e2", "٣"])
def test_other_windows_are_refused(dashboard: Dashboard, days: str) -> None:
    assert_problem(dashboard.call(PATH, {"days": days}), 400, "invalid-parameter", ["days"])


def test_a_kept_answer_is_right_until_a_session_or_the_day_changes(
    dashboard: Dashboard, shop: Shop
) -> None:
    for path in (PATH, OVERVIEW):
        shop.event("cart.updated", path, at=days_ago(0.1))
        etag = dashboard.call(path).headers["ETag"]

        def status(etag: str, at: Dashboard = dashboard, path: str = path) -> Any:
            return at.call(path, headers={"If-None-Match": etag}).status_code

        assert status(etag) == 304
        shop.event("cart.updated", path, at=days_ago(0.1))
        assert status(etag) == 304
        assert status(etag, at=dashboard.at(days_ago(0) + timedelta(days=1))) == 200
        shop.event("checkout.started", path)
        assert status(etag) == 200

    etag = dashboard.call(PATH).headers["ETag"]
    other = dashboard.call(PATH, {"days": 7}, headers={"If-None-Match": etag})
    assert other.status_code == 200
