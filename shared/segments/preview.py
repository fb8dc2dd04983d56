"""Effect of other rules on an organisation's customers, without writing anything."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.segments.classify import OrderTotals, classify
from shared.segments.conditions.evaluate import Subject
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds

SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer with counted orders, as stored."""

    customer_key: str
    totals: OrderTotals
    segment: Segment


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """A customer shown by a preview; those with the largest value are kept."""

    lifetime_value_cents: int
    customer_key: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """Number and value of customers."""

    customers: int = 0
    lifetime_value_cents: int = 0
    orders: int = 0

    def add(self, totals: OrderTotals) -> None:
        """Count one customer."""
        self.customers += 1
        self.lifetime_value_cents += totals.lifetime_value_cents
        self.orders += totals.order_count


@dataclass(slots=True, kw_only=True)
class ThresholdsPreview:
    """Every customer by the segment that is stored and the one that the thresholds would give."""

    cells: dict[tuple[Segment, Segment], Tally] = field(default_factory=lambda: defaultdict(Tally))
    samples: list[Sample] = field(default_factory=list)
    """Customers who would move, largest lifetime value first."""

    def cell(self, before: Segment, after: Segment) -> Tally:
        """Return those in one segment who would be in another, or in the same."""
        return self.cells.get((before, after), Tally())

    @property
    def moving(self) -> Tally:
        """Customers who would change segment."""
        return _sum(tally for (before, after), tally in self.cells.items() if before != after)

    def before(self, segment: Segment) -> Tally:
        """A segment as it is stored."""
        return _sum(tally for (before, _), tally in self.cells.items() if before == segment)

    def after(self, segment: Segment) -> Tally:
        """A segment as it would be."""
        return _sum(tally for (_, after), tally in self.cells.items() if after == segment)


def preview_thresholds(
    customers: Iterable[Candidate], thresholds: Thresholds, at: datetime
) -> ThresholdsPreview:
    """Effect of the thresholds on the customers at an instant, in one pass."""
    preview = ThresholdsPreview()
    largest = LargestValues()
    cells = preview.cells
    for customer in customers:
        segment = classify(customer.totals, thresholds, at).segment
        cells[customer.segment, segment].add(customer.totals)
        if segment != customer.segment:
            largest.offer(customer)
    preview.samples = largest.samples()
    return preview


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersPreview:
    """Members that a custom segment would have."""

    members: Tally
    total_customers: int
    samples: Sequence[Sample]
    """Members with the largest lifetime value, largest first."""


def preview_members(
    customers: Iterable[tuple[Candidate, Subject]],
    matches: Callable[[Subject, datetime], bool],
    at: datetime,
) -> MembersPreview:
    """Return the customers that match at an instant. Reads the customers once."""
    members, total, largest = Tally(), 0, LargestValues()
    for customer, subject in customers:
        total += 1
        if matches(subject, at):
            members.add(customer.totals)
            largest.offer(customer)
    return MembersPreview(members=members, total_customers=total, samples=largest.samples())


class LargestValues:
    """Keeps the customers with the largest lifetime value of those it is offered."""

    def __init__(self) -> None:
        self._heap: list[Sample] = []

    def offer(self, customer: Candidate) -> None:
        """Keep this customer, if it is among the largest so far."""
        sample = Sample(customer.totals.lifetime_value_cents, customer.customer_key)
        if len(self._heap) < SAMPLES:
            heapq.heappush(self._heap, sample)
        elif sample > self._heap[0]:
            heapq.heapreplace(self._heap, sample)

    def samples(self) -> list[Sample]:
        """Kept customers, largest first."""
        return sorted(self._heap, reverse=True)


def _sum(tallies: Iterable[Tally]) -> Tally:
    total: Counter[str] = Counter()
    for tally in tallies:
        total["customers"] += tally.customers
        total["lifetime_value_cents"] += tally.lifetime_value_cents
        total["orders"] += tally.orders
    return Tally(
        customers=total["customers"],
        lifetime_value_cents=total["lifetime_value_cents"],
        orders=total["orders"],
    )
