"""Campaigns' counters equal an independent fold of orders and events, in any order of arrival.

Orders are written, edited, refunded, returned, moved to another customer and deleted; events come
repeated, late and in any order; and both are interrupted at every call to the store, and fail there
before it or after it took effect.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
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
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.counter_codec import campaign_delta
from shared.segments.customer import with_credit
from shared.segments.touch import EventKind
from tests.campaigns.campaign_world import (
    CAMPAIGNS,
    FIRST_ORDERS,
    LATEST,
    ORG,
    Happening,
    MemoryAddresses,
    Numbers,
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
from tests.support.metered import After, Before, failing
from tests.support.own_data import own_project_id
from tests.support.world import (
    KEYER,
    NOW,
    PEOPLE,
    TIME_ZONES,
    FixedOrganizations,
    Order,
    customer_id,
)

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
    happened = [each for batch in batches for each in batch]
    assert counted(client) == folded(delivery.orders, happened, derived.customers)


def counted(client: firestore.Client) -> Numbers:
    """Return the counters of all campaigns."""
    actual: defaultdict[tuple[str, str], CampaignDelta] = defaultdict(CampaignDelta)
    for org in TIME_ZONES:
        for shard in client.collection(paths.campaign_counters(org)).stream():
            document = shard.to_dict() or {}
            actual[org, document["campaign_id"]].add(campaign_delta(document))
    return stored_numbers(actual)


ADA, BOB, _ = PEOPLE
SENT_AT = LATEST - timedelta(days=10)
ORDER = Order(org=ORG, email=ADA, cents=5000, ordered_at=SENT_AT + timedelta(days=2))


def message(person: str, campaign: str, kind: EventKind, hours: int) -> Happening:
    return Happening(ORG, person, campaign, "email", kind, SENT_AT + timedelta(hours=hours))


A, B, C = sorted(CAMPAIGNS)
STORY: list[Write | Happening] = [
    *(Write(f"first_{who}", replace(ORDER, email=who, ordered_at=SENT_AT)) for who in (ADA, BOB)),
    message(ADA, A, EventKind.SENT, 1),
    Write("o1", ORDER),
    message(ADA, A, EventKind.OPENED, 5),
    Write("o1", replace(ORDER, refunded_cents=2000)),
    # Overtakes the first campaign, and is heard of late.
    message(ADA, B, EventKind.SENT, 30),
    message(ADA, A, EventKind.SENT, 1),
    message(BOB, C, EventKind.SENT, 40),
    message(BOB, C, EventKind.UNSUBSCRIBED, 41),
    Write("o1", replace(ORDER, email=BOB)),
    Write("o2", replace(ORDER, email=BOB, cents=-5000)),
    Write("o1", replace(ORDER, email=BOB, status="canceled")),
    Write("o1", ORDER),
    Write("o1", None),
]


@pytest.mark.parametrize("failure", [Before, After])
def test_whichever_call_fails_a_repetition_makes_up_for(
    firestore_client: firestore.Client, failure: Callable[[Exception], Before | After]
) -> None:
    """Each step fails at its first call to Firestore, then at its second, until none is left."""
    world = FirestoreWorld(firestore_client)
    reconciler = Reconciler(
        world, FixedOrganizations(), KEYER, clock=lambda: NOW, sleep=lambda seconds: None
    )
    events = recorder(ORG, world, ContactSuppressions(firestore_client, ORG), lambda: NOW)
    orders: dict[str, Order] = {}
    happened: list[Happening] = []
    known = [customer_id(ORG, ADA), customer_id(ORG, BOB)]
    failures = 0

    def take(step: Write | Happening) -> None:
        if isinstance(step, Happening):
            events.record([step.event()])
        else:
            reconciler.reconcile(step.order_id)

    for step in STORY:
        if isinstance(step, Happening):
            happened.append(step)
        elif step.order is None:
            world.delete_order(step.order_id)
            del orders[step.order_id]
        else:
            world.put_order(step.order_id, step.order.data())
            orders[step.order_id] = step.order
        for number in count(1):
            calls = count(1)

            def plan(method: str, _: int, calls: Any = calls, number: int = number) -> Any:
                return failure(CallFailedError(method)) if next(calls) == number else None

            with suppress(CallFailedError), failing(firestore_client, plan):
                take(step)
            if next(calls) <= number:
                break
            failures += 1
        assert counted(firestore_client) == folded(orders, happened, known)

    assert failures >= 2 * len(STORY)
    assert_derived(orders, NOW, world.derived())
