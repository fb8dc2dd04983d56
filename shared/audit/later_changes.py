"""Orders that have changed since SQL read them, and the differences they explain."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.audit.ports import ExportedEntry
from shared.reconciliation.differences import Difference


@dataclass(slots=True, kw_only=True)
class LaterChanges:
    """Orders, customers and days changed since the typed tables were made: unknown to SQL."""

    order_ids: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)
    """Customers and days, as differences name them."""

    def add(self, customer_key: str | None, local_date: str | None) -> None:
        """Add the customer and the day that an order counts for, or counted for."""
        self.documents |= {f"customer {customer_key}", f"day {local_date}"}

    def add_exported(self, rows: Iterable[ExportedEntry]) -> None:
        """Add the customers and days of the orders in the typed tables."""
        for row in rows:
            before = json.loads(row.data)
            self.add(before.get("customer_key"), before.get("local_date"))

    def explains(self, difference: Difference) -> bool:
        """Whether a difference may come from these orders."""
        kind = difference.document.partition(" ")[0]
        # Another order may have become a customer's first, on any day.
        of_one = kind in ("customer", "day") and difference.field != "new_customers"
        return difference.document in self.documents if of_one else bool(self.order_ids)
