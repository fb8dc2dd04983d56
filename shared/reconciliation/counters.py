"""Increments to the organisation's counters by a change of orders.

Counters are sums and a change is a set of increments, so the order of changes does not matter, and
writing one needs no read.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from shared.orders.fact import OrderFact
from shared.predictions.prediction import Prediction
from shared.reconciliation.flows import flows_of
from shared.segments.credit import Credit
from shared.segments.customer import Customer, Transition
from shared.segments.places import NONE
from shared.segments.rules import SegmentRules
from shared.segments.touch import Touch


def rules_key(thresholds_version: str | None, revision: int) -> str:
    """Names the rules that a customer was evaluated under."""
    return f"{thresholds_version}.{revision}"


@dataclass(slots=True, kw_only=True)
class CategoryDelta:
    """Change of one category's sales."""

    revenue_cents: int = 0
    quantity_milli: int = 0


@dataclass(slots=True, kw_only=True)
class DailyDelta:
    """Change of one organisation's numbers for one day."""

    counts: Counter[str] = field(default_factory=Counter)
    """revenue_cents, orders, identified_orders, new_customers."""
    channels: dict[str, Counter[str]] = field(default_factory=dict)
    """revenue_cents and orders by channel."""
    categories: dict[str, CategoryDelta] = field(default_factory=dict)
    """By name."""
    flows: Counter[str] = field(default_factory=Counter)
    """Transitions of customers by where from and where to; see `shared.reconciliation.flows`."""

    def add_order(self, fact: OrderFact, sign: int) -> None:
        """Add (sign 1) or subtract (sign -1) one counted order, or a return, which is no order."""
        orders = 0 if fact.is_return else sign
        self.counts["orders"] += orders
        self.counts["revenue_cents"] += sign * fact.amount_cents
        self.counts["identified_orders"] += orders * (fact.customer_key is not None)
        channel = self.channels.setdefault(fact.channel, Counter())
        channel["orders"] += orders
        channel["revenue_cents"] += sign * fact.amount_cents
        for line in fact.lines:
            delta = self.categories.setdefault(line.category, CategoryDelta())
            delta.revenue_cents += sign * line.amount_cents
            delta.quantity_milli += sign * line.quantity_milli

    def add(self, other: "DailyDelta", sign: int = 1) -> None:
        """Add (sign 1) or subtract (sign -1) another change."""
        _add(self.counts, other.counts, sign)
        _add(self.flows, other.flows, sign)
        for channel, counts in other.channels.items():
            _add(self.channels.setdefault(channel, Counter()), counts, sign)
        for category, delta in other.categories.items():
            total = self.categories.setdefault(category, CategoryDelta())
            total.revenue_cents += sign * delta.revenue_cents
            total.quantity_milli += sign * delta.quantity_milli

    def without_zeros(self) -> "DailyDelta":
        """Return the change without zero increments."""
        return DailyDelta(
            counts=_nonzero(self.counts),
            channels=_nonzero_maps(self.channels),
            categories=_without_zero_sales(self.categories),
            flows=_nonzero(self.flows),
        )

    @property
    def is_zero(self) -> bool:
        """Whether nothing changes; only meaningful on what `without_zeros` returned."""
        return not (self.counts or self.channels or self.categories or self.flows)


