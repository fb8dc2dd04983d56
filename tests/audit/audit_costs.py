"""Cost of a nightly audit of a small organisation, its task included."""

from shared.audit.report import SLICES
from shared.audit.slices import slice_size

AUDIT_CALLS = 70
"""Calls to Firestore: counted in `tests/audit/job`."""
AUDIT_QUERIES = 5
"""Queries to BigQuery: the summary, the export, newer orders, customers and days."""


READS_PER_ORGANIZATION = 69
READS_PER_ORDER = 0.15
"""Documents that the audit of a night reads at most: counted in `tests/audit`."""
DEMAND_READS_PER_ORDER, DEMAND_READS_PER_ORGANIZATION = 2, 15
"""Documents that one on demand reads where nothing differs, beside those of customers, transitions
and days: counted there too."""


def night_reads(orders: int, *, customers: int, recent: int) -> int:
    """Documents that the audit of a night reads where nothing differs.

    The thirtieth of orders, entries and customers; counts of orders and entries; sums of the ledger
    and of customers; and each recent order, by both of its dates, with its entry.
    """
    rolling = 2 * (slice_size(orders, 0) or 0) + customers // SLICES
    aggregated = (4 * orders + 3 * customers) // 1_000
    return READS_PER_ORGANIZATION + rolling + aggregated + 3 * recent
