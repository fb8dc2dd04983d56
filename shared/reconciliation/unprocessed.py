"""Orders whose events failed for as long as the platform delivers them.

A failed event is delivered again for 24 hours and never after that. Shortly before, the order goes
on a list and is tried every hour until it is counted: reconciling an order needs no event.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.orders.fact import Rejection
from shared.orders.organization import claimed_organization
from shared.reconciliation.reconcile import Reconciler

LAST_DELIVERIES = timedelta(hours=20)
"""From this age on a failing event is acknowledged: the platform drops it at 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnprocessedOrder:
    """An order that could not be counted yet. Holds no content of the order."""

    order_id: str
    org_id: str | None
    """None if unknown."""
    error: str
    """Name of the newest exception."""
    first_failed_at: datetime
    last_failed_at: datetime


class UnprocessedOrders(Protocol):
    """The list of these orders."""

    def report(self, order_id: str, org_id: str | None, error: str, at: datetime) -> None:
        """Put an order on the list, or record another failure."""
        ...

    def pages(self) -> Iterator[Sequence[tuple[str, object]]]:
        """Ids of all, and the revision of each."""
        ...

    def remove(self, order_id: str, revision: object) -> None:
        """Take an order off the list, unless it was reported again meanwhile."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RetriedOrders:
    """Outcome of a run."""

    due: int
    processed: int
    failed: int
    complete: bool
    """False if the time allowed ended first; the next run tries the rest."""


def is_last_delivery(event_at: datetime, now: datetime) -> bool:
    """Whether an event that fails now may not be delivered again."""
    return now - event_at >= LAST_DELIVERIES


def claimed_id(contents: Iterable[object], resolve: Callable[[str], str]) -> str | None:
    """Return the resolved id of the organisation that the first of these contents names, if any."""
    for content in contents:
        claim = claimed_organization(content)
        if not isinstance(claim, Rejection):
            return resolve(claim.id)
    return None


def retry_unprocessed(
    unprocessed: UnprocessedOrders, reconciler: Reconciler, *, clock: Clock, stop_at: datetime
) -> RetriedOrders:
    """Reconcile every order on the list once; those that still fail stay on it."""
    due = processed = failures = 0
    for page in unprocessed.pages():
        for order_id, revision in page:
            if clock() >= stop_at:
                return RetriedOrders(due=due, processed=processed, failed=failures, complete=False)
            due += 1
            try:
                reconciler.reconcile(order_id)
            except Exception as error:
                # A failing order does not block the others.
                logs.order_unprocessed(order_id)
                unprocessed.report(order_id, None, type(error).__name__, clock())
                failures += 1
            else:
                unprocessed.remove(order_id, revision)
                processed += 1
    return RetriedOrders(due=due, processed=processed, failed=failures, complete=True)
