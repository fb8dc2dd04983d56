"""A missing customer document: its customer continues, and no second one is created."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from shared.reconciliation.reconcile import Reconciler
from shared.segments.customer import CauseKind
from tests.reconciliation.interrupted import Interrupted
from tests.reconciliation.test_convergence import derived_from
from tests.support.derived import assert_derived
from tests.support.memory_store import MemoryStore
from tests.support.world import KEYER, NOW, FixedOrganizations, Order, customer_id

ADA = customer_id("org_north", "ada@example.org")
FIRST = Order(
    org="org_north",
    email="ada@example.org",
    cents=9000,
    ordered_at=NOW - timedelta(days=200),
    products=(("p1", 9000),),
    phone="555-0100",
)
SECOND = replace(FIRST, ordered_at=NOW - timedelta(days=70), cents=4000, phone="555-0199")
THIRD = replace(FIRST, ordered_at=NOW - timedelta(days=2))
RETURN = replace(FIRST, ordered_at=NOW - timedelta(days=3), cents=-1500, products=())


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def reconcile(store: MemoryStore, id: str, order: Order | None) -> None:
    seen_at = store.put_order(id, order.data()) if order else store.delete_order(id)
    reconciler = Reconciler(
        store, FixedOrganizations(), KEYER, clock=lambda: NOW, sleep=lambda seconds: None
    )
    reconciler.reconcile(id, hints=[(order or FIRST).data()], seen_at=seen_at)


@pytest.fixture
def lost(store: MemoryStore) -> MemoryStore:
    """A customer of two orders and some steps, without a document."""
    reconcile(store, "o1", FIRST)
    reconcile(store, "o2", SECOND)
    del store.customers[ADA]
    return store


def test_an_order_of_a_lost_customer_goes_on_from_the_recorded_steps(lost: MemoryStore) -> None:
    """In version 0.3 a second customer began, and its first step replaced the first one's."""
    before = dict(lost.transitions)

    reconcile(lost, "o3", THIRD)

    assert_derived({"o1": FIRST, "o2": SECOND, "o3": THIRD}, NOW, derived_from(lost))
    assert before.items() <= lost.transitions.items()
    assert len(lost.transitions) > len(before)
    assert {step.cause.kind for step in lost.transitions.values()} == {
        CauseKind.ORDER,
        CauseKind.TIME,
    }


@pytest.mark.parametrize(
    "edited", [FIRST, replace(FIRST, status="canceled"), replace(FIRST, cents=1)]
)
def test_an_edit_of_an_earlier_order_brings_a_lost_customer_back(
    lost: MemoryStore, edited: Order
) -> None:
    reconcile(lost, "o1", edited)

    assert_derived({"o1": edited, "o2": SECOND}, NOW, derived_from(lost))


def test_a_return_brings_a_lost_customer_back(lost: MemoryStore) -> None:
    """It takes no step that would run into a recorded one: the ledger is asked."""
    reconcile(lost, "r1", RETURN)
    assert_derived({"o1": FIRST, "o2": SECOND, "r1": RETURN}, NOW, derived_from(lost))

    reconcile(lost, "o3", THIRD)
    orders = {"o1": FIRST, "o2": SECOND, "r1": RETURN, "o3": THIRD}
    assert_derived(orders, NOW, derived_from(lost))


def test_a_customer_is_lost_while_a_return_is_taken_for_the_first_thing_known(
    store: MemoryStore,
) -> None:
    """The order counted meanwhile was missing from the customer until the nightly audit."""
    pending = ["o1"]

    def lose(call: str) -> None:
        if call == "before commit" and pending:
            reconcile(store, pending.pop(), FIRST)
            del store.customers[ADA]

    store.put_order("r1", RETURN.data())
    Reconciler(
        Interrupted(store, lose),
        FixedOrganizations(),
        KEYER,
        clock=lambda: NOW,
        sleep=lambda seconds: None,
    ).reconcile("r1")

    assert not pending
    assert_derived({"o1": FIRST, "r1": RETURN}, NOW, derived_from(store))


def test_a_return_brings_back_a_lost_customer_who_has_only_returned(store: MemoryStore) -> None:
    reconcile(store, "r1", RETURN)
    del store.customers[ADA]

    reconcile(store, "r2", RETURN)

    assert_derived({"r1": RETURN, "r2": RETURN}, NOW, derived_from(store))


def test_the_last_order_of_a_lost_customer_goes_away(lost: MemoryStore) -> None:
    reconcile(lost, "o2", None)
    assert_derived({"o1": FIRST}, NOW, derived_from(lost))


def test_a_document_older_than_the_recorded_steps_goes_on_from_them(store: MemoryStore) -> None:
    """Such as one restored from a backup."""
    reconcile(store, "o1", FIRST)
    old = store.customers[ADA].value
    assert old is not None
    reconcile(store, "o2", SECOND)
    current = store.customers[ADA]
    assert current.value is not None
    assert current.value.transition_count > old.transition_count
    store.customers[ADA] = replace(
        current,
        value=replace(
            current.value,
            transition_count=old.transition_count,
            segment=old.segment,
            segment_since=old.segment_since,
            last_transition_at=old.last_transition_at,
        ),
    )

    reconcile(store, "o3", THIRD)

    chain = [step for _, step in sorted(store.transitions.items(), key=lambda item: item[0][1])]
    assert [step.number for step in chain] == list(range(1, len(chain) + 1))
    for earlier, later in pairwise(chain):
        assert later.from_segment == earlier.to_segment
        assert later.effective_at >= earlier.effective_at
