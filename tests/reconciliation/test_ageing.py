"""Customers move by time alone at the exact instant, each once, and nobody else is read."""

from datetime import datetime, timedelta
from itertools import count

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.kernel.errors import UnreadableRulesError
from shared.organizations.settings import OrganizationSettings
from shared.reconciliation.ageing import (
    COMMIT_SIZE,
    LONGEST_PUT_OFF,
    SHORTEST_PUT_OFF,
    AgeingRun,
    age_segments,
    next_attempt,
)
from shared.reconciliation.ports import Commit, Organizations
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores import due_customers
from shared.reconciliation.stores.ageing_queue import FIELD, SHARDS, place
from shared.reconciliation.stores.due_customers import enqueue_overdue
from shared.segments.customer import CauseKind
from shared.segments.segment import Segment
from tests.reconciliation.deliveries import CallFailedError
from tests.support.derived import assert_derived
from tests.support.firestore_world import FirestoreWorld
from tests.support.metered import metered
from tests.support.world import KEYER, NOW, FixedOrganizations, Order


def order(number: int, ordered_at: datetime) -> Order:
    return Order(
        org="org_north" if number % 2 else "org_south",
        email=f"person{number}@example.org",
        cents=1000 + number,
        ordered_at=ordered_at,
    )


def place_orders(world: FirestoreWorld, orders: dict[str, Order], now: datetime) -> None:
    reconciler = Reconciler(world, FixedOrganizations(), KEYER, clock=lambda: now)
    for id, placed in orders.items():
        world.put_order(id, placed.data())
        reconciler.reconcile(id)


def run(
    world: FirestoreWorld, now: datetime, organizations: Organizations | None = None
) -> AgeingRun:
    return age_segments(
        world,
        organizations or FixedOrganizations(),
        clock=lambda: now,
        stop_at=now + timedelta(hours=1),
    )


def test_moves_exactly_those_whose_instant_has_come(firestore_client: firestore.Client) -> None:
    world = FirestoreWorld(firestore_client)
    orders = {f"o{n}": order(n, NOW - timedelta(days=1, seconds=n)) for n in range(12)}
    place_orders(world, orders, NOW - timedelta(days=1))
    # The one of second n moves from new to slipping 30 days after it: six are due by then.
    now = NOW - timedelta(days=1, seconds=6) + timedelta(days=30)

    moved = run(world, now)

    assert moved == AgeingRun(due=6, moved=6, conflicts=0, put_off=0, complete=True)
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
    place_orders(world, {"o1": placed}, placed.ordered_at)

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
    place_orders(world, orders, NOW - timedelta(days=29))
    run(world, NOW + timedelta(days=2))

    again = run(world, NOW + timedelta(days=2))

    assert again == AgeingRun(due=0, moved=0, conflicts=0, put_off=0, complete=True)
    assert_derived(orders, NOW + timedelta(days=2), world.derived())


def test_killed_midway_and_run_again(firestore_client: firestore.Client) -> None:
    count = COMMIT_SIZE + 20
    orders = {f"o{n}": order(n, NOW - timedelta(days=29)) for n in range(count)}
    world = FirestoreWorld(firestore_client)
    place_orders(world, orders, NOW - timedelta(days=29))

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
    place_orders(world, orders, NOW - timedelta(days=29))
    now = NOW + timedelta(days=2)
    comes_back = Order(org="org_north", email="person1@example.org", cents=10, ordered_at=now)

    class Overtaken(FirestoreWorld):
        def commit(self, commit: Commit) -> None:
            if "o9" not in orders:
                orders["o9"] = comes_back
                place_orders(world, {"o9": comes_back}, now)
            super().commit(commit)

    overtaken = run(Overtaken(firestore_client), now)

    assert overtaken == AgeingRun(due=3, moved=2, conflicts=1, put_off=0, complete=True)
    assert_derived(orders, now, world.derived())


def test_a_damaged_document_holds_up_nobody_else(firestore_client: firestore.Client) -> None:
    world = FirestoreWorld(firestore_client)
    orders = {f"o{n}": order(n, NOW - timedelta(days=29)) for n in range(3)}
    place_orders(world, orders, NOW - timedelta(days=29))
    damaged = firestore_client.document("tenants/org_north/customer_segments/damaged")
    damaged.set({"ageing": place("damaged", NOW - timedelta(days=400))})
    now = NOW + timedelta(days=2)

    moved = run(world, now)

    assert moved == AgeingRun(due=4, moved=3, conflicts=0, put_off=1, complete=True)
    assert damaged.get().get("ageing.try_at") == now + LONGEST_PUT_OFF


def test_stops_when_its_time_is_over(firestore_client: firestore.Client) -> None:
    world = FirestoreWorld(firestore_client)
    place_orders(world, {"o1": order(1, NOW - timedelta(days=29))}, NOW - timedelta(days=29))
    now = NOW + timedelta(days=2)

    stopped = age_segments(world, FixedOrganizations(), clock=lambda: now, stop_at=now)

    assert stopped == AgeingRun(due=1, moved=0, conflicts=0, put_off=0, complete=False)


