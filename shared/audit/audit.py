"""Check an organisation from the orders to the counters, and put right what is not.

Each check takes what comes before it as put right: the ledger follows the orders, the export
follows the ledger, and what SQL makes of the export is what customers, segments and counters must
be. Where SQL says something else than the ledger, SQL is wrong, and that remains. All repairs are
the ordinary writes (preconditions for documents, increments for counters), so orders may arrive
meanwhile.

Where anything was repaired, everything is checked once more, and what that finds is what remains.

Per order this costs three reads (the order, and its ledger entry twice), and a fourth where an
order was counted since the tables were made or a number differs. Per customer it costs one and one
for each of its recorded steps. All of it is done twice where something was repaired or remains. A
few dozen bytes per order and a few hundred per customer are kept in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.audit.derived import audit_derived
from shared.audit.export import audit_export
from shared.audit.findings import OrderFindings
from shared.audit.orders import audit_orders
from shared.audit.ports import AuditStore, AuditWarehouse
from shared.audit.report import AuditReport
from shared.clock import Clock
from shared.nightly.question import ComputedOrganization
from shared.reconciliation.ports import Organizations
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.settings_for import settings_for
from shared.segments.customer import Customer, Moment

SETTLE = timedelta(minutes=10)
"""For so long an event may be on its way: what was written since is not called drift."""

Step = Callable[[str], None]
"""Told what is checked next."""


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
    """Whether rows may be added to the export; False where it is switched off."""

    def audit(
        self,
        org_id: str,
        *,
        repair: bool,
        facts_made_at: datetime | None = None,
        on_step: Step = lambda step: None,
    ) -> AuditReport:
        """Check one organisation.

        `facts_made_at` says when the making of the typed tables began, by the database's clock,
        where that was for this audit; they are made anew here where not, and after rows were added
        to the export.
        """
        settled_by = (facts_made_at or self.store.now()) - self.settle
        first = self._check(
            org_id,
            settled_by,
            repair=repair,
            facts_are_fresh=facts_made_at is not None,
            on_step=on_step,
        )
        if not (repair and first.drift):
            return first
        on_step("once more")
        second = self._check(
            org_id, settled_by, repair=False, facts_are_fresh=True, on_step=lambda step: None
        )
        return first.checked_again(second)

    def _check(
        self,
        org_id: str,
        settled_by: datetime,
        *,
        repair: bool,
        facts_are_fresh: bool,
        on_step: Step,
    ) -> AuditReport:
        on_step("orders")
        findings = OrderFindings()
        orders, counted = audit_orders(
            org_id,
            self.store,
            self.reconciler,
            settled_by=settled_by,
            checked_at=self.clock(),
            repair=repair,
            findings=findings,
        )
        on_step("export")
        if not facts_are_fresh:
            self.warehouse.refresh_facts()
        export = audit_export(
            org_id,
            self.store,
            self.warehouse,
            counted,
            settled_by=settled_by,
            checked_at=self.clock(),
            repair=repair and self.may_export,
        )
        on_step("customers and counters")
        if export.changed:
            self.warehouse.refresh_facts()
        derived = audit_derived(
            org_id,
            self.store,
            self.warehouse,
            self.reconciler,
            lambda: self._organization(org_id),
            self._moment_for,
            clock=self.clock,
            settled_by=settled_by,
            export_is_right=not export.report.remaining,
            repair=repair,
        )
        return AuditReport(
            org_id=org_id,
            orders=orders.expected,
            checks=[orders, export.report, *derived],
            findings=findings.found(),
            busy_customers=self.warehouse.busy_customers(org_id),
        )

    def _organization(self, org_id: str) -> ComputedOrganization:
        return ComputedOrganization.of(self.organizations.refreshed(org_id), self.clock())

    def _moment_for(self, customer: Customer) -> Moment:
        settings = settings_for(self.organizations, customer.id.org_id, [customer])
        return settings.moment(self.clock())
