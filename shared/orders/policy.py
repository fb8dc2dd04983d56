"""An organisation's settings about which of its orders count."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_MAX_AMOUNT_CENTS = 100_000_00


class WebOrdersCount(StrEnum):
    """Rule for when an order of the channel `online` counts."""

    PLACED = "placed"
    PAID = "paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPolicy:
    """Rules about which orders an organisation trusts and counts."""

    max_amount_cents: int = DEFAULT_MAX_AMOUNT_CENTS
    """Largest accepted amount of an order or a return, and of one of its lines."""
    web_orders_count: WebOrdersCount = WebOrdersCount.PLACED
