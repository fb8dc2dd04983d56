"""A small world of orders, and what must be derived from it: written apart from the product.

The expected numbers here are folded from the orders themselves, with none of the product's code
but the hash that turns an e-mail address into a customer key.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.orders.identity import CustomerKeyer, Identity, IdentityKind
from shared.organizations.settings import (
    OrganizationSettings,
    StoredRules,
    organization_settings,
)
from shared.segments.customer import CustomerId
from shared.segments.history import OrderHistory, PastLine, PastOrder
from shared.segments.thresholds import Thresholds
from tests.segments.segment_fold import Person, Rules, segments_of

SECRET = b"a secret that is only used in tests"
KEYER = CustomerKeyer(SECRET)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TIME_ZONES = {"org_north": "Europe/Berlin", "org_south": "America/Los_Angeles"}
FAR_AHEAD = NOW + timedelta(days=36_500)
"""Of an order whose time does not come."""
ALIASES = {"shop_north_2": "org_north"}
PEOPLE = ("ada@example.org", "bob@example.org", "cleo@example.org")
CATEGORIES = ("Flower", "Edibles", "Vape")
COUNTING = ("submitted", "completed", "ready_for_pickup")
NOT_COUNTING = ("canceled", "pending", "no such status")


@dataclass(frozen=True)
class Order:
    """An order in plain form; `data` is the shop's document.

    With cents below 0 it is a return.
    """

    org: str
    """An organisation id or an alias."""
    email: str | None
    cents: int
    ordered_at: datetime
    status: str = "completed"
    refunded_cents: int = 0
    products: tuple[tuple[str, int], ...] = ()
    """Product id and price in cents: below 0 for one unit that came back. Where a return says of no
    unit that it came back, all did."""
    broken: bool = False
    test: bool = False
    phone: str = ""

    def data(self) -> dict[str, Any]:
        items = [
            {
                "productId": id,
                "name": f"Product {id}",
                "category": CATEGORIES[int(id[1:]) % len(CATEGORIES)],
                "qty": -1 if cents < 0 else 1,
                "price": abs(cents) / 100,
            }
            for id, cents in self.products
        ]
        return {
            "brandId": self.org,
            "customer": {"email": self.email, "phone": self.phone}
            if self.email
            else {"email": "no-email@alleaves.local"},
            "status": self.status,
            "mode": "demo" if self.test else "live",
            "items": items,
            "totals": {
                "total": "twelve" if self.broken else f"{self.cents / 100:.2f}",
                "refunded": self.refunded_cents / 100,
            },
            "createdAt": self.ordered_at,
        }

    def past(self) -> PastOrder:
        """Return the order's record in its customer's history."""
        lines = [
            PastLine(id, CATEGORIES[int(id[1:]) % len(CATEGORIES)], units * 1000, units * cents)
            for id, units, cents in sorted(self.units)
        ]
        return PastOrder(self.ordered_at, self.day, self.net_cents, "unknown", "", tuple(lines))

    @property
    def org_id(self) -> str:
        return ALIASES.get(self.org, self.org)

    @property
    def counted(self) -> bool:
        return (
            not (self.broken or self.test)
            and self.status in COUNTING
            and self.ordered_at != FAR_AHEAD
        )

    @property
    def is_return(self) -> bool:
        return self.cents < 0

    @property
    def net_cents(self) -> int:
        return self.cents if self.is_return else max(0, self.cents - self.refunded_cents)

    @property
    def units(self) -> tuple[tuple[str, int, int], ...]:
        """Product id, 1 or -1 for what came back, and its price in cents."""
        signed = any(cents < 0 for _, cents in self.products)
        all_back = self.is_return and not signed
        return tuple(
            (id, -1 if all_back or cents < 0 else 1, abs(cents)) for id, cents in self.products
        )

    @property
    def day(self) -> date:
        return self.ordered_at.astimezone(ZoneInfo(TIME_ZONES[self.org_id])).date()


class FixedOrganizations:
    """The alias table and settings of the world."""

    def __init__(
        self, loyalty: dict[str, object] | None = None, *, rules: StoredRules | None = None
    ) -> None:
        self._settings = {
            org: organization_settings(
                org, loyalty, {"timeZone": zone}, rules.compiled if rules else None
            )
            for org, zone in TIME_ZONES.items()
        }

    def resolve(self, claimed_id: str) -> str:
        return ALIASES.get(claimed_id, claimed_id)

    def settings(self, org_id: str) -> OrganizationSettings:
        return self._settings[org_id]

    def refreshed(self, org_id: str) -> OrganizationSettings:
        return self._settings[org_id]


def customer_id(org_id: str, email: str) -> CustomerId:
    return CustomerId(org_id, KEYER(org_id, Identity(IdentityKind.EMAIL, email)))


@dataclass
class Expected:
    """Everything that must be derived from a set of orders."""

    customers: dict[CustomerId, tuple[Any, ...]] = field(default_factory=dict)
    """orders, cents, first, last, segment, phone, custom segments and history, for customers with
    orders that count."""
    only_returned: dict[CustomerId, int] = field(default_factory=dict)
    """Cents of customers with returns that count, and no order."""
    days: dict[tuple[str, date], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    segments: dict[tuple[str, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    custom: dict[tuple[str, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    totals: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    products: dict[tuple[str, date, str], int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Book:
    """The rules of an organisation, in plain form."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    definitions: Mapping[str, Any] = field(default_factory=dict)
    """JSON of custom segments, by id."""


