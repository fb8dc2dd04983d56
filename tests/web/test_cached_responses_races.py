"""Cached responses while others write: nights, other versions, and writes during a call."""

from dataclasses import replace
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.changes import PAGES as PAGES_DOCUMENT
from shared.firestore.changes import changes, touch
from shared.funnel.store import FunnelReader
from shared.history.counts_store import SegmentCounts
from shared.installation import build_services
from shared.organizations.settings import organization_settings
from shared.overview.store import OverviewCounters
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.metered import metered
from tests.support.shop import ORG, SECRET, Shop, days_ago, item
from tests.web.cached_pages import FUNNEL, OVERVIEW, PAGES, SEGMENTS, ask, etag_of, new_order
from tools.rebuild import run_rebuild

CONTENT: dict[str, tuple[type, str]] = {
    SEGMENTS: (SegmentCounts, "segment_counts"),
    OVERVIEW: (OverviewCounters, "counters"),
    FUNNEL: (FunnelReader, "orders_by_channel"),
}
"""Readers of the numbers of orders on each page."""


class TestOtherWriters:
    """Changes of a page other than by orders."""

    @pytest.mark.parametrize("document", ["daily_stats", "segment_counts"])
    def test_a_repair_is_told(
        self,
        dashboard: Dashboard,
        shop: Shop,
        services: Services,
        firestore_client: firestore.Client,
        document: str,
    ) -> None:
        shop.order("ada@example.org", 10, at=days_ago(1), items=[item("p1", 10)])
        right = ask(dashboard, OVERVIEW).json
        damage = {
            "daily_stats": ("revenue_cents", 7),
            "segment_counts": ("totals.orders", 7),
        }
        (stored, *_) = [
            snapshot.reference
            for snapshot in firestore_client.collection(f"tenants/{ORG}/{document}").stream()
            if (snapshot.to_dict() or {}).get(damage[document][0].split(".")[0])
        ]
        stored.update({damage[document][0]: firestore.Increment(damage[document][1])})
        wrong = ask(dashboard, OVERVIEW)

        assert run_rebuild(services, ORG).differences

        repaired = ask(dashboard, OVERVIEW, wrong.headers["ETag"])
        assert repaired.status_code == 200
        assert repaired.json == right
        assert wrong.json != right

    @pytest.mark.parametrize("path", PAGES)
    @pytest.mark.parametrize("kept_seconds", [0, 3600])
    @pytest.mark.parametrize(
        ("name", "document"),
        [
            ("analytics", {"timeZone": "Asia/Tokyo"}),
            ("loyalty", {"segmentThresholds": {"vip_minOrders": 3}}),
            ("loyalty", {"segmentThresholds": {"vip_minOrders": -3}}),
        ],
    )
    def test_new_settings_are_told_after_a_touch_whatever_an_instance_has_in_memory(
        self,
        services: Services,
        project_id: str,
        shop: Shop,
        order: str,
        path: str,
        kept_seconds: int,
        name: str,
        document: dict[str, Any],
    ) -> None:
        configured = replace(services.settings, settings_refresh_seconds=kept_seconds)
        instance = build_services(services.client, configured, SECRET)
        dashboard = Dashboard(instance, project_id)
        etag = etag_of(dashboard, path)
        shop.settings(name, document)
        touch(services.client, ORG)

        fresh = ask(dashboard, path, etag)

        assert fresh.status_code == 200
        assert fresh.headers["ETag"].split(".")[-1] != etag.split(".")[-1]
        if path == OVERVIEW and name == "analytics":
            assert fresh.json["timeZone"] == "Asia/Tokyo"
            assert fresh.json["dailyStats"][-1]["date"] == "2026-11-23"
        if path == SEGMENTS and name == "loyalty":
            in_force = organization_settings(ORG, document, None)
            assert fresh.json["thresholdsVersion"] == in_force.thresholds_version
            assert len(fresh.json["settingsProblems"]) == len(in_force.problems)
        assert ask(dashboard, path, fresh.headers["ETag"]).status_code == 304

    def test_different_settings_have_different_etags_before_the_touch_too(
        self, dashboard: Dashboard, shop: Shop, order: str
    ) -> None:
        etag = etag_of(dashboard, SEGMENTS)
        shop.settings("loyalty", {"segmentThresholds": {"vip_minOrders": 3}})

        assert etag_of(dashboard, SEGMENTS) != etag

    def test_a_touch_costs_a_write(self, firestore_client: firestore.Client) -> None:
        with metered(firestore_client) as meter:
            touch(firestore_client, ORG)
        assert (meter.documents_read, meter.documents_written) == (0, 1)
        assert changes(firestore_client, ORG) == 1


