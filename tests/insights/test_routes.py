"""The cards of the day over HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.api.app import ROUTES, create_app
from shared.firestore import paths
from shared.insights.wording import Fallback
from shared.nightly.result_store import ResultWriter
from shared.services import Services
from shared.web.authentication import FirebaseTokens
from tests.affinity.published_pairs import publish_pairs
from tests.churn.states import ATTEMPT
from tests.insights.messages_api import MessagesApi, claude_at, echo, error, worded
from tests.insights.test_store import OLD
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago
from tests.support.tokens import bearer

PATH = "/v1/insights"
REFRESH = "/v1/insights:refresh"
PENDING: dict[str, Any] = {
    "orgId": ORG,
    "asOf": "2026-11-23T12:00:00Z",
    "status": "pending",
    "generatedAt": None,
    "validUntil": None,
    "stale": True,
    "wording": None,
    "overview": None,
    "insights": [],
    "missing": [],
}


@pytest.fixture
def services(services: Services, claude_api: MessagesApi) -> Services:
    """With Claude switched on, at the local server."""
    claude = claude_at(claude_api)
    settings = replace(services.settings, insights_llm_enabled=True)
    return replace(services, settings=settings, claude=lambda: claude)


@pytest.fixture
def at_risk(shop: Shop) -> None:
    """Eight customers whose only order was eighty days ago."""
    for number in range(8):
        shop.order(f"person{number}@example.org", 40, at=days_ago(80))


def refresh(dashboard: Dashboard, **claims: Any) -> Any:
    response = dashboard.call(REFRESH, method="POST", **claims)
    assert response.status_code == 200, response.text
    return response.json


def test_before_the_first_run_there_are_none(dashboard: Dashboard) -> None:
    assert dashboard.get(PATH) == PENDING


def test_cards_say_what_to_know_and_the_facts_behind_it(
    dashboard: Dashboard, at_risk: None
) -> None:
    made = refresh(dashboard)

    assert dashboard.get(PATH) == made
    assert made["status"] == "ready"
    assert not made["stale"]
    assert made["wording"] == {
        "source": "claude",
        "reason": None,
        "promptVersion": "wording_1",
        "model": "claude-sonnet-5-5",
        "tokens": {"input": 300, "cached": 1500, "output": 120},
    }
    (card,) = [each for each in made["insights"] if each["id"] == "churn-risk"]
    assert card["title"] == "Churn Risk"
    assert "8 customers who are At Risk" in card["headline"]
    assert (card["value"], card["unit"], card["source"]) == ("8", "customers", "claude")
    assert (card["severity"], card["atStake"]) == ("critical", 320)
    facts = {fact["id"]: fact for fact in card["facts"]}
    assert facts["at_risk"]["value"] == 8
    assert facts["at_risk_value"]["value"] == 320
    assert facts["at_risk_value"]["unit"] == "currency"
    assert facts["at_risk"]["source"] == f"tenants/{ORG}/segment_counts"
    assert made["overview"]["source"] == "claude"
    assert {each["source"] for each in made["missing"]} >= {"churn", "cohorts_month", "quality"}


def test_the_segment_of_a_card_can_be_created_as_it_is(dashboard: Dashboard, at_risk: None) -> None:
    cards = refresh(dashboard)["insights"]
    segments = [card["segment"] for card in cards if card["segment"]]

    assert segments
    for body in segments:
        created = dashboard.call("/v1/custom-segments", method="POST", json=body)
        assert created.status_code == 201, created.text


def test_pages_are_linked_with_what_they_take(dashboard: Dashboard, at_risk: None) -> None:
    for card in refresh(dashboard)["insights"]:
        for fact in card["facts"]:
            assert dashboard.call(fact["api"], fact["query"]).status_code == 200, fact


def test_reading_costs_one_read_and_one_per_card_and_asks_nobody(
    dashboard: Dashboard, at_risk: None, firestore_client: firestore.Client, claude_api: MessagesApi
) -> None:
    cards = len(refresh(dashboard)["insights"])
    asked = len(claude_api.requests)
    with metered(firestore_client) as meter:
        dashboard.get(PATH)

    assert (meter.documents_read, meter.documents_written) == (1 + cards, 0)
    assert len(claude_api.requests) == asked


def test_a_refresh_of_unchanged_facts_makes_no_call_and_writes_nothing(
    dashboard: Dashboard, at_risk: None, firestore_client: firestore.Client, claude_api: MessagesApi
) -> None:
    first = refresh(dashboard)
    with metered(firestore_client) as meter:
        again = refresh(dashboard.at(NOW + timedelta(minutes=30)))

    assert again["generatedAt"] == first["generatedAt"]
    assert (meter.documents_written, len(claude_api.requests)) == (0, 1)


def test_a_failure_of_claude_is_200_with_its_reason(
    dashboard: Dashboard, at_risk: None, claude_api: MessagesApi
) -> None:
    claude_api.answers(error(529, "overloaded_error"))

    made = refresh(dashboard)

    assert made["wording"]["source"] == "rules"
    assert made["wording"]["reason"] == "overloaded"
    assert {card["source"] for card in made["insights"]} == {"rules"}

    claude_api.answers(echo)
    assert refresh(dashboard)["wording"]["reason"] is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"insights_llm_enabled": False}, Fallback.SWITCHED_OFF), ({}, Fallback.NO_KEY)],
)
def test_it_works_without_claude(
    services: Services,
    at_risk: None,
    project_id: str,
    claude_api: MessagesApi,
    changes: dict[str, Any],
    reason: Fallback,
) -> None:
    without = replace(services, settings=replace(services.settings, **changes), claude=None)

    made = refresh(Dashboard(without, project_id))

    assert (made["wording"]["source"], made["wording"]["reason"]) == ("rules", reason.value)
    assert (made["wording"]["model"] is None, claude_api.requests) == (True, [])
    assert made["insights"]
    assert made["overview"]["text"]


def test_cards_grow_stale(dashboard: Dashboard, at_risk: None) -> None:
    refresh(dashboard)

    later = dashboard.at(NOW + timedelta(hours=24)).get(PATH)

    assert later["stale"]
    assert {card["stale"] for card in later["insights"]} == {True}


def test_while_insights_are_switched_off_what_is_there_says_that_it_is_stale(
    services: Services, dashboard: Dashboard, at_risk: None, project_id: str
) -> None:
    made = refresh(dashboard)
    settings = replace(services.settings, insights_enabled=False)
    off = Dashboard(replace(services, settings=settings), project_id)

    actual = off.get(PATH)

    assert actual["stale"]
    assert [card["id"] for card in actual["insights"]] == [card["id"] for card in made["insights"]]
    assert {card["stale"] for card in actual["insights"]} == {True}
    assert_problem(off.call(REFRESH, method="POST"), 409, "insights-switched-off")


def test_a_result_that_failed_is_no_fact_and_said_to_be_missing(
    dashboard: Dashboard, at_risk: None, firestore_client: firestore.Client
) -> None:
    publish_pairs(firestore_client, at=NOW - timedelta(hours=1))
    assert "affinity" not in {each["source"] for each in refresh(dashboard)["missing"]}

    ResultWriter(firestore_client).fail(ORG, "affinity", ATTEMPT, "BadRequest")

    missing = {each["source"]: each["reason"] for each in refresh(dashboard)["missing"]}
    assert missing["affinity"] == "failed"
    assert missing["churn"] == "not_computed"


def test_the_currency_is_the_organisations(dashboard: Dashboard, shop: Shop, at_risk: None) -> None:
    shop.settings("analytics", {"currency": "EUR"})

    text = str(refresh(dashboard)["insights"])

    assert "€320" in text
    assert "$" not in text


def test_the_cards_of_an_earlier_dashboard_are_in_no_answer_and_stay(
    dashboard: Dashboard, at_risk: None, firestore_client: firestore.Client, claude_api: MessagesApi
) -> None:
    reference = firestore_client.document(paths.insight(ORG, str(OLD["id"])))
    reference.set(OLD)

    answers = [refresh(dashboard), dashboard.get(PATH)]
    feedback = dashboard.call(f"{PATH}/{OLD['id']}/feedback", method="POST", json={"rating": "up"})

    told = str(answers) + feedback.text + "".join(request.text for request in claude_api.requests)
    for words in ("Lovelace", "Babbage", "ada@example.org", "15550100123", "CHURN RISK"):
        assert words not in told
    assert_problem(feedback, 404, "not-found")
    assert reference.get().to_dict() == OLD


def test_feedback_is_noted(
    dashboard: Dashboard, at_risk: None, firestore_client: firestore.Client
) -> None:
    refresh(dashboard)

    response = dashboard.call(
        f"{PATH}/churn-risk/feedback", method="POST", json={"rating": "down"}, uid="ann"
    )

    assert response.status_code == 200
    assert response.json == {
        "insightId": "churn-risk",
        "rating": "down",
        "createdAt": "2026-11-23T12:00:00Z",
    }
    (stored,) = firestore_client.collection(f"tenants/{ORG}/{paths.INSIGHT_FEEDBACK}").stream()
    assert (stored.get("userId"), stored.get("rating")) == ("ann", "down")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/rating"]),
        ({"rating": "great"}, ["/rating"]),
        ({"rating": "up", "contentSnippet": "x"}, ["/contentSnippet"]),
    ],
)
def test_feedback_is_up_or_down_and_nothing_else(
    dashboard: Dashboard, at_risk: None, body: dict[str, str], pointers: list[str]
) -> None:
    refresh(dashboard)
    response = dashboard.call(f"{PATH}/churn-risk/feedback", method="POST", json=body)
    assert_problem(response, 400, "invalid-body", pointers=pointers)


@pytest.mark.parametrize("id", ["customer-mix", "unknown", "..", "churn-risk%2Fx", "x" * 2000])
def test_feedback_is_for_a_card_that_is_there(dashboard: Dashboard, at_risk: None, id: str) -> None:
    refresh(dashboard)
    response = dashboard.call(f"{PATH}/{id}/feedback", method="POST", json={"rating": "up"})
    assert response.status_code == 404


def test_budtenders_read_and_change_nothing(dashboard: Dashboard, at_risk: None) -> None:
    refresh(dashboard)

    assert dashboard.get(PATH, role="budtender")["insights"]
    for path, body in ((REFRESH, None), (f"{PATH}/churn-risk/feedback", {"rating": "up"})):
        response = dashboard.call(path, method="POST", json=body, role="budtender")
        assert_problem(response, 403, "changes-not-allowed")


def test_each_function_answers_its_own_routes(services: Services, project_id: str) -> None:
    """The one that is bound to no key of Claude has no route that would ask it."""
    token = Dashboard(services, project_id).token()
    statuses = {
        (function, path): create_app(
            services, FirebaseTokens(project_id), clock=lambda: NOW, routes=routes
        )
        .test_client()
        .get(path, headers=bearer(token))
        .status_code
        for function, routes in ROUTES.items()
        for path in (PATH, "/v1/segments", "/v1/health", "/v1/openapi.json")
    }

    assert statuses == {
        ("api", PATH): 404,
        ("api", "/v1/segments"): 200,
        ("api", "/v1/health"): 200,
        ("api", "/v1/openapi.json"): 200,
        ("insights", PATH): 200,
        ("insights", "/v1/segments"): 404,
        ("insights", "/v1/health"): 200,
        ("insights", "/v1/openapi.json"): 200,
    }


def test_one_organisations_cards_are_not_anothers(
    dashboard: Dashboard, at_risk: None, shop: Shop
) -> None:
    refresh(dashboard)

    assert dashboard.get(PATH, orgId=OTHER)["status"] == "pending"
    assert refresh(dashboard, orgId=OTHER)["insights"] == []
    assert dashboard.get(PATH)["insights"]
    theirs = dashboard.call(
        f"{PATH}/churn-risk/feedback", method="POST", json={"rating": "up"}, orgId=OTHER
    )
    assert_problem(theirs, 404, "not-found")


SUGGESTIONS = "/v1/segments/suggestions"


def suggestion(answer: Any) -> Any:
    (actual,) = [each for each in answer["suggestions"] if each["id"] == "win_back"]
    return actual


def test_reasons_of_suggestions_are_worded_with_the_numbers_of_now(
    dashboard: Dashboard, shop: Shop, at_risk: None, claude_api: MessagesApi
) -> None:
    before = dashboard.get(SUGGESTIONS)
    assert before["wording"] is None
    assert suggestion(before)["reasoningSource"] == "rules"
    made = refresh(dashboard)
    shop.order("another@example.org", 40, at=days_ago(80))
    asked = len(claude_api.requests)

    answer = dashboard.get(SUGGESTIONS)

    assert answer["wording"] == made["wording"]
    assert suggestion(answer)["reasoningSource"] == "claude"
    # Worded over $320 of eight customers.
    assert suggestion(answer)["reasoning"] == "See $360 in lifetime value from this group."
    assert len(claude_api.requests) == asked


def test_a_reason_that_was_refused_is_worded_by_rules(
    dashboard: Dashboard, at_risk: None, claude_api: MessagesApi
) -> None:
    claude_api.answers(
        lambda request: worded(
            {
                text["id"]: dict.fromkeys(text["write"], "A dozen [[customers:phrase]].")
                for text in request.prompt["texts"]
            }
        )
    )
    refresh(dashboard)

    answer = dashboard.get(SUGGESTIONS)

    assert answer["wording"]["reason"] == "not_accepted"
    assert suggestion(answer)["reasoningSource"] == "rules"
    assert suggestion(answer)["reasoning"].startswith("8 customers are in this group")


def test_an_organisation_that_keeps_claude_away_sees_none_of_its_reasons(
    dashboard: Dashboard, shop: Shop, at_risk: None
) -> None:
    refresh(dashboard)
    shop.settings("analytics", {"claudeWording": False})

    assert suggestion(dashboard.get(SUGGESTIONS))["reasoningSource"] == "rules"
