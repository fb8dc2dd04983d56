"""The ledger: for each order, its last counted state and the version of it."""

from dataclasses import dataclass
from datetime import datetime

from shared.orders.fact import NormalizedOrder, OrderFact, Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOrder:
    """An order as it was read, normalised."""

    order_id: str
    version: datetime
    """When this content was written; for a missing order, when it was seen to be missing."""
    created_at: datetime | None
    """When the document was created; None for a missing order."""
    outcome: NormalizedOrder | Rejection | None
    """None for an order that does not exist."""
    named: tuple[str, ...] = ()
    """See `organization_names`."""

    @property
    def fact(self) -> OrderFact | None:
        """The order's fact, if it could be read."""
        return self.outcome.fact if isinstance(self.outcome, NormalizedOrder) else None

    @property
    def rejection(self) -> Rejection | None:
        """The rejection to report, if any."""
        if isinstance(self.outcome, NormalizedOrder):
            return self.outcome.rejection
        return self.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """An order as it was last counted."""

    order_id: str
    source_version: datetime
    """`SourceOrder.version` of the counted content."""
    order_exists: bool
    fact: OrderFact | None
    """None for an order that does not exist or could not be read."""
    rejection: Rejection | None
    named: tuple[str, ...] = ()
    """See `organization_names`; empty for an order that does not exist, and in entries that
    version 0.3 wrote."""


def entry_for(source: SourceOrder) -> LedgerEntry:
    """The entry that says: this version of the order has been counted."""
    return LedgerEntry(
        order_id=source.order_id,
        source_version=source.version,
        order_exists=source.outcome is not None,
        fact=source.fact,
        rejection=source.rejection,
        named=source.named,
    )
