"""Whether an order counts: its status together with the status of its payment."""

import re
from collections.abc import Mapping

from shared.compared_text import lowered
from shared.orders.fact import Exclusion

_SYNONYMS = {
    "canceled": "cancelled",
    "voided": "cancelled",
    "ready_for_pickup": "ready",
    "processing": "preparing",
    "delivered": "completed",
    "shipped": "completed",
    "packed": "completed",
    "": "submitted",
}
_COUNTED = frozenset({"submitted", "confirmed", "preparing", "ready", "completed"})
_EXCLUDING_PAYMENTS = {
    "refunded": Exclusion.PAYMENT_REFUNDED,
    "voided": Exclusion.PAYMENT_VOIDED,
    "declined": Exclusion.PAYMENT_DECLINED,
    "failed": Exclusion.PAYMENT_FAILED,
}
_SEPARATORS = re.compile(r"[\s_-]+")


def exclusion_of(data: Mapping[str, object]) -> Exclusion | None:
    """Why the order does not count; None for one that does.

    A status nobody knows is reported as such even where the payment alone would exclude the order:
    it shows that a writer has a state which these rules have not been taught.
    """
    status = _order_status(data.get("status"))
    payment = _payment_status(data.get("paymentStatus"))
    if status is None:
        return Exclusion.UNKNOWN_STATUS
    if payment in _EXCLUDING_PAYMENTS:
        return _EXCLUDING_PAYMENTS[payment]
    if status == "cancelled":
        return Exclusion.CANCELLED
    if status == "pending" and payment != "paid":
        return Exclusion.PENDING_UNPAID
    return None


def _order_status(value: object) -> str | None:
    """The canonical status; None for an unknown one. Missing and blank mean submitted."""
    if value is None:
        value = ""
    if not isinstance(value, str):
        return None
    spelled = _SEPARATORS.sub("_", lowered(value))
    status = _SYNONYMS.get(spelled, spelled)
    return status if status in _COUNTED or status in ("pending", "cancelled") else None


def _payment_status(value: object) -> str:
    return lowered(value) if isinstance(value, str) else ""
