"""Count a history of orders in bulk: the same result as one trigger per order, in fewer commits.

Orders are grouped by customer and taken in the order in which they were placed, so that every
customer's path through the segments comes out as it would have live. Each commit is the ordinary
reconciliation of all orders in it: running beside live triggers, running twice, or being killed
and started again are all safe, and orders that are already counted are not written again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import groupby
from queue import SimpleQueue
from threading import Lock

from shared.errors import UnstorableError
from shared.reconciliation.ledger import SourceOrder
from shared.reconciliation.reconcile import Reconciled, Reconciler

BATCH_ORDERS = 300
BATCH_LINES = 6_000
"""Limits of one commit, far below what Firestore takes (10 MiB per commit)."""

Job = list[list[SourceOrder]]
"""Batches to be done one after another, because they concern the same customer."""


@dataclass(slots=True, kw_only=True)
class BackfillTotals:
    """What was done so far."""

    orders: int = 0
    orders_written: int = 0
    """Orders that were not yet counted as they are."""
    customers_written: int = 0
    transitions: int = 0
    rejected: int = 0
    """Orders that had to be reported instead of counted."""

    def add(self, batch: Sequence[SourceOrder], done: Reconciled) -> None:
        """Add one batch."""
        self.orders += len(batch)
        self.orders_written += done.orders_written
        self.customers_written += done.customers_written
        self.transitions += done.transitions
        self.rejected += sum(source.rejection is not None for source in batch)


def backfill(
    sources: Iterable[SourceOrder],
    reconcilers: Sequence[Reconciler],
    on_progress: Callable[[BackfillTotals], None],
) -> BackfillTotals:
    """Count all orders, with as many commits under way at once as there are reconcilers.

    `on_progress` is called after every commit, from any thread but one at a time. The first error
    ends the run; what was committed by then stays, and a further run continues from there.
    """
    totals = BackfillTotals()
    idle: SimpleQueue[Reconciler] = SimpleQueue()
    for reconciler in reconcilers:
        idle.put(reconciler)

    adding = Lock()

    def work(job: Job) -> None:
        reconciler = idle.get()
        try:
            for batch in job:
                for part, done in _reconciled(reconciler, batch):
                    with adding:
                        totals.add(part, done)
                        on_progress(totals)
        finally:
            idle.put(reconciler)

    with ThreadPoolExecutor(max_workers=len(reconcilers)) as executor:
        futures = [executor.submit(work, job) for job in jobs(sources)]
        done, unfinished = wait(futures, return_when=FIRST_EXCEPTION)
        for future in unfinished:
            future.cancel()
        for future in done:
            future.result()
    return totals


def _reconciled(
    reconciler: Reconciler, batch: list[SourceOrder]
) -> Iterator[tuple[list[SourceOrder], Reconciled]]:
    """All at once; one by one where an order among them cannot be stored."""
    try:
        yield batch, reconciler.reconcile_all(batch)
    except UnstorableError:
        for source in batch:
            yield [source], reconciler.reconcile(source.order_id)


def jobs(sources: Iterable[SourceOrder]) -> Iterator[Job]:
    """Group orders into batches of whole customers, each customer's orders as placed."""
    batch = _Batch()
    for _, orders in groupby(sorted(sources, key=_history), key=_owner):
        chunks = list(_chunks(orders))
        if len(chunks) > 1:
            yield [chunk.orders for chunk in chunks]
            continue
        if not batch.has_room_for(chunks[0]):
            yield [batch.orders]
            batch = _Batch()
        batch.add(chunks[0])
    if batch.orders:
        yield [batch.orders]


class _Batch:
    def __init__(self, *orders: SourceOrder) -> None:
        self.orders = list(orders)
        self.lines = sum(len(order.fact.lines) for order in orders if order.fact)

    def has_room_for(self, other: "_Batch") -> bool:
        return not self.orders or (
            len(self.orders) + len(other.orders) <= BATCH_ORDERS
            and self.lines + other.lines <= BATCH_LINES
        )

    def add(self, other: "_Batch") -> None:
        self.orders += other.orders
        self.lines += other.lines


def _chunks(orders: Iterable[SourceOrder]) -> Iterator[_Batch]:
    chunk = _Batch()
    for order in orders:
        if not chunk.has_room_for(_Batch(order)):
            yield chunk
            chunk = _Batch()
        chunk.add(_Batch(order))
    yield chunk


def _owner(source: SourceOrder) -> tuple[str, str]:
    """Orders of one customer share it; orders by nobody have one each."""
    fact = source.fact
    if fact is None:
        return "", source.order_id
    return fact.org_id, fact.customer_key or f"/{source.order_id}"


def _history(source: SourceOrder) -> tuple[tuple[str, str], float, str]:
    placed = source.fact.ordered_at.timestamp() if source.fact else 0.0
    return _owner(source), placed, source.order_id
