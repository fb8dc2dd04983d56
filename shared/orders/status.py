"""Whether an order counts: its status together with the status of its payment."""

import re
from collections.abc import Mapping

from shared.kernel.compared_text import lowered
from shared.orders.channel import ONLINE
from shared.orders.fact import Exclusion
from shared.orders.policy import OrderPolicy, WebOrdersCount

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
_PAYMENT_SYNONYMS = {
    **dict.fromkeys(
        ("chargeback", "charged_back", "disputed_lost", "reversed", "fully_refunded"), "refunded"
    ),
    **dict.fromkeys(("cancelled", "canceled", "expired"), "voided"),
}
_PAID = frozenset({"captured", "completed", "paid", "partially_refunded", "succeeded"})
# Money is still to come: the order counts as its status says.
_OPEN_PAYMENTS = frozenset(
    {"", "authorised", "authorized", "partially_paid", "pay_at_pickup", "pending"}
    | {"pending_cannpay", "pending_pickup", "processing", "unpaid"}
)
_EXCLUDING_PAYMENTS = {
    "refunded": Exclusion.PAYMENT_REFUNDED,
    "voided": Exclusion.PAYMENT_VOIDED,
    "declined": Exclusion.PAYMENT_DECLINED,
    "failed": Exclusion.PAYMENT_FAILED,
}
_KNOWN_PAYMENTS = _PAID | _OPEN_PAYMENTS | _EXCLUDING_PAYMENTS.keys()
_TEST_MODES = frozenset({"demo", "test", "sandbox"})
_TEST_FIELDS = ("test", "isTest")
_YES = frozenset({"true", "yes", "1"})
_SEPARATORS = re.compile(r"[\s_-]+")


def exclusion_of(data: Mapping[str, object], channel: str, policy: OrderPolicy) -> Exclusion | None:
    """Return why the order does not count; None for one that does.

    A status nobody knows is reported as such even where the payment alone would exclude the order:
    it shows that a writer has a state that these rules do not know.
    """
    if _is_test(data):
        return Exclusion.TEST_ORDER
    status = _order_status(data.get("status"))
    payment = _payment_status(data)
    if status is None:
        return Exclusion.UNKNOWN_STATUS
    if payment in _EXCLUDING_PAYMENTS:
        return _EXCLUDING_PAYMENTS[payment]
    if status == "cancelled":
        return Exclusion.CANCELLED
    if status == "pending" and payment != "paid":
        return Exclusion.PENDING_UNPAID
    only_paid = policy.web_orders_count is WebOrdersCount.PAID and channel == ONLINE
    return Exclusion.ONLINE_UNPAID if only_paid and payment not in _PAID else None


def is_payment_unknown(data: Mapping[str, object]) -> bool:
    """Whether the payment is in a state that these rules do not know; the order counts."""
    return _payment_status(data) not in _KNOWN_PAYMENTS


def _is_test(data: Mapping[str, object]) -> bool:
    if _spelled(data.get("mode")) in _TEST_MODES:
        return True
    marks = [data.get(field) for field in _TEST_FIELDS]
    return any(_spelled(mark) in _YES or mark == 1 for mark in marks)


def _order_status(value: object) -> str | None:
    """The canonical status; None for an unknown one. Missing and blank mean submitted."""
    spelled = "" if value is None else _spelled(value)
    if spelled is None:
        return None
    status = _SYNONYMS.get(spelled, spelled)
    return status if status in _COUNTED or status in ("pending", "cancelled") else None


def _payment_status(data: Mapping[str, object]) -> str | None:
    """Return the canonical word, which may be an unknown one; None if it is not a word."""
    value = data.get("paymentStatus")
    spelled = "" if value is None else _spelled(value)
    return spelled and _PAYMENT_SYNONYMS.get(spelled, spelled)


def _spelled(value: object) -> str | None:
    """Return a word in the spelling used for comparison; None if it is not text."""
    return _SEPARATORS.sub("_", lowered(value)) if isinstance(value, str) else None
