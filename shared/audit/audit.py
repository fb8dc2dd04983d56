"""Check an organisation from the orders to the counters, and repair what differs.

Each check takes what comes before it as repaired: the ledger follows the orders, the export follows
the ledger, and what SQL makes of the export is what customers, segments and counters must be. Where
SQL disagrees with the ledger, SQL is wrong, and the difference remains. All repairs are the
ordinary writes (preconditions for documents, increments for counters), so orders may arrive
meanwhile.

Where anything was repaired, everything is checked once more, and what that finds is what remains.
Rows that were added to the export are then read from it: the typed tables are not made again.

This audit covers everything; `shared.audit.nightly` is the one that every organisation can have
every night. Per order it costs two reads (the order, and its ledger entry), and a third where an
order was counted since the tables were made or a number differs. Per customer it costs one and one
for each of its recorded transitions. All of it is done twice where something was repaired or
remains. Orders, exported rows and customers are merged in the order of their ids: only differences
are kept in memory.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.audit.derived import audit_derived
from shared.audit.export.export import ExportAudit, audit_export
from shared.audit.findings import OrderFindings
from shared.audit.orders import OrdersAudit, audit_orders_in_parts
from shared.audit.ports import AuditStore, AuditWarehouse, ExportedEntry
from shared.audit.report import AuditReport, CheckReport
from shared.kernel.clock import Clock
from shared.nightly.question import ComputedOrganization
from shared.reconciliation.ports import Organizations
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.settings_for import settings_for
from shared.segments.customer import Customer, Moment

SETTLE = timedelta(minutes=10)
"""Time an event may take to arrive: a later write is not reported as drift."""

Progress = Callable[[str], None]
"""Called with the name of the next check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Audits organisations."""

    store: AuditStore
    warehouse: AuditWarehouse
    reconciler: Reconciler
    organizations: Organizations
    clock: Clock
    settle: timedelta = SETTLE
    may_export: bool = True
    """Whether rows may be added to the export; False if it is switched off."""

    def audit(
        self,
        org_id: str,
        *,
        repair: bool,
        facts_made_at: datetime,
        on_progress: Progress = lambda part: None,
    ) -> AuditReport:
        """Check everything of one organisation.

        `facts_made_at` says when the making of the typed tables began, by the database's clock.
        """
        settled_by = facts_made_at - self.settle
        first, new_rows = self._check(
            org_id, settled_by, repair=repair, added_ids={}, on_progress=on_progress
        )
        if not (repair and first.drift):
            return first
        on_progress("once more")
        newest = self.newest(new_rows, settled_by)
        second, _ = self._check(
            org_id, settled_by, repair=False, added_ids=newest, on_progress=_silent
        )
        return first.checked_again(second)

    def _check(
        self,
        org_id: str,
        settled_by: datetime,
        *,
        repair: bool,
        added_ids: Mapping[str, ExportedEntry | None],
        on_progress: Progress,
    ) -> tuple[AuditReport, frozenset[str]]:
        """The report, and the orders for which rows were added to the export."""
        findings = OrderFindings()
        exported_entries = _InOrder(self.warehouse.exported(org_id))
        orders: OrdersAudit | None = None
        export: ExportAudit | None = None
        on_progress("orders")
        for ids, part in audit_orders_in_parts(
            org_id,
            self.store,
            self.reconciler,
            settled_by=settled_by,
            repair=repair,
            findings=findings,
        ):
            on_progress("export")
            own = {id: entry for id, entry in added_ids.items() if id in ids}
            part_of_export = self.export(
                part.ledger,
                with_newest(exported_entries.up_to(ids.until), own, part.ledger),
                part.recounted_ids,
                settled_by=settled_by,
                repair=repair,
            )
            part_of_orders = replace(part, ledger={})
            orders = orders.with_others(part_of_orders) if orders else part_of_orders
            export = export.with_others(part_of_export) if export else part_of_export
            if ids.until is not None:
                on_progress("orders")
        # There is a part, however few orders there are.
        assert orders
        assert export
        on_progress("customers and counters")
        derived = self.derived(
            org_id, export, export.added.union(added_ids), settled_by=settled_by, repair=repair
        )
        report = AuditReport(
            org_id=org_id,
            orders=orders.orders,
            checks=[
                orders.report(export.report.checked_at, repaired=repair),
                export.report,
                *derived,
            ],
            findings=findings.found(),
            busy_customers=self.warehouse.summary(org_id).busy_customers,
        )
        return report, export.added

    def export(
        self,
        ledger: Mapping[str, bytes],
        rows: Iterable[ExportedEntry],
        recounted_ids: Iterable[str],
        *,
        settled_by: datetime,
        repair: bool,
    ) -> ExportAudit:
        """Compare exported rows with the ledger, and add missing ones; see `audit_export`."""
        return audit_export(
            self.store,
            self.warehouse,
            ledger,
            rows,
            recounted_ids,
            settled_by=settled_by,
            checked_at=self.clock(),
            repair=repair and self.may_export,
        )

    def derived(
        self,
        org_id: str,
        export: ExportAudit,
        added_ids: Collection[str],
        *,
        settled_by: datetime,
        repair: bool,
    ) -> list[CheckReport]:
        """Check and repair all customers, segments and counters; see `audit_derived`."""
        return audit_derived(
            org_id,
            self.store,
            self.warehouse,
            self.reconciler,
            lambda: self.organization(org_id),
            lambda: self.organizations.refreshed(org_id).rules,
            self._moment_for,
            clock=self.clock,
            settled_by=settled_by,
            added_ids=added_ids,
            export_is_right=not export.report.remaining,
            repair=repair,
        )

    def newest(
        self, added_ids: Collection[str], settled_by: datetime
    ) -> Mapping[str, ExportedEntry | None]:
        """Return the newest exported row of each order for which rows were added."""
        newest_rows = self.warehouse.newest(added_ids, settled_by)
        return {id: newest_rows.get(id) for id in added_ids}

    def organization(self, org_id: str) -> ComputedOrganization:
        """The organisation under the settings of now."""
        return ComputedOrganization.of(self.organizations.refreshed(org_id), self.clock())

    def _moment_for(self, customer: Customer) -> Moment:
        settings = settings_for(self.organizations, customer.id.org_id, [customer])
        return settings.moment(self.clock())


class _InOrder:
    """Exported rows in the order of their ids, consumed up to one id after the other."""

    def __init__(self, rows: Iterator[ExportedEntry]) -> None:
        self._rows = rows
        self._ahead: ExportedEntry | None = None

    def up_to(self, until: str | None) -> Iterator[ExportedEntry]:
        """Yield the next rows, up to an id or to the last."""
        while (row := self._ahead or next(self._rows, None)) is not None:
            if until is not None and row.order_id > until:
                self._ahead = row
                return
            self._ahead = None
            yield row


def with_newest(
    rows: Iterable[ExportedEntry],
    newest: Mapping[str, ExportedEntry | None],
    others: Container[str],
) -> Iterator[ExportedEntry]:
    """Exported rows, each once, some replaced by newer ones; None for one that is gone.

    Of orders without a row, only `others` get one.
    """
    yielded_ids: set[str] = set()
    for row in rows:
        if row.order_id in yielded_ids:
            continue
        yielded_ids.add(row.order_id)
        entry = newest.get(row.order_id, row)
        if entry is not None:
            yield entry
    for id, new_entry in newest.items():
        if new_entry is not None and id in others and id not in yielded_ids:
            yield new_entry


def _silent(part: str) -> None:
    """Report nothing."""
