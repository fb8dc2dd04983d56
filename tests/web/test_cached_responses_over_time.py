"""Cached responses as time passes, without any write."""

from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import firestore

from shared.firestore.changes import touch
from shared.nightly.result import NIGHTLY
from tests.affinity.published_pairs import fail_pairs, publish_pairs
from tests.support.dashboard import Dashboard
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago
from tests.web.cached_pages import OVERVIEW, SEGMENTS, ask, etag_of


class TestTime:
    """Changes without any write."""

    def test_counts_that_are_behind_time_say_so_until_they_are_not(
        self, dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client, order: str
    ) -> None:
        due = NOW + timedelta(days=30)  # the only order is then 30 days old: slipping
        before = dashboard.at(due - timedelta(microseconds=1))
        at, after = dashboard.at(due), dashboard.at(due + timedelta(minutes=4))

        fresh = ask(before, SEGMENTS)
        assert (fresh.json["stale"], fresh.json["asOf"]) == (
            False,
            "2026-12-23T11:59:59.999999Z",
        )

        behind = ask(at, SEGMENTS, fresh.headers["ETag"])
        assert behind.status_code == 200
        assert (behind.json["stale"], behind.json["asOf"]) == (True, "2026-12-23T12:00:00Z")
        assert behind.json["segments"] == fresh.json["segments"]
        with metered(firestore_client) as meter:
            assert ask(after, SEGMENTS, behind.headers["ETag"]).status_code == 304
        assert meter.documents_read == 2
        assert ask(after, SEGMENTS).json["asOf"] == "2026-12-23T12:00:00Z"

        shop.age(at=due + timedelta(minutes=5))
        aged = ask(after, SEGMENTS, behind.headers["ETag"])
        assert aged.status_code == 200
        assert aged.json["stale"] is False
        counts = {segment["id"]: segment["count"] for segment in aged.json["segments"]}
        assert (counts["new"], counts["slipping"]) == (0, 1)
        assert ask(after, SEGMENTS, fresh.headers["ETag"]).status_code == 200
        assert ask(after, SEGMENTS, aged.headers["ETag"]).status_code == 304

    def test_of_several_changes_that_have_come_the_first_one_is_named(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        shop.order("ada@example.org", 10, at=days_ago(0))
        shop.order("bob@example.org", 10, at=days_ago(1))
        shop.order("cleo@example.org", 10, at=days_ago(5), org=OTHER)

        behind = dashboard.at(NOW + timedelta(days=31)).get(SEGMENTS)

        assert (behind["stale"], behind["asOf"]) == (True, "2026-12-22T12:00:00Z")

    def test_a_customer_who_changes_no_more_is_never_behind(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        shop.order("ada@example.org", 10, at=days_ago(100))

        assert dashboard.at(NOW + timedelta(days=900)).get(SEGMENTS)["stale"] is False

    @pytest.mark.parametrize(
        ("time_zone", "midnight"),
        [
            ("UTC", datetime(2026, 11, 24, tzinfo=UTC)),
            ("America/New_York", datetime(2026, 11, 24, 5, tzinfo=UTC)),
            ("Pacific/Kiritimati", datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ],
    )
    def test_the_overview_is_another_one_from_the_next_local_day_on(
        self, dashboard: Dashboard, shop: Shop, order: str, time_zone: str, midnight: datetime
    ) -> None:
        shop.settings("analytics", {"timeZone": time_zone})
        etag = etag_of(dashboard, OVERVIEW)
        last, first = dashboard.at(midnight - timedelta(seconds=1)), dashboard.at(midnight)

        assert ask(last, OVERVIEW, etag).status_code == 304
        assert ask(last, OVERVIEW).headers["ETag"] == etag
        fresh = ask(first, OVERVIEW, etag)
        assert fresh.status_code == 200
        assert fresh.headers["ETag"] != etag
        today = ask(last, OVERVIEW).json["dailyStats"][-1]["date"]
        assert fresh.json["dailyStats"][-2]["date"] == today

    def test_the_overview_is_another_one_once_nightly_numbers_grow_stale(
        self, dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client, order: str
    ) -> None:
        stale_at = NOW + timedelta(hours=3, microseconds=1)
        publish_pairs(firestore_client, at=stale_at - NIGHTLY)
        fresh = ask(dashboard, OVERVIEW)
        last = dashboard.at(NOW + timedelta(hours=2, minutes=59, seconds=59))
        assert ask(last, OVERVIEW, fresh.headers["ETag"]).status_code == 304
        assert fresh.json["stale"] is False

        then = dashboard.at(stale_at)
        again = ask(then, OVERVIEW, fresh.headers["ETag"])

        assert (again.status_code, again.json["stale"]) == (200, True)
        assert again.json["nightly"][-1] == {
            "field": "affinityPairs",
            "status": "ready",
            "computedAt": "2026-11-22T09:00:00.000001Z",
            "stale": True,
            "lastError": None,
        }
        late = dashboard.at(NOW + timedelta(hours=11, minutes=59))
        assert ask(late, OVERVIEW, again.headers["ETag"]).status_code == 304

    def test_the_overview_tells_that_a_night_failed(
        self, dashboard: Dashboard, firestore_client: firestore.Client, order: str
    ) -> None:
        publish_pairs(firestore_client, at=NOW - timedelta(hours=20))
        before = ask(dashboard, OVERVIEW)
        fail_pairs(firestore_client)
        touch(firestore_client, ORG)

        after = ask(dashboard, OVERVIEW, before.headers["ETag"])

        assert after.status_code == 200
        assert (before.json["stale"], after.json["stale"]) == (False, True)
        assert after.json["affinityPairs"] == before.json["affinityPairs"]
        assert after.json["nightly"][-1] == {
            "field": "affinityPairs",
            "status": "failed",
            "computedAt": "2026-11-22T16:00:00Z",
            "stale": True,
            "lastError": "GoogleAPIError",
        }

    def test_segments_stay_the_same_over_midnight(self, dashboard: Dashboard, order: str) -> None:
        etag = etag_of(dashboard, SEGMENTS)

        assert ask(dashboard.at(NOW + timedelta(days=3)), SEGMENTS, etag).status_code == 304
