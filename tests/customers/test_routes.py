"""GET /v1/customers: the list, its order and its pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import NOW, OTHER, Shop, days_ago, item, key_of

PATH = "/v1/customers"


def emails(answer: dict[str, Any]) -> list[str]:
    return [customer["email"] for customer in answer["customers"]]


def pages(
    dashboard: Dashboard, query: dict[str, Any], between: Callable[[], object] = lambda: None
) -> list[list[str]]:
    """The keys on each page, to the end of the list; `between` is done after each page."""
    actual: list[list[str]] = []
    token = None
    while True:
        answer = dashboard.get(PATH, {**query, **({"pageToken": token} if token else {})})
        actual.append([customer["id"] for customer in answer["customers"]])
        between()
        token = answer["nextPageToken"]
        if token is None:
            return actual


def test_a_profile_holds_what_is_known(dashboard: Dashboard, shop: Shop) -> None:
    shop.order(
        at=days_ago(45),
        total=20.1,
        items=[item("p1", 20.1, category="Edibles")],
        customer={"email": "Ada@Example.org "},
    )
    shop.order(
        at=days_ago(10.5),
        total=55.45,
        items=[item("p2", 50, category="Flower"), item("p3", 5.45, category="Vape")],
        customer={"email": "ada@example.org", "name": "Ada Lovelace", "phone": "+1 (555) 010-0123"},
    )
    key = key_of("ada@example.org")

    answer = dashboard.get(PATH)

    assert (answer["orgId"], answer["asOf"]) == ("org_green", "2026-11-23T12:00:00Z")
    assert answer["nextPageToken"] is None
    (profile,) = answer["customers"]
    phone = profile.pop("phone")
    assert "".join(filter(str.isdigit, phone)).endswith("5550100123")
    assert profile == {
        "id": key,
        "customerKey": key,
        "orgId": "org_green",
        "email": "ada@example.org",
        "displayName": "Ada Lovelace",
        "segment": "loyal",
        "segmentLabel": "Loyal",
        "segmentSince": "2026-11-13T00:00:00Z",
        "customSegments": [],
        "nextTransitionAt": "2026-12-13T00:00:00Z",
        "totalSpent": 75.55,
        "lifetimeValue": 75.55,
        "orderCount": 2,
        "avgOrderValue": 37.78,
        "firstOrderDate": "2026-10-09T12:00:00Z",
        "lastOrderDate": "2026-11-13T00:00:00Z",
        "daysSinceLastOrder": 10,
        "preferredCategories": ["Flower", "Edibles", "Vape"],
        "churnProbability": None,
        "churnRiskLevel": None,
        "predictedLtv": None,
        "expectedNextOrderDate": None,
        "profileIds": [],
        "firstName": None,
        "lastName": None,
        "tier": None,
        "points": None,
        "tags": [],
        "source": None,
        "createdAt": None,
        "emailConsent": None,
        "smsConsent": None,
        "retention": None,
    }


def test_an_organisation_without_customers_has_an_empty_page(dashboard: Dashboard) -> None:
    answer = dashboard.get(PATH)

    assert answer["customers"] == []
    assert answer["nextPageToken"] is None


def test_a_customer_without_an_order_that_counts_is_in_no_list(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order("ada@example.org", status="cancelled")
    shop.order("bob@example.org", id="b")
    shop.order("bob@example.org", id="b", status="cancelled")
    shop.order("cleo@example.org")

    assert emails(dashboard.get(PATH)) == ["cleo@example.org"]


def test_lists_are_sorted_as_asked_for(dashboard: Dashboard, shop: Shop) -> None:
    for name, days, totals in (("a", 5, [1, 2, 3]), ("b", 9, [400]), ("c", 2, [10, 20])):
        for total in totals:
            shop.order(f"{name}@example.org", total, at=days_ago(days))

    for sort, descending in (
        ("lastOrderDate", "cab"),
        ("totalSpent", "bca"),
        ("orderCount", "acb"),
        ("avgOrderValue", "bca"),
    ):
        for order, expected in (("desc", descending), ("asc", descending[::-1])):
            listed = emails(dashboard.get(PATH, {"sort": sort, "order": order}))
            assert listed == [f"{name}@example.org" for name in expected], (sort, order)
    assert emails(dashboard.get(PATH)) == [f"{name}@example.org" for name in "cab"]


@pytest.mark.parametrize("name", ["at_risk", "at-risk", "Risk", "AT_RISK", "At Risk"])
def test_a_segment_goes_by_its_id_and_by_the_names_of_earlier_dashboards(
    dashboard: Dashboard, shop: Shop, name: str
) -> None:
    shop.order("ada@example.org", at=days_ago(70))
    shop.order("bob@example.org", at=days_ago(1))

    answer = dashboard.get(PATH, {"segment": name})

    assert emails(answer) == ["ada@example.org"]
    assert answer["customers"][0]["segment"] == "at_risk"


def test_pages_together_are_the_list_without_gaps_or_repeats(
    dashboard: Dashboard, shop: Shop
) -> None:
    for number in range(11):
        # Many equal values, and instants that differ by a microsecond only.
        at = days_ago(3) + timedelta(microseconds=number // 3)
        shop.order(f"p{number}@example.org", 10 + number // 4, at=at)

    for sort in ("lastOrderDate", "totalSpent", "orderCount", "avgOrderValue"):
        for rest in ({"order": "asc"}, {"order": "desc"}, {"order": "asc", "segment": "new"}):
            query = {"sort": sort, **rest}
            in_one = pages(dashboard, {**query, "pageSize": 200})
            in_threes = pages(dashboard, {**query, "pageSize": 3})
            in_elevens = pages(dashboard, {**query, "pageSize": 11})

            assert len(in_one) == 1, query
            assert len(set(in_one[0])) == 11, query
            assert [len(page) for page in in_threes] == [3, 3, 3, 2], query
            assert sum(in_threes, []) == in_one[0], query
            assert in_elevens == in_one, query


def test_customers_who_come_or_change_in_between_disturb_no_others(
    dashboard: Dashboard, shop: Shop
) -> None:
    for number in range(6):
        shop.order(f"p{number}@example.org", at=days_ago(10 + number))
    settled = sum(pages(dashboard, {}), [])
    newcomers = iter(range(100))

    def newcomer() -> None:
        shop.order(f"n{next(newcomers)}@example.org", at=NOW)

    actual = sum(pages(dashboard, {"pageSize": 2}, between=newcomer), [])

    assert [key for key in actual if key in settled] == settled
    assert len(actual) == len(set(actual))


def test_a_page_holds_as_many_as_asked_for_up_to_the_maximum(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.put_customers(205)

    for asked, size in ((1, 1), ("007", 7), (200, 200), (201, 200), ("9" * 40, 200)):
        answer = dashboard.get(PATH, {"pageSize": asked})
        assert len(answer["customers"]) == size, asked
        assert answer["nextPageToken"] is not None
    assert len(dashboard.get(PATH)["customers"]) == 50


@pytest.mark.parametrize("size", ["0", "-1", "00", "1.5", "1e2", "ten", " 5", "+5", "1_0", "٣"])
def test_any_other_page_size_is_refused(dashboard: Dashboard, size: str) -> None:
    assert_problem(dashboard.call(PATH, {"pageSize": size}), 400, "invalid-parameter", ["pageSize"])


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("segment=nobody", ["segment"]),
        ("sort=email", ["sort"]),
        ("sort=LASTORDERDATE", ["sort"]),
        ("order=up", ["order"]),
        ("page_size=5", ["page_size"]),
        ("limit=5&offset=7", ["limit", "offset"]),
        ("sort=email&order=up&x=1", ["sort", "order", "x"]),
        ("sort=totalSpent&sort=totalSpent", ["sort"]),
        ("pageToken=" + "x" * 1001, ["pageToken"]),
    ],
)
def test_other_arguments_are_refused_by_name(
    dashboard: Dashboard, query: str, parameters: list[str]
) -> None:
    assert_problem(dashboard.call(PATH, query), 400, "invalid-parameter", parameters)


class TestPageToken:
    """A token counts for the very list that it came from, and no other."""

    QUERY = {"segment": "new", "sort": "totalSpent", "order": "asc", "pageSize": "1"}

    @pytest.fixture
    def token(self, dashboard: Dashboard, shop: Shop) -> str:
        for org in ("org_green", OTHER):
            for name in ("ada", "bob", "cleo"):
                shop.order(f"{name}@example.org", org=org)
        token: str = dashboard.get(PATH, self.QUERY)["nextPageToken"]
        return token

    def refused(self, dashboard: Dashboard, query: dict[str, str], **claims: Any) -> None:
        response = dashboard.call(PATH, query, **claims)
        assert_problem(response, 400, "invalid-parameter", ["pageToken"])

    def test_it_continues_its_own_list_with_any_page_size(
        self, dashboard: Dashboard, token: str
    ) -> None:
        for size in ("1", "2", "50"):
            answer = dashboard.get(PATH, {**self.QUERY, "pageToken": token, "pageSize": size})
            assert len(answer["customers"]) == min(int(size), 2)

    @pytest.mark.parametrize(
        "change",
        [
            {"segment": "loyal"},
            {"segment": None},
            {"sort": "orderCount"},
            {"sort": "lastOrderDate"},
            {"order": "desc"},
        ],
    )
    def test_it_is_refused_with_other_arguments(
        self, dashboard: Dashboard, token: str, change: dict[str, str | None]
    ) -> None:
        query = {**self.QUERY, "pageToken": token, **change}
        self.refused(dashboard, {name: value for name, value in query.items() if value})

    def test_it_is_refused_for_another_organisation(self, dashboard: Dashboard, token: str) -> None:
        query = {**self.QUERY, "pageToken": token}
        self.refused(dashboard, query, orgId=OTHER)
        self.refused(dashboard, {**query, "org": OTHER}, role="super_user")

    def test_a_change_of_any_character_is_refused(self, dashboard: Dashboard, token: str) -> None:
        for place in range(len(token)):
            changed = "A" if token[place] != "A" else "B"
            other = token[:place] + changed + token[place + 1 :]
            response = dashboard.call(PATH, {**self.QUERY, "pageToken": other})
            # The last character of base64 has bits that mean nothing.
            if place < len(token) - 1:
                assert_problem(response, 400, "invalid-parameter", ["pageToken"])

    def test_it_says_nothing_about_the_person(self, token: str) -> None:
        assert "example" not in token
