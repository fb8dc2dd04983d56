"""The worth of an order: its total less refunds; below 0 for a return."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.kernel.money import MAX_CENTS, parse_cents
from shared.orders.fact import Rejection, RejectionCode
from shared.orders.fields import first_usable

# A subtotal at the top level is not among them: its writers set `total` beside it.
_TOTAL_FIELDS = ("totals.total", "total", "totalAmount", "amount", "totals.subtotal")
_REFUND_FIELDS = ("refundedAmount", "totals.refunded")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmount:
    """The worth of one order."""

    cents: int
    """At most `MAX_CENTS` either side of 0. Negative for a return: its total is."""
    path: str = field(default=_TOTAL_FIELDS[0], compare=False)
    """The field that holds the total."""
    warnings: tuple[str, ...] = ()
    """Paths of the refund fields that could not be used."""


def order_amount(data: Mapping[str, object]) -> OrderAmount | Rejection:
    """Return the first total that can be parsed, less the refund, but not below 0; or why there is
    none.

    A total below 0 is the amount of a return: a refund beside it is the same money. The sign of a
    refund is ignored, as some writers set it.
    """
    total = first_usable(data, _TOTAL_FIELDS, parse_cents)
    if total.path is None:
        return Rejection(code=RejectionCode.AMOUNT_MISSING, field=_TOTAL_FIELDS[0])
    if total.value is None:
        return Rejection(code=RejectionCode.AMOUNT_INVALID, field=total.path)
    if abs(total.value) > MAX_CENTS:
        return Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, field=total.path)
    # Some writers keep a 0 in one of the fields and the refund in the other.
    refunds = [first_usable(data, (path,), _refund_cents) for path in _REFUND_FIELDS]
    refunded = max(refund.value or 0 for refund in refunds)
    return OrderAmount(
        cents=max(min(total.value, 0), total.value - refunded),
        path=total.path,
        warnings=tuple(r.path for r in refunds if r.path is not None and r.value is None),
    )


def _refund_cents(value: object) -> int | None:
    cents = parse_cents(value)
    return abs(cents) if cents is not None and abs(cents) <= MAX_CENTS else None
