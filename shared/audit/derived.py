"""Whether customers, segments and counters are what SQL makes of the export."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import cast

from shared.audit.campaigns import audited_campaigns, campaign_counters
from shared.audit.computed_customers import (
    aggregate_differences,
    computed_customer,
    segment_differences,
)
from shared.audit.counter_sizes import expected_size, stored_size
from shared.audit.expected_counters import counters_from_ledger, counters_from_sql
from shared.audit.moved import Moved
from shared.audit.parts import parts
from shared.audit.ports import AuditStore, AuditWarehouse, LedgerDocument
from shared.audit.predictions import expected_prediction, prediction_differences
from shared.audit.report import Check, CheckReport, check_report
from shared.audit.sums import predicted_customers
from shared.kernel.clock import Clock
from shared.nightly.question import ComputedOrganization
from shared.predictions.prediction import Prediction
from shared.reconciliation.counter_differences import adjust_counters, compare_counters
from shared.reconciliation.customer_repair import repair_customer
from shared.reconciliation.differences import Difference
from shared.reconciliation.reconcile import Reconciler
from shared.segments.customer import Customer, CustomerId, Moment
from shared.segments.rules import SegmentRules

MOST_MOVED = 1_000
"""With more orders than this since, an SQL difference may be mere delay."""


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
    added: Collection[str],
    export_is_right: bool,
    repair: bool,
) -> list[CheckReport]:
    """The checks of customers, segments, predictions and counters.

    What differs from SQL is compared once more, with the ledger: a customer by itself, the counters
    at the instant at which they were read. Where the ledger says the same as SQL, the database is
    repaired: counters are given what they lacked at that instant, which stays right whatever is
    counted or repaired meanwhile. Where it does not, SQL is wrong, and nothing here can repair
    that: it remains. But what SQL computes is as old as the typed tables: so differences are left
    out that concern orders counted after `settled_by`, or whose exported rows were `added` since,
    or all of them where the export itself is not right. Customers whose next transition is due are
    left to the ageing job for a day.

    Costs one read per customer, recorded transition and document of counters. Where anything
    differs from SQL, which one order since makes so, one read per ledger entry; a customer that
    differs costs one per order of it.
    """
    state = store.audited(org_id, organization_now().time_zone)
    # Read after the documents: none of them can be ahead of these.
    organization, rules, now = organization_now(), rules_now(), clock()
    computed = {
        row["customer_key"]: computed_customer(row)
        for row in warehouse.customers(organization, now)
    }

    aggregates: list[list[Difference]] = []
    segments: list[list[Difference]] = []
    predictions: list[list[Difference]] = []
    credits: list[list[Difference]] = []
    doubted: dict[Check, list[list[Difference]]] = {check: [] for check in Check}
    members: dict[str, tuple[str, ...]] = {}
    predicted: dict[str, Prediction | None] = {}
    with_orders = 0
    unknown = _customers_of(added, org_id, store)
    for key in sorted(computed.keys() | state.customers.keys() | unknown):
        stored = state.customers.get(key)
        with_orders += stored is not None and stored.order_count > 0
        wrong = aggregate_differences(key, stored, computed.get(key))
        misplaced = segment_differences(key, stored, computed.get(key), now)
        wrongly_predicted = prediction_differences(stored, rules, now) if stored else []
        if stored and wrongly_predicted:
            predicted[key] = expected_prediction(stored, rules, now)
        strayed = stored is not None and (
            frozenset(stored.custom_segments) != state.members.get(key, frozenset())
        )
        miscredited = stored is not None and stored.is_miscredited
        if not (
            wrong or misplaced or wrongly_predicted or strayed or miscredited or key in unknown
        ):
            continue
        customer_differences = repair_customer(
            CustomerId(org_id, key), store, reconciler, moment_for, repair=repair
        )
        for each in customer_differences:
            if strayed and each.field == "custom_segments":
                members[key] = cast(tuple[str, ...], each.expected)
                misplaced.append(each)
            if stored is None and each.field == "prediction":
                predicted[key] = cast(Prediction | None, each.expected)
        credits += [[each] for each in customer_differences if each.field == "credits"]
        if customer_differences:
            aggregates += [wrong] if wrong else []
            segments += [misplaced] if misplaced else []
            predictions += [wrongly_predicted] if wrongly_predicted else []
        else:
            doubted[Check.CUSTOMERS] += [wrong] if wrong else []
            doubted[Check.SEGMENTS] += [misplaced] if misplaced else []
    expected = counters_from_sql(
        org_id, warehouse.days(organization), computed, state, members, predicted, now
    )
    suspected = compare_counters(org_id, expected, state).differences
    differing = []
    campaigns = campaign_counters(org_id, state)
    repairs = [campaigns]
    repaired = repair and (aggregates or segments or predictions or credits)
    if suspected or any(doubted.values()) or repaired:
        moved = Moved(order_ids=set(added))
        ledger = _noted(store.ledger(org_id, state.read_at), moved, settled_by)
        confirmed = compare_counters(org_id, counters_from_ledger(org_id, ledger, state), state)
        repairs.append(confirmed)
        sure = {(each.document, each.field) for each in confirmed.differences}
        differing = [[each] for each in suspected if (each.document, each.field) in sure]
        doubted[Check.COUNTERS] = [
            [each] for each in suspected if (each.document, each.field) not in sure
        ]
        _leave_out_moved(org_id, warehouse, doubted, moved if export_is_right else None)
    if repair:
        adjust_counters(org_id, store, repairs)
    return [
        check_report(
            Check.CUSTOMERS,
            aggregates,
            expected=sum(customer.order_count > 0 for customer in computed.values()),
            found=with_orders,
            repaired=repair,
            checked_at=now,
            beyond_repair=doubted[Check.CUSTOMERS],
        ),
        check_report(
            Check.SEGMENTS,
            segments,
            expected=sum(customer.segment is not None for customer in computed.values()),
            found=sum(customer.segment is not None for customer in state.customers.values()),
            repaired=repair,
            checked_at=now,
            beyond_repair=doubted[Check.SEGMENTS],
        ),
        check_report(
            Check.PREDICTIONS,
            predictions,
            expected=predicted_customers(expected.counts(org_id)),
            found=sum(each.prediction is not None for each in state.customers.values()),
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
            state, [*credits, *([each] for each in campaigns.differences)], repaired=repair, now=now
        ),
    ]


def _customers_of(added: Collection[str], org_id: str, store: AuditStore) -> set[str]:
    """The customers of orders that SQL may not know, so that it may not know these either."""
    keys: set[str] = set()
    for ids in parts(sorted(added)):
        for document in store.ledger_documents(ids).values():
            fact = document.entry.fact if document.entry else None
            if fact and fact.org_id == org_id and fact.customer_key:
                keys.add(fact.customer_key)
    return keys


def _noted(
    documents: Iterable[LedgerDocument], moved: Moved, since: datetime
) -> Iterator[LedgerDocument]:
    """The ledger; orders of which SQL does not know all, and whom they concern, go to `moved`."""
    for document in documents:
        if document.written_at and document.written_at > since:
            moved.order_ids.add(document.order_id)
        fact = document.entry.fact if document.entry else None
        if fact and document.order_id in moved.order_ids:
            moved.add(fact.customer_key, fact.local_date.isoformat())
        yield document


def _leave_out_moved(
    org_id: str,
    warehouse: AuditWarehouse,
    doubted: dict[Check, list[list[Difference]]],
    moved: Moved | None,
) -> None:
    """Keep only differences that no later order explains; none if that is unknown (None)."""

    def leave_out(explains: Callable[[Difference], bool]) -> None:
        for check, things in doubted.items():
            doubted[check] = [thing for thing in things if not all(map(explains, thing))]

    if moved is None or len(moved.order_ids) > MOST_MOVED:
        leave_out(lambda difference: True)
        return
    leave_out(moved.explains)
    if moved.order_ids and any(doubted.values()):
        moved.add_exported(warehouse.exported_orders(org_id, sorted(moved.order_ids)))
        leave_out(moved.explains)
