"""Findings on orders: unusable fields, and reasons why orders do not count."""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared.reconciliation.ledger import LedgerEntry

NEWEST_ORDERS = 10
"""Number of newest orders that each finding names."""
MOST_ORDERS_A_DAY = 50
"""A customer with more orders than these on one local day is hardly one person."""


class FindingKind(StrEnum):
    """Kind of finding on an order."""

    WARNING = "warning"
    """The order was read, but deserves a look."""
    EXCLUSION = "exclusion"
    """The order was read, and does not count."""
    REJECTION = "rejection"
    """The order is reported in the rejected orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFinding:
    """All orders of an organisation with the same finding."""

    kind: FindingKind
    code: str
    """Such as `items[].price`, `cancelled` or `date_invalid`."""
    orders: int
    newest_order_ids: Sequence[str]
    """The latest by when they were placed, at most NEWEST_ORDERS; by when they were written for
    those without a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyCustomer:
    """A customer with more than MOST_ORDERS_A_DAY counted orders on one day: a placeholder?"""

    customer_key: str
    day: date
    """Local date of the organisation."""
    orders: int


class OrderFindings:
    """Adds up ledger entries, in memory that grows with the codes and not with the orders."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[FindingKind, str], int] = defaultdict(int)
        self._newest: defaultdict[tuple[FindingKind, str], list[tuple[datetime, str]]] = (
            defaultdict(list)
        )

    def add(self, entry: LedgerEntry) -> None:
        """Add one order."""
        fact, rejection = entry.fact, entry.rejection
        if fact is not None:
            for code in fact.warning_codes:
                self._add(FindingKind.WARNING, code, fact.ordered_at, entry.order_id)
            if fact.exclusion is not None:
                self._add(FindingKind.EXCLUSION, fact.exclusion, fact.ordered_at, entry.order_id)
        if rejection is not None:
            at = fact.ordered_at if fact else entry.source_version
            self._add(FindingKind.REJECTION, rejection.code, at, entry.order_id)

    def found(self) -> list[OrderFinding]:
        """By kind, the most frequent code first."""
        findings = [
            OrderFinding(
                kind=kind,
                code=code,
                orders=count,
                newest_order_ids=[id for _, id in sorted(self._newest[kind, code], reverse=True)],
            )
            for (kind, code), count in self._counts.items()
        ]
        kinds = list(FindingKind)
        return sorted(findings, key=lambda each: (kinds.index(each.kind), -each.orders, each.code))

    def _add(self, kind: FindingKind, code: str, at: datetime, order_id: str) -> None:
        key = kind, str(code)
        self._counts[key] += 1
        newest = self._newest[key]
        if len(newest) < NEWEST_ORDERS:
            heapq.heappush(newest, (at, order_id))
        else:
            heapq.heappushpop(newest, (at, order_id))
