"""Recompute an organisation's derived documents from its orders, and report and repair differences.

Three steps, each from the one before: the ledger from the orders, the customers from the ledger,
the counters from both. All writes are the ordinary ones (preconditions for documents, increments
for counters), so orders may keep arriving meanwhile.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime

from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError
from shared.orders.fact import NormalizedOrder, OrderFact, Rejection
from shared.reconciliation.backfill import backfill
from shared.reconciliation.differences import Difference, RebuildReport, difference
from shared.reconciliation.erasure import as_erased
from shared.reconciliation.ledger import LedgerEntry, SourceOrder, entry_for
from shared.reconciliation.ports import Commit, Organizations, OrganizationStore
from shared.reconciliation.rebuild_counters import rebuild_counters
from shared.reconciliation.rebuild_customers import rebuild_customers
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.settings_for import settings_for
from shared.segments.customer import Customer, CustomerId, Moment

READ_SIZE = 300
UNTOLD = ("lines", "coupon_code", "campaign_id")
"""Fields of a fact that hold what somebody typed: of these only that they differ is told."""


def rebuild(
    org_id: str,
    sources: Mapping[str, SourceOrder],
    store: OrganizationStore,
    reconciler: Reconciler,
    organizations: Organizations,
    *,
    clock: Clock,
    on_step: Callable[[str], None],
) -> RebuildReport:
    """Check and repair everything derived for one organisation.

    `sources` are the organisation's orders as read just now, by id.
    """
    report = RebuildReport(orders=len(sources))
    erased = store.erased(org_id)
    sources = {id: as_erased(source, erased) for id, source in sources.items()}
    on_step("ledger")
    _rebuild_ledger(org_id, sources, erased, store, reconciler, report)
    _rebuild_reports(org_id, store, clock, report)
    on_step("customers")
    contacts = {
        id: source.outcome.contact
        for id, source in sources.items()
        if isinstance(source.outcome, NormalizedOrder)
    }
    moment = organizations.refreshed(org_id).moment(clock())

    def moment_for(customer: Customer) -> Moment:
        return settings_for(organizations, org_id, [customer]).moment(clock())

    rebuild_customers(org_id, contacts, store, reconciler, moment, moment_for, report)
    on_step("counters")
    rebuild_counters(org_id, store, moment.time_zone, report)
    return report


def _rebuild_ledger(
    org_id: str,
    sources: Mapping[str, SourceOrder],
    erased: Mapping[CustomerId, datetime],
    store: OrganizationStore,
    reconciler: Reconciler,
    report: RebuildReport,
) -> None:
    entries = store.entries(org_id)
    others = [id for id, entry in entries.items() if id not in sources and entry.order_exists]
    current = dict(sources)
    for start in range(0, len(others), READ_SIZE):
        read = store.read(others[start : start + READ_SIZE], [], [])
        for id, raw in read.orders.items():
            current[id] = as_erased(reconciler.normalized(raw), erased)
    due = []
    for id, source in current.items():
        expected, found = entry_for(source), entries.get(id)
        differences = entry_differences(id, found, expected)
        if found is None or differences or found.source_version != expected.source_version:
            due.append(source)
        report.differences += differences
    backfill(due, [reconciler], lambda totals: None)


def _rebuild_reports(
    org_id: str, store: OrganizationStore, clock: Clock, report: RebuildReport
) -> None:
    """Compare the reports with what the ledger says of each order now."""
    reports = store.reports(org_id)
    for id, entry in store.entries(org_id).items():
        if reports.get(id) == entry.rejection:
            continue
        stored = store.read([], [id], []).ledger[id]
        if stored.value is None:
            continue
        rejection = stored.value.rejection
        commit = Commit(
            confirmed=[(stored.value, stored.revision)],
            rejections={id: rejection},
            recorded_at=clock(),
        )
        try:
            store.commit(commit)
        except ConflictError:
            # The order is being reconciled, and its report with it.
            continue
        report.differences.append(
            Difference(
                document=f"rejected {id}",
                field="code",
                found=_code(reports.get(id)),
                expected=_code(rejection),
            )
        )


def entry_differences(
    order_id: str, found: LedgerEntry | None, expected: LedgerEntry
) -> list[Difference]:
    """How a ledger entry differs from what it should say, whichever version it says it of."""
    document = f"ledger {order_id}"
    if found is None:
        return [Difference(document=document, field="entry", found=None, expected="present")]
    differences = []
    for name in ("order_exists", "rejection", "named"):
        if getattr(found, name) != getattr(expected, name):
            differences.append(difference(document, name, found, expected))
    if found.fact is None or expected.fact is None:
        if found.fact != expected.fact:
            present = [fact and "present" for fact in (found.fact, expected.fact)]
            differences.append(
                Difference(document=document, field="fact", found=present[0], expected=present[1])
            )
        return differences
    return differences + [
        Difference(document=document, field=name, found="outdated", expected="current")
        if name in UNTOLD
        else difference(document, name, found.fact, expected.fact)
        for name in (field.name for field in fields(OrderFact))
        if getattr(found.fact, name) != getattr(expected.fact, name)
    ]


def _code(rejection: Rejection | None) -> str | None:
    return rejection.code.value if rejection else None
