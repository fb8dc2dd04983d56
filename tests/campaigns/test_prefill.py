"""GET /v1/campaigns:prefill: who may be written to, who is left out and why, adding up."""

from typing import Any

import pytest
from google.cloud import firestore

from shared.contacts.point_codec import LAST_CONTACT, micros_of
from shared.contacts.point_store import ContactPoints
from shared.contacts.profile import Channel
from shared.firestore import paths
from shared.services import Services
from tests.campaigns.crm import People
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, SECRET, Shop, days_ago

PATH = "/v1/campaigns:prefill"
SEPTEMBER = {"from": "2026-09-01", "to": "2026-10-01"}
ADA, BOB = "ada@example.org", "bob@example.org"


@pytest.fixture
def people(services: Services) -> People:
    return People(services)


def reasons(entry: dict[str, Any]) -> dict[str, int]:
    return {each["reason"]: each["customers"] for each in entry["leftOut"]}


def assert_adds_up(prefill: dict[str, Any]) -> None:
    reach = prefill["reach"]
    for entry in (reach, *reach["channels"]):
        assert entry["reachable"] + sum(reasons(entry).values()) == reach["customers"]


def test_everybody_is_left_out_for_one_reason(
    shop: Shop, dashboard: Dashboard, people: People, services: Services
) -> None:
    for name in ("ada", "bob", "cid", "dan", "eve", "fay", "gil", "hal"):
        shop.order(f"{name}@example.org", 600, at=days_ago(3))
    shop.order(None, 600, at=days_ago(3), customer={"phone": "555-201-3344"})
    documents: dict[str, dict[str, Any]] = {
        "ada": {},
        "bob": {"emailConsent": False},
        "cid": {"emailConsent": None},
        "dan": {"emailUnsubscribedAt": days_ago(1)},
        "eve": {"archived": True},
        "fay": {"isTestAccount": True},
        "gil": {},
    }
    for name, fields in documents.items():
        people.put(f"{name}@example.org", **fields)
    points = ContactPoints(services.client, ORG, SECRET)
    contacted = paths.contact_point(ORG, points.key(Channel.EMAIL, "gil@example.org"))
    services.client.document(contacted).update({LAST_CONTACT: micros_of(days_ago(2))})

    actual = dashboard.get(PATH, {"segment": "new"})

    assert_adds_up(actual)
    assert actual["reach"]["customers"] == 9
    assert actual["reach"]["reachable"] == 1
    assert reasons(actual["reach"]) == {
        "no_address": 1,
        "test_or_archived": 2,
        "unsubscribed": 1,
        "no_consent": 3,
        "contacted_recently": 1,
    }
    assert (
        dashboard.get(PATH, {"segment": "new", "contactedWithinDays": 0})["reach"]["reachable"] == 2
    )


def test_each_channel_needs_its_own_consent(
    shop: Shop, dashboard: Dashboard, people: People
) -> None:
    phone = "+1 (555) 201-3344"
    shop.order("ada@example.org", at=days_ago(3), customer={"email": ADA, "phone": phone})
    shop.order("bob@example.org", at=days_ago(3), customer={"email": BOB, "phone": phone})
    people.put("ada@example.org", phone=phone, emailConsent=False, smsConsent=True)

    actual = dashboard.get(PATH, {"segment": "new", "channels": "email,sms"})

    assert_adds_up(actual)
    by_email, by_text = actual["reach"]["channels"]
    assert (by_email["channel"], by_email["reachable"]) == ("email", 0)
    assert reasons(by_email) == {"no_consent": 2}
    assert (by_text["channel"], by_text["reachable"]) == ("sms", 1)
    assert reasons(by_text) == {"same_address": 1}
    assert reasons(actual["reach"]) == {"same_address": 1}


def test_unless_unsubscribed_is_for_email_alone(
    shop: Shop, dashboard: Dashboard, people: People
) -> None:
    shop.order(
        "ada@example.org",
        at=days_ago(3),
        customer={"email": ADA, "phone": "5552013344"},
    )
    shop.order("bob@example.org", at=days_ago(3))
    people.put("bob@example.org", emailConsent=None, emailUnsubscribedAt=days_ago(9))
    shop.settings("analytics", {"emailConsent": "unless_unsubscribed"})

    actual = dashboard.get(PATH, {"segment": "new", "channels": "email,sms"})

    by_email, by_text = actual["reach"]["channels"]
    assert by_email["reachable"] == 1
    assert reasons(by_email) == {"unsubscribed": 1}
    assert by_text["reachable"] == 0

    shop.settings("analytics", {"emailConsent": "always"})
    assert dashboard.get(PATH, {"segment": "new"})["reach"]["reachable"] == 0


def test_a_draft_says_what_the_orders_say(shop: Shop, dashboard: Dashboard, people: People) -> None:
    flower = [{"productId": "p1", "category": "flower", "qty": 1, "price": 100}]
    for number in range(60):
        email = f"c{number}@example.org"
        for weeks in (0, 2, 4, 6):
            shop.order(email, 80 + 5 * (number % 7), at=days_ago(7 * weeks + 1), items=flower)
        people.put(email)

    actual = dashboard.get(PATH, {"segment": "high_value"})

    assert actual["suggestedOffer"] == {"category": "Flower", "customers": 60}
    assert actual["suggestedTime"] == {"weekday": "sunday", "hour": 12, "share": 1.0}
    assert actual["valueAtStake"]["lifetimeValue"] == actual["valueAtStake"]["last365Days"] > 0
    tenth, half = actual["holdouts"]
    assert (tenth["treated"], tenth["heldOut"]) == (54, 6)
    assert (half["treated"], half["heldOut"]) == (30, 30)
    assert tenth["smallestLift"] > half["smallestLift"] > 0
    assert actual["cannotDetect"].startswith("With 10% held out (6 of 60 customers)")
    assert actual["goal"] in actual["parameters"]["goal"]
    assert actual["parameters"]["channels"] == "email"
    assert actual["parameters"]["segment"] == "high_value"


