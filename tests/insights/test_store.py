"""Insights in Firestore, beside the cards of an earlier dashboard."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.changes import touch
from shared.insights.circuit import Circuit
from shared.insights.generation import generate
from shared.insights.numbers import Availability, Source
from shared.insights.seen_store import SHARDS, SeenChanges
from shared.insights.store import DUE_AT, FirestoreCircuits, InsightStore, due_organizations
from shared.insights.wording import Fallback
from shared.kernel.errors import ConflictError
from tests.insights.insight_world import Scripted, author, later
from tests.support.metered import metered
from tools.insight_examples import NOW, ORG, example_shop

SHOP = example_shop()
OLD = {
    "id": "org_example:customer:churn_risk_alert",
    "orgId": ORG,
    "category": "customer",
    "title": "CHURN RISK ALERT",
    "headline": "$900 LTV at risk (3 customers)",
    "subtext": "Ada Lovelace, Bob Babbage",
    "severity": "warning",
    "threadPrompt": "Write to ada@example.org, +15550100123",
    "metadata": {"topCustomers": [{"name": "Ada Lovelace", "email": "ada@example.org"}]},
    "expiresAt": NOW + timedelta(days=1),
}
"""A card as an earlier dashboard keeps it, under the id that it gives."""


@pytest.fixture
def store(firestore_client: firestore.Client) -> InsightStore:
    return InsightStore(firestore_client, ORG)


@pytest.fixture
def old_card(firestore_client: firestore.Client) -> Iterator[str]:
    path = paths.insight(ORG, str(OLD["id"]))
    firestore_client.document(path).set(OLD)
    yield path
    assert firestore_client.document(path).get().to_dict() == OLD


def made(store: InsightStore, model: Scripted | Fallback, numbers: Any = SHOP) -> Any:
    return generate(store, store.find(), numbers, [], author(model, now=numbers.as_of))


def ids(client: firestore.Client) -> set[str]:
    return {each.id for each in client.collection(paths.insights(ORG)).stream()}


def without_segments() -> Any:
    gone: Source[Any] = Source(
        name="segment_counts",
        document=SHOP.segments.document,
        availability=Availability.STALE,
    )
    return replace(SHOP, segments=gone)


def test_what_is_stored_comes_back_as_it_was(store: InsightStore) -> None:
    outcome = made(store, Scripted())

    assert store.find().state == outcome.state
    cards = store.cards(outcome.state)
    assert tuple(card.id for card in cards) == outcome.state.cards
    assert [store.card(card.id) for card in cards] == cards
    for card in cards:
        assert (card.org_id, card.generated_at) == (ORG, NOW)


def test_what_is_stored_is_in_the_shape_of_the_dashboard(
    store: InsightStore, firestore_client: firestore.Client
) -> None:
    made(store, Scripted())

    document = firestore_client.document(paths.insight(ORG, "churn-risk")).get().to_dict()

    assert document is not None
    assert document.keys() >= {
        *("id", "orgId", "category", "agentId", "agentName", "title", "headline", "subtext"),
        *("value", "unit", "trend", "trendValue", "severity", "actionable", "ctaLabel"),
        *("lastUpdated", "dataSource", "generatedAt", "expiresAt"),
    }
    assert document["source"] == "claude"
    assert document["expiresAt"] == document["validUntil"]


def test_a_run_costs_a_read_and_a_write_per_card_and_one_more(
    store: InsightStore, firestore_client: firestore.Client
) -> None:
    with metered(firestore_client) as first:
        outcome = made(store, Scripted())
    with metered(firestore_client) as second:
        made(store, Scripted(), later(SHOP, timedelta(hours=1)))

    cards = len(outcome.state.cards)
    assert cards == 6
    # Where no state says which cards there are, all that there may be go: five kinds are not shown.
    assert (first.documents_read, first.documents_written, first.commits) == (1, cards + 1, 1)
    assert first.documents_deleted == 5
    assert (second.documents_read, second.commits) == (1, 0)


def test_reading_costs_one_read_and_one_per_card(
    store: InsightStore, firestore_client: firestore.Client
) -> None:
    made(store, Scripted())
    with metered(firestore_client) as meter:
        actual = store.find().state
        assert actual is not None
        assert len(store.cards(actual)) == 6

    assert meter.documents_read == 7
    assert meter.queries == []


def test_cards_go_with_their_facts_and_those_of_the_old_dashboard_stay(
    store: InsightStore, firestore_client: firestore.Client, old_card: str
) -> None:
    before = made(store, Scripted()).state
    after = made(store, Scripted(), without_segments()).state

    assert set(before.cards) - set(after.cards)
    assert ids(firestore_client) == {*after.cards, OLD["id"]}


def test_the_old_card_is_in_nothing_that_is_read(store: InsightStore, old_card: str) -> None:
    model = Scripted()
    outcome = made(store, model)
    told = repr((store.find(), store.cards(outcome.state), model.prompts))

    for text in ("Lovelace", "Babbage", "ada@example.org", "15550100123", "CHURN RISK ALERT"):
        assert text not in told
    assert store.card(str(OLD["id"])) is None


def test_an_old_card_under_one_of_our_ids_is_not_read(
    store: InsightStore, firestore_client: firestore.Client
) -> None:
    """No such card exists today; cards are distinguished by their source."""
    outcome = made(store, Scripted())
    firestore_client.document(paths.insight(ORG, "churn-risk")).set(OLD)

    assert [card.id for card in store.cards(outcome.state)] == [
        id for id in outcome.state.cards if id != "churn-risk"
    ]
    assert store.card("churn-risk") is None


@pytest.mark.parametrize("first_run", [True, False])
def test_of_two_runs_at_once_one_is_refused_as_a_whole(
    store: InsightStore, firestore_client: firestore.Client, first_run: bool
) -> None:
    if not first_run:
        made(store, Fallback.NO_KEY)
    actual = store.find()
    winner = made(store, Scripted()).state

    with pytest.raises(ConflictError):
        generate(store, actual, without_segments(), [], author(Scripted(), now=NOW))

    assert store.find().state == winner
    assert ids(firestore_client) == set(winner.cards)


def test_feedback_is_kept_once_per_account_and_wording(
    store: InsightStore, firestore_client: firestore.Client
) -> None:
    card = store.cards(made(store, Scripted()).state)[0]
    for rating, by in (("up", "ann"), ("down", "ann"), ("up", "bob")):
        store.give_feedback(card, rating, by=by, at=NOW)

    actual = firestore_client.collection(f"tenants/{ORG}/{paths.INSIGHT_FEEDBACK}").stream()
    documents = sorted((each.to_dict() or {} for each in actual), key=lambda each: each["userId"])
    assert [(each["userId"], each["rating"]) for each in documents] == [
        ("ann", "down"),
        ("bob", "up"),
    ]
    assert documents[0] == {
        "rating": "down",
        "orgId": ORG,
        "userId": "ann",
        "insightId": card.id,
        "messageId": None,
        "threadId": None,
        "agentId": "smokey",
        "contentSnippet": f"{card.headline} {card.subtext}"[:500],
        "createdAt": NOW,
    }


def test_organisations_are_due_by_time(
    store: InsightStore, firestore_client: firestore.Client
) -> None:
    state = made(store, Scripted()).state
    # Neither an organisation's, nor one of ours.
    for path in ("users/eve/analytics/insights", "organizations/o/analytics/2026-01-01"):
        firestore_client.document(path).set({DUE_AT: NOW})

    assert due_organizations(firestore_client, state.due_at - timedelta(seconds=1)) == []
    assert due_organizations(firestore_client, state.due_at) == [ORG]


def test_the_circuit_is_kept(firestore_client: firestore.Client) -> None:
    circuits = FirestoreCircuits(firestore_client)
    assert circuits.load() == Circuit()

    opened = Circuit(failures=7, open_until=NOW)
    circuits.save(opened)

    assert FirestoreCircuits(firestore_client).load() == opened


def test_changes_that_were_seen_are_kept(firestore_client: firestore.Client) -> None:
    seen = SeenChanges(firestore_client)
    assert seen.load() == {}
    # Ids may hold what field paths may not.
    numbers = {f"org.{n}/`~*[]": n for n in range(40)}
    seen.save(numbers)

    again = SeenChanges(firestore_client)
    assert again.load() == numbers
    with metered(firestore_client) as meter:
        again.save(numbers)
        again.save({**numbers, "org.3/`~*[]": 99})
    assert meter.documents_written == 1


def test_an_organisation_that_is_as_it_was_costs_one_read(
    firestore_client: firestore.Client,
) -> None:
    organizations = [f"org_{number}" for number in range(10)]
    for org_id in organizations:
        touch(firestore_client, org_id)
    with metered(firestore_client) as meter:
        numbers = SeenChanges(firestore_client).now(organizations)
    assert numbers == dict.fromkeys(organizations, 1)
    assert meter.documents_read == len(organizations)
    with metered(firestore_client) as meter:
        SeenChanges(firestore_client).load()
    assert meter.documents_read == SHARDS
