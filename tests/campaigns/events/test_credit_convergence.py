"""Campaigns' counters equal an independent fold of orders and events, whatever comes when.

Orders are written, edited, refunded, returned, moved to somebody else and deleted; events come
repeated, late and in any order; and both are interrupted at every call to the store, and fail there
before it or after it took effect.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.campaigns.events.recorder import EventStatus
from shared.contacts.point_codec import LAST_CONTACT, micros_of
from shared.contacts.suppression_store import ContactSuppressions
from shared.firestore import paths
from shared.kernel.errors import ContentionError
from shared.reconciliation.counters import CampaignDelta
from shared.reconciliation.stores.counter_codec import campaign_delta
from shared.segments.customer import with_credit
from shared.segments.touch import EventKind
from tests.campaigns.campaign_world import (
    FIRST_ORDERS,
    Happening,
    MemoryAddresses,
    folded,
    happenings,
    order_histories,
    recorder,
    stored_numbers,
)
from tests.reconciliation.deliveries import CallFailedError, Delivery
from tests.reconciliation.histories import Write
from tests.reconciliation.interrupted import Interrupted
from tests.support.derived import assert_derived
from tests.support.examples import examples
from tests.support.firestore_world import FirestoreWorld
from tests.support.memory_store import MemoryStore
from tests.support.own_data import own_project_id
from tests.support.world import NOW, TIME_ZONES

pytestmark = pytest.mark.timeout(600)


def delivered(
    store: Any,
    addresses: Callable[[str], Any],
    history: list[Write],
    batches: Sequence[Sequence[Happening]],
    random: Random,
) -> Delivery:
    """Both histories, delivered in a hostile way, and every event once more in the end."""
    delivery = Delivery(store, store, history, random)
    for id, order in FIRST_ORDERS.items():
        store.put_order(id, order.data())
        delivery._calm.reconcile(id)
        delivery.orders[id] = order
    interrupted = Interrupted(store, delivery._interrupt)

    def deliver(batch: Sequence[Happening]) -> Callable[[], None]:
        def attempt() -> None:
            try:
                for org in TIME_ZONES:
                    events = [each.event() for each in batch if each.org == org]
                    recorder(org, interrupted, addresses(org), delivery._skewed_clock).record(
                        events
                    )
            except (CallFailedError, ContentionError):
                delivery._rule_changes.append(attempt)

        return attempt

    delivery._rule_changes += [deliver(batch) for batch in batches for _ in range(2)]
    delivery.run()
    for org in TIME_ZONES:
        events = [each.event() for batch in batches for each in batch if each.org == org]
        calm = recorder(org, store, addresses(org), lambda: NOW)
        calm.record(events)
        assert EventStatus.RECORDED not in calm.record(events)
    return delivery


histories_of_events = st.lists(st.lists(happenings, min_size=3, max_size=8), min_size=2, max_size=5)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    history=order_histories(),
    batches=histories_of_events,
    random=st.randoms(use_true_random=False),
)
def test_counters_and_credit_equal_a_fold_of_orders_and_events(
    history: list[Write], batches: list[list[Happening]], random: Random
) -> None:
    store = MemoryStore()

    delivery = delivered(store, lambda org: MemoryAddresses(store, org), history, batches, random)

    happened = [each for batch in batches for each in batch]
    assert stored_numbers(store.counters.campaigns) == folded(
        delivery.orders, happened, store.customers
    )
    for stored in store.customers.values():
        assert stored.value is not None
        assert with_credit(stored.value) == stored.value
    assert_addresses(happened, store)


def assert_addresses(happened: list[Happening], store: MemoryStore) -> None:
    """Consent followed: the latest unsubscription and the latest message, whatever came when."""
    latest: defaultdict[tuple[str, str], dict[EventKind, Any]] = defaultdict(dict)
    for each in happened:
        known = latest[each.org, each.point]
        known[each.kind] = max(each.at, known.get(each.kind, each.at))
    for (org, key), known in latest.items():
        stored = store.others.get(paths.contact_point(org, key))
        fields = stored.value if stored and stored.value else {}
        point = fields.get("point")
        for kind, name in (
            (EventKind.UNSUBSCRIBED, "unsubscribed_at"),
            (EventKind.BOUNCED, "bounced_at"),
            (EventKind.COMPLAINED, "complained_at"),
        ):
            assert getattr(point, name, None) == known.get(kind)
        if EventKind.SENT in known:
            assert fields[LAST_CONTACT] == micros_of(known[EventKind.SENT])


@settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    history=order_histories(),
    batches=histories_of_events,
    random=st.randoms(use_true_random=False),
)
def test_they_do_on_firestore(
    firestore_emulator: str,
    history: list[Write],
    batches: list[list[Happening]],
    random: Random,
) -> None:
    client = firestore.Client(project=own_project_id())
    world = FirestoreWorld(client)

    delivery = delivered(
        world, lambda org: ContactSuppressions(client, org), history, batches, random
    )

    derived = world.derived()
    assert_derived(delivery.orders, NOW, derived)
    found: defaultdict[tuple[str, str], CampaignDelta] = defaultdict(CampaignDelta)
    for org in TIME_ZONES:
        for shard in client.collection(paths.campaign_counters(org)).stream():
            document = shard.to_dict() or {}
            found[org, document["campaign_id"]].add(campaign_delta(document))
    happened = [each for batch in batches for each in batch]
    assert stored_numbers(found) == folded(delivery.orders, happened, derived.customers)
