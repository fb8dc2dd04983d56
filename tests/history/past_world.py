"""A made-up past of many customers, counted as in production, with the expected answers.

The expectation is computed here from the orders and the stored transitions, one customer after
another, with none of the product's code for it.
"""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.values import plain_instant
from shared.orders.identity import CustomerKeyer
from shared.reconciliation.backfill import backfill
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.order_source import all_orders
from shared.rules.custom_segment_changes import Draft, new_segment
from shared.segments.conditions.parse import parse_definition
from shared.services import Services
from tests.support.shop import NOW, SECRET, key_of
from tests.support.world import TIME_ZONES, Order, segment_by_the_book

ORG = "org_north"
CUSTOM = ("cs_aaaaaaaaaaaa", "cs_bbbbbbbbbbbb")
ZONE = ZoneInfo(TIME_ZONES[ORG])
Place = tuple[str, str]


class PastWorld:
    """Orders of one organisation, as they are and as they are counted."""

    def __init__(
        self, services: Services, seed: int, *, orders: int = 60, people: int = 12
    ) -> None:
        self.random = Random(seed)
        self.services = services
        self.client: firestore.Client = services.client
        self.client.document(paths.analytics_settings(ORG)).set({"timeZone": TIME_ZONES[ORG]})
        self.orders = {f"o{n:03}": self._any_order(people) for n in range(orders)}
        batch = self.client.batch()
        for id, order in self.orders.items():
            batch.set(self.client.document(paths.order(id)), order.data())
        batch.commit()
        reconciler = self.reconciler(NOW)
        sources = [reconciler.normalized(raw) for raw in all_orders(self.client)]
        backfill(sources, [reconciler], lambda totals: None)
        self._steps: list[dict[str, Any]] | None = None

    def reconciler(self, now: datetime) -> Reconciler:
        services = self.services
        keyer = CustomerKeyer(SECRET)
        return Reconciler(services.store, services.organizations, keyer, clock=lambda: now)

    def _any_order(self, people: int) -> Order:
        return Order(
            org=ORG,
            email=f"person{self.random.randrange(people)}@example.org",
            cents=self.random.choice([1_500, 4_000, 9_000, 30_000]),
            ordered_at=NOW - timedelta(minutes=self.random.randrange(60 * 24 * 300)),
            status=self.random.choice(["completed"] * 9 + ["canceled"]),
        )

    def instant(self) -> datetime:
        """Any instant of the past; often the very one of an order or a threshold after it."""
        order = self.random.choice(list(self.orders.values()))
        days = self.random.choice([0, 30, 60, 90, self.random.random() * 300])
        at = order.ordered_at + timedelta(days=days, microseconds=self.random.choice([0, -1]))
        return min(at, NOW)

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """Two instants of the past, the second one often now."""
        closing = self.random.choice([now, self.instant()])
        return closing - timedelta(days=self.random.choice([1, 30, 100, 300])), closing

    def edit(self, now: datetime) -> None:
        """Refunds, deletions, cancellations and late orders, as they would come in at `now`."""
        self._steps = None
        reconciler = self.reconciler(now)
        for id in self.random.sample(sorted(self.orders), 15):
            order = self.orders[id]
            match self.random.randrange(4):
                case 0:
                    self.put(id, replace(order, refunded_cents=order.cents // 2), reconciler)
                case 1:
                    self.put(id, replace(order, status="canceled"), reconciler)
                case 2:
                    del self.orders[id]
                    self.client.document(paths.order(id)).delete()
                    reconciler.reconcile(id, seen_at=datetime.now(UTC))
                case _ if order.counted:
                    # Before an order that is known: late, and no continuation.
                    earlier = order.ordered_at - timedelta(days=self.random.randrange(1, 99))
                    self.put(f"{id}_late", replace(order, ordered_at=earlier), reconciler)

    def put(self, id: str, order: Order, reconciler: Reconciler) -> None:
        self.orders[id] = order
        self.client.document(paths.order(id)).set(order.data())
        reconciler.reconcile(id)

    def segments_by_orders(self, at: datetime) -> dict[str, str]:
        """Segment by customer key, from the orders placed up to `at`."""
        placed: defaultdict[str, list[Order]] = defaultdict(list)
        for order in self.orders.values():
            if order.counted and order.ordered_at <= at and order.email:
                placed[key_of(order.email, ORG)].append(order)
        return {
            key: segment_by_the_book(
                len(orders),
                sum(order.net_cents for order in orders),
                min(order.ordered_at for order in orders),
                max(order.ordered_at for order in orders),
                at,
            )
            for key, orders in placed.items()
        }

    def cents_by_orders(self, at: datetime) -> Counter[str]:
        """Lifetime value by segment, from the orders placed up to `at`."""
        segments = self.segments_by_orders(at)
        cents: Counter[str] = Counter()
        for order in self.orders.values():
            if order.counted and order.ordered_at <= at and order.email:
                cents[segments[key_of(order.email, ORG)]] += order.net_cents
        return cents

    def steps(self) -> list[dict[str, Any]]:
        """Every stored step, in the order of each customer's numbers."""
        if self._steps is None:
            self._steps = self._read_steps()
        return self._steps

    def _read_steps(self) -> list[dict[str, Any]]:
        stored = self.client.collection(paths.transitions(ORG)).stream()
        actual = [snapshot.to_dict() or {} for snapshot in stored]
        # The emulator's stored instants, in a form that can be calculated with.
        for step in actual:
            step["effective_at"] = plain_instant(step["effective_at"])
        return sorted(actual, key=lambda step: step["number"])

    def segments_by_steps(self, at: datetime) -> dict[str, str]:
        """Segment by customer key, following the stored steps up to `at`."""
        segments: dict[str, str] = {}
        for step in self.steps():
            if step["effective_at"] <= at:
                segments[step["customer_key"]] = step["to_segment"]
        return {key: segment for key, segment in segments.items() if segment}

    def step_into_and_out_of_custom_segments(self) -> None:
        """Put steps that change custom segments alone between and behind the stored ones."""
        chains: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for step in self.steps():
            chains[step["customer_key"]].append(step)
        self._steps = None
        for key, chain in chains.items():
            batch = self.client.batch()
            inside: set[str] = set()
            numbered = 0
            for step, following in zip_longest(chain, chain[1:]):
                numbered += 1
                batch.set(self._step(key, numbered), {**step, "number": numbered})
                until = following["effective_at"] if following else NOW
                parts = self.random.choices([0, 0.3, 0.7, 1], k=self.random.randrange(3))
                for part in sorted(parts if step["to_segment"] else []):
                    numbered += 1
                    id = self.random.choice(CUSTOM)
                    changed = {"left" if id in inside else "entered": [id]}
                    inside ^= {id}
                    since = step["effective_at"]
                    at = since + (until - since) * part
                    only = {
                        **step,
                        **changed,
                        "number": numbered,
                        "from_segment": step["to_segment"],
                        "from_since": since,
                        "effective_at": at,
                    }
                    batch.set(self._step(key, numbered), only)
            batch.commit()
        for id in CUSTOM:
            define(self.services, id)
        counts = self.custom_by_steps(NOW)
        shard = self.client.document(paths.segment_counts_shard(ORG, "custom"))
        shard.set({"custom": {id: {"customers": counts[id]} for id in CUSTOM}})

    def _step(self, key: str, number: int) -> firestore.DocumentReference:
        return self.client.document(paths.transition(ORG, key, number))

    def custom_by_steps(self, at: datetime) -> Counter[str]:
        """Customers by custom segment, following the stored steps up to `at`."""
        inside: defaultdict[str, set[str]] = defaultdict(set)
        for step in self.steps():
            if step["effective_at"] <= at:
                inside[step["customer_key"]] |= set(step.get("entered", ()))
                inside[step["customer_key"]] -= set(step.get("left", ()))
        return Counter(id for ids in inside.values() for id in ids)

    def write_flows(self) -> None:
        """Have the daily documents hold the steps of their day."""
        days: defaultdict[date, Counter[str]] = defaultdict(Counter)
        for step in self.steps():
            flows = days[step["effective_at"].astimezone(ZONE).date()]
            flows[f"{step['from_segment'] or 'none'}>{step['to_segment'] or 'none'}"] += 1
            flows.update(f"none>{id}" for id in step.get("entered", ()))
            flows.update(f"{id}>none" for id in step.get("left", ()))
        for day, flows in days.items():
            document = {"date": day.isoformat(), "flows": dict(flows)}
            self.client.document(f"{paths.daily_stats(ORG)}/{day.isoformat()}_f").set(document)


def define(services: Services, id: str, org: str = ORG) -> None:
    """Store a custom segment under this id; what it asks for does not matter here."""
    definition = parse_definition({"field": "email", "operator": "exists"})
    draft = Draft(name=id, description=None, definition=definition, filters=None)
    services.rules(org).change_custom_segment(
        id,
        lambda rules, before, at: new_segment(id, draft, before, rules.definitions, by="a", at=at),
    )


def cells(opening: dict[str, str], closing: dict[str, str]) -> dict[Place, set[str]]:
    """Customers by place at the opening and place at the closing."""
    actual: defaultdict[Place, set[str]] = defaultdict(set)
    for key in opening.keys() | closing.keys():
        actual[opening.get(key, "none"), closing.get(key, "none")].add(key)
    return actual