class TestRaces:
    """An order that comes while a page is made."""

    @pytest.mark.parametrize("path", PAGES)
    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_a_page_that_an_order_overtakes_is_not_kept(
        self,
        dashboard: Dashboard,
        shop: Shop,
        order: str,
        monkeypatch: pytest.MonkeyPatch,
        path: str,
        moment: str,
    ) -> None:
        reader, method = CONTENT[path]
        read = getattr(reader, method)

        def overtaken(*arguments: Any) -> Any:
            if moment == "before":
                new_order(shop)
            actual = read(*arguments)
            if moment == "after":
                new_order(shop)
            return actual

        with monkeypatch.context() as patched:
            patched.setattr(reader, method, overtaken)
            raced = ask(dashboard, path)

        again = ask(dashboard, path, raced.headers["ETag"])
        assert again.status_code == 200
        assert (again.json == raced.json) is (moment == "before")

    @pytest.mark.parametrize("path", [OVERVIEW, FUNNEL])
    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_a_page_that_a_session_overtakes_is_not_kept(
        self,
        dashboard: Dashboard,
        shop: Shop,
        order: str,
        monkeypatch: pytest.MonkeyPatch,
        path: str,
        moment: str,
    ) -> None:
        read = FunnelReader.sessions

        def overtaken(*arguments: Any, **options: Any) -> Any:
            if moment == "before":
                shop.event("cart.updated", "s1", at=days_ago(0))
            actual = read(*arguments, **options)
            if moment == "after":
                shop.event("cart.updated", "s1", at=days_ago(0))
            return actual

        with monkeypatch.context() as patched:
            patched.setattr(FunnelReader, "sessions", overtaken)
            raced = ask(dashboard, path)

        assert ask(dashboard, path, raced.headers["ETag"]).status_code == 200

    @pytest.mark.parametrize("path", PAGES)
    def test_settings_that_come_while_a_page_is_made_are_not_lost(
        self,
        dashboard: Dashboard,
        shop: Shop,
        services: Services,
        order: str,
        monkeypatch: pytest.MonkeyPatch,
        path: str,
    ) -> None:
        reader, method = CONTENT[path]
        read = getattr(reader, method)

        def overtaken(*arguments: Any) -> Any:
            shop.settings("analytics", {"timeZone": "Mars/Olympus"})
            touch(services.client, ORG)
            return read(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr(reader, method, overtaken)
            raced = ask(dashboard, path)

        assert ask(dashboard, path, raced.headers["ETag"]).status_code == 200

    @pytest.mark.parametrize("path", PAGES)
    def test_a_change_in_any_shard_is_told_whatever_its_clock_says(
        self, dashboard: Dashboard, services: Services, shop: Shop, order: str, path: str
    ) -> None:
        """No instant decides: a commit that was processed early and took effect late counts too."""
        etags = {etag_of(dashboard, path)}
        for shard in ("0", "1", "7", "backfill-3", "rebuild-0", PAGES_DOCUMENT):
            at = services.client.document(paths.segment_counts_shard(ORG, shard))
            at.set({"changes": firestore.Increment(1), "seen_at": days_ago(7)}, merge=True)
            for etag in etags:
                assert ask(dashboard, path, etag).status_code == 200
            etags.add(etag_of(dashboard, path))
        assert len(etags) == 7

    def test_no_number_of_changes_comes_twice(self, services: Services, shop: Shop) -> None:
        seen = [changes(services.client, ORG)]
        for total in (10, 20, 10, 20, 10):
            shop.order("ada@example.org", total, id="o1")
            seen.append(changes(services.client, ORG))
        counts = SegmentCounts(services.client, ORG).segment_counts()
        assert counts.totals["revenue_cents"] == 1000

        assert seen == sorted(set(seen))
