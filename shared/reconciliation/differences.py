"""What a rebuild finds."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One number or field that was not what the orders say. Holds no personal data."""

    document: str
    """Such as `ledger o1`, `customer 5f…`, `day 2026-01-31`, `segment vip`, `totals`."""
    field: str
    found: object
    expected: object


@dataclass(slots=True, kw_only=True)
class RebuildReport:
    """What a rebuild examined, found and repaired."""

    orders: int = 0
    customers: int = 0
    differences: list[Difference] = field(default_factory=list)


def difference(document: str, name: str, found: object, expected: object) -> Difference:
    """The difference between two objects in the field of this name."""
    return Difference(
        document=document,
        field=name,
        found=getattr(found, name),
        expected=getattr(expected, name),
    )
