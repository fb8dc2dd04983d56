"""Customers move by time alone at the exact instant, each once, and nobody else is read."""

from datetime import datetime, timedelta

import pytest
from google.cloud import firestore

from shared.reconciliation.ageing import COMMIT_SIZE, AgeingRun, age_segments
from shared.reconciliation.ports import Commit
from shared.reconciliation.reconcile import Reconciler
from shared.segments.customer import CauseKind
from shared.segments.segment import Segment
from tests.support.deliveries import CallFailedError
from tests.support.firestore_world import FirestoreWorld
from tests.support.world import KEYER, NOW, FixedOrganizations, Order, assert_derived


def order(number: int, ordered_at: datetime) -> Order:
    return Order(
        org="org_north" if number % 2 else "org_south",
        email=f"person{number}@example.org",
        cents=1000 + number,
        ordered_at=ordered_at,
    )


def place(world: FirestoreWorld, orders: dict[str, Order], now: datetime) -> None:
    reconciler = Reconciler(world, FixedOrganizations(), KEYER, clock=lambda: now)
    for id, placed in orders.items():
        world.put_order(id, placed.data())
        reconciler.reconcile(id)


def run(world: FirestoreWorld, now: datetime) -> AgeingRun:
    return age_segments(
        world, FixedOrganizations(), clock=lambda: now, stop_at=now + timedelta(hours=1)
    )


def test_moves_exactly_those_whose_instant_has_come(firestore_client: firestore.Client) -> None:
    world = FirestoreWorld(firestore_client)
    orders = {f"o{n}": order(n, NOW - timedelta(days=1, seconds=n)) for n in range(12)}
    place(world, orders, NOW - timedelta(days=1))
    # The one of second n moves from new to slipping 30 days after it: six are due by then.
    now = NOW - timedelta(days=1, seconds=6) + timedelta(days=30)

    moved = run(world, now)

    assert moved == AgeingRun(due=6, moved=6, conflicts=0, complete=True)
    assert_derived(orders, now, world.derived())
    slipping = [step for step in world.derived().transitions if step.number == 2]
    assert {step.effective_at for step in slipping} == {
        placed.ordered_at + timedelta(days=30) for id, placed in orders.items() if int(id[1:]) >= 6
    }
    assert all(step.recorded_at == now for step in slipping)
    assert all(step.cause.kind == CauseKind.TIME for step in slipping)


def test_every_step_of_a_customer_nobody_looked_at_for_a_year(
    firestore_client: firestore.Client,
) -> None:
    world = FirestoreWorld(firestore_client)
    placed = order(1, NOW - timedelta(days=365))
    place(world, {"o1": placed}, placed.ordered_at)

    run(world, NOW)

    assert [
        (step.to_segment, step.effective_at - placed.ordered_at)
        for step in sorted(world.derived().transitions, key=lambda step: step.number)
    ] == [
        (Segment.NEW, timedelta(0)),
        (Segment.SLIPPING, timedelta(days=30)),
        (Segment.AT_RISK, timedelta(days=60)),
        (Segment.CHURNED, timedelta(days=90)),
    ]


def test_a_second_run_finds_nothing(firestore_client: firestore.Client) -> None:
    world = FirestoreWorld(firestore_client)
    orders = {f"o{n}": order(n, NOW - timedelta(days=29)) for n in range(3)}
    place(world, orders, NOW - timedelta(days=29))
    run(world, NOW + timedelta(days=2))

    again = run(world, NOW + timedelta(days=2))

    assert again == AgeingRun(due=0, moved=0, conflicts=0, complete=True)
    assert_derived(orders, NOW + timedelta(days=2), world.derived())


def test_killed_midway_and_run_again(firestore_client: firestore.Client) -> None:
    count = COMMIT_SIZE + 20
    orders = {f"o{n}": order(n, NOW - timedelta(days=29)) for n in range(count)}
    world = FirestoreWorld(firestore_client)
    place(world, orders, NOW - timedelta(days=29))

    class Dying(FirestoreWorld):
        commits = 0

        def commit(self, commit: Commit) -> None:
            Dying.commits += 1
            if Dying.commits == 2:
                raise CallFailedError
            super().commit(commit)

    with pytest.raises(CallFailedError):
        run(Dying(firestore_client), NOW + timedelta(days=2))
    rest = run(world, NOW + timedelta(days=2))

    assert (rest.due, rest.moved) == (20, 20)
    assert_derived(orders, NOW + timedelta(days=2), world.derived())


def test_a_customer_who_orders_while_the_job_runs_is_left_to_the_order(
    firestore_client: firestore.Client,
) -> None:
    orders = {f"o{n}": order(n, NOW - timedelta(days=29)) for n in range(3)}
    world = FirestoreWorld(firestore_client)
    place(world, orders, NOW - timedelta(days=29))
    now = NOW + timedelta(days=2)
    comes_back = Order(org="org_north", email="person1@example.org", cents=10, ordered_at=now)

    class Overtaken(FirestoreWorld):
        def commit(self, commit: Commit) -> None:
            if "o9" not in orders:
                orders["o9"] = comes_back
                place(world, {"o9": comes_back}, now)
            super().commit(commit)

    overtaken = run(Overtaken(firestore_client), now)

    assert overtaken == AgeingRun(due=3, moved=2, conflicts=1, complete=True)
    assert_derived(orders, now, world.derived())


def test_a_damaged_document_holds_up_nobody_else(firestore_client: firestore.Client) -> None:
    world = FirestoreWorld(firestore_client)
    orders = {f"o{n}": order(n, NOW - timedelta(days=29)) for n in range(3)}
    place(world, orders, NOW - timedelta(days=29))
    firestore_client.document("tenants/org_north/customer_segments/damaged").set(
        {"next_transition_at": NOW - timedelta(days=400)}
    )

    moved = run(world, NOW + timedelta(days=2))

    assert (moved.moved, moved.complete) == (3, True)


def test_stops_when_its_time_is_over(firestore_client: firestore.Client) -> None:
    world = FirestoreWorld(firestore_client)
    place(world, {"o1": order(1, NOW - timedelta(days=29))}, NOW - timedelta(days=29))
    now = NOW + timedelta(days=2)

    stopped = age_segments(world, FixedOrganizations(), clock=lambda: now, stop_at=now)

    assert stopped == AgeingRun(due=1, moved=0, conflicts=0, complete=False)
