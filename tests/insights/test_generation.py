"""Generation of insights, calls of Claude, and retirement of cards."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.insights.cards import choose_cards
from shared.insights.checker import PARAGRAPH, check_text
from shared.insights.circuit import FAILURES
from shared.insights.facts.sheet import fact_sheet
from shared.insights.generation import (
    OVERVIEW,
    OVERVIEW_CARDS,
    generate,
)
from shared.insights.insight_card import WordingSource
from shared.insights.numbers import Availability, Group, ShopNumbers, counter_source
from shared.insights.state import RENEW_BEFORE, RETRY_AFTER
from shared.insights.wording import OUTAGES, Fallback, WriterError
from shared.kernel.errors import ConflictError
from tests.insights.generated import SHOP, bare, make, suggested
from tests.insights.insight_world import (
    COST,
    MemoryCircuits,
    MemoryInsights,
    Scripted,
    author,
    later,
)
from tools.insight_examples import NOW, ORG

HOUR = timedelta(hours=1)


def slipping(customers: int, cents: int) -> ShopNumbers:
    """The shop with another group about to slip."""
    group = Group(customers=customers, lifetime_value_cents=cents)
    return replace(
        SHOP,
        about_to_slip=counter_source("about_to_slip", SHOP.about_to_slip.document, group, at=NOW),
    )


def test_cards_by_claude_say_so_and_what_they_cost() -> None:
    store = MemoryInsights()

    state = make(store, author(Scripted(), now=NOW)).state

    assert {card.source for card in store.cards.values()} == {WordingSource.CLAUDE}
    assert state.overview_source is WordingSource.CLAUDE
    assert (state.wording.source, state.wording.reason) == (WordingSource.CLAUDE, None)
    assert (state.wording.model, state.wording.tokens) == ("claude-test", COST)


@pytest.mark.parametrize(
    "reason", [Fallback.NO_KEY, Fallback.SWITCHED_OFF, Fallback.OFF_FOR_ORGANIZATION]
)
def test_without_claude_the_same_cards_are_worded_by_rules(reason: Fallback) -> None:
    store, by_claude = MemoryInsights(), MemoryInsights()
    make(by_claude, author(Scripted(), now=NOW))

    state = make(store, author(reason, now=NOW)).state

    assert store.cards.keys() == by_claude.cards.keys()
    assert {card.source for card in store.cards.values()} == {WordingSource.RULES}
    assert state.overview is not None
    assert (state.wording.source, state.wording.reason) == (WordingSource.RULES, reason)
    assert state.wording.model is None


@pytest.mark.parametrize("model", [Scripted(), Fallback.NO_KEY], ids=["claude", "rules"])
def test_a_second_run_on_unchanged_facts_makes_no_call_and_writes_nothing(
    model: Scripted | Fallback,
) -> None:
    store = MemoryInsights()
    make(store, author(model, now=NOW), suggestions=suggested())
    calls = len(model.prompts) if isinstance(model, Scripted) else 0

    numbers = later(SHOP, HOUR)
    again = make(store, author(model, now=numbers.as_of), numbers, suggested())

    assert (again.written, again.worded.calls, store.writes) == (False, 0, 1)
    assert calls == (len(model.prompts) if isinstance(model, Scripted) else 0)


def test_a_cent_that_nobody_sees_is_no_news() -> None:
    store, model = MemoryInsights(), Scripted()
    make(store, author(model, now=NOW), slipping(40, 9_310_00))

    again = make(store, author(model, now=NOW), slipping(40, 9_310_01))

    assert (again.written, len(model.prompts)) == (False, 1)


def test_claude_is_asked_again_only_about_texts_whose_facts_have_changed() -> None:
    store, model = MemoryInsights(), Scripted()
    make(store, author(model, now=NOW), slipping(40, 9_310_00), suggested())

    again = make(store, author(model, now=NOW), slipping(41, 9_310_00), suggested())

    assert again.written
    assert model.asked[1] == ["slipping-soon", OVERVIEW]
    assert {card.source for card in store.cards.values()} == {WordingSource.CLAUDE}
    assert "41 active customers" in store.cards["slipping-soon"].headline


def test_a_card_whose_fact_goes_is_gone_within_the_run() -> None:
    store = MemoryInsights()
    make(store, author(Scripted(), now=NOW))
    assert "slipping-soon" in store.cards

    make(store, author(Scripted(), now=NOW), slipping(4, 100_00))

    assert "slipping-soon" not in store.cards
    assert store.state is not None
    assert set(store.state.cards) == store.cards.keys()


def test_zero_cards_are_a_state_and_not_an_error() -> None:
    store, model = MemoryInsights(), Scripted()
    make(store, author(model, now=NOW))

    outcome = make(store, author(model, now=NOW), bare())

    assert store.cards == {}
    assert (outcome.state.cards, outcome.state.overview) == ((), None)
    assert {each.reason for each in outcome.state.missing} == {Availability.NOT_COMPUTED}
    assert len(outcome.state.missing) == 11
    assert outcome.worded.calls == 0


def test_nothing_to_say_is_no_news_either() -> None:
    store = MemoryInsights()
    make(store, author(Scripted(), now=NOW), bare())

    assert not make(store, author(Scripted(), now=NOW), bare()).written


def test_cards_whose_state_is_lost_go_with_the_next_run() -> None:
    store = MemoryInsights()
    make(store, author(Fallback.NO_KEY, now=NOW))
    store.state = None

    make(store, author(Fallback.NO_KEY, now=NOW), bare())

    assert store.cards == {}


def test_what_is_about_to_expire_is_renewed_without_a_call() -> None:
    store, model = MemoryInsights(), Scripted()
    first = make(store, author(model, now=NOW)).state

    numbers = later(SHOP, first.valid_until - RENEW_BEFORE - NOW)
    renewed = make(store, author(model, now=numbers.as_of), numbers)

    assert (renewed.written, len(model.prompts)) == (True, 1)
    assert renewed.state.valid_until > first.valid_until
    assert {card.source for card in store.cards.values()} == {WordingSource.CLAUDE}
    assert {card.valid_until for card in store.cards.values()} >= {renewed.state.valid_until}


def test_what_cannot_be_renewed_is_left_as_it_is() -> None:
    """Its numbers are as old as they were: only who reads them again is later."""
    store, model = MemoryInsights(), Scripted()
    first = make(store, author(model, now=NOW)).state

    same = replace(SHOP, as_of=first.valid_until - HOUR)

    assert not make(store, author(model, now=same.as_of), same).written


@pytest.mark.parametrize("reason", sorted(OUTAGES))
def test_an_outage_leaves_deterministic_cards_and_is_tried_again_within_the_hour(
    reason: Fallback,
) -> None:
    store = MemoryInsights()
    failed = make(store, author(Scripted(WriterError(reason)), now=NOW)).state

    assert failed.wording.reason is reason
    assert failed.due_at == NOW + RETRY_AFTER

    numbers = later(SHOP, RETRY_AFTER)
    again = make(store, author(Scripted(), now=numbers.as_of), numbers).state

    assert again.wording.reason is None
    assert {card.source for card in store.cards.values()} == {WordingSource.CLAUDE}


def test_an_outage_that_goes_on_is_not_written_again_and_again() -> None:
    store = MemoryInsights()
    make(store, author(Scripted(WriterError(Fallback.OVERLOADED)), now=NOW))

    numbers = later(SHOP, RETRY_AFTER)
    model = Scripted(WriterError(Fallback.OVERLOADED))
    again = make(store, author(model, now=numbers.as_of), numbers)

    assert (again.written, len(model.prompts)) == (False, 1)


def test_whoever_asks_for_it_does_not_wait_for_the_hour() -> None:
    store = MemoryInsights()
    make(store, author(Scripted(WriterError(Fallback.OVERLOADED)), now=NOW))

    again = generate(
        store, store.find(), SHOP, [], author(Scripted(), now=NOW), asked_for=True
    ).state

    assert (again.wording.source, again.wording.reason) == (WordingSource.CLAUDE, None)


def test_asking_again_and_again_makes_no_call_where_nothing_is_missing() -> None:
    store, model = MemoryInsights(), Scripted()
    for _ in range(3):
        by = author(model, now=NOW)
        generate(store, store.find(), SHOP, [], by, asked_for=True)

    assert (store.writes, len(model.prompts)) == (1, 1)


def test_what_the_checker_refused_is_not_asked_for_every_hour() -> None:
    store, model = MemoryInsights(), Scripted({}, {})
    refused = make(store, author(model, now=NOW)).state
    assert refused.wording.reason is Fallback.NOT_ACCEPTED

    numbers = later(SHOP, HOUR)
    again = make(store, author(model, now=numbers.as_of), numbers)

    assert (again.written, len(model.prompts)) == (False, 2)


def test_an_organisation_over_budget_has_its_cards() -> None:
    store, model = MemoryInsights(), Scripted()

    state = make(store, author(model, now=NOW, budget=0)).state

    assert (model.prompts, state.wording.reason) == ([], Fallback.OVER_BUDGET)
    assert store.cards


def test_failures_of_one_organisation_keep_the_next_ones_from_waiting_for_the_same() -> None:
    circuits = MemoryCircuits()
    for _ in range(FAILURES):
        model = Scripted(WriterError(Fallback.TIMEOUT))
        make(MemoryInsights(), author(model, now=NOW, circuits=circuits))
    model = Scripted()

    state = make(MemoryInsights(), author(model, now=NOW, circuits=circuits)).state

    assert (model.prompts, state.wording.reason) == ([], Fallback.CIRCUIT_OPEN)


@pytest.mark.parametrize("reason", sorted(set(Fallback) - OUTAGES))
def test_an_answer_that_cannot_be_used_does_not_open_the_circuit(reason: Fallback) -> None:
    circuits = MemoryCircuits()
    for _ in range(FAILURES + 1):
        model = Scripted(WriterError(reason))
        make(MemoryInsights(), author(model, now=NOW, circuits=circuits))

    assert not circuits.circuit.is_open(NOW)


def test_switching_claude_off_takes_its_wording_away() -> None:
    store = MemoryInsights()
    make(store, author(Scripted(), now=NOW), suggestions=suggested())

    state = make(store, author(Fallback.SWITCHED_OFF, now=NOW), suggestions=suggested()).state

    assert {card.source for card in store.cards.values()} == {WordingSource.RULES}
    assert state.texts == {}


def test_a_run_that_another_overtakes_writes_nothing() -> None:
    store = MemoryInsights()
    actual = store.find()
    make(store, author(Fallback.NO_KEY, now=NOW))

    with pytest.raises(ConflictError):
        generate(store, actual, SHOP, [], author(Fallback.NO_KEY, now=NOW))


def test_the_paragraph_by_rules_passes_the_checker() -> None:
    cards = choose_cards(SHOP, fact_sheet(SHOP))
    subjects = {id: subject for card in cards for id, subject in card.subjects.items()}
    text = " ".join(f"{card.wording.headline}." for card in cards[:OVERVIEW_CARDS])

    assert check_text(text, subjects, part="text", limits=PARAGRAPH) is None


def test_prompts_hold_no_name_of_a_product() -> None:
    model = Scripted()

    make(MemoryInsights(), author(model, now=NOW), suggestions=suggested())

    names = {product.name for product in SHOP.products.content or ()}
    names |= {side.name for pair in SHOP.affinity.content or () for side in (pair.a, pair.b)}
    assert names
    sent = json.dumps(model.prompts, ensure_ascii=False)
    assert [name for name in names if name in sent] == []
    assert ORG not in sent
