"""The convergence proof on the real emulator: nested deliveries, and truly concurrent ones."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.kernel.errors import ContentionError
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.reconcile import Reconciler
from tests.reconciliation.deliveries import CallFailedError, Delivery
from tests.reconciliation.histories import Write, histories
from tests.reconciliation.interrupted import Interrupted
from tests.support.derived import assert_derived
from tests.support.examples import examples
from tests.support.firestore_world import FirestoreWorld
from tests.support.own_data import own_project_id
from tests.support.world import KEYER, NOW, FixedOrganizations, Order

pytestmark = pytest.mark.timeout(600)
"""Hypothesis takes up to five minutes to make a failing example small."""


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(history=histories(), random=st.randoms(use_true_random=False))
def test_derived_documents_equal_a_fold_over_the_final_orders(
    firestore_emulator: str, history: list[Write], random: Random
) -> None:
    world = FirestoreWorld(firestore.Client(project=own_project_id()))
    delivery = Delivery(world, world, history, random, accidents=True)

    delivery.run()

    assert_derived(delivery.orders, NOW, world.derived(), erasures=delivery.erasures())


def test_sixteen_workers_deliver_while_orders_change_and_calls_fail(
    firestore_client: firestore.Client,
) -> None:
    random = Random(20261123)
    world = FirestoreWorld(firestore_client)
    orders: dict[str, Order] = {}
    deliveries: list[tuple[str, list[dict[str, object]]]] = []

    def failing_sometimes(call: str) -> None:
        if random.random() < 0.03:
            raise CallFailedError(call)

    # An instance each: within one, a customer's orders would wait for each other.
    reconcilers = [
        Reconciler(
            Interrupted(world, failing_sometimes), FixedOrganizations(), KEYER, clock=lambda: NOW
        )
        for _ in range(16)
    ]

    def deliver(event: tuple[str, list[dict[str, object]]]) -> None:
        while True:
            try:
                random.choice(reconcilers).reconcile(
                    event[0], hints=event[1], seen_at=NOW + timedelta(days=9)
                )
                return
            except (CallFailedError, ContentionError):
                continue

    with ThreadPoolExecutor(max_workers=16) as executor:
        futures = []
        for number in range(240):
            id = f"o{random.randrange(30)}"
            hints = [orders[id].data()] if id in orders else []
            if id in orders and random.random() < 0.2:
                world.delete_order(id)
                del orders[id]
            else:
                orders[id] = Order(
                    org=random.choice(["org_north", "org_south", "shop_north_2"]),
                    email=random.choice(["ada@example.org", "ada@example.org", "bob@example.org"]),
                    cents=random.randrange(20_000),
                    ordered_at=NOW - timedelta(hours=random.randrange(24 * 130)),
                    status=random.choice(["completed", "completed", "canceled"]),
                    products=(("p1", 100 + number),),
                )
                world.put_order(id, orders[id].data())
                hints.append(orders[id].data())
            deliveries.append((id, hints))
            futures += [executor.submit(deliver, deliveries[-1])]
            futures += [executor.submit(deliver, random.choice(deliveries))]
        for future in futures:
            future.result()
    age_segments(world, FixedOrganizations(), clock=lambda: NOW, stop_at=NOW + timedelta(hours=1))

    assert_derived(orders, NOW, world.derived())
