"""ETag and If-None-Match: 304 for next to nothing, and never where something has changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from shared.firestore import paths
from shared.firestore.changes import PAGES as PAGES_DOCUMENT
from shared.firestore.changes import changes, touch
from shared.funnel.store import FunnelReader
from shared.history.counts_store import SegmentCounts
from shared.installation import build_services
from shared.nightly.result import NIGHTLY
from shared.organizations.settings import organization_settings
from shared.overview.store import OverviewCounters
from shared.reconciliation.stores.organization_store import FirestoreOrganizationStore
from shared.services import Services
from shared.web import cached_responses
from tests.affinity.published_pairs import fail_pairs, publish_pairs
from tests.support.api import ORIGIN
from tests.support.dashboard import Dashboard
from tests.support.examples import examples
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, SECRET, Shop, days_ago, item
from tools.rebuild import run_rebuild

SEGMENTS = "/v1/segments"
OVERVIEW = "/v1/analytics/overview"
FUNNEL = "/v1/analytics/funnel"
PAGES = [SEGMENTS, OVERVIEW, FUNNEL]
KEPT_READS = 2
CONTENT: dict[str, tuple[type, str]] = {
    SEGMENTS: (SegmentCounts, "segment_counts"),
    OVERVIEW: (OverviewCounters, "counters"),
    FUNNEL: (FunnelReader, "orders_by_channel"),
}
"""What reads the numbers of orders on each page."""


def ask(dashboard: Dashboard, path: str, etag: str | None = None, **call: Any) -> TestResponse:
    headers = {} if etag is None else {"If-None-Match": etag}
    return dashboard.call(path, headers=headers, **call)


def etag_of(dashboard: Dashboard, path: str, **claims: Any) -> str:
    response = ask(dashboard, path, **claims)
    assert response.status_code == 200
    return response.headers["ETag"]


@pytest.fixture
def order(shop: Shop) -> str:
    """One order, so that there is something to change."""
    return shop.order("ada@example.org", 10, items=[item("p1", 10)])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", PAGES)
def test_what_has_not_changed_costs_two_reads_at_most(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    order: str,
    path: str,
    method: str,
) -> None:
    first = ask(dashboard, path)
    with metered(firestore_client) as meter:
        again = ask(dashboard, path, first.headers["ETag"], method=method)

    assert (again.status_code, again.data) == (304, b"")
    assert meter.documents_read == KEPT_READS
    assert sum(meter.calls.values()) == KEPT_READS
    assert meter.documents_written == 0
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    assert "Content-Type" not in again.headers
    assert "Content-Length" not in again.headers


@pytest.mark.parametrize("path", PAGES)
def test_the_same_without_any_order(
    dashboard: Dashboard, firestore_client: firestore.Client, path: str
) -> None:
    etag = etag_of(dashboard, path)
    with metered(firestore_client) as meter:
        assert ask(dashboard, path, etag).status_code == 304

    assert meter.documents_read == KEPT_READS


@pytest.mark.parametrize(
    ("path", "reads"),
    [(SEGMENTS, 2 + 3 + 1), (OVERVIEW, 2 + 3 + 1 + 2 + 2 + 4)],
)
def test_what_has_changed_costs_its_settings_and_its_counters(
    dashboard: Dashboard,
    shop: Shop,
    firestore_client: firestore.Client,
    path: str,
    reads: int,
    order: str,
) -> None:
    etag = etag_of(dashboard, path)
    shop.order("ada@example.org", 20, id=order)  # so that all is in the same shard
    with metered(firestore_client) as meter:
        assert ask(dashboard, path, etag).status_code == 200

    assert meter.documents_read == reads


@pytest.mark.parametrize("path", PAGES)
def test_an_etag_stays_the_same_while_nothing_changes(
    dashboard: Dashboard, order: str, path: str
) -> None:
    later = dashboard.at(NOW + timedelta(hours=11, minutes=59))

    assert etag_of(later, path) == etag_of(dashboard, path)
    assert etag_of(dashboard, path).startswith('W/"')


def new_order(shop: Shop) -> None:
    shop.order("bob@example.org", 5)


def order_by_nobody(shop: Shop) -> None:
    shop.order(None, 5)


def other_products(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", items=[item("p2", 10)])


def other_channel(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", items=[item("p1", 10)], channel="in_store")


def refund(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", refundedAmount=4, items=[item("p1", 10)])


def cancellation(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", status="cancelled")


def another_day(shop: Shop) -> None:
    shop.order("ada@example.org", 10, id="order_0001", at=days_ago(2), items=[item("p1", 10)])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "change",
    [
        new_order,
        order_by_nobody,
        other_channel,
        refund,
        cancellation,
        another_day,
    ],
    ids=lambda change: change.__name__,
)
def test_every_change_is_told_at_once(
    dashboard: Dashboard, shop: Shop, order: str, path: str, change: Callable[[Shop], None]
) -> None:
    assert order == "order_0001"
    etag = etag_of(dashboard, path)
    change(shop)

    fresh = ask(dashboard, path, etag)

    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != etag
    assert fresh.json == ask(dashboard, path).json
    assert ask(dashboard, path, fresh.headers["ETag"]).status_code == 304


def test_an_edit_of_products_shows_on_the_page_after_the_night(
    dashboard: Dashboard, shop: Shop, order: str
) -> None:
    etag = etag_of(dashboard, OVERVIEW)
    other_products(shop)
    shop.refresh_products()

    sold = ask(dashboard, OVERVIEW, etag).json["salesByProduct"]
    assert [line["productId"] for line in sold] == ["p2"]


@pytest.mark.parametrize("path", PAGES)
def test_an_edit_that_changes_nothing_that_counts_is_no_change(
    dashboard: Dashboard, shop: Shop, order: str, path: str
) -> None:
    etag = etag_of(dashboard, path)
    shop.order("ada@example.org", 10, id=order, items=[item("p1", 10)], notes="ring twice")

    assert ask(dashboard, path, etag).status_code == 304


@pytest.mark.parametrize("path", PAGES)
def test_a_change_of_another_organisation_is_none_here(
    dashboard: Dashboard, shop: Shop, order: str, path: str
) -> None:
    etag = etag_of(dashboard, path)
    shop.order("ada@example.org", 10, org=OTHER)

    assert ask(dashboard, path, etag).status_code == 304


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_makes_only_those_pages_anew_that_show_sessions(
    dashboard: Dashboard, shop: Shop, order: str, path: str
) -> None:
    etag = etag_of(dashboard, path)
    shop.event("cart.updated", "s1", at=days_ago(0))

    fresh = ask(dashboard, path, etag)

    assert fresh.status_code == (304 if path == SEGMENTS else 200)
    assert ask(dashboard, path, fresh.headers["ETag"]).status_code == 304


class TestTime:
    """What changes without anybody writing anything."""

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
        }

    def test_segments_stay_the_same_over_midnight(self, dashboard: Dashboard, order: str) -> None:
        etag = etag_of(dashboard, SEGMENTS)

        assert ask(dashboard.at(NOW + timedelta(days=3)), SEGMENTS, etag).status_code == 304


class TestOtherWriters:
    """What changes a page and is no order."""

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
            found = read(*arguments)
            if moment == "after":
                new_order(shop)
            return found

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
            found = read(*arguments, **options)
            if moment == "after":
                shop.event("cart.updated", "s1", at=days_ago(0))
            return found

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
        store = FirestoreOrganizationStore(services.client, shards=2)
        assert store.state(ORG).counts.totals["revenue_cents"] == 1000

        assert seen == sorted(set(seen))


class TestForms:
    """If-None-Match as RFC 9110 has it."""

    @pytest.mark.parametrize(
        "form",
        [
            "{weak}",
            "{strong}",
            '"other", {weak}',
            'W/"a",{strong} , W/"b"',
            "  {weak}  ",
            "{strong},",
            "*",
        ],
    )
    @pytest.mark.parametrize("path", PAGES)
    def test_a_list_names_each_of_its_etags_weak_or_strong(
        self, dashboard: Dashboard, order: str, path: str, form: str
    ) -> None:
        weak = etag_of(dashboard, path)
        response = ask(dashboard, path, form.format(weak=weak, strong=weak.removeprefix("W/")))

        assert response.status_code == 304
        assert response.headers["ETag"] == weak

    @pytest.mark.parametrize("path", PAGES)
    def test_any_page_at_all_costs_the_settings_too(
        self, dashboard: Dashboard, firestore_client: firestore.Client, order: str, path: str
    ) -> None:
        with metered(firestore_client) as meter:
            assert ask(dashboard, path, "*").status_code == 304
        nightly = 4 if path == OVERVIEW else 0
        assert meter.documents_read == KEPT_READS + 3 + nightly

    def test_other_etags_name_nothing(
        self, dashboard: Dashboard, shop: Shop, order: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop.order("ada@example.org", 10, org=OTHER)
        right = etag_of(dashboard, OVERVIEW)
        scope, number, behind, until, hashed = right.removeprefix('W/"').rstrip('"').split(".")
        wrong = [
            etag_of(dashboard, SEGMENTS),  # another page
            etag_of(dashboard, OVERVIEW, orgId=OTHER),  # another organisation, as many changes
            f'"{scope}.{int(number) + 1}.{behind}.{until}.{hashed}"',
            f'"{scope}.{number}.1.{until}.{hashed}"',
            f'"{scope}.{number}.{behind}.0.{hashed}"',
            f'"{scope}.{number}.{behind}.{until}"',
            f'"{scope}.{number}.{behind}.{until}.{hashed}.0"',
            f'"{scope}.{number}.{behind}.{"9" * 5000}.{hashed}"',
            f'"{scope}.{"٣"}.{behind}.{until}.{hashed}"'.encode().decode("latin-1"),
            '"*"',
            '""',
            "",
        ]
        for etag in wrong:
            assert ask(dashboard, OVERVIEW, etag).status_code == 200, etag
        assert ask(dashboard, OVERVIEW, ", ".join(wrong[:-1])).status_code == 200

        monkeypatch.setattr(cached_responses, "VERSION", "another one")
        assert ask(dashboard, OVERVIEW, right).status_code == 200

    def test_one_organisation_after_another_at_the_same_address(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        shop.order("ada@example.org", 10)
        shop.order("ada@example.org", 10, org=OTHER)
        etag = etag_of(dashboard, SEGMENTS)

        assert ask(dashboard, SEGMENTS, etag, orgId=OTHER).json["orgId"] == OTHER

    def test_a_browser_may_read_it(self, dashboard: Dashboard, order: str) -> None:
        etag = etag_of(dashboard, SEGMENTS)
        response = dashboard.call(SEGMENTS, headers={"If-None-Match": etag, "Origin": ORIGIN})

        assert response.status_code == 304
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "ETag" in response.headers["Access-Control-Expose-Headers"]

    def test_who_may_not_call_is_not_told_that_nothing_has_changed(
        self, dashboard: Dashboard, order: str
    ) -> None:
        etag = etag_of(dashboard, SEGMENTS)

        assert ask(dashboard, SEGMENTS, etag, role="customer").status_code == 403
        assert ask(dashboard, SEGMENTS, etag, query={"org": OTHER}).status_code == 404
        assert ask(dashboard, SEGMENTS, etag, query={"x": "1"}).status_code == 400

    @settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        parts=st.lists(
            st.text(alphabet='"W/*,. 0123456789abcdef\\', max_size=30)
            | st.text(
                alphabet=st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=20
            ),
            max_size=4,
        )
    )
    def test_nothing_else_is_a_failure(self, dashboard: Dashboard, parts: list[str]) -> None:
        header = ",".join(parts)
        expected = (200, 304) if header.strip() == "*" else (200,)

        assert ask(dashboard, SEGMENTS, header).status_code in expected


def test_the_number_of_changes_costs_one_read_however_many_there_are(
    firestore_client: firestore.Client, shop: Shop
) -> None:
    for number in range(12):
        shop.order(f"p{number}@example.org", 10)
    with metered(firestore_client) as meter:
        assert changes(firestore_client, ORG) == 12

    assert meter.documents_read == 1
