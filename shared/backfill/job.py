"""Backfill: the tool, or a task per organisation, counts existing orders."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.backfill.order_index import OrderIndex
from shared.kernel.clock import Clock
from shared.kernel.errors import TaskUnfinishedError, TooManyOrdersError
from shared.kernel.parts import parts
from shared.kernel.platform import TASK_WORK_SECONDS
from shared.nightly.dispatch import DispatchOutcome, Task, TaskQueue, dispatch
from shared.nightly.job_run import JobRun
from shared.orders.identity import CustomerKeyer
from shared.reconciliation.backfill import (
    BackfillTotals,
    Batch,
    OrderKey,
    backfill_in_order,
    order_key,
)
from shared.reconciliation.ledger import SourceOrder
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.order_source import (
    all_orders,
    ordering_organizations,
    orders_claimed_for,
)
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services

QUEUE = "backfillorganization"
TASK_WORKERS = 4
"""Concurrent commits of a task."""
INDEXED_AT_ONCE = 500
PLACE_EVERY = timedelta(seconds=10)
"""Interval at which a task saves its progress."""


def dispatch_backfills(
    services: Services,
    queue: TaskQueue,
    org_ids: Iterable[str],
    due_at: datetime,
    *,
    clock: Clock,
    stop_at: datetime,
) -> DispatchOutcome:
    """Enqueue a task per organisation. A later start replaces an earlier one."""
    tasks = (Task(queue=QUEUE, org_id=org_id, due_at=due_at) for org_id in org_ids)
    return dispatch(queue, QUEUE, tasks, clock=clock, stop_at=stop_at)


def organizations_with_orders(services: Services) -> list[str]:
    """Return every organisation with documents, or named by orders; see
    `ordering_organizations`."""
    with_documents = set(organization_ids(services.client))
    resolve = services.organizations.resolve
    return sorted(with_documents | ordering_organizations(services.client, resolve, with_documents))


def run_backfill_task(services: Services, task: Task, run: JobRun, *, clock: Clock) -> int:
    """Count the orders of a task's organisation for as long as the time allows; returns how many.

    Continues from the place in the run's cursor, and saves its progress there. Costs two reads per
    order beside the reconciliation, of which one is repeated in each task that continues. Raises
    TaskUnfinishedError if orders remain, TooManyOrdersError if reading them alone takes all the
    time, and any failure.
    """
    stop_at = clock() + timedelta(seconds=TASK_WORK_SECONDS)
    begun_after = _place(run.cursor.get("after"))
    place = Place(run, begun_after, int(run.cursor.get("orders", 0)), clock)
    with OrderIndex() as index:
        add_orders(index, read_orders(services, task.org_id))
        try:
            count_orders(
                services,
                index,
                workers=TASK_WORKERS,
                after=begun_after,
                on_place=place.advance_to,
                should_stop=lambda: clock() >= stop_at,
            )
        finally:
            place.keep()
        is_unfinished = next(index.after(place.after), None) is not None
    if is_unfinished and place.after == begun_after:
        raise TooManyOrdersError(f"Reading the orders takes {TASK_WORK_SECONDS} seconds.")
    if is_unfinished:
        raise TaskUnfinishedError("Orders are left to count.")
    return place.orders


class Place:
    """Progress of a task, kept in the cursor of its run."""

    def __init__(self, run: JobRun, after: OrderKey | None, orders: int, clock: Clock) -> None:
        self.after = after
        """All orders up to this key are counted."""
        self.orders = orders
        """Number of orders up to it."""
        self._run = run
        self._clock = clock
        self._kept_at = clock()

    def advance_to(self, batch: Batch) -> None:
        """Advance to the end of a batch; saved now and then."""
        self.after = batch.keys[-1]
        self.orders += len(batch.keys)
        if self._clock() >= self._kept_at + PLACE_EVERY:
            self.keep()

    def keep(self) -> None:
        """Save the progress. Raises ConflictError if a later delivery has taken over."""
        self._kept_at = self._clock()
        if self.after is not None:
            self._run.advance({"after": list(self.after), "orders": self.orders})


def add_orders(
    index: OrderIndex,
    orders: Iterable[SourceOrder],
    on_progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Add the keys of orders as they are read."""
    orders_read = 0
    for page in parts(map(order_key, orders), INDEXED_AT_ONCE):
        index.add(page)
        orders_read += len(page)
        on_progress(orders_read)


def count_orders(
    services: Services,
    index: OrderIndex,
    *,
    workers: int,
    after: OrderKey | None = None,
    on_progress: Callable[[BackfillTotals], None] = lambda _: None,
    on_place: Callable[[Batch], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> BackfillTotals:
    """Count the orders of an index behind a place; see `backfill_in_order`."""

    def read(order_ids: Sequence[str]) -> list[SourceOrder]:
        orders = services.store.read(order_ids, [], []).orders
        return [services.reconciler.normalized(orders[order_id]) for order_id in order_ids]

    return backfill_in_order(
        index.after(after),
        read,
        reconcilers(services, workers),
        on_progress,
        on_place=on_place,
        should_stop=should_stop,
    )


def read_orders(services: Services, org: str | None) -> Iterator[SourceOrder]:
    """All orders, or those that belong to one organisation, normalised."""
    orders = (
        all_orders(services.client) if org is None else orders_claimed_for(services.client, org)
    )
    for raw in orders:
        source = services.reconciler.normalized(raw)
        owner = source.fact or source.rejection
        if org is None or (owner is not None and owner.org_id == org):
            yield source


def reconcilers(services: Services, workers: int) -> list[Reconciler]:
    """One per worker, each adding to a counter shard of its own while there are as many.

    They are the shards of live orders: pages read no further document for an earlier backfill.
    """
    return [
        Reconciler(
            FirestoreLedgerStore(
                services.client, shards=services.settings.counter_shards, shard=worker
            ),
            services.organizations,
            CustomerKeyer(services.secret),
        )
        for worker in range(workers)
    ]


def _place(stored: Any) -> OrderKey | None:
    return None if stored is None else OrderKey(*stored)