@dataclass(slots=True, kw_only=True)
class SegmentCountsDelta:
    """Change of one organisation's segment counts and all-time totals."""

    segments: dict[str, Counter[str]] = field(default_factory=dict)
    """customers, orders and lifetime_value_cents by segment id."""
    custom: dict[str, Counter[str]] = field(default_factory=dict)
    """customers, orders and lifetime_value_cents by custom segment id."""
    risks: dict[str, Counter[str]] = field(default_factory=dict)
    """customers, lifetime_value_cents and predicted_ltv_cents by level of churn risk; without
    customers of whom nothing is predicted."""
    rules: Counter[str] = field(default_factory=Counter)
    """Customers by the rules they were evaluated under; see `rules_key`."""
    totals: Counter[str] = field(default_factory=Counter)
    """revenue_cents and orders of all orders; customers and repeat_customers."""

    def counted_under(self) -> list[tuple[str, int, int]]:
        """Version of the thresholds, revision of the rules, and customers evaluated under them."""
        return [
            (version, int(revision), customers)
            for key, customers in sorted(self.rules.items())
            if customers
            for version, _, revision in [key.partition(".")]
        ]

    def outdated(self, rules: SegmentRules) -> int:
        """Return the number of customers counted under other rules than these."""
        in_force = rules_key(rules.thresholds_version, rules.revision)
        return sum(customers for key, customers in self.rules.items() if key != in_force)

    def add_order(self, fact: OrderFact, sign: int) -> None:
        """Add (sign 1) or subtract (sign -1) one counted order, or a return, which is no order."""
        self.totals["orders"] += 0 if fact.is_return else sign
        self.totals["revenue_cents"] += sign * fact.amount_cents

    def add_customer(self, customer: Customer, sign: int) -> None:
        """Add (sign 1) or subtract (sign -1) one customer in its current state."""
        if customer.segment is None:
            return
        totals = customer.totals
        for counts in (
            self.segments.setdefault(customer.segment.value, Counter()),
            *(self.custom.setdefault(id, Counter()) for id in customer.custom_segments),
        ):
            counts["customers"] += sign
            counts["orders"] += sign * totals.order_count
            counts["lifetime_value_cents"] += sign * totals.lifetime_value_cents
        self.add_prediction(customer.prediction, totals.lifetime_value_cents, sign)
        self.rules[rules_key(customer.thresholds_version, customer.rules_revision)] += sign
        self.totals["customers"] += sign
        self.totals["repeat_customers"] += sign * (totals.order_count >= 2)

    def add_prediction(
        self, prediction: Prediction | None, lifetime_value_cents: int, sign: int
    ) -> None:
        """Add (sign 1) or subtract (sign -1) a customer under the level of risk."""
        if prediction is not None:
            risk = self.risks.setdefault(prediction.risk.value, Counter())
            risk["customers"] += sign
            risk["lifetime_value_cents"] += sign * lifetime_value_cents
            risk["predicted_ltv_cents"] += sign * (prediction.ltv_cents or 0)

    def add(self, other: "SegmentCountsDelta", sign: int = 1) -> None:
        """Add (sign 1) or subtract (sign -1) another change of the same organisation."""
        for mine, theirs in (
            (self.segments, other.segments),
            (self.custom, other.custom),
            (self.risks, other.risks),
        ):
            for segment, counts in theirs.items():
                _add(mine.setdefault(segment, Counter()), counts, sign)
        _add(self.rules, other.rules, sign)
        _add(self.totals, other.totals, sign)

    def without_zeros(self) -> "SegmentCountsDelta":
        """Return the change without zero increments."""
        return SegmentCountsDelta(
            segments=_nonzero_maps(self.segments),
            custom=_nonzero_maps(self.custom),
            risks=_nonzero_maps(self.risks),
            rules=_nonzero(self.rules),
            totals=_nonzero(self.totals),
        )

    @property
    def is_zero(self) -> bool:
        """Whether nothing changes; only meaningful on what `without_zeros` returned."""
        return not (self.segments or self.custom or self.risks or self.rules or self.totals)


@dataclass(slots=True, kw_only=True)
class CampaignDelta:
    """Change of one campaign's counters."""

    events: Counter[str] = field(default_factory=Counter)
    """Customers with an event on any channel, by kind of event."""
    channels: dict[str, Counter[str]] = field(default_factory=dict)
    """Customers with an event on a channel, by channel and kind of event."""
    segments: dict[str, Counter[str]] = field(default_factory=dict)
    """`events` and `credit` together, by the segment of the frozen audience."""
    credit: Counter[str] = field(default_factory=Counter)
    """See `shared.segments.credit.Credit`."""
    days: dict[str, Counter[str]] = field(default_factory=dict)
    """Credit by local day of the orders, as YYYY-MM-DD."""

    def add_touches(self, touches: Sequence[Touch], sign: int) -> None:
        """Add (sign 1) or subtract (sign -1) one customer's touches of the campaign."""
        happened = Counter({kind.value: sign for touch in touches for kind in touch.kinds})
        _add(self.events, happened, 1)
        _add(self._segment(touches[0].segment), happened, 1)
        for touch in touches:
            channel = self.channels.setdefault(touch.channel, Counter())
            _add(channel, Counter({kind.value: 1 for kind in touch.kinds}), sign)

    def add_credit(self, day: date, segment: str | None, credit: Credit, sign: int) -> None:
        """Add (sign 1) or subtract (sign -1) one customer's credit of a day."""
        credit_counts = Counter(asdict(credit))
        _add(self.credit, credit_counts, sign)
        _add(self.days.setdefault(day.isoformat(), Counter()), credit_counts, sign)
        _add(self._segment(segment), credit_counts, sign)

    def add(self, other: "CampaignDelta", sign: int = 1) -> None:
        """Add (sign 1) or subtract (sign -1) another change of the same campaign."""
        _add(self.events, other.events, sign)
        _add(self.credit, other.credit, sign)
        for mine, theirs in (
            (self.channels, other.channels),
            (self.segments, other.segments),
            (self.days, other.days),
        ):
            for name, counts in theirs.items():
                _add(mine.setdefault(name, Counter()), counts, sign)

    def without_zeros(self) -> "CampaignDelta":
        """Return the change without zero increments."""
        return CampaignDelta(
            events=_nonzero(self.events),
            channels=_nonzero_maps(self.channels),
            segments=_nonzero_maps(self.segments),
            credit=_nonzero(self.credit),
            days=_nonzero_maps(self.days),
        )

    @property
    def is_zero(self) -> bool:
        """Whether nothing changes; only meaningful on what `without_zeros` returned."""
        return not (self.events or self.channels or self.segments or self.credit or self.days)

    def _segment(self, segment: str | None) -> Counter[str]:
        return self.segments.setdefault(segment or NONE, Counter())


