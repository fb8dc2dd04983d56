"""Whether customers, segments and counters are what SQL makes of the export."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from shared.analytics.counters import CounterDeltas, DailyDelta, ProductDelta
from shared.audit.ports import AuditedCustomer, AuditedState, AuditStore, AuditWarehouse
from shared.audit.report import Check, CheckReport, check_report
from shared.computing.question import ComputedOrganization, Row
from shared.reconciliation.differences import Difference, RebuildReport
from shared.reconciliation.rebuild_counters import compare_counters, rebuild_counters
from shared.reconciliation.rebuild_customers import is_overdue, repair_customer
from shared.reconciliation.reconcile import Reconciler
from shared.segments.customer import Customer, CustomerId, Moment
from shared.segments.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedCustomer:
    """A customer as SQL has it."""

    order_count: int
    lifetime_value_cents: int
    first_ordered_at: datetime
    last_ordered_at: datetime
    segment: Segment


AGGREGATES = ("order_count", "lifetime_value_cents", "first_ordered_at", "last_ordered_at")


def audit_derived(
    organization: ComputedOrganization,
    store: AuditStore,
    warehouse: AuditWarehouse,
    reconciler: Reconciler,
    moment_for: Callable[[Customer], Moment],
    *,
    now: datetime,
    repair: bool,
) -> list[CheckReport]:
    """The checks of customers, segments and counters.

    What SQL computes is as old as the typed tables, and orders may have come since. So what differs
    is compared once more before it is called drift, with the ledger instead: a customer by itself,
    the counters all at one instant. Customers whose next step is due are left to the ageing job
    for a day.

    Costs one read per customer, recorded step and document of counters. Where a counter differs,
    the counters cost these once more, and one read per ledger entry; a customer that differs costs
    one per order of it.
    """
    org_id = organization.org_id
    computed = {
        row["customer_key"]: _computed_customer(row)
        for row in warehouse.customers(organization, now)
    }
    state = store.audited(org_id, organization.time_zone)

    aggregates: list[list[Difference]] = []
    segments: list[list[Difference]] = []
    members: dict[str, tuple[str, ...]] = {}
    with_orders = 0
    for key in sorted(computed.keys() | state.customers.keys()):
        stored = state.customers.get(key)
        with_orders += stored is not None and stored.order_count > 0
        wrong = _aggregate_differences(key, stored, computed.get(key))
        misplaced = _segment_differences(key, stored, computed.get(key), now)
        strayed = stored is not None and (
            frozenset(stored.custom_segments) != state.members.get(key, frozenset())
        )
        if not (wrong or misplaced or strayed):
            continue
        found = repair_customer(
            CustomerId(org_id, key), store, reconciler, moment_for, repair=repair
        )
        for each in found:
            if strayed and each.field == "custom_segments":
                members[key] = cast(tuple[str, ...], each.expected)
                misplaced.append(each)
        if found:
            aggregates += [wrong] if wrong else []
            segments += [misplaced] if misplaced else []
    expected = _expected_counters(
        org_id, warehouse.days(organization), computed, state, members, now
    )
    suspected = compare_counters(org_id, expected, state).differences
    differing = []
    repaired_customers = repair and (aggregates or segments)
    if suspected or repaired_customers:
        confirmed = RebuildReport()
        rebuild_counters(org_id, store, organization.time_zone, confirmed, repair=repair)
        sure = {(difference.document, difference.field) for difference in confirmed.differences}
        differing = [[each] for each in suspected if (each.document, each.field) in sure]
    return [
        check_report(
            Check.CUSTOMERS,
            aggregates,
            expected=len(computed),
            found=with_orders,
            repaired=repair,
            checked_at=now,
        ),
        check_report(
            Check.SEGMENTS,
            segments,
            expected=len(computed),
            found=sum(customer.segment is not None for customer in state.customers.values()),
            repaired=repair,
            checked_at=now,
        ),
        check_report(
            Check.COUNTERS,
            differing,
            expected=_size(expected.daily.values(), expected, org_id),
            found=_stored_size(state),
            repaired=repair,
            checked_at=now,
        ),
    ]


def _computed_customer(row: Row) -> ComputedCustomer:
    return ComputedCustomer(
        order_count=row["orders"],
        lifetime_value_cents=row["lifetime_value_cents"],
        first_ordered_at=row["first_ordered_at"],
        last_ordered_at=row["last_ordered_at"],
        segment=Segment(row["segment"]),
    )


def _aggregate_differences(
    key: str, stored: AuditedCustomer | None, computed: ComputedCustomer | None
) -> list[Difference]:
    document = f"customer {key}"
    if stored is None or (computed is None and stored.order_count):
        return [
            Difference(
                document=document,
                field="orders",
                found=stored and stored.order_count,
                expected=computed.order_count if computed else 0,
            )
        ]
    wanted: dict[str, object] = {
        name: getattr(computed, name) if computed else None for name in AGGREGATES
    }
    if computed is None:
        wanted |= {"order_count": 0, "lifetime_value_cents": 0}
    return [
        Difference(
            document=document, field=name, found=getattr(stored, name), expected=wanted[name]
        )
        for name in AGGREGATES
        if getattr(stored, name) != wanted[name]
    ]


def _segment_differences(
    key: str, stored: AuditedCustomer | None, computed: ComputedCustomer | None, now: datetime
) -> list[Difference]:
    """A missing customer is in no segment either: that is told once, by the other check."""
    segment = computed.segment if computed else None
    if stored is None:
        return []
    document = f"customer {key}"
    differences = []
    overdue = is_overdue(stored.next_transition_at, now)
    if stored.segment != segment and (overdue or not stored.is_due(now)):
        differences.append(
            Difference(document=document, field="segment", found=stored.segment, expected=segment)
        )
    elif overdue:
        differences.append(
            Difference(
                document=document,
                field="next_transition_at",
                found=stored.next_transition_at,
                expected="later",
            )
        )
    return differences


def _expected_counters(
    org_id: str,
    rows: Iterable[Row],
    computed: Mapping[str, ComputedCustomer],
    state: AuditedState,
    members: Mapping[str, tuple[str, ...]],
    now: datetime,
) -> CounterDeltas:
    """The counters from what SQL computed.

    From the customers and steps as they are stored comes what SQL does not know: custom segments,
    the rules that customers were evaluated under, steps, and where customers stand whose next step
    is due. `members` are the custom segments, by key, of customers whose documents have others.
    """
    expected = CounterDeltas()
    counts = expected.counts(org_id)
    for row in rows:
        _add_row(expected.day(org_id, row["local_date"]), row)
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
        groups = [
            counts.segments.setdefault(segment or "", Counter()),
            *(counts.custom.setdefault(id, Counter()) for id in custom),
        ]
        for group in groups:
            group["customers"] += 1
            group["orders"] += customer.order_count
            group["lifetime_value_cents"] += customer.lifetime_value_cents
        counts.totals["customers"] += 1
        counts.totals["repeat_customers"] += customer.order_count >= 2
        if stored:
            counts.rules[stored.rules] += 1
    if computed.keys() - state.customers.keys():
        # Nobody knows what the missing customers were in: these wait until they are there again.
        counts.custom, counts.rules = dict(state.counts.custom), Counter(state.counts.rules)
    return expected


def _add_row(day: DailyDelta, row: Row) -> None:
    sold = ProductDelta(
        name=row["id"], revenue_cents=row["revenue_cents"], quantity_milli=row["quantity_milli"]
    )
    match row["kind"]:
        case "day":
            for name in ("revenue_cents", "orders", "identified_orders", "new_customers"):
                day.counts[name] = row[name]
        case "channel":
            day.channels[row["id"]] = Counter(
                revenue_cents=row["revenue_cents"], orders=row["orders"]
            )
        case "product":
            day.products[row["id"]] = sold
        case "category":
            day.categories[row["id"]] = sold


def _size(days: Iterable[DailyDelta], expected: CounterDeltas, org_id: str) -> int:
    counts = expected.counts(org_id).without_zeros()
    return _numbers(days) + _counters(counts.segments, counts.custom, counts.rules, counts.totals)


def _stored_size(state: AuditedState) -> int:
    counts = state.counts.without_zeros()
    return _numbers(state.days.values()) + _counters(
        counts.segments, counts.custom, counts.rules, counts.totals
    )


def _counters(
    segments: Mapping[str, Counter[str]],
    custom: Mapping[str, Counter[str]],
    rules: Counter[str],
    totals: Counter[str],
) -> int:
    return sum(map(len, (*segments.values(), *custom.values(), rules, totals)))


def _numbers(days: Iterable[DailyDelta]) -> int:
    """How many numbers other than 0 there are in daily counters."""
    total = 0
    for day in days:
        kept = day.without_zeros()
        total += len(kept.counts) + len(kept.flows) + sum(map(len, kept.channels.values()))
        total += sum(
            bool(sold.revenue_cents) + bool(sold.quantity_milli)
            for sales in (kept.products, kept.categories)
            for sold in sales.values()
        )
    return total
