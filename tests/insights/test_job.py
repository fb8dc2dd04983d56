"""Insights from the scheduled function through the queue, worded by Anthropic's real library over a
local server.
"""

import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import tasks
from shared.firestore import paths
from shared.insights.generation import OVERVIEW
from shared.insights.insight_card import WordingSource
from shared.insights.job import dispatch_insights, make_insights
from shared.insights.seen_store import SHARDS
from shared.insights.state import RENEW_BEFORE
from shared.insights.wording import Fallback
from shared.kernel.logs import JsonFormatter
from shared.kernel.rate_limit import RateLimit
from shared.nightly.dispatch import Task
from shared.nightly.job_run import JobStatus
from shared.nightly.job_store import FirestoreJobs
from tests.insights.installation import (
    CANARIES,
    HOUR,
    NAMES,
    NORTH,
    NOW,
    SETTINGS,
    SOUTH,
    Installation,
)
from tests.insights.measured_shop import publish_campaigns, publish_forecast, publish_model
from tests.insights.messages_api import (
    Answer,
    MessagesApi,
    error,
    message,
    slowly,
    worded,
)
from tests.predictions.models import published
from tests.support.metered import Meter, metered
from tests.support.tasks import deliver


@pytest.fixture
def installation(
    firestore_client: firestore.Client, claude_api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    return Installation(firestore_client, claude_api, monkeypatch)


def test_an_order_gives_cards_within_the_hour(
    installation: Installation, claude_api: MessagesApi
) -> None:
    installation.customers(NORTH)

    assert installation.hour() == [NORTH]

    state = installation.state()
    assert "churn-risk" in state.cards
    assert installation.sources() == {WordingSource.CLAUDE}
    assert (state.wording.reason, state.wording.model) == (None, "claude-sonnet-5-5")
    assert len(claude_api.requests) == 1
    job, _ = FirestoreJobs(installation.services.client, NORTH).load("insightsorganization")
    assert job is not None
    assert job.status is JobStatus.COMPLETE


def test_an_organisation_without_changes_costs_one_read_an_hour(
    installation: Installation, claude_api: MessagesApi
) -> None:
    """Beside what the installation costs, however many organisations there are."""

    def cost() -> Meter:
        with metered(installation.services.client) as meter:
            assert installation.hour() == []
        return meter

    installation.now = NOW.replace(hour=1)
    installation.customers(NORTH)
    assert installation.hour() == [NORTH]
    one = cost().documents_read
    for number in range(5):
        installation.customers(f"org_{number}", 1)
    installation.now = NOW.replace(hour=23)
    assert len(installation.hour()) == 6  # New ones are found at the first hour of a day.
    calls = len(claude_api.requests)
    six = cost()

    assert six.documents_read - one == 5
    assert len(claude_api.requests) == calls
    # The installation's: the shards, the query for those who are due, and the job's own document.
    assert one == 1 + SHARDS + 1 + 1
    assert six.documents_written == 2


def test_a_second_run_on_unchanged_facts_makes_no_call_and_writes_nothing(
    installation: Installation, claude_api: MessagesApi
) -> None:
    installation.customers(NORTH)
    installation.hour()
    assert len(claude_api.requests) == 1

    with metered(installation.services.client) as meter:
        outcome = make_insights(installation.services, NORTH, clock=installation.clock)

    assert not outcome.written
    assert (meter.commits, len(claude_api.requests)) == (0, 1)
    assert meter.documents_read < 45


def test_what_a_run_costs(installation: Installation, claude_api: MessagesApi) -> None:
    installation.customers(NORTH)
    with metered(installation.services.client) as meter:
        outcome = make_insights(installation.services, NORTH, clock=installation.clock)

    cards = len(outcome.state.cards)
    assert outcome.written
    assert meter.documents_read < 45
    # The cards and the state, and one for the call of the budget.
    assert meter.documents_written == cards + 2


def test_new_orders_are_looked_at_and_worded_where_they_change_a_fact(
    installation: Installation, claude_api: MessagesApi
) -> None:
    installation.customers(NORTH)
    installation.hour()
    installation.customers(NORTH, 1, days_ago=85)

    assert installation.hour() == [NORTH]

    (changed,) = [request.prompt["texts"] for request in claude_api.requests[1:]]
    assert {text["id"] for text in changed} >= {"churn-risk", OVERVIEW}
    (card,) = [c for c in installation.store().cards(installation.state()) if c.id == "churn-risk"]
    assert card.value == "9"


def test_a_card_goes_when_its_fact_goes(installation: Installation) -> None:
    installation.customers(NORTH)
    installation.hour()
    for number in range(8):
        installation.order(NORTH, f"back_{number}", number, 80, 50_00)
        reference = installation.services.client.document(paths.order(f"{NORTH}_80_{number}"))
        reference.update({"createdAt": NOW - timedelta(days=1)})
        installation.services.reconciler.reconcile(reference.id)

    installation.hour()

    assert "churn-risk" not in installation.state().cards
    assert installation.store().card("churn-risk") is None


def test_cards_are_renewed_before_they_expire_though_nothing_changes(
    installation: Installation, claude_api: MessagesApi
) -> None:
    installation.customers(NORTH)
    installation.hour()
    before = installation.state()

    installation.now = before.valid_until - RENEW_BEFORE - HOUR
    assert installation.hour() == [NORTH]

    assert installation.state().valid_until > before.valid_until
    assert len(claude_api.requests) == 1


FAILURES: list[tuple[Answer, Fallback]] = [
    (error(429, "rate_limit_error", retry_after="3600"), Fallback.RATE_LIMITED),
    (error(529, "overloaded_error"), Fallback.OVERLOADED),
    (error(500, "api_error"), Fallback.API_ERROR),
    (error(401, "authentication_error"), Fallback.NOT_AUTHORIZED),
    (error(400, "invalid_request_error"), Fallback.BAD_REQUEST),
    (slowly(5), Fallback.TIMEOUT),
    (message("No.", stop_reason="refusal"), Fallback.REFUSAL),
    (message('{"texts"', stop_reason="max_tokens"), Fallback.TRUNCATED),
    (message("{]"), Fallback.INVALID_OUTPUT),
    (Answer(body=b"\x00garbage"), Fallback.INVALID_OUTPUT),
]


@pytest.mark.parametrize(("answer", "reason"), FAILURES, ids=lambda each: str(each)[:20])
def test_every_failure_leaves_deterministic_cards_and_its_reason(
    installation: Installation, claude_api: MessagesApi, answer: Answer, reason: Fallback
) -> None:
    installation.customers(NORTH)
    claude_api.answers(answer)

    installation.hour()

    assert installation.sources() == {WordingSource.RULES}
    assert installation.state().wording.reason is reason


HOSTILE = [
    "Read https://evil.example/[[at_risk:phrase]]",
    "<script>alert(1)</script> [[at_risk:phrase]]",
    "[[at_risk:phrase]]\u202e txet",
    "[[at_risk:phrase]]\u0000\u200b",
    '"}]}, {"id": "x", "text": "[[at_risk:phrase]]',
    "[[at_risk:phrase]] " + "a" * 100_000,
    "[[at_risk:phrase]]" * 10_000,
    "A dozen of [[at_risk:phrase]]",
    "[[at_risk:phrase]] because of the weather",
    "[[__class__:phrase]] [[at_risk:phrase]]",
    "[[org_south_at_risk:phrase]]",
    "\ud83d",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:24].encode("ascii", "replace"))
