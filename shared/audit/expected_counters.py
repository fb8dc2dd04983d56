"""What an organisation's counters should be: by SQL, or by the ledger and the customers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.audit.computed_customers import ComputedCustomer
from shared.audit.ports import AuditedCustomer, AuditedState, LedgerDocument
from shared.nightly.question import Row
from shared.predictions.prediction import Prediction
from shared.reconciliation.counters import (
    CategoryDelta,
    CounterDeltas,
    DailyDelta,
    SegmentCountsDelta,
)


def counters_from_ledger(
    org_id: str, ledger: Iterable[LedgerDocument], state: AuditedState
) -> CounterDeltas:
    """The counters that the ledger implies at the instant at which the customers were read."""
    expected = CounterDeltas()
    for document in ledger:
        if document.entry and document.entry.fact:
            expected.add_order(document.entry.fact, 1)
    counts = expected.counts(org_id)
    for customer in state.customers.values():
        if customer.first_local_date:
            expected.day(org_id, customer.first_local_date).counts["new_customers"] += 1
        if customer.segment:
            _add_customer(counts, customer, customer.segment, customer.custom_segments)
            counts.add_prediction(customer.prediction, customer.lifetime_value_cents, 1)
            counts.rules[customer.rules] += 1
    for day, flows in state.flows.items():
        expected.day(org_id, day).flows.update(flows)
    return expected


def counters_from_sql(
    org_id: str,
    rows: Iterable[Row],
    computed: Mapping[str, ComputedCustomer],
    state: AuditedState,
    members: Mapping[str, tuple[str, ...]],
    predicted: Mapping[str, Prediction | None],
    now: datetime,
) -> CounterDeltas:
    """The counters from what SQL computed.

    From the customers and transitions as they are stored comes what SQL does not know: custom
    segments, the rules that customers were evaluated under, transitions, and where customers stand
    whose next transition is due. `members` are the custom segments, by key, of customers whose
    documents have others, `predicted` what should be stored where it is not, by key.
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
        prediction = predicted.get(key, stored.prediction if stored else None)
        counts.add_prediction(prediction, customer.lifetime_value_cents, 1)
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
