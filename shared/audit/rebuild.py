"""Recompute an organisation's derived documents from its orders, and report and repair differences.

What an audit on demand does where it suspects something, done everywhere, and without the
warehouse: the ledger is compared with the orders, every customer with the ledger, the counters with
both. All writes are the ordinary ones (preconditions for documents, increments for counters), so
orders may keep arriving meanwhile.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from shared.audit.expected_counters import StoredCustomers, counters_from_ledger
from shared.audit.orders import audit_orders_in_parts
from shared.audit.ports import AuditStore
from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError
from shared.orders.fact import Rejection
from shared.reconciliation.counter_differences import (
    adjust_counters,
    compare_campaigns,
    compare_counters,
)
from shared.reconciliation.customer_repair import repair_customer
from shared.reconciliation.differences import Difference, RebuildReport
from shared.reconciliation.id_range import EVERY_ID
from shared.reconciliation.ports import Commit, Organizations
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.settings_for import settings_for
from shared.segments.customer import Customer, CustomerId, Moment

CUSTOMERS_AT_ONCE = 8


def rebuild(
    org_id: str,
    store: AuditStore,
    reconciler: Reconciler,
    organizations: Organizations,
    *,
    clock: Clock,
    on_progress: Callable[[str], None],
) -> RebuildReport:
    """Check and repair everything derived for one organisation.

    Costs five reads per order, six per customer, one per recorded transition, and the counters;
    more where anything differs. The keys of customers and the reports on orders are kept in memory.
    """
    on_progress("ledger")
    orders = 0
    differences: list[Difference] = []
    for _, part in audit_orders_in_parts(org_id, store, reconciler, settled_by=None, repair=True):
        orders += part.orders
        differences += chain.from_iterable(part.differing)
    reports, keys = _rebuild_reports(org_id, store, clock)
    differences += reports
    on_progress("customers")
    time_zone = organizations.refreshed(org_id).time_zone

    def moment_for(customer: Customer) -> Moment:
        return settings_for(organizations, org_id, [customer]).moment(clock())

    def repair_of(key: str) -> list[Difference]:
        return repair_customer(CustomerId(org_id, key), store, reconciler, moment_for)

    customers = store.audited_customers(org_id, EVERY_ID, store.now())
    stored = {customer.customer_key for customer in customers}
    with ThreadPoolExecutor(CUSTOMERS_AT_ONCE) as executor:
        differences += chain.from_iterable(executor.map(repair_of, sorted(keys | stored)))
    on_progress("counters")
    state = store.audited(org_id, time_zone)
    documents = StoredCustomers(org_id=org_id)
    for customer in store.audited_customers(org_id, EVERY_ID, state.read_at):
        documents.add(customer)
    ledger = store.ledger(org_id, state.read_at)
    expected = counters_from_ledger(org_id, ledger, state, documents)
    sums = [
        compare_counters(org_id, expected, state),
        compare_campaigns(org_id, documents.counters, state),
    ]
    adjust_counters(org_id, store, sums)
    differences += chain.from_iterable(each.differences for each in sums)
    return RebuildReport(orders=orders, customers=len(stored), differences=differences)


def _rebuild_reports(
    org_id: str, store: AuditStore, clock: Clock
) -> tuple[list[Difference], set[str]]:
    """Compare the reports with what the ledger says of each order now.

    Also returns the customers of the ledger.
    """
    differences: list[Difference] = []
    keys: set[str] = set()
    reports = store.reports(org_id)
    for document in store.ledger(org_id):
        id, entry = document.order_id, document.entry
        if entry is None:
            continue
        if entry.fact and entry.fact.counted and entry.fact.customer_key:
            keys.add(entry.fact.customer_key)
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
        differences.append(
            Difference(
                document=f"rejected {id}",
                field="code",
                found=_code(reports.get(id)),
                expected=_code(rejection),
            )
        )
    return differences, keys


def _code(rejection: Rejection | None) -> str | None:
    return rejection.code.value if rejection else None