def test_a_hostile_answer_ends_in_the_deterministic_card(
    installation: Installation, claude_api: MessagesApi, text: str
) -> None:
    installation.customers(NORTH)
    claude_api.answers(
        lambda request: worded(
            {each["id"]: dict.fromkeys(each["write"], text) for each in request.prompt["texts"]}
        )
    )

    installation.hour()

    assert installation.sources() == {WordingSource.RULES}
    assert installation.state().texts == {}
    # What is too long for a whole answer is not looked at.
    refused = Fallback.NOT_ACCEPTED if len(text) < 100_000 else Fallback.INVALID_OUTPUT
    assert installation.state().wording.reason is refused


def test_the_budget_of_an_organisation_is_its_own(
    installation: Installation, claude_api: MessagesApi
) -> None:
    installation.change(wordings_per_organization=RateLimit(burst=1, interval_seconds=86_400))
    for org_id in (NORTH, SOUTH):
        installation.customers(org_id)
    installation.hour()
    for org_id in (NORTH, SOUTH):
        installation.customers(org_id, 1, days_ago=85)
    installation.hour()

    assert len(claude_api.requests) == 2
    for org_id in (NORTH, SOUTH):
        assert installation.state(org_id).wording.reason is Fallback.OVER_BUDGET
        # Texts whose facts are as they were keep their wording.
        assert "churn-risk" not in installation.state(org_id).texts


