"""The past of segments: meaning of instants and days, refusals and costs."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore
from google.cloud.firestore_v1.types import StructuredQuery

from shared.firestore import paths
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, Shop, days_ago, key_of

SETTINGS = 3
WINDOW = {"from": "2026-11-01", "to": "2026-11-23"}
CELL = {"fromSegment": "none", "toSegment": "new"}
MATRIX, CUSTOMERS = "/v1/analytics/transitions", "/v1/analytics/transitions/customers"
HISTORY = "/v1/segments/history"
TIME = "effective_at"
OPERATORS = StructuredQuery.FieldFilter.Operator
BOUNDS = {OPERATORS.GREATER_THAN: ">", OPERATORS.LESS_THAN_OR_EQUAL: "<="}


def segments(answer: dict[str, Any]) -> dict[str, int]:
    return {each["id"]: each["count"] for each in answer["segments"] if each["count"]}


class TestInstants:
    """Meaning of `at`, `from` and `to`."""

    def test_a_date_is_the_end_of_the_local_day(self, dashboard: Dashboard, shop: Shop) -> None:
        shop.settings("analytics", {"timeZone": "America/Los_Angeles"})
        shop.order(at=datetime(2026, 11, 11, 7, 59, 59, 999999, tzinfo=UTC))
        shop.order("bob@example.org", at=datetime(2026, 11, 11, 8, tzinfo=UTC))

        for day, count in (("2026-11-09", 0), ("2026-11-10", 1), ("2026-11-11", 2)):
            for basis in ("recorded", "restated"):
                answer = dashboard.get("/v1/segments", {"at": day, "basis": basis})
                assert answer["totalCustomers"] == count
        assert answer["asOf"] == "2026-11-12T07:59:59.999999Z"

    def test_an_instant_takes_in_what_happens_at_it(self, dashboard: Dashboard, shop: Shop) -> None:
        shop.order(at=days_ago(1))
        before = days_ago(1) - timedelta(microseconds=1)
        for at, expected in ((before, {}), (days_ago(1), {"new": 1})):
            answer = dashboard.get("/v1/segments", {"at": at.isoformat()})
            assert segments(answer) == expected

    def test_today_is_until_now(self, dashboard: Dashboard, shop: Shop) -> None:
        shop.order(at=NOW)
        answer = dashboard.get("/v1/segments", {"at": "2026-11-23"})
        assert answer["asOf"] == "2026-11-23T12:00:00Z"
        assert segments(answer) == {"new": 1}

    def test_the_recorded_past_says_that_time_has_not_been_recorded_yet(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        shop.order(at=NOW)
        day, later = NOW + timedelta(days=29), NOW + timedelta(days=31)
        query = {"at": (NOW + timedelta(days=30)).isoformat()}
        behind = dashboard.at(later).get("/v1/segments", query)
        assert (behind["stale"], segments(behind)) == (True, {"new": 1})
        assert not dashboard.at(later).get("/v1/segments", {"at": day.isoformat()})["stale"]
        restated = dashboard.at(later).get("/v1/segments", {**query, "basis": "restated"})
        assert (restated["stale"], segments(restated)) == (False, {"slipping": 1})

        shop.age(at=later)

        made_up = dashboard.at(later).get("/v1/segments", query)
        assert (made_up["stale"], segments(made_up)) == (False, {"slipping": 1})

    def test_other_offsets_are_understood(self, dashboard: Dashboard) -> None:
        answer = dashboard.get("/v1/segments", {"at": "2026-11-20T01:30:00+02:00"})
        assert answer["asOf"] == "2026-11-19T23:30:00Z"

    @pytest.mark.parametrize("basis", ["recorded", "restated"])
    def test_before_everything_all_is_zero(
        self, dashboard: Dashboard, shop: Shop, basis: str
    ) -> None:
        shop.order()
        answer = dashboard.get("/v1/segments", {"at": "1970-01-01", "basis": basis})
        assert answer["totalCustomers"] == 0
        assert len(answer["segments"]) == 8
        for each in answer["segments"]:
            assert (each["count"], each["share"]) == (0, None)
            assert each["lifetimeValue"] == (0 if basis == "restated" else None)
            assert each["averageOrderValue"] is None

    def test_amounts_are_told_where_they_are_known(self, dashboard: Dashboard, shop: Shop) -> None:
        shop.order(total=20, at=days_ago(2))
        shop.order(total=40, at=days_ago(1))

        for basis, amount, average in (("recorded", None, None), ("restated", 20, 20)):
            query = {"at": days_ago(1.5).isoformat(), "basis": basis}
            answer = dashboard.get("/v1/segments", query)
            (new,) = (each for each in answer["segments"] if each["id"] == "new")
            assert (new["lifetimeValue"], new["averageOrderValue"]) == (amount, average)
            assert (answer["basis"], answer["customSegments"]) == (basis, None)

    def test_without_an_instant_it_is_now(self, dashboard: Dashboard, shop: Shop) -> None:
        shop.order()
        answer = dashboard.get("/v1/segments")
        assert (answer["basis"], answer["customSegments"]) == ("current", [])

    @pytest.mark.parametrize(
        "at",
        [
            *("now", "2026-11-24", "2026-11-23T12:00:00.000001Z", "2026-11-20T12:00:00"),
            *("2026-02-30", "2026-13-01", "20261101", "2026-W47-1", "1899-12-31", "9999-12-31"),
            *("0001-01-01T00:00:00+14:00", "1700000000", "2026-11-20T25:00:00Z", "٢٠٢٦-11-20"),
        ],
    )
    def test_anything_else_is_refused(self, dashboard: Dashboard, at: str) -> None:
        response = dashboard.call("/v1/segments", {"at": at})
        assert_problem(response, 400, "invalid-parameter", ["at"])

    def test_custom_segments_come_where_they_are_asked_for(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        for path, query in (("/v1/segments", {"at": "2026-11-01"}), (HISTORY, WINDOW)):
            for wrong in (
                {"include": "everything"},
                {"include": "customSegments", "basis": "restated"},
            ):
                response = dashboard.call(path, {**query, **wrong})
                assert_problem(response, 400, "invalid-parameter", ["include"])
        asked = {"at": "2026-11-01", "include": "customSegments"}
        assert dashboard.get("/v1/segments", asked)["customSegments"] == []

    def test_a_basis_needs_an_instant_and_is_one_of_two(self, dashboard: Dashboard) -> None:
        for query in ({"basis": "recorded"}, {"at": "2026-11-01", "basis": "guessed"}):
            response = dashboard.call("/v1/segments", query)
            assert_problem(response, 400, "invalid-parameter", ["basis"])


class TestHistory:
    """Counts by day, week or month."""

    def test_intervals_say_what_happened_in_them(
        self, dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
    ) -> None:
        shop.order(at=datetime(2026, 10, 20, 12, tzinfo=UTC))
        shop.order("bob@example.org", at=datetime(2026, 11, 2, 12, tzinfo=UTC))
        flows = {
            date(2026, 10, 20): {"none>new": 1},
            date(2026, 11, 2): {"none>new": 1},
            date(2026, 11, 19): {"new>slipping": 1},
        }
        for day, of_day in flows.items():
            path = paths.daily_shard(ORG, day, "0")
            firestore_client.document(path).set({"flows": of_day}, merge=True)

        answer = dashboard.get(
            HISTORY, {"from": "2026-10-28", "to": "2026-11-23", "interval": "week"}
        )

        assert (answer["timeZone"], answer["interval"], answer["basis"]) == (
            "UTC",
            "week",
            "recorded",
        )
        assert [(each["from"], each["to"], each["partial"]) for each in answer["intervals"]] == [
            ("2026-10-28", "2026-11-01", True),
            ("2026-11-02", "2026-11-08", False),
            ("2026-11-09", "2026-11-15", False),
            ("2026-11-16", "2026-11-22", False),
            ("2026-11-23", "2026-11-23", True),
        ]
        moved = {
            id: [
                (each["opening"], each["entered"], each["left"], each["count"])
                for interval in answer["intervals"]
                for each in interval["segments"]
                if each["id"] == id
            ]
            for id in ("new", "slipping")
        }
        assert moved["new"] == [
            (1, 0, 0, 1),
            (1, 1, 0, 2),
            (2, 0, 0, 2),
            (2, 0, 1, 1),
            (1, 0, 0, 1),
        ]
        assert moved["slipping"] == [(0, 0, 0, 0)] * 3 + [(0, 1, 0, 1), (1, 0, 0, 1)]
        assert [each["totalCustomers"] for each in answer["intervals"]] == [1, 2, 2, 2, 2]
        assert answer["intervals"][0]["customSegments"] is None

    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ({"from": "2026-11-02", "to": "2026-11-01"}, "from"),
            ({"from": "2025-10-19", "to": "2026-11-23"}, "from"),
            ({"from": "2026-11-01", "to": "2026-11-24"}, "to"),
            ({"from": "2026-11-01T00:00:00Z", "to": "2026-11-23"}, "from"),
            ({"from": "2026-11-01"}, "to"),
            ({**WINDOW, "interval": "year"}, "interval"),
            ({**WINDOW, "basis": "guessed"}, "basis"),
        ],
    )
    def test_bad_windows_are_refused(
        self, dashboard: Dashboard, query: dict[str, str], parameter: str
    ) -> None:
        assert_problem(dashboard.call(HISTORY, query), 400, "invalid-parameter", [parameter])

    def test_400_days_are_not_too_many(self, dashboard: Dashboard) -> None:
        answer = dashboard.get(HISTORY, {"from": "2025-10-20", "to": "2026-11-22"})
        assert len(answer["intervals"]) == 399
        answer = dashboard.get(
            HISTORY, {"from": "2025-10-20", "to": "2026-11-22"} | {"from": "2025-10-19"}
        )
        assert len(answer["intervals"]) == 400


class TestMatrix:
    """Cells and their customers."""

    @pytest.mark.parametrize("path", [MATRIX, CUSTOMERS])
    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ({"from": "2026-11-02", "to": "2026-11-01"}, "from"),
            ({"from": "2026-11-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}, "from"),
            ({"from": "2026-11-24", "to": "2026-11-23"}, "from"),
            ({"from": "2026-11-01", "to": "2026-11-24"}, "to"),
            ({"from": "yesterday", "to": "2026-11-23"}, "from"),
        ],
    )
    def test_bad_windows_are_refused(
        self, dashboard: Dashboard, path: str, query: dict[str, str], parameter: str
    ) -> None:
        query = query | (CELL if path == CUSTOMERS else {})
        assert_problem(dashboard.call(path, query), 400, "invalid-parameter", [parameter])

    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ({"fromSegment": "none", "toSegment": "none"}, "toSegment"),
            ({"fromSegment": "nobody", "toSegment": "vip"}, "fromSegment"),
            ({"fromSegment": "vip"}, "toSegment"),
            ({**CELL, "pageToken": "x"}, "pageToken"),
            ({**CELL, "basis": "recorded"}, "basis"),
        ],
    )
    def test_bad_cells_are_refused(
        self, dashboard: Dashboard, query: dict[str, str], parameter: str
    ) -> None:
        response = dashboard.call(CUSTOMERS, {**WINDOW, **query})
        assert_problem(response, 400, "invalid-parameter", [parameter])

    def test_a_day_that_is_not_over_closes_on_every_page_when_it_did_on_the_first(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        for number in range(3):
            shop.order(f"p{number}@example.org", at=days_ago(1))
        first = dashboard.get(CUSTOMERS, {**WINDOW, **CELL, "pageSize": 2})
        later = dashboard.at(NOW + timedelta(hours=1))

        rest = later.get(
            CUSTOMERS,
            {**WINDOW, **CELL, "pageSize": 2, "pageToken": first["nextPageToken"]},
        )

        assert (len(first["customers"]), len(rest["customers"])) == (2, 1)
        assert first["closingAt"] == rest["closingAt"] == "2026-11-23T12:00:00Z"
        assert first["openingAt"] == "2026-10-31T23:59:59.999999Z"

    def test_a_token_is_of_no_use_for_another_cell(self, dashboard: Dashboard, shop: Shop) -> None:
        for number in range(3):
            shop.order(f"p{number}@example.org", at=days_ago(1))
        token = dashboard.get(CUSTOMERS, {**WINDOW, **CELL, "pageSize": 1})["nextPageToken"]
        for other in ({"toSegment": "vip"}, {"from": "2026-11-02"}):
            response = dashboard.call(CUSTOMERS, {**WINDOW, **CELL, **other, "pageToken": token})
            assert_problem(response, 400, "invalid-parameter", ["pageToken"])

    def test_legacy_names_of_segments_are_understood(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        shop.order(at=days_ago(70))
        query = {"from": "2026-11-01", "to": "2026-11-23"}
        cell = {"fromSegment": "Slipping", "toSegment": "At-Risk"}
        (actual,) = dashboard.get(CUSTOMERS, {**query, **cell})["customers"]
        assert actual["customer"]["customerKey"] == key_of("ada@example.org")
        assert (actual["openingSegment"], actual["closingSegment"]) == ("slipping", "at_risk")


class TestCosts:
    """Document reads, as they are billed."""

    @pytest.fixture
    def past(self, shop: Shop) -> None:
        """Six customers with two orders and three steps each."""
        for number in range(6):
            shop.order(f"p{number}@example.org", at=days_ago(40))
            shop.order(f"p{number}@example.org", at=days_ago(5))

    @pytest.mark.parametrize(
        ("path", "query", "reads"),
        [
            # One to settle the instant, one for changes due, two shards of today's counts, and two
            # counts for each of eight segments.
            ("/v1/segments", {"at": "2026-11-01"}, 1 + 1 + 2 + 16),
            # One per customer.
            ("/v1/segments", {"at": "2026-11-01", "basis": "restated"}, 1 + 6),
            # Changes due, counts twice, nine counts of steps, one read per step, and one for each
            # of six places that no step leads to.
            (MATRIX, {"from": "2026-10-01", "to": "2026-11-23"}, 1 + 1 + 32 + 9 + 18 + 6),
            (MATRIX, {"from": "2026-10-01", "to": "2026-11-23", "basis": "restated"}, 1 + 6),
            # Changes due, two shards of today's counts, counts once, and two shards of three days.
            (HISTORY, {"from": "2026-10-10", "to": "2026-11-23"}, 1 + 1 + 2 + 16 + 6),
            # Counts of the days since as well.
            (HISTORY, {"from": "2026-10-10", "to": "2026-11-22"}, 1 + 1 + 2 + 32 + 6),
            # The steps, and the customers shown.
            (CUSTOMERS, {**WINDOW, "fromSegment": "slipping", "toSegment": "loyal"}, 1 + 6 + 6),
        ],
    )
    def test_are_those_stated(
        self,
        dashboard: Dashboard,
        firestore_client: firestore.Client,
        past: None,
        path: str,
        query: dict[str, str],
        reads: int,
    ) -> None:
        with metered(firestore_client) as meter:
            dashboard.get(path, query)
        assert meter.documents_read - SETTINGS == reads
        assert (meter.documents_written, meter.commits) == (0, 0)

    @pytest.mark.parametrize(
        ("path", "query", "bounds"),
        [
            (HISTORY, {"from": "2026-10-20", "to": "2026-11-23"}, {(">", "<="): 16}),
            ("/v1/segments", {"at": "2026-11-01"}, {(">",): 16}),
            (MATRIX, {"from": "2026-10-20", "to": "2026-11-22"}, {("<=",): 16, (">", "<="): 16}),
        ],
    )
    def test_each_count_compares_with_one_place_and_is_bounded_in_time(
        self,
        dashboard: Dashboard,
        firestore_client: firestore.Client,
        past: None,
        path: str,
        query: dict[str, str],
        bounds: dict[tuple[str, ...], int],
    ) -> None:
        with metered(firestore_client) as meter:
            dashboard.get(path, query)
        counted, steps = Counter[tuple[str, ...]](), 0
        for each in meter.queries:
            if each.aggregated:
                filters = each.query.where.composite_filter.filters
                fields = [each.field_filter for each in filters]
                times = [BOUNDS[each.op] for each in fields if each.field.field_path == TIME]
                if any(each.composite_filter.filters for each in filters) or len(fields) > 3:
                    steps += 1
                else:
                    assert len(fields) == 1 + len(times)
                    counted[tuple(times)] += 1
        assert counted == bounds
        assert steps == (9 if path == MATRIX else 0)


@pytest.mark.parametrize("path", [HISTORY, MATRIX])
def test_numbers_that_time_is_about_to_change_are_called_stale(
    dashboard: Dashboard, shop: Shop, path: str
) -> None:
    shop.order(at=days_ago(20))
    window = {"from": "2026-10-10", "to": "2026-11-23"}
    later = dashboard.at(NOW + timedelta(days=15))
    until_later = {**window, "to": "2026-12-08"}

    assert dashboard.get(path, window)["stale"] is False
    assert later.get(path, window)["stale"] is False
    assert later.get(path, until_later)["stale"] is True
    assert later.get(path, {**until_later, "basis": "restated"})["stale"] is False
