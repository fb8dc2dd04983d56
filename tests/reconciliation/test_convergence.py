"""Whatever order events come in, the derived documents end up saying what the orders say."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.predictions.model import PublishedModel
from shared.predictions.scoring import score
from shared.segments.thresholds import Thresholds
from tests.predictions.models import churn_models, published, value_models
from tests.reconciliation.deliveries import Delivery
from tests.reconciliation.histories import Write, histories
from tests.rules.rules_book import THRESHOLDS, Instance, RulesBook
from tests.segments.segment_strategies import SEGMENT_IDS, definitions
from tests.support.derived import Derived, assert_derived
from tests.support.examples import examples
from tests.support.memory_store import MemoryStore
from tests.support.world import NOW, TIME_ZONES, Book

pytestmark = pytest.mark.timeout(600)
"""Hypothesis takes up to five minutes to make a failing example small."""


def derived_from(store: MemoryStore) -> Derived:
    """Return the contents of the store, in the form of the expectation."""
    sold: Counter[tuple[str, date, str]] = Counter()
    for stored in store.ledger.values():
        fact = stored.value.fact if stored.value else None
        if fact and fact.counted:
            for line in fact.lines:
                sold[fact.org_id, fact.local_date, line.product_id] += line.amount_cents
    return Derived(
        customers={id: stored.value for id, stored in store.customers.items() if stored.value},
        days={key: delta.counts for key, delta in store.counters.daily.items()},
        flows={key: delta.flows for key, delta in store.counters.daily.items()},
        segments={
            (org, name): counts
            for org, delta in store.counters.segment_counts.items()
            for name, counts in delta.segments.items()
        },
        custom={
            (org, name): counts
            for org, delta in store.counters.segment_counts.items()
            for name, counts in delta.custom.items()
        },
        rules={org: delta.rules for org, delta in store.counters.segment_counts.items()},
        totals={org: delta.totals for org, delta in store.counters.segment_counts.items()},
        products=sold,
        transitions=list(store.transitions.values()),
        rejected=set(store.rejections),
    )


@settings(max_examples=examples(600), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(), random=st.randoms(use_true_random=False))
def test_derived_documents_equal_a_fold_over_the_final_orders(
    history: list[Write], random: Random
) -> None:
    store = MemoryStore()
    delivery = Delivery(store, store, history, random, accidents=True)

    delivery.run()

    assert_derived(delivery.orders, NOW, derived_from(store), erasures=delivery.erasures())


def delivered_by_instances(
    store: MemoryStore,
    book: RulesBook,
    history: list[Write],
    random: Random,
    rule_changes: Sequence[Callable[[], None]],
) -> Delivery:
    """Deliver everything by instances that each keep rules in memory, which change meanwhile."""
    instances = [Instance(book, random) for _ in range(3)]

    def look_again() -> None:
        for instance in instances:
            instance.forget()

    delivery = Delivery(
        store,
        store,
        history,
        random,
        instances=instances,
        on_later=look_again,
        rule_changes=rule_changes,
    )
    delivery.run()
    return delivery


@st.composite
def rule_changes(draw: st.DrawFn) -> list[tuple[str, Thresholds | None, dict[str, Any] | None]]:
    """Other thresholds, other custom segments (some of which refer to others), or both."""
    changes = []
    for _ in range(draw(st.integers(1, 4))):
        org = draw(st.sampled_from(sorted(TIME_ZONES)))
        thresholds = draw(st.none() | st.sampled_from(THRESHOLDS))
        segments = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    SEGMENT_IDS[0]: definitions(max_depth=2),
                    SEGMENT_IDS[1]: definitions(max_depth=2),
                },
            )
        )
        if SEGMENT_IDS[0] in segments:
            segments[SEGMENT_IDS[2]] = draw(definitions((SEGMENT_IDS[0],), max_depth=1))
        changes.append((org, thresholds, draw(st.sampled_from([None, segments, segments]))))
    return changes


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    history=histories(),
    changes=rule_changes(),
    random=st.randoms(use_true_random=False),
)
def test_rules_that_change_meanwhile_end_as_if_they_had_been_there_all_along(
    history: list[Write], changes: list[Any], random: Random
) -> None:
    """Live evaluation, the pages of a reclassification and a plain fold agree."""
    store = MemoryStore()
    book = RulesBook(store)
    delivery = delivered_by_instances(
        store,
        book,
        history,
        random,
        [
            partial(book.change, org, thresholds=thresholds, definitions=segments)
            for org, thresholds, segments in changes
        ],
    )

    books = {org: Book(book.thresholds[org], book.definitions[org]) for org in TIME_ZONES}
    assert_derived(delivery.orders, NOW, derived_from(store), books)
    for stored in store.customers.values():
        assert stored.value is not None
        current = book.current(stored.value.id.org_id).rules
        assert stored.value.is_under(current) or current.revision == 0
    assert not store.unsettled()


@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    history=histories(),
    models=st.lists(
        st.tuples(
            st.sampled_from(sorted(TIME_ZONES)),
            st.builds(published, churn_models(), value_models(), st.sampled_from((7, 90, 365))),
        ),
        min_size=1,
        max_size=3,
    ),
    random=st.randoms(use_true_random=False),
)
def test_models_published_meanwhile_predict_as_if_they_had_been_there_all_along(
    history: list[Write], models: list[tuple[str, PublishedModel]], random: Random
) -> None:
    """Orders, edits, voids, time and publications in any order: stored predictions equal current
    scores."""
    store = MemoryStore()
    book = RulesBook(store)
    changes = [partial(book.change, org, model=model) for org, model in models]
    delivery = delivered_by_instances(store, book, history, random, changes)

    derived = derived_from(store)
    assert_derived(delivery.orders, NOW, derived)
    risks: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for customer in derived.customers.values():
        org, model = customer.id.org_id, book.models[customer.id.org_id]
        if model is None or not customer.totals.order_count:
            assert customer.prediction is None
            continue
        actual = score(model, customer, NOW)
        assert actual
        assert customer.prediction
        assert customer.prediction.risk is actual.level
        cents = actual.value.cents if actual.value else None
        assert customer.prediction.ltv_cents == cents
        risks[f"{org} {actual.level}"] += Counter(
            customers=1,
            lifetime_value_cents=customer.totals.lifetime_value_cents,
            predicted_ltv_cents=cents or 0,
        )
        if actual.next_change_at is not None:
            assert customer.next_transition_at is not None
            assert customer.next_transition_at <= actual.next_change_at
    counted = {
        f"{org} {level}": +counts
        for org, delta in store.counters.segment_counts.items()
        for level, counts in delta.risks.items()
        if +counts
    }
    assert counted == {name: +counts for name, counts in risks.items() if +counts}


@settings(max_examples=examples(100), deadline=None)
@given(history=histories(), random=st.randoms(use_true_random=False))
def test_delivering_everything_again_writes_nothing(history: list[Write], random: Random) -> None:
    store = MemoryStore()
    delivery = Delivery(store, store, history, random)
    delivery.run()
    writes = store.writes

    delivery.repeat_everything()

    assert store.writes == writes