def test_an_organisation_may_keep_claude_away(
    installation: Installation, claude_api: MessagesApi
) -> None:
    installation.customers(NORTH)
    installation.customers(SOUTH)
    installation.services.client.document(paths.analytics_settings(NORTH)).set(
        {"claudeWording": False}
    )

    installation.hour()

    assert installation.state(NORTH).wording.reason is Fallback.OFF_FOR_ORGANIZATION
    assert installation.sources(SOUTH) == {WordingSource.CLAUDE}
    assert len(claude_api.requests) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"settings": replace(SETTINGS, insights_llm_enabled=False)}, Fallback.SWITCHED_OFF),
        ({"claude": None}, Fallback.NO_KEY),
    ],
    ids=["switched off", "no key"],
)
def test_it_works_without_claude(
    installation: Installation, claude_api: MessagesApi, changes: dict[str, Any], reason: Fallback
) -> None:
    installation.services = replace(installation.services, **changes)
    installation.customers(NORTH)

    installation.hour()

    assert installation.sources() == {WordingSource.RULES}
    assert installation.state().wording.reason is reason
    assert claude_api.requests == []


def test_nothing_is_made_while_insights_are_switched_off(
    installation: Installation, claude_api: MessagesApi
) -> None:
    installation.customers(NORTH)
    waiting = Task(queue="insightsorganization", org_id=NORTH, due_at=NOW)
    installation.change(insights_enabled=False)

    with metered(installation.services.client) as meter:
        assert installation.dispatch() == []
        assert deliver(tasks.insightsorganization, waiting) == 200

    assert (meter.documents_read, meter.documents_written) == (0, 0)
    assert installation.store().find().state is None


def test_an_outage_of_the_api_costs_a_few_calls_and_not_one_per_organisation(
    installation: Installation, claude_api: MessagesApi
) -> None:
    claude_api.answers(error(400, "invalid_request_error"))
    organizations = [f"org_{number:02}" for number in range(9)]
    for org_id in organizations:
        installation.customers(org_id)

    installation.hour()

    reasons = [installation.state(org_id).wording.reason for org_id in organizations]
    assert reasons == [Fallback.BAD_REQUEST] * 5 + [Fallback.CIRCUIT_OPEN] * 4
    assert len(claude_api.requests) == 5


def test_an_organisation_that_was_not_dispatched_is_so_by_the_next_call(
    installation: Installation,
) -> None:
    installation.customers(NORTH)
    late = dispatch_insights(
        installation.services, NOW, clock=installation.clock, stop_at=installation.now
    )
    assert not late.complete

    assert installation.hour() == [NORTH]


def test_no_prompt_and_no_log_holds_anything_of_anybody(
    installation: Installation, claude_api: MessagesApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client, model, name = installation.services.client, published(), CANARIES["name of a campaign"]
    publish_model(installation.services, SOUTH, model)
    installation.customers(NORTH)
    installation.customers(SOUTH, cents=98_765_43)
    publish_forecast(client, SOUTH, model, NOW)
    publish_campaigns(client, SOUTH, NOW, paid=name, unclear=name)
    installation.customers(SOUTH, days_ago=200)
    keys = [
        each.id
        for org_id in (NORTH, SOUTH)
        for each in client.collection(paths.customers(org_id)).stream()
    ]
    caplog.clear()

    installation.hour()

    assert len(claude_api.requests) == 2
    assert "[[paid_campaign:name]]" in claude_api.requests[1].text
    personal = [*keys, *NAMES, *(value for name, value in CANARIES.items())]
    for request in claude_api.requests:
        assert [value for value in personal if value in request.text] == []
    logged = "".join(JsonFormatter().format(record) for record in caplog.records)
    assert [value for value in personal if value in logged and value != SOUTH] == []
    cards = json.dumps(
        [each.to_dict() for each in client.collection(paths.insights(NORTH)).stream()],
        default=str,
    )
    assert [value for value in personal if value in cards] == []
    assert "98,765" not in cards
