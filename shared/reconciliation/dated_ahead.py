"""Count orders that were dated ahead once their time has come, reading no others.

The ledger entry of each holds the instant from which it counts, so one query finds those that are
due, and each is reconciled like an order that has just been written. So a second run, at once or
after a crash, counts nothing twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.reconciliation.reconcile import Reconciler


class DueOrders(Protocol):
    """Orders dated ahead whose time has come."""

    def due_orders(self, until: datetime) -> Iterator[Sequence[str]]:
        """Ids of orders due up to and including `until`, earliest first, in pages."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOrdersRun:
    """Outcome of a run."""

    due: int
    """Orders found due, at one read each and what reconciling them takes."""
    failed: int
    """Orders left to the next run."""
    complete: bool
    """False if the time allowed ended first; the next run continues."""


def count_due_orders(
    store: DueOrders, reconciler: Reconciler, *, clock: Clock, stop_at: datetime
) -> DueOrdersRun:
    """Reconcile every order that is due now, stopping between two once `stop_at` has passed."""
    due = failures = 0
    for page in store.due_orders(clock()):
        for order_id in page:
            if clock() >= stop_at:
                return DueOrdersRun(due=due, failed=failures, complete=False)
            due += 1
            try:
                reconciler.reconcile(order_id)
            except Exception:
                # A failing order does not block the others.
                logs.due_order_failed(order_id)
                failures += 1
    return DueOrdersRun(due=due, failed=failures, complete=True)
