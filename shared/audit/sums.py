"""Checks that counters and customers add up to the ledger, without reading any of them.

Every commit changes the ledger, customers and counters together, so at any instant their sums
agree.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from shared.reconciliation.counters import SegmentCountsDelta
from shared.segments.rules import SegmentRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Some documents, and one field of them added up."""

    number: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSums:
    """Ledger entries of an organisation, with their amounts in cents."""

    counted: Sum
    others: Sum
    """Entries of orders that do not count, or do not exist."""
    returns: int = 0
    """Of the counted ones, those below 0."""
    nobodys: Sum = Sum()
    """Counted ones without a known customer."""
    nobodys_returns: int = 0

    @property
    def entries(self) -> int:
        """All of them."""
        return self.counted.number + self.others.number

    @property
    def orders(self) -> int:
        """Counted orders; returns are none."""
        return self.counted.number - self.returns

    @property
    def identified_orders(self) -> int:
        """Those with a known customer."""
        return self.orders - (self.nobodys.number - self.nobodys_returns)

    @property
    def identified_cents(self) -> int:
        """Return the revenue of known customers."""
        return self.counted.total - self.nobodys.total


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSums:
    """Some customers added up."""

    customers: int = 0
    orders: int = 0
    lifetime_value_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSums:
    """Customers and counters of an organisation, added up at one instant."""

    days: Counter[str]
    """Over all days; see `DailyDelta.counts`."""
    counts: SegmentCountsDelta
    segments: Mapping[str, CustomerSums]
    """Customers by the segment in their documents."""
    custom: Mapping[str, CustomerSums] = field(default_factory=dict)
    """By the custom segments in their documents."""
    repeat_customers: int = 0
    only_returned_cents: int = 0
    """Sum of customers with returns but no order: a negative amount."""
    campaigns: Counter[str] = field(default_factory=Counter)
    """touch_events and credited_cents, by the counters of all campaigns."""
    credited: Counter[str] = field(default_factory=Counter)
    """The same by the customers' documents."""
    overdue: int = 0
    """Customers whom the ageing job has missed for long."""

    @property
    def customers(self) -> CustomerSums:
        """All of those with an order: each is in one segment."""
        every = self.segments.values()
        return CustomerSums(
            customers=sum(each.customers for each in every),
            orders=sum(each.orders for each in every),
            lifetime_value_cents=sum(each.lifetime_value_cents for each in every),
        )


ExpectedSum = tuple[str, str, int, int]
"""Subject of a number, its name, its stored and its expected value."""


def compared_customers(ledger: LedgerSums, stored: StoredSums) -> list[ExpectedSum]:
    """Compare sums of customers with those of their orders."""
    customers = stored.customers
    worth = customers.lifetime_value_cents + stored.only_returned_cents
    return [
        ("customers", "order_count", customers.orders, ledger.identified_orders),
        ("customers", "lifetime_value_cents", worth, ledger.identified_cents),
    ]


def compared_segments(stored: StoredSums) -> list[ExpectedSum]:
    """Compare sums of segments with those of their customers, and check that ageing misses no
    customers."""
    return [
        ("customers", "next_transition_at", stored.overdue, 0),
        *_members("segment", stored.counts.segments, stored.segments),
        *_members("segment", stored.counts.custom, stored.custom),
    ]


def compared_predictions(stored: StoredSums, rules: SegmentRules) -> list[ExpectedSum]:
    """Compare the customers counted under a level of risk with all, if a model is in force.

    Nothing to compare while customers are still to be evaluated under these rules.
    """
    if stored.counts.outdated(rules):
        return []
    customers = stored.customers if rules.model else CustomerSums()
    levels = stored.counts.risks.values()
    cents = sum(level["lifetime_value_cents"] for level in levels)
    return [
        ("risks", "customers", predicted_customers(stored.counts), customers.customers),
        ("risks", "lifetime_value_cents", cents, customers.lifetime_value_cents),
    ]


def predicted_customers(counts: SegmentCountsDelta) -> int:
    """Customers counted under a level of risk."""
    return sum(level["customers"] for level in counts.risks.values())


def compared_campaigns(stored: StoredSums) -> list[ExpectedSum]:
    """Compare the counters of all campaigns with the customers' documents."""
    return [
        ("campaigns", name, stored.campaigns[name], stored.credited[name])
        for name in ("touch_events", "credited_cents")
    ]


def compared_counters(ledger: LedgerSums, stored: StoredSums) -> list[ExpectedSum]:
    """Compare all-time and daily counters with the ledger."""
    totals, days, customers = stored.counts.totals, stored.days, stored.customers
    return [
        ("days", "orders", days["orders"], ledger.orders),
        ("days", "revenue_cents", days["revenue_cents"], ledger.counted.total),
        ("days", "identified_orders", days["identified_orders"], ledger.identified_orders),
        ("days", "new_customers", days["new_customers"], customers.customers),
        ("totals", "orders", totals["orders"], ledger.orders),
        ("totals", "revenue_cents", totals["revenue_cents"], ledger.counted.total),
        ("totals", "customers", totals["customers"], customers.customers),
        ("totals", "repeat_customers", totals["repeat_customers"], stored.repeat_customers),
        ("rules", "customers", sum(stored.counts.rules.values()), customers.customers),
    ]


def _members(
    document: str, counters: Mapping[str, Counter[str]], members: Mapping[str, CustomerSums]
) -> Iterator[ExpectedSum]:
    for id in sorted(counters.keys() | members.keys()):
        counter, there = counters.get(id, Counter()), members.get(id, CustomerSums())
        for name in ("customers", "orders", "lifetime_value_cents"):
            yield f"{document} {id}", name, counter[name], getattr(there, name)


def unequal(sums: Iterable[ExpectedSum]) -> bool:
    """Whether any number differs from the expected one."""
    return any(stored != expected for _, _, stored, expected in sums)
