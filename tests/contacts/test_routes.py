"""What the dashboard's own documents say of a customer, by the API."""

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.services import Services
from tests.campaigns.crm import People
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import ORG, OTHER, Shop, days_ago, key_of

ADA = "ada@example.org"
PATH = f"/v1/customers/{key_of(ADA)}/profile"
PHONE = "+15552013344"


@pytest.fixture
def people(services: Services) -> People:
    return People(services)


@pytest.fixture
def ada(shop: Shop) -> None:
    shop.order("", 120, at=days_ago(3), customer={"email": ADA, "name": "Ada", "phone": PHONE})


def test_a_profile_is_found_by_either_address(
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

    profile = dashboard.get(PATH)

    assert profile["profileIds"] == sorted([f"lead_{ADA}", f"{ORG}_phone_5552013344"])
    assert (profile["firstName"], profile["lastName"]) == ("Ada", "Byron")
    assert (profile["tier"], profile["points"], profile["tags"]) == ("gold", 250, ["edibles"])
    assert (profile["source"], profile["createdAt"]) == ("import", "2025-03-01T00:00:00Z")
    assert profile["emailConsent"]["consent"] == "granted"
    assert profile["smsConsent"]["consent"] == "unknown"


def test_the_retention_score_follows_orders_and_loyalty(
    dashboard: Dashboard, people: People, ada: None
) -> None:
    people.put(ADA, tier="Gold", points=250, purchaseStreak=4)

    # 3 days; 1 order and $120; new, without a model; 4 + 3 + 3.
    assert dashboard.get(PATH)["retention"] == {
        "score": 30 + 3 + 5 + 16 + 10,
        "tier": "engaged",
        "breakdown": {
            "recency": 30,
            "frequencyMonetary": 8,
            "churnInverse": 16,
            "engagement": 10,
        },
    }


def test_what_is_not_known_is_null(dashboard: Dashboard, ada: None) -> None:
    profile = dashboard.get(PATH)

    assert (profile["profileIds"], profile["tags"]) == ([], [])
    unknown = ("firstName", "tier", "points", "source", "createdAt", "emailConsent", "retention")
    assert [profile[name] for name in unknown] == [None] * len(unknown)


def test_documents_of_others_are_left_out(
    dashboard: Dashboard, people: People, ada: None, firestore_client: firestore.Client
) -> None:
    people.put(ADA, org=OTHER, id="theirs", firstName="Canary")
    people.put(ADA, id="moved", firstName="Canary")
    people.put(ADA, id="renamed", firstName="Canary")
    profiles = firestore_client.collection(paths.PROFILES)
    # Written since, and not yet taken in.
    profiles.document("moved").update({"orgId": OTHER})
    profiles.document("renamed").update({"email": "grace@example.org"})

    profile = dashboard.get(PATH)

    assert (profile["profileIds"], profile["firstName"]) == ([], None)


def test_it_costs_a_read_per_address_and_document_and_writes_nothing(
    dashboard: Dashboard, people: People, ada: None, firestore_client: firestore.Client
) -> None:
    people.put(ADA, points=1)
    people.put(ADA, points=2)

    with metered(firestore_client) as meter:
        dashboard.get(PATH)

    # Kept for a while otherwise: the settings, and whose the id on each document is.
    kept = 3 + 2
    assert meter.documents_read == kept + 1 + 2 + 2
    assert (meter.documents_written, meter.commits) == (0, 0)


def test_an_unknown_customer_has_no_profile(dashboard: Dashboard, ada: None) -> None:
    for key in ("nobody", ".."):
        assert_problem(dashboard.call(f"/v1/customers/{key}/profile"), 404, "not-found")
    response = dashboard.call(PATH, orgId=OTHER)
    assert_problem(response, 404, "not-found")
