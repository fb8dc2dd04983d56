"""Differences found by a rebuild or an audit."""

from dataclasses import dataclass, field, fields

from shared.orders.fact import OrderFact
from shared.reconciliation.ledger import LedgerEntry

NEVER_SHOWN = ("lines", "coupon_code", "campaign_id")
"""Fields of a fact with free text: a report says that they differ, not how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One number or field that differs from the orders. Holds no personal data."""

    document: str
    """Such as `ledger o1`, `customer 5f…`, `day 2026-01-31`, `segment vip`, `totals`."""
    field: str
    found: object
    expected: object


@dataclass(slots=True, kw_only=True)
class RebuildReport:
    """Numbers examined, found and repaired by a rebuild."""

    orders: int = 0
    customers: int = 0
    differences: list[Difference] = field(default_factory=list)


def difference(document: str, name: str, actual: object, expected: object) -> Difference:
    """The difference between two objects in the field of this name."""
    return Difference(
        document=document,
        field=name,
        found=getattr(actual, name),
        expected=getattr(expected, name),
    )


def entry_differences(
    order_id: str, actual: LedgerEntry | None, expected: LedgerEntry
) -> list[Difference]:
    """Return how a ledger entry differs from the expected one, whatever their source versions."""
    document = f"ledger {order_id}"
    if actual is None:
        return [Difference(document=document, field="entry", found=None, expected="present")]
    differences = []
    for name in ("order_exists", "rejection", "named"):
        if getattr(actual, name) != getattr(expected, name):
            differences.append(difference(document, name, actual, expected))
    if actual.fact is None or expected.fact is None:
        if actual.fact != expected.fact:
            present = [fact and "present" for fact in (actual.fact, expected.fact)]
            differences.append(
                Difference(document=document, field="fact", found=present[0], expected=present[1])
            )
        return differences
    return differences + [
        Difference(document=document, field=name, found="outdated", expected="current")
        if name in NEVER_SHOWN
        else difference(document, name, actual.fact, expected.fact)
        for name in (each.name for each in fields(OrderFact))
        if getattr(actual.fact, name) != getattr(expected.fact, name)
    ]
