"""Whatever order events come in, the derived documents end up saying what the orders say."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.deliveries import Delivery, Write, histories
from tests.support.memory_store import MemoryStore
from tests.support.world import NOW, Derived, assert_derived


def derived_from(store: MemoryStore) -> Derived:
    """What the store holds, in the form of the expectation."""
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
        products={
            (org, day, id): sold.revenue_cents
            for (org, day), delta in store.counters.daily.items()
            for id, sold in delta.products.items()
        },
        transitions=list(store.transitions.values()),
        rejected=set(store.rejections),
    )


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(), random=st.randoms(use_true_random=False))
def test_derived_documents_equal_a_fold_over_the_final_orders(
    history: list[Write], random: Random
) -> None:
    store = MemoryStore()
    delivery = Delivery(store, store, history, random)

    delivery.run()

    assert_derived(delivery.orders, NOW, derived_from(store))


@settings(max_examples=100, deadline=None)
@given(history=histories(), random=st.randoms(use_true_random=False))
def test_delivering_everything_again_writes_nothing(history: list[Write], random: Random) -> None:
    store = MemoryStore()
    delivery = Delivery(store, store, history, random)
    delivery.run()
    writes = store.writes

    delivery.repeat_everything()

    assert store.writes == writes
