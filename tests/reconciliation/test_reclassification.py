"""Customers while rules change around their reclassification."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from shared.reconciliation.reclassification import (
    CustomersByKey,
    ReclassificationStatus,
    Reclassifier,
    after_change,
)
from shared.reconciliation.reconcile import Reconciler
from tests.reconciliation.test_convergence import derived_from
from tests.rules.rules_book import Instance, RulesBook
from tests.support.derived import assert_derived
from tests.support.memory_store import MemoryStore
from tests.support.reclassify import run_all
from tests.support.world import KEYER, NOW, Book, Order

ORDER = Order(
    org="org_north", email="ada@example.org", cents=4000, ordered_at=NOW - timedelta(days=3)
)
HAS_ORDERS = {"field": "orderCount", "operator": "at_least", "value": 1}


class ChangingBeforePages(MemoryStore):
    """A store on which rules change, and a customer is evaluated under them, before a page."""

    before_page: Any = None

    def page(self, org_id: str, after: str | None) -> CustomersByKey | None:
        if self.before_page is not None:
            happening, self.before_page = self.before_page, None
            happening()
        return super().page(org_id, after)


def reconciler(store: MemoryStore, instance: Instance) -> Reconciler:
    return Reconciler(store, instance, KEYER, clock=lambda: NOW, sleep=lambda seconds: None)


def test_a_customer_who_is_under_newer_rules_already_is_not_put_back_under_older_ones() -> None:
    store = ChangingBeforePages()
    book = RulesBook(store)
    orders = {"o1": ORDER}
    store.put_order("o1", ORDER.data())
    reconciler(store, Instance(book, Random(1))).reconcile("o1")
    book.change("org_north", definitions={"cs_00000000000a": HAS_ORDERS})

    def newer_rules_and_an_order() -> None:
        book.change(
            "org_north",
            definitions={"cs_00000000000a": HAS_ORDERS, "cs_00000000000b": HAS_ORDERS},
        )
        orders["o2"] = ORDER
        store.put_order("o2", ORDER.data())
        reconciler(store, Instance(book, Random(1))).reconcile("o2")

    store.before_page = newer_rules_and_an_order
    worker = Reclassifier(
        store, Instance(book, Random(1)), clock=lambda: NOW, settle_after=timedelta(0)
    )
    run_all(worker, NOW + timedelta(days=1))

    steps: Sequence[Any] = [
        (step.entered, step.left)
        for step in store.transitions.values()
        if step.entered or step.left
    ]
    assert steps == [(("cs_00000000000a", "cs_00000000000b"), ())]
    books = {"org_north": Book(definitions=book.definitions["org_north"])}
    assert_derived(orders, NOW, derived_from(store), books)


def test_a_change_waits_for_work_that_has_begun_and_replaces_any_other() -> None:
    first = after_change(None, "org", 1, NOW)
    later = NOW + timedelta(minutes=1)
    begun = replace(first, total=5, processed=2, after="k")

    assert after_change(first, "org", 2, later) == after_change(None, "org", 2, later)
    assert after_change(begun, "org", 2, later) == replace(begun, pending_revision=2)
    twice = after_change(after_change(begun, "org", 2, later), "org", 3, later)
    assert twice == replace(begun, pending_revision=3)
    complete = replace(begun, status=ReclassificationStatus.COMPLETE, completed_at=NOW)
    assert after_change(complete, "org", 2, later) == after_change(None, "org", 2, later)
