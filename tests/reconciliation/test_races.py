"""The races that reconciliation has to survive, one by one and by name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.kernel.errors import ConflictError, ContentionError
from shared.kernel.retries import MAX_ATTEMPTS
from shared.reconciliation.ports import LedgerStore
from shared.reconciliation.reconcile import Reconciler
from tests.reconciliation.deliveries import CallFailedError
from tests.reconciliation.interrupted import Interrupted
from tests.reconciliation.test_convergence import derived_from
from tests.support.derived import assert_derived
from tests.support.memory_store import MemoryStore
from tests.support.world import KEYER, NOW, FixedOrganizations, Order

ORDER = Order(
    org="org_north", email="ada@example.org", cents=4000, ordered_at=NOW - timedelta(days=3)
)


def reconciler(store: LedgerStore) -> Reconciler:
    return Reconciler(
        store, FixedOrganizations(), KEYER, clock=lambda: NOW, sleep=lambda seconds: None
    )


def interrupted_once(store: MemoryStore, at: str, happening: Callable[[], object]) -> Reconciler:
    """A reconciler during whose work something happens, once."""
    pending = [happening]

    def interrupt(call: str) -> None:
        if call == at and pending:
            pending.pop()()

    return reconciler(Interrupted(store, interrupt))


def test_aba_order_goes_back_to_what_was_counted_while_a_slow_worker_holds_the_edit() -> None:
    store = MemoryStore()
    store.put_order("o1", ORDER.data())
    reconciler(store).reconcile("o1")
    store.put_order("o1", replace(ORDER, cents=9900).data())

    def goes_back() -> None:
        store.put_order("o1", ORDER.data())
        reconciler(store).reconcile("o1")

    interrupted_once(store, "after read", goes_back).reconcile("o1")

    assert_derived({"o1": ORDER}, NOW, derived_from(store))


def test_order_deleted_while_a_slow_worker_holds_its_creation() -> None:
    store = MemoryStore()
    store.put_order("o1", ORDER.data())

    def is_deleted() -> None:
        seen_at = store.delete_order("o1")
        reconciler(store).reconcile("o1", hints=[ORDER.data()], seen_at=seen_at)

    interrupted_once(store, "after read", is_deleted).reconcile("o1")

    assert_derived({}, NOW, derived_from(store))


def test_order_created_and_deleted_again_while_a_slow_worker_holds_the_second_creation() -> None:
    store = MemoryStore()
    store.put_order("o1", ORDER.data())
    seen_at = store.delete_order("o1")
    reconciler(store).reconcile("o1", hints=[ORDER.data()], seen_at=seen_at)
    store.put_order("o1", ORDER.data())

    def is_deleted_again() -> None:
        deleted_at = store.delete_order("o1")
        reconciler(store).reconcile("o1", hints=[ORDER.data()], seen_at=deleted_at)

    interrupted_once(store, "after read", is_deleted_again).reconcile("o1")

    assert_derived({}, NOW, derived_from(store))


def test_never_back_to_an_order_read_before_a_newer_one_was_counted() -> None:
    store = MemoryStore()
    store.put_order("o1", ORDER.data())
    newer = replace(ORDER, cents=9900)

    def is_edited() -> None:
        store.put_order("o1", newer.data())
        reconciler(store).reconcile("o1")

    interrupted_once(store, "between orders and ledger", is_edited).reconcile("o1")

    assert_derived({"o1": newer}, NOW, derived_from(store))


def test_committed_but_the_caller_got_an_error() -> None:
    store = MemoryStore()
    store.put_order("o1", ORDER.data())

    def fails() -> None:
        raise CallFailedError

    with pytest.raises(CallFailedError):
        interrupted_once(store, "after commit", fails).reconcile("o1")
    again = reconciler(store).reconcile("o1")

    assert again.orders_written == 0
    assert_derived({"o1": ORDER}, NOW, derived_from(store))


def test_another_order_moves_to_the_end_while_the_last_one_is_being_removed() -> None:
    """The document of the customer changes although no sum and no date at either end does."""
    store = MemoryStore()
    placed = {
        id: replace(ORDER, ordered_at=NOW - timedelta(days=days))
        for id, days in (("first", 50), ("middle", 40), ("last", 1))
    }
    for id, order in placed.items():
        store.put_order(id, order.data())
        reconciler(store).reconcile(id)
    voided = replace(placed["last"], status="canceled")
    store.put_order("last", voided.data())
    moved = replace(placed["middle"], ordered_at=NOW - timedelta(days=20))

    def middle_moves() -> None:
        store.put_order("middle", moved.data())
        reconciler(store).reconcile("middle")

    interrupted_once(store, "after neighbors", middle_moves).reconcile("last")

    orders = {"first": placed["first"], "middle": moved, "last": voided}
    assert_derived(orders, NOW, derived_from(store))


def test_contact_of_the_order_that_becomes_the_last_one_is_edited_meanwhile() -> None:
    """An edit of nothing but the contact changes no customer document, only the ledger."""
    store = MemoryStore()
    first = replace(ORDER, ordered_at=NOW - timedelta(days=9), phone="555-0100")
    for id, order in (("first", first), ("last", ORDER)):
        store.put_order(id, order.data())
        reconciler(store).reconcile(id)
    deleted_at = store.delete_order("last")
    edited = replace(first, phone="555-0199")

    def is_edited() -> None:
        # After the contact has been read, which is the call to the store before the commit.
        store.put_order("first", edited.data())
        reconciler(store).reconcile("first")

    interrupted_once(store, "before commit", is_edited).reconcile("last", seen_at=deleted_at)

    assert_derived({"first": edited}, NOW, derived_from(store))


def test_contact_is_not_taken_from_an_order_that_has_gone_to_another_organisation() -> None:
    store = MemoryStore()
    first = replace(ORDER, ordered_at=NOW - timedelta(days=9))
    for id, order in (("first", first), ("last", ORDER)):
        store.put_order(id, order.data())
        reconciler(store).reconcile(id)
    moved = replace(first, org="org_south", email="bob@example.org", phone="555-0199")
    store.put_order("first", moved.data())
    deleted_at = store.delete_order("last")

    reconciler(store).reconcile("last", seen_at=deleted_at)

    (ada,) = derived_from(store).customers.values()
    assert (ada.id.org_id, ada.contact.email, ada.contact.phone) == ("org_north", None, None)
    reconciler(store).reconcile("first")
    assert_derived({"first": moved}, NOW, derived_from(store))


def test_overtaken_by_a_worker_that_did_the_same_work() -> None:
    store = MemoryStore()
    store.put_order("o1", ORDER.data())

    done = interrupted_once(
        store, "before commit", lambda: reconciler(store).reconcile("o1")
    ).reconcile("o1")

    assert (done.orders_written, done.attempts) == (0, 2)
    assert_derived({"o1": ORDER}, NOW, derived_from(store))


def test_gives_up_with_an_error_after_too_many_conflicts() -> None:
    store = MemoryStore()
    store.put_order("o1", ORDER.data())
    attempts = 0

    def conflicts(call: str) -> None:
        nonlocal attempts
        if call == "before commit":
            attempts += 1
            raise ConflictError

    with pytest.raises(ContentionError):
        reconciler(Interrupted(store, conflicts)).reconcile("o1")
    assert attempts == MAX_ATTEMPTS
    assert not store.ledger
