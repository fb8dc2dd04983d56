"""Profiles from the dashboard's own documents in the API's answers."""

import csv
import io

import pytest

from shared.services import Services
from tests.campaigns.crm import People
from tests.predictions.models import published
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import ORG, OTHER, Shop, days_ago, key_of

ADA = "ada@example.org"
PATH = "/v1/customers"
DETAIL = f"{PATH}/{key_of(ADA)}"
PHONE = "+15552013344"


@pytest.fixture
def people(services: Services) -> People:
    return People(services)


@pytest.fixture
def ada(shop: Shop) -> None:
    shop.order("", 120, at=days_ago(3), customer={"email": ADA, "name": "Ada", "phone": PHONE})


def test_list_search_and_detail_say_what_the_documents_say(
    dashboard: Dashboard, people: People, ada: None
) -> None:
    people.put(
        ADA,
        id=f"lead_{ADA}",
        firstName="Ada",
        tier="Gold",
        points=250,
        customTags=["edibles"],
        source="import",
        createdAt="2025-03-01T00:00:00Z",
    )
    people.put("", id=f"{ORG}_phone_5552013344", phone="(555) 201-3344", lastName="Byron")

    (listed,) = dashboard.get(PATH)["customers"]
    search = dashboard.call(f"{PATH}:search", method="POST", json={"search": ADA})
    (actual,) = search.json["customers"]
    detail = dashboard.get(DETAIL)

    for customer in (listed, actual, detail):
        assert customer["profileIds"] == sorted([f"lead_{ADA}", f"{ORG}_phone_5552013344"])
        assert (customer["firstName"], customer["lastName"]) == ("Ada", "Byron")
        assert (customer["tier"], customer["points"], customer["tags"]) == (
            "gold",
            250,
            ["edibles"],
        )
        assert (customer["source"], customer["createdAt"]) == ("import", "2025-03-01T00:00:00Z")
        assert customer["emailConsent"]["consent"] == "granted"
        assert customer["smsConsent"]["consent"] == "unknown"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"tier": "gold"}, "ada bob"),
        ({"tier": "Platinum"}, ""),
        ({"tag": "EDIBLES"}, "ada cleo"),
        ({"tag": "edible"}, ""),
        ({"tag": "edibles", "tier": "gold"}, "ada"),
        ({"emailConsent": "granted"}, "ada"),
        ({"emailConsent": "denied"}, "bob cleo"),
        ({"emailConsent": "unknown"}, "dan"),
        ({"smsConsent": "unknown"}, "ada bob cleo dan"),
        ({"emailConsent": "denied", "sort": "totalSpent", "order": "asc"}, "cleo bob"),
        ({"tier": "gold", "search": "bob"}, "bob"),
        ({"tier": "gold", "segment": "new", "minTotalSpent": "30"}, "ada"),
    ],
)
def test_lists_are_filtered_by_what_the_documents_say(
    dashboard: Dashboard, crowd: None, query: dict[str, str], expected: str
) -> None:
    listed = dashboard.get(PATH, query)["customers"]
    assert [each["email"].partition("@")[0] for each in listed] == expected.split()


@pytest.fixture
def crowd(shop: Shop, people: People) -> None:
    for number, name in enumerate(("ada", "bob", "cleo", "dan")):
        shop.order(f"{name}@example.org", 40 - 15 * (number % 3), at=days_ago(1 + number))
    people.put("ada@example.org", tier="Gold", customTags=["Edibles", "x"])
    people.put("bob@example.org", tier="gold", emailConsent=False)
    people.put("cleo@example.org", customTags=["edibles"], emailUnsubscribedAt="2026-11-01")
    people.put("dan@example.org", org=OTHER, tier="gold", customTags=["edibles"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tier", "diamond"),
        ("tag", " "),
        ("tag", "a" * 201),
        ("emailConsent", "true"),
        ("smsConsent", "maybe"),
    ],
)
def test_filters_of_another_shape_are_refused(dashboard: Dashboard, name: str, value: str) -> None:
    assert_problem(dashboard.call(PATH, {name: value}), 400, "invalid-parameter", [name])


def test_a_filtered_page_costs_a_read_per_customer(
    dashboard: Dashboard, crowd: None, services: Services
) -> None:
    dashboard.get(PATH, {"tier": "gold"})
    with metered(services.client) as meter:
        dashboard.get(PATH, {"tag": "edibles"})
    # Settings are read by each call here.
    assert meter.documents_read <= 2 + 3


def test_the_file_has_the_dashboards_columns(
    dashboard: Dashboard, people: People, ada: None
) -> None:
    people.put(ADA, id="p1", firstName="=Ada", tier="platinum", points=7, customTags=["b", "a"])

    (row,) = csv.DictReader(io.StringIO(dashboard.call(f"{PATH}:export").text.lstrip("\ufeff")))

    assert (row["tier"], row["points"], row["tags"]) == ("platinum", "7", "a;b")
    assert (row["emailConsent"], row["smsConsent"], row["profileIds"]) == ("granted", "", "p1")
    assert (row["firstName"], row["lastName"], row["source"]) == ("'=Ada", "", "")


def test_without_a_model_the_retention_score_is_unknown_and_not_full_marks(
    dashboard: Dashboard, people: People, shop: Shop
) -> None:
    shop.order(ADA, 120, at=days_ago(3))
    people.put(ADA, tier="Gold", points=250, purchaseStreak=4)

    customer = dashboard.get(DETAIL)

    assert (customer["churnProbability"], customer["retention"]) == (None, None)


def test_the_retention_score_follows_orders_loyalty_and_the_model(
    dashboard: Dashboard, people: People, services: Services, shop: Shop
) -> None:
    services.rules(ORG).publish_model(lambda in_force: published())
    shop.order(ADA, 120, at=days_ago(3))
    assert dashboard.get(DETAIL)["retention"] is None
    people.put(ADA, tier="Gold", points=250, purchaseStreak=4)

    customer = dashboard.get(DETAIL)

    # 3 days; 1 order and $120; the model's probability; 4 + 3 + 3.
    stays = ((100 - customer["churnProbability"]) * 25 + 50) // 100
    assert customer["retention"]["score"] == 30 + 3 + 5 + stays + 10
    assert customer["retention"]["breakdown"] == {
        "recency": 30,
        "frequencyMonetary": 8,
        "churnInverse": stays,
        "engagement": 10,
    }
    assert customer["retention"]["reasons"][0] == "Last order 3 days ago: 30 of 30."
    assert dashboard.get(PATH)["customers"][0]["retention"] == customer["retention"]


def test_there_is_no_score_before_a_model_is_in_force(
    dashboard: Dashboard, people: People, ada: None
) -> None:
    people.put(ADA, tier="gold")
    assert dashboard.get(DETAIL)["retention"] is None


def test_what_is_not_known_is_null(dashboard: Dashboard, people: People, ada: None) -> None:
    people.put(ADA, org=OTHER, firstName="Canary")
    customer = dashboard.get(DETAIL)

    assert (customer["profileIds"], customer["tags"]) == ([], [])
    unknown = ("firstName", "tier", "points", "source", "createdAt", "emailConsent", "retention")
    assert [customer[name] for name in unknown] == [None] * len(unknown)


def test_whoever_unsubscribed_has_denied(dashboard: Dashboard, people: People, ada: None) -> None:
    people.put(ADA, emailUnsubscribedAt="2026-11-01T00:00:00Z")

    said = dashboard.get(DETAIL)["emailConsent"]
    assert (said["consent"], said["unsubscribed"]) == ("denied", True)
    assert said["since"] == "2026-11-01T00:00:00Z"
