"""Reports of an audit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.audit.findings import BusyCustomer, OrderFinding
from shared.reconciliation.differences import Difference

RESULT = "quality"
"""Name of the result that reports are kept as."""
MAX_SAMPLES = 10
FACTS_DIFFER = Difference(
    document="facts", field="sums", found="wrong", expected="those of the exported rows"
)
"""The tables that SQL derives from the export do not add up to its rows, which are right."""


class Depth(StrEnum):
    """How much an audit covers."""

    NIGHTLY = "nightly"
    """Counts and sums of everything, recent writes, and a thirtieth of the rest."""
    EVERYTHING = "everything"


SLICES = 30
"""Nights within which every order is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Place from which the next night continues comparing orders one by one."""

    slice: int = 0
    """Number of slices, of SLICES, compared since the first order."""
    after: str | None = None
    """Last order compared; None before the first one."""


class Check(StrEnum):
    """The checks, in order: each assumes that the previous ones are repaired."""

    ORDERS_IN_LEDGER = "orders_in_ledger"
    EXPORT_COMPLETE = "export_complete"
    CUSTOMERS = "customers"
    SEGMENTS = "segments"
    PREDICTIONS = "predictions"
    COUNTERS = "counters"
    CAMPAIGNS = "campaigns"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Outcome of one check."""

    check: Check
    expected: int
    """Expected number of things: orders, exported entries, customers, counters."""
    found: int
    """Number found."""
    drift: int
    """Number of things missing, superfluous or wrong."""
    repaired: int
    """Number of these that were repaired."""
    remaining: int
    """Number still wrong after the repair."""
    checked_at: datetime
    samples: Sequence[Difference]
    """Some of what differed; at most MAX_SAMPLES. No personal data."""

    def with_others(self, others: "CheckReport") -> "CheckReport":
        """Return the report combined with that of another run of the same check."""
        return replace(
            self,
            drift=self.drift + others.drift,
            repaired=self.repaired + others.repaired,
            remaining=self.remaining + others.remaining,
            samples=[*self.samples, *others.samples][:MAX_SAMPLES],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """Outcome of an audit of one organisation."""

    org_id: str
    orders: int
    """All orders."""
    checks: Sequence[CheckReport]
    findings: Sequence[OrderFinding] = ()
    """Findings on orders, by kind."""
    busy_customers: Sequence[BusyCustomer] = ()
    depth: Depth = Depth.EVERYTHING
    place: Place | None = None
    """Place where the next night continues; None if this was not a nightly audit."""

    @property
    def drift(self) -> int:
        """Over all checks."""
        return sum(check.drift for check in self.checks)

    @property
    def remaining(self) -> int:
        """Over all checks."""
        return sum(check.remaining for check in self.checks)

    @property
    def doubts_facts(self) -> bool:
        """Whether differences remain that only SQL reports: its typed tables may be wrong."""
        return any(
            check.remaining
            and (
                check.check in (Check.CUSTOMERS, Check.SEGMENTS, Check.COUNTERS)
                or FACTS_DIFFER in check.samples
            )
            for check in self.checks
        )

    def checked_again(self, second: "AuditReport") -> "AuditReport":
        """Return the report with a second check's differences as the remaining ones, and its
        findings."""
        drift = {check.check: check.drift for check in second.checks}
        return replace(
            second,
            orders=self.orders,
            checks=[replace(check, remaining=drift[check.check]) for check in self.checks],
        )


def check_report(
    check: Check,
    differing: Sequence[Sequence[Difference]],
    *,
    expected: int,
    found: int,
    repaired: bool,
    checked_at: datetime,
    beyond_repair: Sequence[Sequence[Difference]] = (),
) -> CheckReport:
    """Return the report of a check from its differences, by document.

    `beyond_repair` are differences in which the database is right.
    """
    samples = [difference for thing in (*differing, *beyond_repair) for difference in thing]
    return CheckReport(
        check=check,
        expected=expected,
        found=found,
        drift=len(differing) + len(beyond_repair),
        repaired=len(differing) if repaired else 0,
        remaining=len(beyond_repair) + (0 if repaired else len(differing)),
        checked_at=checked_at,
        samples=samples[:MAX_SAMPLES],
    )