@dataclass(slots=True, kw_only=True)
class CounterDeltas:
    """Changes of the counters of any number of organisations, days and campaigns."""

    daily: dict[tuple[str, date], DailyDelta] = field(default_factory=dict)
    segment_counts: dict[str, SegmentCountsDelta] = field(default_factory=dict)
    campaigns: dict[tuple[str, str], CampaignDelta] = field(default_factory=dict)
    """By organisation and id of the campaign."""

    def day(self, org_id: str, local_date: date) -> DailyDelta:
        """The change of one day, empty at first."""
        return self.daily.setdefault((org_id, local_date), DailyDelta())

    def counts(self, org_id: str) -> SegmentCountsDelta:
        """The change of one organisation's segment counts, empty at first."""
        return self.segment_counts.setdefault(org_id, SegmentCountsDelta())

    def campaign(self, org_id: str, campaign_id: str) -> CampaignDelta:
        """The change of one campaign's counters, empty at first."""
        return self.campaigns.setdefault((org_id, campaign_id), CampaignDelta())

    def add_order(self, fact: OrderFact, sign: int) -> None:
        """Add (sign 1) or subtract (sign -1) one order or return, if it counts."""
        if fact.counted:
            self.day(fact.org_id, fact.local_date).add_order(fact, sign)
            self.counts(fact.org_id).add_order(fact, sign)

    def replace_customer(self, before: Customer, after: Customer) -> None:
        """Replace a customer's counted state by the new one."""
        counts = self.counts(after.id.org_id)
        counts.add_customer(before, -1)
        counts.add_customer(after, 1)
        for customer, sign in ((before, -1), (after, 1)):
            if customer.first_local_date is not None:
                day = self.day(customer.id.org_id, customer.first_local_date)
                day.counts["new_customers"] += sign
        if (before.touches, before.credits) != (after.touches, after.credits):
            self.add_campaigns(before, -1)
            self.add_campaigns(after, 1)

    def add_campaigns(self, customer: Customer, sign: int) -> None:
        """Add (sign 1) or subtract (sign -1) one customer's touches and credit."""
        org_id = customer.id.org_id
        messaged = {
            id: list(touches)
            for id, touches in groupby(customer.touches, lambda touch: touch.campaign_id)
        }
        for id, touches in messaged.items():
            self.campaign(org_id, id).add_touches(touches, sign)
        for key, credit in customer.credits:
            segment = next((touch.segment for touch in messaged.get(key.campaign_id, ())), None)
            self.campaign(org_id, key.campaign_id).add_credit(key.day, segment, credit, sign)

    def add_transitions(self, transitions: Iterable[Transition], time_zone: ZoneInfo) -> None:
        """Count transitions on the day on which they took effect."""
        for transition in transitions:
            day = transition.effective_at.astimezone(time_zone).date()
            self.day(transition.customer.org_id, day).flows.update(flows_of(transition))

    def without_zeros(self) -> "CounterDeltas":
        """Return the changes without zero increments."""
        daily = {key: delta.without_zeros() for key, delta in self.daily.items()}
        counts = {key: delta.without_zeros() for key, delta in self.segment_counts.items()}
        campaigns = {key: delta.without_zeros() for key, delta in self.campaigns.items()}
        return CounterDeltas(
            daily={key: delta for key, delta in daily.items() if not delta.is_zero},
            segment_counts={key: delta for key, delta in counts.items() if not delta.is_zero},
            campaigns={key: delta for key, delta in campaigns.items() if not delta.is_zero},
        )


def _add(mine: Counter[str], theirs: Counter[str], sign: int) -> None:
    for name, value in theirs.items():
        mine[name] += sign * value


def _nonzero(counts: Counter[str]) -> Counter[str]:
    return Counter({name: value for name, value in counts.items() if value})


def _nonzero_maps(maps: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
    nonzero = {name: _nonzero(counts) for name, counts in maps.items()}
    return {name: counts for name, counts in nonzero.items() if counts}


def _without_zero_sales(sales: dict[str, CategoryDelta]) -> dict[str, CategoryDelta]:
    return {key: d for key, d in sales.items() if d.revenue_cents or d.quantity_milli}
