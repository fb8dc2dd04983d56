"""Customers computed by SQL, and their differences from the stored ones."""

from dataclasses import dataclass
from datetime import datetime

from shared.audit.ports import AuditedCustomer
from shared.nightly.question import Row
from shared.reconciliation.customer_repair import is_overdue
from shared.reconciliation.differences import Difference
from shared.segments.segment import Segment

AGGREGATES = ("order_count", "lifetime_value_cents", "first_ordered_at", "last_ordered_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedCustomer:
    """A customer computed by SQL."""

    order_count: int
    """0 for a customer who only returned, who has no dates and no segment."""
    lifetime_value_cents: int
    first_ordered_at: datetime | None
    last_ordered_at: datetime | None
    segment: Segment | None


def computed_customer(row: Row) -> ComputedCustomer:
    """The customer of a row of `audit_customers.sql`."""
    return ComputedCustomer(
        order_count=row["orders"],
        lifetime_value_cents=row["lifetime_value_cents"],
        first_ordered_at=row["first_ordered_at"],
        last_ordered_at=row["last_ordered_at"],
        segment=Segment(row["segment"]) if row["segment"] else None,
    )


def aggregate_differences(
    key: str, stored: AuditedCustomer | None, computed: ComputedCustomer | None
) -> list[Difference]:
    """Return how a customer differs from the values SQL computes from the orders, except
    segments."""
    document = f"customer {key}"
    if stored is None or (computed is None and stored.order_count):
        return [
            Difference(
                document=document,
                field="orders",
                found=stored and stored.order_count,
                expected=computed.order_count if computed else 0,
            )
        ]
    expected: dict[str, object] = {
        name: getattr(computed, name) if computed else None for name in AGGREGATES
    }
    if computed is None:
        expected |= {"order_count": 0, "lifetime_value_cents": 0}
    return [
        Difference(
            document=document, field=name, found=getattr(stored, name), expected=expected[name]
        )
        for name in AGGREGATES
        if getattr(stored, name) != expected[name]
    ]


def segment_differences(
    key: str, stored: AuditedCustomer | None, computed: ComputedCustomer | None, now: datetime
) -> list[Difference]:
    """Return how a customer's segment differs from SQL's.

    A missing customer is in no segment either: that is reported once, by the other check.
    """
    segment = computed.segment if computed else None
    if stored is None:
        return []
    document = f"customer {key}"
    differences = []
    overdue = is_overdue(stored.next_transition_at, now)
    if stored.segment != segment and (overdue or not stored.is_due(now)):
        differences.append(
            Difference(document=document, field="segment", found=stored.segment, expected=segment)
        )
    elif overdue:
        differences.append(
            Difference(
                document=document,
                field="next_transition_at",
                found=stored.next_transition_at,
                expected="later",
            )
        )
    return differences
