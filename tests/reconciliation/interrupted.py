"""A ledger store whose calls something happens between."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from shared.reconciliation.ageing import DueCustomer, DueCustomers
from shared.reconciliation.dated_ahead import DueOrders
from shared.reconciliation.ports import (
    Commit,
    LedgerStore,
    Neighbors,
    ReadResult,
)
from shared.segments.customer import CustomerId


class AgeingLedgerStore(LedgerStore, DueCustomers, DueOrders, Protocol):
    """A ledger store that also finds the customers and the orders that are due."""


class Interrupted:
    """A ledger store that calls `interrupt` with the call's name before and after each call."""

    def __init__(self, inner: AgeingLedgerStore, interrupt: Callable[[str], None]) -> None:
        self._inner = inner
        self._interrupt = interrupt

    def read(
        self, order_ids: Sequence[str], ledger_ids: Sequence[str], customers: Sequence[CustomerId]
    ) -> ReadResult:
        """Two reads with a gap between them: more than Firestore does, no more than is borne."""
        self._interrupt("before read")
        orders = self._inner.read(order_ids, [], [])
        self._interrupt("between orders and ledger")
        rest = self._inner.read([], ledger_ids, customers)
        self._interrupt("after read")
        return replace(rest, orders=orders.orders)

    def neighbors(self, customer: CustomerId, excluding: Collection[str]) -> Neighbors:
        self._interrupt("before neighbors")
        result = self._inner.neighbors(customer, excluding)
        self._interrupt("after neighbors")
        return result

    def commit(self, commit: Commit) -> None:
        self._interrupt("before commit")
        self._inner.commit(commit)
        self._interrupt("after commit")

    def due(self, until: datetime) -> Any:
        return self._inner.due(until)

    def put_off(self, customers: Sequence[tuple[DueCustomer, datetime]]) -> None:
        self._inner.put_off(customers)

    def __getattr__(self, name: str) -> Any:
        """Everything else, interrupted before and after."""
        method = getattr(self._inner, name)

        def call(*arguments: Any) -> Any:
            self._interrupt(f"before {name}")
            result = method(*arguments)
            self._interrupt(f"after {name}")
            return result

        return call
