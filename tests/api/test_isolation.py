"""Two organisations over every route of the API: neither ever sees anything of the other.

The routes come from the API's own description: a new one fails here until it is listed with the
calls that must be tried on it.
"""

import itertools
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore
from werkzeug.test import TestResponse

from shared.affinity.affinity import NEXT_ORDER, SAME_BASKET
from shared.churn.churn import ChurnQuestion
from shared.churn.rfm import RfmQuestion
from shared.churn.state_transitions import StateTransitionsQuestion
from shared.firestore import paths
from shared.insights.job import make_insights
from shared.kernel.logs import JsonFormatter
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.affinity.published_pairs import publish_pairs, row
from tests.api.trials import (
    CANARIES,
    MINE,
    MY_CAMPAIGN,
    MY_CUSTOMER,
    NAMED,
    STAFF,
    TRIALS,
    WRITES,
    Write,
)
from tests.audit.test_routes import published as publish_quality
from tests.audit.test_routes import report as quality_report
from tests.campaigns.crm import People, put_campaign
from tests.churn.states import STATES, publish, score
from tests.cohorts.cohort_fold import Bought
from tests.cohorts.cohort_results import publish_cohorts
from tests.customers.people import define
from tests.support.dashboard import Dashboard
from tests.support.description import api_document
from tests.support.shop import NOW, OTHER, Shop, days_ago, item
from tests.web.notes import register_notes


@pytest.fixture
def two_organisations(shop: Shop, services: Services, firestore_client: firestore.Client) -> None:
    # So that budtenders get to what reads every customer.
    shop.settings("analytics", {"budtendersMayReadAll": True}, org=MINE)
    shop.order(
        id="my_order",
        org=MINE,
        total=12.5,
        customer={"email": "mine@example.org", "name": "Mine"},
        items=[item("my_product", 12.5)],
    )
    for number, days in enumerate((0, 40, 200)):
        shop.order(
            id=CANARIES["order"] + ("" if number == 0 else str(number)),
            org=OTHER,
            total=98765.43,
            at=days_ago(days),
            customer={
                "email": CANARIES["email"],
                "name": CANARIES["name"],
                "phone": CANARIES["phone"],
            },
            items=[
                {
                    "productId": CANARIES["product"],
                    "name": CANARIES["product name"],
                    "category": CANARIES["category"],
                    "price": 98765.43,
                }
            ],
        )
        for kind in ("cart.updated", "checkout.paid"):
            shop.event(kind, CANARIES["session"], org=OTHER, at=days_ago(days))
    for org in (MINE, OTHER):
        shop.refresh_products(org=org)
    publish_pairs(firestore_client, org=MINE)
    for question in (SAME_BASKET, NEXT_ORDER):
        names: dict[str, Any] = {
            "name_a": CANARIES["product name"],
            "category_a": CANARIES["category"],
        }
        pair = row(CANARIES["product"], "theirs", 8, 10, 20, **names)
        publish_pairs(firestore_client, [pair], question, org=OTHER)
    for org, key, cents, category in (
        (OTHER, CANARIES["key"], 9876543, CANARIES["category"]),
        (MINE, MY_CUSTOMER, 1250, "Flower"),
    ):
        order = Bought(
            order_id="first",
            customer=key,
            ordered_at=NOW,
            day=NOW.date(),
            cents=cents,
            categories=((category, cents),),
        )
        publish_cohorts(firestore_client, org, [order], NOW.date())
    for org in (OTHER, MINE):
        cents = 9876543 if org == OTHER else 1250
        publish(firestore_client, ChurnQuestion(), STATES, org)
        publish(firestore_client, StateTransitionsQuestion(), STATES, org)
        publish(firestore_client, RfmQuestion(), [score("111", 1, 0, 1, cents)], org)
    shop.event("cart.updated", "my_session", org=MINE)
    shop.event("cart.updated", "my_session", org=MINE)
    shop.refresh_products()
    shop.order(id="my_other_order", org=MINE, total=1, customer={"email": "mine@example.org"})
    define(firestore_client, [CANARIES["custom segment"]], org=OTHER, name=CANARIES["segment name"])
    put_campaign(
        services.client,
        OTHER,
        CANARIES["campaign"],
        name=CANARIES["campaign name"],
        keys=[CANARIES["key"]],
    )
    put_campaign(services.client, MINE, MY_CAMPAIGN, name="Mine", keys=[MY_CUSTOMER])
    handed_over = firestore_client.document(paths.dashboard_campaign(CANARIES["campaign"]))
    handed_over.set({"orgId": OTHER, "name": CANARIES["campaign name"]})
    handed_over.collection(paths.RECIPIENTS).document("first").set({"email": CANARIES["email"]})
    # Their documents of their customer, and of a person who is my customer, too.
    for email, suffix in ((CANARIES["email"], ""), ("mine@example.org", "_of_mine")):
        People(services).put(
            email,
            org=OTHER,
            id=CANARIES["profile"] + suffix,
            tier="gold",
            customTags=[CANARIES["tag"]],
        )
    services.rules(OTHER).save_thresholds(
        Thresholds(vip_min_lifetime_value_cents=1),
        by=CANARIES["account"],
        source=ThresholdSource.API,
    )
    services.reclassifier().run(OTHER, NOW + timedelta(hours=1))
    publish_quality(firestore_client, of=quality_report(OTHER, CANARIES["key"]))
    for number in range(8):
        shop.order(f"risk{number}@{CANARIES['domain']}", 7777.77, at=days_ago(80), org=OTHER)
    for org in (OTHER, MINE):
        make_insights(services, org, clock=lambda: NOW)


