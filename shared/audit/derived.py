"""Checks that customers, segments and counters agree with SQL on the export."""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import cast

from shared.audit.campaigns import audited_campaigns
from shared.audit.computed_customers import (
    ComputedCustomer,
    aggregate_differences,
    computed_customer,
    segment_differences,
)
from shared.audit.counter_sizes import expected_size, stored_size
from shared.audit.expected_counters import (
    ComputedCustomers,
    StoredCustomers,
    counters_from_ledger,
    counters_from_sql,
)
from shared.audit.later_changes import LaterChanges
from shared.audit.parts import parts
from shared.audit.ports import (
    AuditedCustomer,
    AuditedState,
    AuditStore,
    AuditWarehouse,
    LedgerDocument,
)
from shared.audit.predictions import expected_prediction, prediction_differences
from shared.audit.report import Check, CheckReport, check_report
from shared.audit.sums import predicted_customers
from shared.kernel.clock import Clock
from shared.nightly.question import ComputedOrganization, Row
from shared.predictions.prediction import Prediction
from shared.reconciliation.counter_differences import (
    adjust_counters,
    compare_campaigns,
    compare_counters,
)
from shared.reconciliation.customer_repair import repair_customer
from shared.reconciliation.differences import Difference
from shared.reconciliation.id_range import EVERY_ID
from shared.reconciliation.reconcile import Reconciler
from shared.segments.customer import Customer, CustomerId, Moment
from shared.segments.rules import SegmentRules

MOST_MOVED = 1_000
"""With more later orders than this, a difference from SQL may be mere delay."""

_Side = tuple[str, AuditedCustomer | None, ComputedCustomer | None]