Erasures = Mapping[tuple[str, str], Collection[str]]
"""The orders that stay with each customer who was erased, by organisation and address."""


def fold(
    orders: dict[str, Order],
    now: datetime,
    books: Mapping[str, Book] | None = None,
    erasures: Erasures | None = None,
) -> Expected:
    """Derive the expectation by one pass over the orders."""
    erasures = erasures or {}
    expected = Expected()
    by_customer: defaultdict[tuple[str, str], list[tuple[datetime, str, Order]]] = defaultdict(list)
    for id, order in orders.items():
        if not order.counted:
            continue
        day = expected.days[order.org_id, order.day]
        day["orders"] += not order.is_return
        day["revenue_cents"] += order.net_cents
        expected.totals[order.org_id]["orders"] += not order.is_return
        expected.totals[order.org_id]["revenue_cents"] += order.net_cents
        for product, units, cents in order.units:
            expected.products[order.org_id, order.day, product] += units * cents
        stay = erasures.get((order.org_id, order.email or ""))
        if order.email and (stay is None or id in stay):
            day["identified_orders"] += not order.is_return
            by_customer[order.org_id, order.email].append((order.ordered_at, id, order))
    for (org, email), told in by_customer.items():
        told.sort(key=lambda entry: entry[:2])
        cents = sum(order.net_cents for _, _, order in told)
        placed = [entry for entry in told if not entry[2].is_return]
        if not placed:
            expected.only_returned[customer_id(org, email)] = cents
            continue
        count = len(placed)
        first, last = placed[0][0], placed[-1][0]
        book = (books or {}).get(org, Book())
        segment = segment_by_the_book(count, cents, first, last, now, book.thresholds)
        expected.customers[customer_id(org, email)] = (
            count,
            cents,
            first,
            last,
            segment,
            "" if (org, email) in erasures else placed[-1][2].phone,
            _members(org, book, told, now),
            OrderHistory.of(order.past() for _, _, order in told),
        )
        expected.days[org, placed[0][2].day]["new_customers"] += 1
        memberships = expected.customers[customer_id(org, email)][-2]
        for counts in (
            expected.segments[org, segment],
            *(expected.custom[org, id] for id in memberships),
        ):
            counts["customers"] += 1
            counts["orders"] += count
            counts["lifetime_value_cents"] += cents
        expected.totals[org]["customers"] += 1
        expected.totals[org]["repeat_customers"] += count >= 2
    return expected


def _members(
    org: str, book: Book, told: list[tuple[datetime, str, Order]], now: datetime
) -> tuple[str, ...]:
    """The custom segments of a customer with these orders and returns."""
    last = [order for _, _, order in told if not order.is_return][-1]
    person = Person(
        orders=[order.past() for _, _, order in told],
        email=True,
        phone=bool(last.phone),
    )
    rules = Rules(book.definitions, book.thresholds, TIME_ZONES[org])
    return segments_of(rules, person, now)


def segment_by_the_book(
    count: int,
    cents: int,
    first: datetime,
    last: datetime,
    now: datetime,
    limits: Thresholds | None = None,
) -> str:
    """The rules, written as they read: whole elapsed days, then value."""
    limits = limits or Thresholds()
    day = timedelta(days=1)
    days_since_last, days_since_first = (now - last) // day, (now - first) // day
    average = cents / 100 / count
    if days_since_last >= limits.churned_min_days:
        return "churned"
    if days_since_last >= limits.at_risk_min_days:
        return "at_risk"
    if days_since_last >= limits.slipping_min_days:
        return "slipping"
    if days_since_first < limits.new_max_days:
        return "new"
    if cents >= limits.vip_min_lifetime_value_cents or (
        count >= limits.vip_min_orders and average >= limits.vip_min_aov_cents / 100
    ):
        return "vip"
    if average >= limits.high_value_min_aov_cents / 100 and count < limits.high_value_max_orders:
        return "high_value"
    if count >= limits.frequent_min_orders and average < limits.frequent_max_aov_cents / 100:
        return "frequent"
    return "loyal" if count >= limits.loyal_min_orders else "new"