def trials() -> Iterator[tuple[str, dict[str, str]]]:
    for attempts in TRIALS.values():
        for path, queries in attempts:
            for query, named in itertools.product(queries, NAMED):
                yield path, {**query, **named}


def told(response: TestResponse) -> str:
    """Everything that goes to the caller but what the caller sent."""
    return response.text + json.dumps(list(response.headers))


def canaries_in(text: str, sent: str) -> list[str]:
    """Strings of the other organisation in a text, except those that the caller wrote."""
    return [value for value in CANARIES.values() if value in text and value not in sent]


def test_every_route_is_listed_here() -> None:
    routes = {
        (method.upper(), path)
        for path, operations in api_document()["paths"].items()
        for method in operations
    }
    assert routes == {("GET", path) for path in TRIALS} | set(WRITES)


def test_every_route_but_the_services_takes_a_token() -> None:
    for path, operations in api_document()["paths"].items():
        for operation in operations.values():
            public = path in ("/v1/health", "/v1/openapi.json")
            assert ("security" in operation) is not public


@pytest.mark.parametrize("claims", STAFF, ids=lambda claims: str(claims["role"]))
def test_nothing_of_the_other_organisation_is_ever_told(
    dashboard: Dashboard,
    two_organisations: None,
    caplog: pytest.LogCaptureFixture,
    claims: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    answered = 0
    for path, query in trials():
        caplog.clear()
        response = dashboard.call(path, query, **claims)

        sent = path + json.dumps(query)
        if path == "/v1/me":  # which says what the caller's own token claims
            sent += json.dumps(claims)
        assert response.status_code in (200, 400, 404), sent
        assert canaries_in(told(response), sent) == [], sent
        logged = "".join(JsonFormatter().format(record) for record in caplog.records)
        assert not [value for value in CANARIES.values() if value in logged], sent
        if query.get("org", MINE) != MINE and "health" not in path and "openapi" not in path:
            assert response.status_code == 404, sent
        answered += response.status_code == 200
    assert answered >= 8


@pytest.mark.parametrize("claims", STAFF, ids=lambda claims: str(claims["role"]))
def test_nothing_of_the_other_organisation_is_ever_changed(
    dashboard: Dashboard,
    two_organisations: None,
    firestore_client: firestore.Client,
    claims: dict[str, Any],
) -> None:
    register_notes(dashboard.app)
    tried = {**WRITES, ("POST", "/v1/notes"): [Write(path="/v1/notes", body={"title": "x"})]}
    before = documents_of(firestore_client, OTHER)
    for (method, _), writes in tried.items():
        for write, query in itertools.product(writes, NAMED):
            response = dashboard.call(
                write.path,
                query,
                method=method,
                json=write.body,
                headers=dict(write.headers),
                **claims,
            )

            sent = json.dumps([write.path, query, write.body, dict(write.headers)])
            assert response.status_code in ANSWERS_TO_WRITES, (method, sent, response.text)
            assert canaries_in(told(response), sent) == [], (method, sent)
            if query.get("org", MINE) != MINE:
                assert response.status_code == 404, (method, sent)
    assert before
    assert documents_of(firestore_client, OTHER) == before


def documents_of(client: firestore.Client, org: str) -> dict[str, Any]:
    """Everything below an organisation and what the dashboard keeps of it elsewhere, by path."""
    shared = (paths.PROFILES, paths.CONTACT_LEDGER, paths.DASHBOARD_CAMPAIGNS)
    own = [
        snapshot
        for collection in shared
        for snapshot in client.collection(collection).stream()
        if org in (snapshot.to_dict() or {}).values()
    ]
    assert {snapshot.reference.parent.id for snapshot in own} == set(shared)
    actual: dict[str, Any] = {each.reference.path: each.to_dict() for each in own}
    waiting = [
        *client.document(f"tenants/{org}").collections(),
        *(collection for each in own for collection in each.reference.collections()),
    ]
    while waiting:
        for snapshot in waiting.pop().stream():
            actual[snapshot.reference.path] = snapshot.to_dict()
            waiting += snapshot.reference.collections()
    return actual


ANSWERS_TO_WRITES = (200, 201, 204, 400, 403, 404, 409, 412, 422, 428)


def test_the_other_organisation_does_see_itself(
    dashboard: Dashboard, two_organisations: None
) -> None:
    """Without this, the canaries above would prove nothing."""
    seen = [
        *("/v1/segments", "/v1/customers", "/v1/analytics/overview", "/v1/custom-segments"),
        *("/v1/analytics/products", "/v1/analytics/affinity", "/v1/insights", "/v1/campaigns"),
        *("/v1/settings/thresholds/versions", f"/v1/customers/{CANARIES['key']}"),
    ]

    text = "".join(told(dashboard.call(path, orgId=OTHER)) for path in seen)

    phone, amount = CANARIES["phone"], CANARIES["amount"]
    digits = "".join(filter(str.isdigit, text))
    assert phone in digits
    assert amount in text
    # The id of a session is told to nobody.
    expected = set(CANARIES.values()) - {phone, amount, CANARIES["session"]}
    assert {value for value in expected if value in text} == expected
    assert CANARIES["key"] in told(dashboard.call("/v1/analytics/quality", orgId=OTHER))


def test_a_super_user_sees_one_organisation_at_a_time(
    dashboard: Dashboard, two_organisations: None
) -> None:
    for path, query in trials():
        if query.get("org") == OTHER:
            continue
        response = dashboard.call(path, query, role="super_user", orgId=MINE)
        assert canaries_in(told(response), path + json.dumps(query)) == []


def test_the_same_person_at_two_organisations_is_two_customers(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order("both@example.org", 10, org=MINE)
    shop.order("both@example.org", 20, org=OTHER)

    (mine,) = dashboard.get("/v1/customers", orgId=MINE)["customers"]
    (others,) = dashboard.get("/v1/customers", orgId=OTHER)["customers"]

    assert mine["id"] != others["id"]
    assert (mine["totalSpent"], others["totalSpent"]) == (10, 20)
    assert dashboard.call(f"/v1/customers/{others['id']}", orgId=MINE).status_code == 404