def audit_derived(
    org_id: str,
    store: AuditStore,
    warehouse: AuditWarehouse,
    reconciler: Reconciler,
    organization_now: Callable[[], ComputedOrganization],
    rules_now: Callable[[], SegmentRules],
    moment_for: Callable[[Customer], Moment],
    *,
    clock: Clock,
    settled_by: datetime,
    added_ids: Collection[str],
    export_is_right: bool,
    repair: bool,
) -> list[CheckReport]:
    """Return the checks of customers, segments, predictions and counters.

    Anything that differs from SQL is compared once more, with the ledger: a customer by itself,
    the counters at the instant at which they were read. If the ledger agrees with SQL, the database
    is repaired: counters are incremented by the difference at that instant, which stays right
    whatever is counted or repaired meanwhile. If it does not, SQL is wrong, and the difference
    remains. But SQL's results are as old as the typed tables: differences are left out that
    concern orders counted after `settled_by`, or exported since (`added_ids`), or all of them if
    the export itself is wrong. Customers whose next transition is due are left to the ageing job
    for a day.

    Costs one read per customer, recorded transition and document of counters. Where anything
    differs from SQL, which one order since makes so, one read per ledger entry; a customer that
    differs costs one per order of it.
    """
    state = store.audited(org_id, organization_now().time_zone)
    # Read after the documents: none of them can be ahead of these.
    organization, rules, now = organization_now(), rules_now(), clock()
    documents, computed_customers = StoredCustomers(org_id=org_id), ComputedCustomers(now=now)
    unknown = _customers_of(added_ids, org_id, store)
    suspects: list[_Suspect] = []
    for key, document, row in _side_by_side(
        store.audited_customers(org_id, EVERY_ID, state.read_at),
        warehouse.customers(organization, now),
    ):
        if document:
            documents.add(document)
        suspect = _suspect(key, document, row, state, rules, now)
        if suspect.differs or key in unknown:
            suspects.append(suspect)
            unknown.discard(key)
        else:
            computed_customers.add(
                row,
                document,
                document.custom_segments if document else (),
                document.prediction if document else None,
            )
    suspects += (_suspect(key, None, None, state, rules, now) for key in unknown)

    aggregates: list[list[Difference]] = []
    segments: list[list[Difference]] = []
    predictions: list[list[Difference]] = []
    credits: list[list[Difference]] = []
    doubted: dict[Check, list[list[Difference]]] = {check: [] for check in Check}
    for suspect in sorted(suspects, key=lambda each: each.key):
        document, misplaced = suspect.document, suspect.misplaced
        custom_segments = document.custom_segments if document else ()
        prediction = document.prediction if document else None
        if document and suspect.predicted:
            prediction = expected_prediction(document, rules, now)
        customer_differences = repair_customer(
            CustomerId(org_id, suspect.key), store, reconciler, moment_for, repair=repair
        )
        for each in customer_differences:
            if suspect.strayed and each.field == "custom_segments":
                custom_segments = cast(tuple[str, ...], each.expected)
                misplaced.append(each)
            if document is None and each.field == "prediction":
                prediction = cast(Prediction | None, each.expected)
        credits += [[each] for each in customer_differences if each.field == "credits"]
        if customer_differences:
            aggregates += [suspect.wrong] if suspect.wrong else []
            segments += [misplaced] if misplaced else []
            predictions += [suspect.predicted] if suspect.predicted else []
        else:
            doubted[Check.CUSTOMERS] += [suspect.wrong] if suspect.wrong else []
            doubted[Check.SEGMENTS] += [misplaced] if misplaced else []
        computed_customers.add(suspect.row, document, custom_segments, prediction)
    expected = counters_from_sql(org_id, warehouse.days(organization), state, computed_customers)
    suspected = compare_counters(org_id, expected, state).differences
    differing = []
    campaigns = compare_campaigns(org_id, documents.counters, state)
    repairs = [campaigns]
    repaired = repair and (aggregates or segments or predictions or credits)
    if suspected or any(doubted.values()) or repaired:
        later_changes = LaterChanges(order_ids=set(added_ids))
        ledger = _with_later_changes(store.ledger(org_id, state.read_at), later_changes, settled_by)
        confirmed_counters = compare_counters(
            org_id, counters_from_ledger(org_id, ledger, state, documents), state
        )
        repairs.append(confirmed_counters)
        sure = {(each.document, each.field) for each in confirmed_counters.differences}
        differing = [[each] for each in suspected if (each.document, each.field) in sure]
        doubted[Check.COUNTERS] = [
            [each] for each in suspected if (each.document, each.field) not in sure
        ]
        _leave_out_moved(org_id, warehouse, doubted, later_changes if export_is_right else None)
    if repair:
        adjust_counters(org_id, store, repairs)
    return [
        check_report(
            Check.CUSTOMERS,
            aggregates,
            expected=computed_customers.with_orders,
            found=documents.with_orders,
            repaired=repair,
            checked_at=now,
            beyond_repair=doubted[Check.CUSTOMERS],
        ),
        check_report(
            Check.SEGMENTS,
            segments,
            expected=computed_customers.in_segments,
            found=documents.in_segments,
            repaired=repair,
            checked_at=now,
            beyond_repair=doubted[Check.SEGMENTS],
        ),
        check_report(
            Check.PREDICTIONS,
            predictions,
            expected=predicted_customers(expected.counts(org_id)),
            found=documents.predicted,
            repaired=repair,
            checked_at=now,
        ),
        check_report(
            Check.COUNTERS,
            differing,
            expected=expected_size(expected.daily.values(), expected, org_id),
            found=stored_size(state),
            repaired=repair,
            checked_at=now,
            beyond_repair=doubted[Check.COUNTERS],
        ),
        audited_campaigns(
            state,
            documents.touches,
            [*credits, *([each] for each in campaigns.differences)],
            repaired=repair,
            now=now,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suspect:
    """A customer as stored and as computed, and how the two differ."""

    key: str
    document: AuditedCustomer | None
    row: ComputedCustomer | None
    wrong: list[Difference]
    misplaced: list[Difference]
    predicted: list[Difference]
    strayed: bool
    """Whether the custom segments are not those that the recorded transitions lead to."""

    @property
    def differs(self) -> bool:
        """Whether anything differs."""
        miscredited = self.document is not None and self.document.is_miscredited
        return bool(self.wrong or self.misplaced or self.predicted or self.strayed or miscredited)


def _suspect(
    key: str,
    document: AuditedCustomer | None,
    row: ComputedCustomer | None,
    state: AuditedState,
    rules: SegmentRules,
    now: datetime,
) -> _Suspect:
    return _Suspect(
        key=key,
        document=document,
        row=row,
        wrong=aggregate_differences(key, document, row),
        misplaced=segment_differences(key, document, row, now),
        predicted=prediction_differences(document, rules, now) if document else [],
        strayed=document is not None
        and frozenset(document.custom_segments) != state.members.get(key, frozenset()),
    )


def _side_by_side(
    documents: Iterable[AuditedCustomer], rows: Iterable[Row]
) -> Iterator[tuple[str, AuditedCustomer | None, ComputedCustomer | None]]:
    """Each customer as stored and as computed; both come in the order of their keys."""
    stored: Iterator[_Side] = ((each.customer_key, each, None) for each in documents)
    computed_side: Iterator[_Side] = (
        (row["customer_key"], None, computed_customer(row)) for row in rows
    )
    by_key = itemgetter(0)
    for key, group in groupby(heapq.merge(stored, computed_side, key=by_key), key=by_key):
        pair = list(group)
        yield (
            key,
            next((document for _, document, _ in pair if document), None),
            next((row for _, _, row in pair if row), None),
        )


def _customers_of(added_ids: Collection[str], org_id: str, store: AuditStore) -> set[str]:
    """Return the customers of orders that SQL may not know, and may therefore not know either."""
    keys: set[str] = set()
    for ids in parts(sorted(added_ids)):
        for document in store.ledger_documents(ids).values():
            fact = document.entry.fact if document.entry else None
            if fact and fact.org_id == org_id and fact.customer_key:
                keys.add(fact.customer_key)
    return keys


def _with_later_changes(
    documents: Iterable[LedgerDocument], later_changes: LaterChanges, since: datetime
) -> Iterator[LedgerDocument]:
    """Yield the ledger, noting orders that SQL does not know as they are in `later_changes`."""
    for document in documents:
        if document.written_at and document.written_at > since:
            later_changes.order_ids.add(document.order_id)
        fact = document.entry.fact if document.entry else None
        if fact and document.order_id in later_changes.order_ids:
            later_changes.add(fact.customer_key, fact.local_date.isoformat())
        yield document


def _leave_out_moved(
    org_id: str,
    warehouse: AuditWarehouse,
    doubted: dict[Check, list[list[Difference]]],
    later_changes: LaterChanges | None,
) -> None:
    """Keep only differences that no later order explains; none if that is unknown (None)."""

    def leave_out(explains: Callable[[Difference], bool]) -> None:
        for check, things in doubted.items():
            doubted[check] = [thing for thing in things if not all(map(explains, thing))]

    if later_changes is None or len(later_changes.order_ids) > MOST_MOVED:
        leave_out(lambda difference: True)
        return
    leave_out(later_changes.explains)
    if later_changes.order_ids and any(doubted.values()):
        later_changes.add_exported(
            warehouse.exported_orders(org_id, sorted(later_changes.order_ids))
        )
        leave_out(later_changes.explains)