def test_a_cell_of_a_cohort_and_a_cell_of_the_matrix(
    shop: Shop, dashboard: Dashboard, people: People
) -> None:
    shop.order("ada@example.org", at=days_ago(70))
    shop.order("ada@example.org", at=days_ago(10))
    shop.order("bob@example.org", at=days_ago(70))
    people.put("ada@example.org")
    people.put("bob@example.org")
    month = f"{days_ago(70):%Y-%m}"

    cohort = {"cohort": month, "period": 2}
    returned = dashboard.get(PATH, cohort)
    stayed_away = dashboard.get(PATH, {**cohort, "returned": "false"})
    assert (returned["reach"]["reachable"], returned["goal"]) == (1, "retention")
    assert (stayed_away["reach"]["reachable"], stayed_away["goal"]) == (1, "winback")
    assert stayed_away["parameters"]["cohort"] == month

    matrix = {
        "from": f"{days_ago(60):%Y-%m-%d}",
        "to": f"{NOW:%Y-%m-%d}",
        "fromSegment": "new",
        "toSegment": "at_risk",
    }
    moved = dashboard.get(PATH, matrix)
    listed = dashboard.get("/v1/analytics/transitions/customers", matrix)
    assert moved["reach"]["customers"] == len(listed["customers"])
    assert moved["goal"] == "winback"


def test_a_custom_segment_by_its_id(shop: Shop, dashboard: Dashboard, people: People) -> None:
    body = {
        "name": "Big spenders",
        "filters": [{"field": "totalSpent", "operator": "greater_than", "value": 50}],
    }
    created = dashboard.call("/v1/custom-segments", method="POST", json=body)
    assert created.status_code == 201
    shop.order("ada@example.org", 100, at=days_ago(3))
    shop.order("bob@example.org", 10, at=days_ago(3))
    people.put("ada@example.org")

    actual = dashboard.get(PATH, {"segment": created.json["id"]})
    assert actual["reach"]["customers"] == actual["reach"]["reachable"] == 1
    assert actual["name"] == "Drive sales: Big spenders"
    missing = dashboard.call(PATH, {"segment": "cs_000000000000"})
    assert_problem(missing, 404, "not-found")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({}, None),
        ({"segment": "vip", "cohort": "2026-09", "period": 1}, None),
        ({"channels": "email"}, None),
        ({"cohort": "2026-09"}, "period"),
        ({"period": 1}, "cohort"),
        ({"fromSegment": "vip"}, "toSegment"),
        (
            {"from": "2026-09-01", "to": "2026-10-01", "fromSegment": "none", "toSegment": "none"},
            "toSegment",
        ),
        ({"segment": "everyone"}, "segment"),
        ({"segment": "vip", "channels": "push"}, "channels"),
        ({"segment": "vip", "windowDays": 31}, "windowDays"),
        ({"segment": "vip", "contactedWithinDays": 91}, "contactedWithinDays"),
    ],
)
def test_nothing_that_is_left_out_means_everybody(
    dashboard: Dashboard, query: dict[str, Any], parameter: str | None
) -> None:
    assert_problem(
        dashboard.call(PATH, query), 400, "invalid-parameter", [parameter] if parameter else []
    )


def test_an_empty_group_is_empty(dashboard: Dashboard) -> None:
    actual = dashboard.get(PATH, {"segment": "vip"})
    assert actual["reach"]["customers"] == actual["reach"]["reachable"] == 0
    assert "cannot show any lift" in actual["cannotDetect"]
    assert actual["suggestedTime"] is None


def test_another_organisations_customers_and_consent_are_none_of_it(
    shop: Shop, dashboard: Dashboard, people: People
) -> None:
    shop.order("ada@example.org", at=days_ago(3))
    shop.order("ada@example.org", at=days_ago(3), org=OTHER)
    shop.order("bob@example.org", at=days_ago(3), org=OTHER)
    people.put("ada@example.org", org=OTHER)
    people.put("bob@example.org", org=OTHER)

    actual = dashboard.get(PATH, {"segment": "new"})
    assert actual["reach"]["customers"] == 1
    assert reasons(actual["reach"]) == {"no_consent": 1}
    refused = dashboard.call(PATH, {"segment": "new", "org": OTHER})
    assert_problem(refused, 404, "organisation-not-found")


def test_a_draft_holds_no_address(shop: Shop, dashboard: Dashboard, people: People) -> None:
    shop.order("ada@example.org", at=days_ago(3))
    people.put("ada@example.org", firstName="Ada")
    response = dashboard.call(PATH, {"segment": "new"})
    assert "example.org" not in response.text


def test_what_a_draft_costs(
    shop: Shop,
    dashboard: Dashboard,
    people: People,
    firestore_client: firestore.Client,
) -> None:
    for number in range(5):
        shop.order(f"c{number}@example.org", at=days_ago(3))
        people.put(f"c{number}@example.org")
    dashboard.get(PATH, {"segment": "new"})
    with metered(firestore_client) as meter:
        dashboard.get(PATH, {"segment": "new"})
    # Settings, the clock and measured lifts; of each customer key, document and address.
    assert meter.documents_read == 3 + 1 + 1 + 3 * 5
    assert meter.documents_written == 0


def test_budtenders_may_not_read_every_customer(dashboard: Dashboard) -> None:
    assert_problem(
        dashboard.call(PATH, {"segment": "vip"}, role="budtender"), 403, "scans-not-allowed"
    )