BROKEN, WHOLE = "org_north", "org_south"


class BrokenRules(FixedOrganizations):
    """The rules of one organisation cannot be read."""

    broken = True

    def settings(self, org_id: str) -> OrganizationSettings:
        if self.broken and org_id == BROKEN:
            raise UnreadableRulesError("damaged")
        return super().settings(org_id)


def test_more_customers_who_cannot_be_moved_than_a_run_takes_hold_up_nobody(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stayed at the head of the queue, where every run found them again and ended."""
    monkeypatch.setattr(due_customers, "PAGE_SIZE", 4)
    world, organizations = FirestoreWorld(firestore_client), BrokenRules()
    # 12 who are due first and cannot be moved, and one who can.
    orders = {f"o{n}": order(2 * n + 1, NOW - timedelta(days=29, hours=2)) for n in range(12)}
    orders["whole"] = order(0, NOW - timedelta(days=29))
    place_orders(world, orders, NOW - timedelta(days=29))
    now = NOW + timedelta(days=2)

    def short_run() -> AgeingRun:
        """A run in which time is up at the third page."""
        calls = count()
        return age_segments(
            world,
            organizations,
            clock=lambda: now + timedelta(minutes=next(calls)),
            stop_at=now + timedelta(minutes=3),
        )

    first, second = short_run(), short_run()

    assert (first.put_off, first.moved, first.complete) == (8, 0, False)
    assert (second.put_off, second.moved, second.complete) == (4, 1, True)
    assert run(world, now, organizations).due == 0

    # Once the rules can be read, each takes the step as of the exact instant at which it was due.
    organizations.broken = False
    later = now + LONGEST_PUT_OFF
    assert run(world, later, organizations) == AgeingRun(
        due=12, moved=12, conflicts=0, put_off=0, complete=True
    )
    assert_derived(orders, later, world.derived())
    steps = [step for step in world.derived().transitions if step.number == 2]
    assert {step.effective_at for step in steps if step.customer.org_id == BROKEN} == {
        NOW - timedelta(days=29, hours=2) + timedelta(days=30)
    }


@pytest.mark.parametrize(
    ("overdue", "wait"),
    [
        (timedelta(0), SHORTEST_PUT_OFF),
        (SHORTEST_PUT_OFF, SHORTEST_PUT_OFF),
        (timedelta(hours=3), timedelta(hours=3)),
        (timedelta(days=30), LONGEST_PUT_OFF),
        (None, LONGEST_PUT_OFF),
    ],
)
def test_attempts_are_put_off_for_as_long_as_the_customer_is_overdue(
    overdue: timedelta | None, wait: timedelta
) -> None:
    assert next_attempt(None if overdue is None else NOW - overdue, NOW) == NOW + wait


def test_an_order_gives_a_customer_who_was_put_off_a_place_as_of_its_instant(
    firestore_client: firestore.Client,
) -> None:
    world, organizations = FirestoreWorld(firestore_client), BrokenRules()
    place_orders(world, {"o1": order(1, NOW - timedelta(days=29))}, NOW - timedelta(days=29))
    now = NOW + timedelta(days=2)
    assert run(world, now, organizations).put_off == 1

    place_orders(world, {"o2": order(1, now)}, now)

    (customer,) = firestore_client.collection(paths.customers(BROKEN)).stream()
    assert customer.get("ageing.try_at") == customer.get("next_transition_at")
    assert customer.get("next_transition_at") > now


def test_places_are_spread_over_shards(firestore_client: firestore.Client) -> None:
    """Or the index would take 500 customers per second, of all organisations together."""
    world = FirestoreWorld(firestore_client)
    orders = {f"o{n}": order(n, NOW - timedelta(days=29)) for n in range(60)}
    place_orders(world, orders, NOW - timedelta(days=29))
    stored = firestore_client.collection_group(paths.CUSTOMERS).stream()
    shards = {customer.get("ageing.shard") for customer in stored}

    assert len(shards) > SHARDS // 2
    assert shards <= set(range(SHARDS))
    assert run(world, NOW + timedelta(days=2)).moved == 60


def test_overdue_customers_of_0_3_get_a_place_and_are_moved(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_customers, "PAGE_SIZE", 2)
    world = FirestoreWorld(firestore_client)
    orders = {f"o{n}": order(2 * n + 1, NOW - timedelta(days=29)) for n in range(5)}
    place_orders(world, orders, NOW - timedelta(days=29))
    for customer in firestore_client.collection(paths.customers(BROKEN)).stream():
        customer.reference.update({FIELD: firestore.DELETE_FIELD})
    now = NOW + timedelta(days=2)
    assert run(world, now).due == 0

    assert enqueue_overdue(firestore_client, BROKEN, now) == 5
    with metered(firestore_client) as meter:
        assert enqueue_overdue(firestore_client, WHOLE, now) == 0
    assert (meter.documents_read, meter.documents_written) == (1, 0)
    assert run(world, now).moved == 5

    assert enqueue_overdue(firestore_client, BROKEN, now) == 0
    assert_derived(orders, now, world.derived())
