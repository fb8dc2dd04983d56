"""The audit that every organisation can have every night.

At one instant, every order has its ledger entry, and every sum of the ledger is a sum of customers
and of counters. So Firestore counts and adds up, for a read per thousand, and documents are read
only where sums disagree. What sums cannot show is compared one by one: orders that say they were
written in the last two days, and a thirtieth of all orders, customers and days each night.

* Orders: counted by ranges of ids, on both sides. Ranges that differ, recent writes, and the
  night's thirtieth are compared with the ledger.
* Export: rows of the same orders, and sums of everything SQL derived from the night's tables.
  Orders that may have changed since are taken out on both sides. Where the sums differ, so do those
  of some month, which is compared row by row, after its orders.
* Customers, segments, counters: sums of each, and a thirtieth with what SQL computes. Where
  anything differs, all of them are checked as `audit_derived` does.

Costs per 1,000 orders about 5 reads for counts and sums, 67 for the night's thirtieth; 2 per recent
order, 3 if it has times of creation and of change; and one for a thirtieth of customers and days.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain

from shared.audit.audit import Auditor, Progress, with_newest
from shared.audit.count_comparison import CountComparison, Counts, count_all
from shared.audit.export.export import ExportAudit, content_digest
from shared.audit.export.exported_sums import RecentChanges, exported_sums, month_ranges
from shared.audit.orders import OrdersAudit, audit_orders
from shared.audit.parts import parts
from shared.audit.ports import ExportedEntry, ExportSummary, LedgerDocument
from shared.audit.report import (
    FACTS_DIFFER,
    SLICES,
    AuditReport,
    Check,
    CheckReport,
    Depth,
    Place,
    check_report,
)
from shared.audit.slices import slice_size, unequal_slice
from shared.audit.sums import (
    LedgerSums,
    compared_campaigns,
    compared_counters,
    compared_customers,
    compared_predictions,
    compared_segments,
    predicted_customers,
    unequal,
)
from shared.reconciliation.customer_repair import OVERDUE
from shared.reconciliation.id_range import IdRange
from shared.reconciliation.ports import RawOrder

RECENT = timedelta(days=2)
"""Orders written within this time are compared every night."""
MOST_CHANGED = 20_000
"""With more later orders than this, sums of the export and slices wait for the next night."""

Newest = Mapping[str, ExportedEntry | None]


def audit_night(
    auditor: Auditor,
    org_id: str,
    place: Place,
    *,
    repair: bool,
    facts_made_at: datetime,
    on_progress: Progress = lambda part: None,
) -> AuditReport:
    """Audit one organisation for a night, from the `place` at which the previous night stopped."""
    night = _Night(
        auditor=auditor,
        org_id=org_id,
        place=place,
        settled_by=facts_made_at - auditor.settle,
        names=auditor.store.names(org_id),
        summary=auditor.warehouse.summary(org_id),
        on_progress=on_progress,
    )
    first = night.check({}, repair=repair)
    if not (repair and first.drift):
        return first
    on_progress("once more")
    newest = auditor.newest(night.added_ids, night.settled_by)
    return first.checked_again(night.check(newest, repair=False))


@dataclass(slots=True, kw_only=True)
class _Night:
    auditor: Auditor
    org_id: str
    place: Place
    settled_by: datetime
    names: Sequence[str]
    summary: ExportSummary
    on_progress: Progress
    ids: IdRange | None = None
    """The night's thirtieth of the orders, once it is known."""
    last: str | None = None
    """The last order of it."""
    uncertain_ids: set[str] = field(default_factory=set)
    """Orders that the audit recounted, and those that differ in the export."""
    added_ids: set[str] = field(default_factory=set)
    """Orders for which it added rows to the export."""

    def check(self, newest: Newest, *, repair: bool) -> AuditReport:
        """Run all checks of a night; `newest` replaces exported rows."""
        store, org_id = self.auditor.store, self.org_id
        self.on_progress("orders")
        count_comparison, orders, ids, recent = self._orders(repair=repair)
        checks = [_orders_report(count_comparison, orders, self.auditor.clock(), repair=repair)]
        self.on_progress("export")
        first, *others = ids
        rows = chain(
            self.auditor.warehouse.exported(org_id, first, sorted(recent)),
            *(self.auditor.warehouse.exported(org_id, each) for each in others),
        )
        export = self._export(orders.ledger, rows, orders.recounted_ids, newest, repair=repair)
        at = store.now()
        ledger, recent_changes = store.ledger_sums(org_id, at), self._recent_changes(at)
        if recent_changes and not recent_changes.agree(ledger, self.summary.sums):
            of_months, months = self._months(
                recent_changes, newest, at, differing=export.differing, repair=repair
            )
            export = replace(export, report=export.report.with_others(months))
            report_of_months = of_months.report(checks[0].checked_at, repaired=repair)
            checks = [checks[0].with_others(report_of_months)]
            at = store.now()
            ledger, recent_changes = store.ledger_sums(org_id, at), self._recent_changes(at)
        whole = replace(
            export.report,
            expected=ledger.entries,
            found=self.summary.sums.entries,
        )
        self.on_progress("customers and counters")
        return AuditReport(
            org_id=org_id,
            orders=count_comparison.orders,
            checks=[
                *checks,
                whole,
                *self._derived(ledger, export, recent_changes, at, repair=repair),
            ],
            findings=self.summary.findings,
            busy_customers=self.summary.busy_customers,
            depth=Depth.NIGHTLY,
            place=self._next_place(),
        )

    def _orders(
        self, *, repair: bool
    ) -> tuple[CountComparison, OrdersAudit, Sequence[IdRange], Collection[str]]:
        """Count and compare orders; return the counts, the result, differing ranges, and other ids
        compared."""
        store, clock = self.auditor.store, self.auditor.clock
        counts = store.counts(self.names, store.now())
        count_comparison = count_all(counts)
        recent: set[str] = set()

        def ranges() -> list[IdRange]:
            assert self.ids is not None
            return [self.ids, *count_comparison.differing]

        def orders() -> Iterator[RawOrder]:
            if self.ids is None:
                yield from self._thirtieth(counts, count_comparison)
            else:
                yield from store.orders(self.names, self.ids)
            for ids in count_comparison.differing:
                yield from store.orders(self.names, ids)
            for order in store.recent_orders(self.names, clock() - RECENT):
                if not any(order.order_id in ids for ids in ranges()):
                    recent.add(order.order_id)
                    yield order
            # A second look has these to itself: the sums leave them out.
            touched_ids = sorted(self.uncertain_ids)[:MOST_CHANGED]
            recent.update(id for id in touched_ids if not any(id in ids for ids in ranges()))

        def ledger() -> Iterator[LedgerDocument]:
            for ids in ranges():
                yield from store.ledger(self.org_id, ids=ids)
            for part in parts(sorted(recent)):
                for document in store.ledger_documents(part).values():
                    if document.org_id == self.org_id:
                        yield document

        uncovered: Sequence[IdRange] = ()
        audited = self._compare_orders(orders(), ledger(), repair=repair)
        if audited.recounted_ids:
            # An order too many and one too few count as none until one of them is repaired.
            uncovered = count_all(store.counts(self.names, store.now())).differing
            further = self._compare_orders(
                chain.from_iterable(store.orders(self.names, ids) for ids in uncovered),
                chain.from_iterable(store.ledger(self.org_id, ids=ids) for ids in uncovered),
                repair=repair,
            )
            audited = audited.with_others(further)
        return count_comparison, audited, [*ranges(), *uncovered], recent

    def _compare_orders(
        self, orders: Iterable[RawOrder], ledger: Iterable[LedgerDocument], *, repair: bool
    ) -> OrdersAudit:
        audit = audit_orders(
            self.org_id,
            self.auditor.store,
            self.auditor.reconciler,
            orders,
            ledger,
            settled_by=self.settled_by,
            repair=repair,
        )
        self.uncertain_ids.update(audit.recounted_ids)
        return audit

    def _thirtieth(self, counts: Counts, count_comparison: CountComparison) -> Iterator[RawOrder]:
        """Yield the orders of the night's slice; the last slice has all remaining ones."""
        behind = IdRange(after=self.place.after)
        orders_behind = counts.orders(behind) if self.place.after else count_comparison.orders
        size = slice_size(orders_behind, self.place.slice)
        number = 0
        for order in self.auditor.store.orders(self.names, behind, at_most=size):
            number, self.last = number + 1, order.order_id
            yield order
        self.ids = behind if number != size else replace(behind, until=self.last)

    def _next_place(self) -> Place:
        if self.place.slice + 1 == SLICES:
            return Place()
        return Place(slice=self.place.slice + 1, after=self.last or self.place.after)

    def _export(
        self,
        ledger: Mapping[str, bytes],
        rows: Iterable[ExportedEntry],
        recounted_ids: Iterable[str],
        newest: Newest,
        *,
        repair: bool,
    ) -> ExportAudit:
        comparison = self.auditor.export(
            ledger,
            with_newest(rows, newest, ledger),
            recounted_ids,
            settled_by=self.settled_by,
            repair=repair,
        )
        self.uncertain_ids |= comparison.added | comparison.differing
        self.added_ids |= comparison.added
        return comparison

    def _recent_changes(self, at: datetime) -> RecentChanges | None:
        """Return the orders that the tables may not have in their current state; None for too
        many."""
        store = self.auditor.store
        ledger = {
            document.order_id: document
            for document in store.ledger_since(self.org_id, self.settled_by, at)
        }
        ids = self.uncertain_ids.union(ledger)
        if len(ids) > MOST_CHANGED:
            return None
        for part in parts(sorted(self.uncertain_ids.difference(ledger))):
            for document in store.ledger_documents(part).values():
                if document.org_id == self.org_id:
                    ledger[document.order_id] = document
        rows = self.auditor.warehouse.exported_orders(self.org_id, sorted(ids)) if ids else ()
        return RecentChanges(ids=ids, ledger=ledger, exported={row.order_id: row for row in rows})

    def _months(
        self,
        recent_changes: RecentChanges,
        newest: Newest,
        at: datetime,
        *,
        differing: Collection[str],
        repair: bool,
    ) -> tuple[OrdersAudit, CheckReport]:
        """Compare the months whose sums differ: their orders with the ledger, then the export.

        Only entries that differ in the export are read with their orders; those that are
        `differing` already are skipped. If rows and entries agree, the tables derived from them are
        wrong.
        """
        store, warehouse = self.auditor.store, self.auditor.warehouse
        months = warehouse.sums_of_months(self.org_id)
        documents: dict[str, LedgerDocument] = {}
        rows: dict[str, ExportedEntry] = {}
        today = self.auditor.clock().date()
        for days in month_ranges(months, today):
            ledger = store.ledger_sums_of(self.org_id, days, at)
            if not recent_changes.agree(ledger, exported_sums(months, days), days):
                documents |= {
                    each.order_id: each for each in store.ledger_of_days(self.org_id, days)
                }
                rows |= {each.order_id: each for each in warehouse.exported_days(self.org_id, days)}
        for id in differing:
            documents.pop(id, None)
            rows.pop(id, None)
        digests = {id: content_digest(each.data) for id, each in documents.items() if each.data}
        exported_entries = {
            each.order_id: each for each in with_newest(rows.values(), newest, documents)
        }
        suspects = [
            each
            for id, each in documents.items()
            if id not in exported_entries
            or content_digest(exported_entries[id].data) != digests.get(id)
        ]
        orders = self._compare_orders((), suspects, repair=repair)
        comparison = self._export(
            digests, exported_entries.values(), orders.recounted_ids, {}, repair=repair
        )
        on_their_way = any(
            each.written_at and each.written_at > self.settled_by and id not in recent_changes.ids
            for id, each in documents.items()
        )
        if differing or comparison.differing or on_their_way:
            return orders, comparison.report
        return orders, check_report(
            Check.EXPORT_COMPLETE,
            [],
            expected=0,
            found=0,
            repaired=repair,
            checked_at=self.auditor.clock(),
            beyond_repair=[[FACTS_DIFFER]],
        )

    def _derived(
        self,
        ledger: LedgerSums,
        export: ExportAudit,
        recent_changes: RecentChanges | None,
        at: datetime,
        *,
        repair: bool,
    ) -> Sequence[CheckReport]:
        auditor, clock = self.auditor, self.auditor.clock
        rules = auditor.organizations.refreshed(self.org_id).rules
        stored = auditor.store.stored_sums(
            self.org_id, rules.custom.ids, at, overdue_since=clock() - OVERDUE
        )
        sums = {
            Check.CUSTOMERS: compared_customers(ledger, stored),
            Check.SEGMENTS: compared_segments(stored),
            Check.PREDICTIONS: compared_predictions(stored, rules),
            Check.COUNTERS: compared_counters(ledger, stored),
            Check.CAMPAIGNS: compared_campaigns(stored),
        }
        wrong = any(map(unequal, sums.values()))
        if not wrong and recent_changes:
            wrong = bool(
                unequal_slice(
                    auditor.store,
                    auditor.warehouse,
                    auditor.organization(self.org_id),
                    rules,
                    self.place.slice,
                    recent_changes.later_changes(),
                    first_day=self.summary.first_day,
                    clock=clock,
                )
            )
        if wrong:
            return auditor.derived(
                self.org_id, export, self.added_ids, settled_by=self.settled_by, repair=repair
            )
        numbers = {
            Check.CUSTOMERS: stored.customers.customers,
            Check.SEGMENTS: stored.counts.totals["customers"],
            Check.PREDICTIONS: predicted_customers(stored.counts),
            Check.COUNTERS: sum(map(len, sums.values())),
            Check.CAMPAIGNS: stored.campaigns["touch_events"],
        }
        return [
            check_report(
                check, [], expected=number, found=number, repaired=repair, checked_at=clock()
            )
            for check, number in numbers.items()
        ]


def _orders_report(
    count_comparison: CountComparison, orders: OrdersAudit, checked_at: datetime, *, repair: bool
) -> CheckReport:
    return replace(
        orders.report(checked_at, repaired=repair),
        expected=count_comparison.orders,
        found=count_comparison.entries,
    )
