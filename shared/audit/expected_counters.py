"""Expected counters of an organisation: from SQL, or from the ledger and the customers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
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
from shared.segments.customer import Customer, CustomerId


@dataclass(slots=True, kw_only=True)
class StoredCustomers:
    """Sums over the documents of all customers, added one at a time; none is kept in memory."""

    org_id: str
    counters: CounterDeltas = field(default_factory=CounterDeltas)
    with_orders: int = 0
    in_segments: int = 0
    predicted: int = 0
    touches: int = 0

    def add(self, customer: AuditedCustomer) -> None:
        """Take in a customer."""
        self.with_orders += customer.order_count > 0
        self.in_segments += customer.segment is not None
        self.predicted += customer.prediction is not None
        self.touches += len(customer.touches)
        if customer.first_local_date:
            day = self.counters.day(self.org_id, customer.first_local_date)
            day.counts["new_customers"] += 1
        if customer.segment:
            counts = self.counters.counts(self.org_id)
            _add_customer(counts, customer, customer.segment, customer.custom_segments)
            counts.add_prediction(customer.prediction, customer.lifetime_value_cents, 1)
            counts.rules[customer.rules] += 1
        if customer.touches or customer.credits:
            id = CustomerId(self.org_id, customer.customer_key)
            messaged = Customer(id=id, touches=customer.touches, credits=customer.credits)
            self.counters.add_campaigns(messaged, 1)


@dataclass(slots=True, kw_only=True)
class ComputedCustomers:
    """Sums over the customers computed by SQL, added one at a time; none is kept in memory.

    The documents supply what SQL does not know: custom segments, predictions, the rules that
    customers were evaluated under, and the current segment of those whose next transition is due.
    """

    now: datetime
    counts: SegmentCountsDelta = field(default_factory=SegmentCountsDelta)
    with_orders: int = 0
    in_segments: int = 0
    without_document: int = 0

    def add(
        self,
        customer: ComputedCustomer | None,
        stored: AuditedCustomer | None,
        custom_segments: tuple[str, ...],
        prediction: Prediction | None,
    ) -> None:
        """Take in a customer, with the custom segments and the prediction that are right."""
        if customer is None:
            return
        self.with_orders += customer.order_count > 0
        self.in_segments += customer.segment is not None
        self.without_document += stored is None
        due = stored is not None and stored.is_due(self.now)
        segment = stored.segment if stored and due else customer.segment
        if segment is None:
            return
        _add_customer(self.counts, customer, segment, custom_segments)
        self.counts.add_prediction(prediction, customer.lifetime_value_cents, 1)
        if stored:
            self.counts.rules[stored.rules] += 1


def counters_from_ledger(
    org_id: str, ledger: Iterable[LedgerDocument], state: AuditedState, customers: StoredCustomers
) -> CounterDeltas:
    """The counters that the ledger implies at the instant at which the customers were read."""
    expected = CounterDeltas()
    for document in ledger:
        if document.entry and document.entry.fact:
            expected.add_order(document.entry.fact, 1)
    expected.counts(org_id).add(customers.counters.counts(org_id))
    for (_, day), delta in customers.counters.daily.items():
        expected.day(org_id, day).add(delta)
    for day, flows in state.flows.items():
        expected.day(org_id, day).flows.update(flows)
    return expected


def counters_from_sql(
    org_id: str, rows: Iterable[Row], state: AuditedState, customers: ComputedCustomers
) -> CounterDeltas:
    """The counters from what SQL computed, and the transitions as recorded."""
    expected = CounterDeltas()
    counts = expected.counts(org_id)
    for row in rows:
        add_row(expected.day(org_id, row["local_date"]), row)
        if row["kind"] == "day":
            counts.totals["orders"] += row["orders"]
            counts.totals["revenue_cents"] += row["revenue_cents"]
    counts.add(customers.counts)
    for day, flows in state.flows.items():
        expected.day(org_id, day).flows.update(flows)
    if customers.without_document:
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
    """Add a row of `audit_days.sql` to the counters of its day."""
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
