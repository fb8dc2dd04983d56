"""Whether customers, segments and counters are what SQL makes of the export."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import cast

from shared.audit.campaigns import audited_campaigns
from shared.audit.computed_customers import (
    ComputedCustomer,
    aggregate_differences,
    computed_customer,
    segment_differences,
)
from shared.audit.counter_sizes import expected_size, stored_size
from shared.audit.moved import Moved
from shared.audit.parts import parts
from shared.audit.ports import AuditedCustomer, AuditedState, AuditStore, AuditWarehouse
from shared.audit.predictions import expected_prediction, prediction_differences
from shared.audit.report import Check, CheckReport, check_report
from shared.kernel.clock import Clock
from shared.nightly.question import ComputedOrganization, Row
from shared.predictions.prediction import Prediction
from shared.reconciliation.counters import (
    CategoryDelta,
    CounterDeltas,
    DailyDelta,
    SegmentCountsDelta,
)
from shared.reconciliation.differences import Difference, RebuildReport
from shared.reconciliation.rebuild_counters import compare_counters, rebuild_counters
from shared.reconciliation.rebuild_customers import repair_customer
from shared.reconciliation.reconcile import Reconciler
from shared.segments.customer import Customer, CustomerId, Moment
from shared.segments.rules import SegmentRules

MOST_MOVED = 1_000
"""With more orders than this since, an SQL difference cannot be told from a delay."""


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
    repaired. Where it does not, SQL is wrong, and nothing here can repair that: it remains. But
    what SQL computes is as old as the typed tables: so differences are left out that concern
    orders counted after `settled_by`, or whose exported rows were `added` since, or all of them
    where the export itself is not right. Customers whose next step is due are left to the ageing
    job for a day.

    Costs one read per customer, recorded step and document of counters. Where anything differs from
    SQL, which one order since makes so, one read per ledger entry; a customer that differs costs
    one per order of it. Counters that are repaired cost all of this once more.
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
    predicted = {
        key: expected_prediction(stored, rules, now) for key, stored in state.customers.items()
    }
    with_orders = 0
    unknown = _customers_of(added, org_id, store)
    for key in sorted(computed.keys() | state.customers.keys() | unknown):
        stored = state.customers.get(key)
        with_orders += stored is not None and stored.order_count > 0
        wrong = aggregate_differences(key, stored, computed.get(key))
        misplaced = segment_differences(key, stored, computed.get(key), now)
        wrongly_predicted = prediction_differences(stored, rules, now) if stored else []
        strayed = stored is not None and (
            frozenset(stored.custom_segments) != state.members.get(key, frozenset())
        )
        miscredited = stored is not None and stored.is_miscredited
        if not (
            wrong or misplaced or wrongly_predicted or strayed or miscredited or key in unknown
        ):
            continue
        found = repair_customer(
            CustomerId(org_id, key), store, reconciler, moment_for, repair=repair
        )
        for each in found:
            if strayed and each.field == "custom_segments":
                members[key] = cast(tuple[str, ...], each.expected)
                misplaced.append(each)
            if stored is None and each.field == "prediction":
                predicted[key] = cast(Prediction | None, each.expected)
        credits += [[each] for each in found if each.field == "credits"]
        if found:
            aggregates += [wrong] if wrong else []
            segments += [misplaced] if misplaced else []
            predictions += [wrongly_predicted] if wrongly_predicted else []
        else:
            doubted[Check.CUSTOMERS] += [wrong] if wrong else []
            doubted[Check.SEGMENTS] += [misplaced] if misplaced else []
    expected = _expected_counters(
        org_id, warehouse.days(organization), computed, state, members, predicted, now
    )
    suspected = compare_counters(org_id, expected, state).differences
    differing = []
    sure: set[tuple[str, str]] = set()
    if suspected or any(doubted.values()):
        counted, moved = _counted(org_id, store, state, settled_by, added)
        confirmed = compare_counters(org_id, counted, state).differences
        sure = {(each.document, each.field) for each in confirmed}
        differing = [[each] for each in suspected if (each.document, each.field) in sure]
        doubted[Check.COUNTERS] = [
            [each] for each in suspected if (each.document, each.field) not in sure
        ]
        _leave_out_moved(org_id, warehouse, doubted, moved if export_is_right else None)
    credited, miscounted = audited_campaigns(org_id, state, credits, repaired=repair, now=now)
    if repair and (sure or aggregates or segments or predictions or credits or miscounted):
        rebuild_counters(org_id, store, organization.time_zone, RebuildReport())
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
            expected=sum(each is not None for each in predicted.values()),
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
        credited,
    ]


def _customers_of(added: Collection[str], org_id: str, store: AuditStore) -> set[str]:
    """The customers of orders that SQL may not know, so that it may not know these either."""
    found: set[str] = set()
    for ids in parts(sorted(added)):
        for document in store.ledger_documents(ids).values():
            fact = document.entry.fact if document.entry else None
            if fact and fact.org_id == org_id and fact.customer_key:
                found.add(fact.customer_key)
    return found


def _counted(
    org_id: str,
    store: AuditStore,
    state: AuditedState,
    settled_by: datetime,
    added: Collection[str],
) -> tuple[CounterDeltas, Moved]:
    """The counters from the ledger and the customers as of when they were read.

    And the orders of which SQL does not know all, with whom and which day they concern now.
    """
    counted, moved = CounterDeltas(), Moved(order_ids=set(added))
    for document in store.ledger(org_id, state.read_at):
        fact = document.entry.fact if document.entry else None
        if fact:
            counted.add_order(fact, 1)
        if document.written_at and document.written_at > settled_by:
            moved.order_ids.add(document.order_id)
        if fact and document.order_id in moved.order_ids:
            moved.add(fact.customer_key, fact.local_date.isoformat())
    counts = counted.counts(org_id)
    for customer in state.customers.values():
        if customer.first_local_date:
            counted.day(org_id, customer.first_local_date).counts["new_customers"] += 1
        if customer.segment:
            _add_customer(counts, customer, customer.segment, customer.custom_segments)
            counts.add_prediction(customer.prediction, customer.lifetime_value_cents, 1)
            counts.rules[customer.rules] += 1
    for day, flows in state.flows.items():
        counted.day(org_id, day).flows.update(flows)
    return counted, moved


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


def _expected_counters(
    org_id: str,
    rows: Iterable[Row],
    computed: Mapping[str, ComputedCustomer],
    state: AuditedState,
    members: Mapping[str, tuple[str, ...]],
    predicted: Mapping[str, Prediction | None],
    now: datetime,
) -> CounterDeltas:
    """The counters from what SQL computed.

    From the customers and steps as they are stored comes what SQL does not know: custom segments,
    the rules that customers were evaluated under, steps, and where customers stand whose next step
    is due. `members` are the custom segments, by key, of customers whose documents have others,
    `predicted` what should be stored of all customers, those included whose documents are gone.
    """
    expected = CounterDeltas()
    counts = expected.counts(org_id)
    for row in rows:
        add_row(expected.day(org_id, row["local_date"]), row)
        if row["kind"] == "day":
            counts.totals["orders"] += row["orders"]
            counts.totals["revenue_cents"] += row["revenue_cents"]
    for day, flows in state.flows.items():
        expected.day(org_id, day).flows.update(flows)
    for key, customer in computed.items():
        stored = state.customers.get(key)
        due = stored is not None and stored.is_due(now)
        segment = stored.segment if stored and due else customer.segment
        custom = members.get(key, stored.custom_segments if stored else ())
        if segment is None:
            continue
        _add_customer(counts, customer, segment, custom)
        counts.add_prediction(predicted.get(key), customer.lifetime_value_cents, 1)
        if stored:
            counts.rules[stored.rules] += 1
    if computed.keys() - state.customers.keys():
        # Nobody knows what the missing customers were in: these wait until they are there again.
        counts.custom, counts.rules = dict(state.counts.custom), Counter(state.counts.rules)
    return expected


def _add_customer(
    counts: SegmentCountsDelta,
    customer: AuditedCustomer | ComputedCustomer,
    segment: str,
    custom: Iterable[str],
) -> None:
    for group in (
        counts.segments.setdefault(segment, Counter()),
        *(counts.custom.setdefault(id, Counter()) for id in custom),
    ):
        group["customers"] += 1
        group["orders"] += customer.order_count
        group["lifetime_value_cents"] += customer.lifetime_value_cents
    counts.totals["customers"] += 1
    counts.totals["repeat_customers"] += customer.order_count >= 2


def add_row(day: DailyDelta, row: Row) -> None:
    """Add what a row of `audit_days.sql` says of a day."""
    match row["kind"]:
        case "day":
            for name in ("revenue_cents", "orders", "identified_orders", "new_customers"):
                day.counts[name] = row[name]
        case "channel":
            day.channels[row["id"]] = Counter(
                revenue_cents=row["revenue_cents"], orders=row["orders"]
            )
        case "category":
            day.categories[row["id"]] = CategoryDelta(
                revenue_cents=row["revenue_cents"], quantity_milli=row["quantity_milli"]
            )
