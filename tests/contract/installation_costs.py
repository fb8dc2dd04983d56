"""Cost of a month's nights for an installation, computed from counts asserted in tests."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.computation.questions import QUESTIONS
from shared.nightly.question import scans
from tests.audit.audit_costs import AUDIT_QUERIES, night_reads
from tests.benchmarks.bytes_scanned import tables_named

NIGHTS = 30
ORDERS = (10_000, 1_000_000, 100_000_000)
ORGANIZATIONS = (1, 1_000, 10_000)
DOLLARS_PER_READ, DOLLARS_PER_WRITE = 0.06 / 100_000, 0.18 / 100_000
DOLLARS_PER_GIGABYTE = 6.25 / 2**40 * 10**9
"""Of queries on demand, at the list price of $6.25 per TiB."""
ORDERS_PER_CUSTOMER, WRITTEN_EACH_DAY = 3, 0.01

DISPATCH_READS, DISPATCH_WRITES = 4, 1
"""Of an organisation, for either job: its night, and its settings."""
TASK_READS, TASK_WRITES = 2, 2
RESULTS = len(QUESTIONS)
"""One read and one write each, and a write that invalidates the pages."""
REPORT_WRITES = 1

SMALLEST_TABLE_GIGABYTES = 0.01
"""Minimum that BigQuery bills for each table that a query reads."""
AUDIT_TASK = (
    "audit_summary",
    "audit_export",
    "audit_exported_orders",
    "audit_customers",
    "audit_days",
)
assert len(AUDIT_TASK) == AUDIT_QUERIES
RESULTS_TASK = ("organization_answers",)
TABLES = ("older_rows", "refresh_order_entries", "refresh_order_facts", "refresh_customers")
"""Made for audits and again for results; one of them makes the delta of the day."""
DISPATCH = (
    *(2 * TABLES),
    "refresh_order_entries",
    "refresh_audit_summaries",
    "refresh_baskets",
    *(scan.sql for scan in scans(QUESTIONS)),
)
COMBINED = 2 + len(scans(QUESTIONS))
"""Tables that become the one of all answers."""
FIRST_NIGHT_GIGABYTES, OTHER_NIGHT_GIGABYTES, AUDIT_GIGABYTES = 1.55, 0.70, 0.36
"""For a million orders, of `python -m tests.benchmarks warehouse_scale facts`."""
FIRST_NIGHTS = NIGHTS / 7


def audit_reads(orders: int) -> int:
    """Of one organisation and night, by the audit alone."""
    recent = round(2 * WRITTEN_EACH_DAY * orders)
    return night_reads(orders, customers=orders // ORDERS_PER_CUSTOMER, recent=recent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Cost with equal organisations."""

    orders: int
    organizations: int

    @property
    def reads(self) -> int:
        """Of audits and results; products add two each."""
        audit = DISPATCH_READS + TASK_READS + audit_reads(self.orders // self.organizations)
        results = DISPATCH_READS + 1 + TASK_READS + RESULTS
        return NIGHTS * self.organizations * (audit + results)

    @property
    def writes(self) -> int:
        """The same."""
        audit = DISPATCH_WRITES + TASK_WRITES + REPORT_WRITES
        results = DISPATCH_WRITES + TASK_WRITES + RESULTS + 1
        return NIGHTS * self.organizations * (audit + results)

    @property
    def dollars(self) -> float:
        """For the documents."""
        return self.reads * DOLLARS_PER_READ + self.writes * DOLLARS_PER_WRITE

    @property
    def gigabytes(self) -> float:
        """Billed for queries of one time zone: what they scan, or the least for their tables."""
        scanned = (
            self.orders
            / 1_000_000
            * (
                FIRST_NIGHTS * FIRST_NIGHT_GIGABYTES
                + (NIGHTS - FIRST_NIGHTS) * OTHER_NIGHT_GIGABYTES
                + NIGHTS * AUDIT_GIGABYTES
            )
        )
        dispatch = NIGHTS * (sum(map(tables_named, DISPATCH)) + COMBINED)
        tasks = NIGHTS * sum(map(tables_named, (*AUDIT_TASK, *RESULTS_TASK)))
        return (
            max(scanned, dispatch * SMALLEST_TABLE_GIGABYTES)
            + self.organizations * tasks * SMALLEST_TABLE_GIGABYTES
        )

    def row(self) -> str:
        """Return the row of the table in costs.md."""
        return (
            f"| {self.orders:,} | {self.organizations:,} | {_rounded(self.reads)} "
            f"| {_rounded(self.writes)} | {_money(self.dollars)} | {_rounded(self.gigabytes)} GB "
            f"| {_money(self.gigabytes * DOLLARS_PER_GIGABYTE)} |"
        )


def months() -> Iterator[str]:
    """Rows of the table."""
    for orders in ORDERS:
        for organizations in ORGANIZATIONS:
            yield Month(orders=orders, organizations=organizations).row()


def matrix() -> Iterator[str]:
    """Rows of the table in the README."""
    for orders in ORDERS:
        cells = (Month(orders=orders, organizations=each) for each in ORGANIZATIONS)
        costs = (f"{_money(each.dollars)}, {_rounded(each.gigabytes)} GB" for each in cells)
        yield f"| {orders:,} | {' | '.join(costs)} |"


def audits() -> Iterator[str]:
    """Rows of the table of audits."""
    for orders in ORDERS[:2]:
        reads = audit_reads(orders)
        yield (
            f"| {orders:,} | {_rounded(reads)} | {reads / orders:.2f} "
            f"| {_rounded(NIGHTS * reads)} | {2 * orders:,} and the customers and transitions |"
        )


def _rounded(number: float) -> str:
    """To two digits."""
    two_digits = float(f"{number:.2g}")
    return f"{two_digits:g}" if number < 10 else f"{round(two_digits):,}"


def _money(dollars: float) -> str:
    return f"${dollars:,.2f}" if dollars < 10 else f"${round(float(f'{dollars:.2g}')):,}"
