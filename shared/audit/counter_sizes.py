"""Number of nonzero values in counters: the size that a check of them reports."""

from collections.abc import Iterable

from shared.audit.ports import AuditedState
from shared.reconciliation.counters import (
    CounterDeltas,
    DailyDelta,
    SegmentCountsDelta,
)


def expected_size(days: Iterable[DailyDelta], expected: CounterDeltas, org_id: str) -> int:
    """Return the number of nonzero counters that an organisation should have."""
    counts = expected.counts(org_id).without_zeros()
    return _numbers(days) + _counters(counts)


def stored_size(state: AuditedState) -> int:
    """Return the number of stored nonzero counters."""
    counts = state.counts.without_zeros()
    return _numbers(state.days.values()) + _counters(counts)


def _counters(counts: SegmentCountsDelta) -> int:
    by_name = (*counts.segments.values(), *counts.custom.values(), *counts.risks.values())
    return sum(map(len, (*by_name, counts.rules, counts.totals)))


def _numbers(days: Iterable[DailyDelta]) -> int:
    """Return the number of nonzero values in daily counters."""
    total = 0
    for day in days:
        nonzero = day.without_zeros()
        total += len(nonzero.counts) + len(nonzero.flows) + sum(map(len, nonzero.channels.values()))
        total += sum(
            bool(delta.revenue_cents) + bool(delta.quantity_milli)
            for delta in nonzero.categories.values()
        )
    return total
