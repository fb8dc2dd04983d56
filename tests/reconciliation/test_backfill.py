"""A backfill's memory, its sequence, and its place when it stops."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from threading import Lock
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.backfill.order_index import OrderIndex
from shared.reconciliation import backfill as module
from shared.reconciliation.backfill import (
    BATCH_LINES,
    BATCH_ORDERS,
    BATCHES_AHEAD,
    Batch,
    OrderKey,
    backfill_in_order,
    batches,
)
from shared.reconciliation.ledger import SourceOrder
from shared.reconciliation.reconcile import Reconciled, Reconciler

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WORKERS = 4

keys = st.builds(
    OrderKey,
    st.sampled_from(["", "org_north", "org_süd"]),
    st.sampled_from(["", "/o1", "c1", "c2", "é"]),
    st.floats(min_value=-1e10, max_value=1e10),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5),
    st.integers(0, 2 * BATCH_LINES),
)


def source(order_id: str) -> SourceOrder:
    return SourceOrder(order_id=order_id, version=NOW, created_at=None, outcome=None)


@dataclass
class Counting:
    """Reconciles nothing, and records what is in memory and the sequence."""

    counted: list[str] = field(default_factory=list)
    held: int = 0
    most_held: int = 0
    waiting: int = 0
    most_waiting: int = 0
    fails_at: str | None = None
    lock: Lock = field(default_factory=Lock)

    def of(self, found: Sequence[OrderKey]) -> Iterator[OrderKey]:
        for key in found:
            with self.lock:
                self.waiting += 1
                self.most_waiting = max(self.most_waiting, self.waiting)
            yield key

    def read(self, order_ids: Sequence[str]) -> list[SourceOrder]:
        with self.lock:
            self.held += len(order_ids)
            self.most_held = max(self.most_held, self.held)
        return [source(order_id) for order_id in order_ids]

    def reconcile_all(self, sources: Sequence[SourceOrder]) -> Reconciled:
        time.sleep(0.001)
        with self.lock:
            if self.fails_at in [each.order_id for each in sources]:
                raise ZeroDivisionError
            self.counted += [each.order_id for each in sources]
            self.held -= len(sources)
            self.waiting -= len(sources)
        return Reconciled(
            orders_written=len(sources),
            customers_written=0,
            transitions=0,
            rejections={},
            warnings={},
            attempts=1,
        )

    def has_counted(self, orders: int) -> bool:
        return len(self.counted) >= orders

    @property
    def reconcilers(self) -> list[Reconciler]:
        return [cast(Reconciler, self)] * WORKERS


def orders(customers: int, each: int) -> list[OrderKey]:
    return [
        OrderKey("org", f"c{customer:05}", float(number), f"{customer}-{number:05}", 5)
        for customer in range(customers)
        for number in range(each)
    ]


@pytest.mark.parametrize(("customers", "each"), [(4_000, 10), (8, 5_000)])
def test_what_is_held_does_not_grow_with_the_history(customers: int, each: int) -> None:
    """All orders used to be in memory: 1.6 GB for a million."""
    counting = Counting()
    actual = orders(customers, each)

    totals = backfill_in_order(
        counting.of(actual), counting.read, counting.reconcilers, lambda totals: None
    )

    assert totals.orders == len(actual) == 40_000
    assert counting.most_held <= WORKERS * BATCH_ORDERS
    # One more is put together, and of the customer behind it the first batches are.
    assert counting.most_waiting <= (BATCHES_AHEAD * WORKERS + 3) * BATCH_ORDERS


def test_orders_of_one_customer_are_counted_as_placed() -> None:
    counting = Counting()
    actual = orders(3, 2_000)
    backfill_in_order(actual, counting.read, counting.reconcilers, lambda totals: None)
    for customer in range(3):
        theirs = [id for id in counting.counted if id.startswith(f"{customer}-")]
        assert len(theirs) == 2_000
        assert theirs == sorted(theirs)


def test_a_failure_ends_the_run_and_all_before_the_place_are_counted() -> None:
    counting = Counting(fails_at="20-00000")
    reached: list[Batch] = []
    with pytest.raises(ZeroDivisionError):
        backfill_in_order(
            orders(60, 200),
            counting.read,
            counting.reconcilers,
            lambda totals: None,
            on_place=reached.append,
        )
    before = [key.order_id for batch in reached for key in batch.keys]
    assert set(before) <= set(counting.counted)
    assert "20-00000" not in before
    assert len(counting.counted) < 60 * 200


def test_it_stops_between_commits_and_goes_on_from_the_place() -> None:
    counting = Counting()
    actual = orders(60, 200)
    reached: list[Batch] = []
    with OrderIndex() as index:
        index.add(reversed(actual))
        for stops_at in (20 * 200, len(actual)):
            backfill_in_order(
                index.after(reached[-1].keys[-1] if reached else None),
                counting.read,
                counting.reconcilers,
                lambda totals: None,
                on_place=reached.append,
                should_stop=partial(counting.has_counted, stops_at),
            )
            assert bool(len(counting.counted) < len(actual)) == (stops_at < len(actual))
    assert sorted(counting.counted) == sorted(key.order_id for key in actual)


@given(found=st.lists(keys, max_size=40, unique_by=lambda key: key[:4]), data=st.data())
def test_an_index_gives_keys_in_order_from_any_place(
    found: list[OrderKey], data: st.DataObject
) -> None:
    with OrderIndex() as index:
        index.add(found)
        index.add(found[:5])
        assert len(index) == len(found)
        everything = list(index.after(None))
        assert sorted(everything) == sorted(found)
        if found:
            place = data.draw(st.integers(0, len(found) - 1))
            assert list(index.after(everything[place])) == everything[place + 1 :]


@given(found=st.lists(keys, max_size=60, unique_by=lambda key: key[:4]))
def test_batches_hold_all_in_order_within_the_limits(found: list[OrderKey]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_ORDERS", 5)
        made = list(batches(sorted(found)))
    assert [key for batch in made for key in batch.keys] == sorted(found)
    for batch in made:
        assert 0 < len(batch.keys) <= 5
        assert len(batch.keys) == 1 or sum(key.lines for key in batch.keys) <= BATCH_LINES
    for before, batch in pairwise(made):
        same = before.keys[-1].owner == batch.keys[0].owner
        assert batch.continues == same
