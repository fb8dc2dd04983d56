"""Erasing a person: the contact goes for good, the numbers stay, later orders are nobody's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from shared.campaigns.events.recorder import EventStatus
from shared.orders.fact import Contact
from shared.reconciliation.erasure import Erasure, erase
from shared.reconciliation.ports import LedgerStore
from shared.reconciliation.reconcile import Reconciler
from shared.segments.customer import CauseKind, Customer
from shared.segments.touch import EventKind
from tests.campaigns.campaign_world import (
    Happening,
    MemoryAddresses,
    folded,
    recorder,
    stored_numbers,
)
from tests.reconciliation.interrupted import Interrupted
from tests.reconciliation.test_convergence import derived_from
from tests.rules.rules_book import Instance, RulesBook
from tests.support.derived import assert_derived
from tests.support.memory_store import MemoryStore
from tests.support.world import KEYER, NOW, FixedOrganizations, Order, customer_id

PERSON = ("org_north", "ada@example.org")
ADA = customer_id(*PERSON)
FIRST = Order(
    org="org_north",
    email="ada@example.org",
    cents=9000,
    ordered_at=NOW - timedelta(days=20),
    products=(("p1", 9000),),
    phone="555-0100",
)
LATER = replace(FIRST, ordered_at=NOW - timedelta(days=2), cents=4000)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def reconciler(store: LedgerStore) -> Reconciler:
    return Reconciler(
        store,
        FixedOrganizations(),
        KEYER,
        clock=lambda: NOW,
        sleep=lambda seconds: None,
    )


def reconcile(store: MemoryStore, id: str, order: Order) -> None:
    seen_at = store.put_order(id, order.data())
    reconciler(store).reconcile(id, hints=[order.data()], seen_at=seen_at)


def erase_ada(store: MemoryStore) -> Erasure | None:
    return erase(ADA, store, lambda _: FixedOrganizations().settings("org_north").moment(NOW))


def ada(store: MemoryStore) -> Customer:
    customer = store.customers[ADA].value
    assert customer is not None
    return customer


def test_the_numbers_stay_and_the_contact_goes(store: MemoryStore) -> None:
    reconcile(store, "o1", FIRST)
    before = ada(store)

    done = erase_ada(store)

    assert done is not None
    assert (done.already, done.order_count) == (False, 1)
    assert ada(store) == replace(
        before, contact=Contact(), erased_at=done.erased_at, revision=before.revision + 1
    )
    assert_derived({"o1": FIRST}, NOW, derived_from(store), erasures={PERSON: {"o1"}})


def test_erasing_twice_changes_nothing(store: MemoryStore) -> None:
    reconcile(store, "o1", FIRST)
    first = erase_ada(store)
    after, writes = ada(store), store.writes
    assert first is not None

    assert erase_ada(store) == replace(first, already=True)
    assert (ada(store), store.writes) == (after, writes)


def test_nobody_is_erased_who_is_not_known(store: MemoryStore) -> None:
    assert erase_ada(store) is None
    assert not store.customers


@pytest.mark.parametrize("status", ["completed", "canceled"])
def test_a_later_order_is_nobodys_whether_it_counts_or_not(store: MemoryStore, status: str) -> None:
    reconcile(store, "o1", FIRST)
    erase_ada(store)
    later = replace(LATER, status=status)

    reconcile(store, "o2", later)

    entry = store.ledger["o2"].value
    assert entry is not None
    assert entry.fact is not None
    assert entry.fact.customer_key is None
    orders = {"o1": FIRST, "o2": later}
    assert_derived(orders, NOW, derived_from(store), erasures={PERSON: {"o1"}})


def test_a_late_import_is_nobodys_whatever_its_date(store: MemoryStore) -> None:
    reconcile(store, "o1", FIRST)
    erase_ada(store)

    reconcile(store, "o2", replace(LATER, ordered_at=NOW - timedelta(days=300)))

    assert ada(store).totals.order_count == 1


def test_an_edit_of_an_earlier_order_brings_no_contact_back(store: MemoryStore) -> None:
    reconcile(store, "o1", FIRST)
    reconcile(store, "o2", LATER)
    erase_ada(store)
    edited = replace(LATER, cents=5000, phone="555-0199")

    reconcile(store, "o2", edited)
    orders = {"o1": FIRST, "o2": edited}
    assert_derived(orders, NOW, derived_from(store), erasures={PERSON: {"o1", "o2"}})

    # The contact of the order that becomes the last one stays away, too.
    voided = replace(edited, status="canceled")
    reconcile(store, "o2", voided)
    orders = {"o1": FIRST, "o2": voided}
    assert_derived(orders, NOW, derived_from(store), erasures={PERSON: {"o1", "o2"}})


def test_an_order_in_flight_is_counted_without_its_contact(store: MemoryStore) -> None:
    reconcile(store, "o1", FIRST)
    store.put_order("o2", LATER.data())
    pending: list[Callable[[], object]] = [lambda: erase_ada(store)]

    def interrupt(call: str) -> None:
        if call == "before commit" and pending:
            pending.pop()()

    reconciler(Interrupted(store, interrupt)).reconcile("o2", hints=[LATER.data()])

    orders = {"o1": FIRST, "o2": LATER}
    assert_derived(orders, NOW, derived_from(store), erasures={PERSON: {"o1", "o2"}})


def test_a_segment_of_who_can_be_called_is_left(store: MemoryStore) -> None:
    book = RulesBook(store)
    reachable = {"cs_00000000000a": {"field": "phone", "operator": "exists"}}
    book.change("org_north", definitions=reachable)
    store.put_order("o1", FIRST.data())
    Reconciler(store, Instance(book, Random(1)), KEYER, clock=lambda: NOW).reconcile("o1")
    assert ada(store).custom_segments == ("cs_00000000000a",)

    erase(ADA, store, lambda _: book.current("org_north").moment(NOW))

    assert ada(store).custom_segments == ()
    last = max(store.transitions.values(), key=lambda step: step.number)
    assert (last.left, last.cause.kind) == (("cs_00000000000a",), CauseKind.ERASURE)


def test_credit_stays_and_follows_what_becomes_of_orders_that_stay(store: MemoryStore) -> None:
    """Touches name nobody, and what a campaign earned is a number like all others."""
    reconcile(store, "o1", FIRST)
    sent = Happening(*PERSON, "sc_00000000000b", "email", EventKind.SENT, FIRST.ordered_at)
    campaign = recorder("org_north", store, MemoryAddresses(store, "org_north"), lambda: NOW)
    assert campaign.record([sent.event()]) == [EventStatus.RECORDED]

    erase_ada(store)
    opened = replace(sent, kind=EventKind.OPENED)
    assert campaign.record([opened.event()]) == [EventStatus.RECORDED]
    assert stored_numbers(store.counters.campaigns) == folded({"o1": FIRST}, [sent, opened], [ADA])

    refunded = replace(FIRST, refunded_cents=500)
    reconcile(store, "o1", refunded)
    assert stored_numbers(store.counters.campaigns) == folded(
        {"o1": refunded}, [sent, opened], [ADA]
    )


def test_a_customer_whose_document_is_gone_is_erased(store: MemoryStore) -> None:
    reconcile(store, "o1", FIRST)
    del store.customers[ADA]

    assert erase_ada(store) is not None

    assert_derived({"o1": FIRST}, NOW, derived_from(store), erasures={PERSON: {"o1"}})
