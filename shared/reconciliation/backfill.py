"""Count a history of orders in bulk: the same result as one trigger per order, in fewer commits.

Orders are counted by customer, each customer's in the sequence they were placed, so that every
customer passes through the segments as with live events. Each commit is an ordinary reconciliation
of all its orders: a backfill may run beside live triggers, run twice, or be killed and started
again, and orders that are already counted are not written again.

Only the keys of a long history are sorted, on disk, and the orders of a commit are read when it is
their turn: memory holds the commits in progress.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, groupby
from queue import SimpleQueue
from threading import Lock
from typing import NamedTuple

from shared.kernel.errors import UnstorableError
from shared.reconciliation.ledger import SourceOrder
from shared.reconciliation.reconcile import Reconciled, Reconciler

BATCH_ORDERS = 300
BATCH_LINES = 6_000
"""Limits of one commit, far below what Firestore takes (10 MiB per commit)."""
BATCHES_AHEAD = 2
"""Batches that are under way or waiting, for each reconciler."""


class OrderKey(NamedTuple):
    """The place of an order in a backfill; keys sort as orders are counted."""

    org_id: str
    customer: str
    """The same for all orders of a customer; orders by nobody have one each."""
    placed_at: float
    """Seconds since 1970."""
    order_id: str
    lines: int

    @property
    def owner(self) -> tuple[str, str]:
        """The customer, among all organisations."""
        return self.org_id, self.customer


def order_key(source: SourceOrder) -> OrderKey:
    """The key of an order as it was read."""
    fact, order_id = source.fact, source.order_id
    if fact is None:
        return OrderKey("", order_id, 0.0, order_id, 0)
    customer = fact.customer_key or f"/{order_id}"
    return OrderKey(fact.org_id, customer, fact.ordered_at.timestamp(), order_id, len(fact.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The orders of one commit."""

    keys: Sequence[OrderKey]
    continues: bool = False
    """Whether it continues the customer of the batch before, and has to wait for it."""


@dataclass(slots=True, kw_only=True)
class BackfillTotals:
    """Progress so far."""

    orders: int = 0
    orders_written: int = 0
    """Orders whose counted state was not current."""
    customers_written: int = 0
    transitions: int = 0
    rejected: int = 0
    """Orders reported instead of counted."""

    def add(self, batch: Sequence[SourceOrder], outcome: Reconciled) -> None:
        """Add one batch."""
        self.orders += len(batch)
        self.orders_written += outcome.orders_written
        self.customers_written += outcome.customers_written
        self.transitions += outcome.transitions
        self.rejected += sum(source.rejection is not None for source in batch)


def backfill(
    sources: Iterable[SourceOrder],
    reconcilers: Sequence[Reconciler],
    on_progress: Callable[[BackfillTotals], None],
) -> BackfillTotals:
    """Count orders that are in memory; see `backfill_in_order`."""
    by_id = {source.order_id: source for source in sources}
    return backfill_in_order(
        sorted(map(order_key, by_id.values())),
        lambda order_ids: [by_id[order_id] for order_id in order_ids],
        reconcilers,
        on_progress,
    )


def backfill_in_order(
    keys: Iterable[OrderKey],
    read: Callable[[Sequence[str]], Sequence[SourceOrder]],
    reconcilers: Sequence[Reconciler],
    on_progress: Callable[[BackfillTotals], None],
    *,
    on_place: Callable[[Batch], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> BackfillTotals:
    """Count the orders of sorted keys, in as many concurrent commits as there are reconcilers.

    `read` returns orders by their ids, to several threads. `on_progress` is called after every
    commit, from any thread but one at a time; `on_place` by this thread, with each batch in its
    turn, when all up to its last order are counted. The first error ends the run; commits made by
    then stay, and a further run continues from there, as after `should_stop`, which is called
    before each commit.
    """
    totals = BackfillTotals()
    idle: SimpleQueue[Reconciler] = SimpleQueue()
    for reconciler in reconcilers:
        idle.put(reconciler)

    adding = Lock()

    def count(batch: Batch, before: Future[None] | None) -> None:
        if before is not None:
            before.result()
        reconciler = idle.get()
        try:
            sources = read([key.order_id for key in batch.keys])
            for part, outcome in _reconciled(reconciler, sources):
                with adding:
                    totals.add(part, outcome)
                    on_progress(totals)
        finally:
            idle.put(reconciler)

    under_way = deque[tuple[Batch, Future[None]]]()

    def finish_oldest() -> None:
        batch, future = under_way.popleft()
        future.result()
        on_place(batch)

    with ThreadPoolExecutor(max_workers=len(reconcilers)) as executor:
        try:
            for batch in batches(keys):
                if should_stop():
                    break
                before = under_way[-1][1] if batch.continues and under_way else None
                under_way.append((batch, executor.submit(count, batch, before)))
                if len(under_way) == BATCHES_AHEAD * len(reconcilers):
                    finish_oldest()
            while under_way:
                finish_oldest()
        finally:
            for _, future in under_way:
                future.cancel()
    return totals


def _reconciled(
    reconciler: Reconciler, batch: Sequence[SourceOrder]
) -> Iterator[tuple[Sequence[SourceOrder], Reconciled]]:
    """Reconcile all at once; one by one if one of them cannot be stored."""
    try:
        yield batch, reconciler.reconcile_all(batch)
    except UnstorableError:
        for source in batch:
            yield [source], reconciler.reconcile(source.order_id)


def batches(keys: Iterable[OrderKey]) -> Iterator[Batch]:
    """Sorted keys in batches of whole customers, or of a part of one who has more orders."""
    batch = _Room()
    for _, theirs in groupby(keys, key=lambda key: key.owner):
        chunks = _chunks(theirs)
        first, second = next(chunks), next(chunks, None)
        if batch.keys and (second or not batch.has_room_for(first)):
            yield Batch(keys=batch.keys)
            batch = _Room()
        if second is None:
            batch.add(first)
            continue
        yield Batch(keys=first.keys)
        for chunk in chain([second], chunks):
            yield Batch(keys=chunk.keys, continues=True)
    if batch.keys:
        yield Batch(keys=batch.keys)


class _Room:
    def __init__(self) -> None:
        self.keys: list[OrderKey] = []
        self.lines = 0

    def has_room_for(self, other: "_Room") -> bool:
        return not self.keys or (
            len(self.keys) + len(other.keys) <= BATCH_ORDERS
            and self.lines + other.lines <= BATCH_LINES
        )

    def add(self, other: "_Room") -> None:
        self.keys += other.keys
        self.lines += other.lines


def _chunks(keys: Iterable[OrderKey]) -> Iterator[_Room]:
    chunk = _Room()
    for key in keys:
        one = _Room()
        one.keys.append(key)
        one.lines = key.lines
        if not chunk.has_room_for(one):
            yield chunk
            chunk = _Room()
        chunk.add(one)
    yield chunk
