"""Cost of custom segments per order: reconcile under twenty large ones against under none.

Each order is the newest of a household whose other orders of the year are in its document already,
evaluated under the rules in force: that is what a live order meets. Both sides read and write the
same documents, except for the transition that a change of custom segments adds.
"""

import statistics
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from shared.firestore import paths
from shared.reconciliation.stores.customer_codec import customer_document
from shared.segments.conditions.nodes import Node
from tests.benchmarks.definitions import definitions
from tests.benchmarks.installation import (
    COMMIT_SIZE,
    WRITERS,
    customer_of,
    new_client,
    orders_by_household,
    services_for,
    write_documents,
    write_orders,
    write_rules,
)
from tests.benchmarks.ratio import Ratio
from tests.benchmarks.reconcile import reconcile_one, seconds
from tools.demo.orders import DemoOrder

SEGMENTS, CONDITIONS = 20, 100
ROUNDS = 9
ORDERS_PER_ROUND = 160
WORKERS = (1, 16)
NONE: Mapping[str, Node] = {}


def measure() -> list[Ratio]:
    """Medians of rounds in which both take turns, each time in a project of its own."""
    segments = definitions(SEGMENTS, CONDITIONS)
    ratios = []
    for workers in WORKERS:
        with_segments: list[float] = []
        without: list[float] = []
        held = 0.0
        for number in range(ROUNDS):
            sides = [(segments, with_segments), (NONE, without)]
            for rules, times in sides if number % 2 else reversed(sides):
                took, in_each = _round(number, rules, workers)
                times.append(took)
                held = max(held, in_each)
        ours, bare = statistics.median(with_segments), statistics.median(without)
        ratios.append(
            Ratio(
                what=f"reconcile under {SEGMENTS} custom segments of {CONDITIONS} conditions, "
                f"{workers} worker{'s' if workers > 1 else ''}",
                baseline="reconcile without custom segments",
                value=ours / bare,
                goal="≤ 1.30",
                figures=f"{ORDERS_PER_ROUND / ours:.0f}/s / {ORDERS_PER_ROUND / bare:.0f}/s, "
                f"a customer is in {held:.1f} of them",
            )
        )
    return ratios


def _round(number: int, rules: Mapping[str, Node], workers: int) -> tuple[float, float]:
    """Seconds for a round's orders, and in how many custom segments a customer is on average."""
    client = new_client()
    write_rules(client, rules)
    services = services_for(client)
    now = datetime.now(UTC)
    before = now - timedelta(minutes=1)
    customers, placed = [], []
    for household in _households(number):
        settings = services.organizations.settings(household[0].data["brandId"])
        customers.append(customer_of(household[:-1], settings.moment(before)))
        placed.append(_placed_at(household[-1], now))
    documents = [
        (paths.customer(each.id.org_id, each.id.customer_key), customer_document(each, before))
        for each in customers
    ]
    write_documents(client, documents, writers=WRITERS, commit_size=COMMIT_SIZE)
    write_orders(client, placed)
    work = [partial(reconcile_one, services.reconciler, order) for order in placed]
    in_each = statistics.mean(len(each.custom_segments) for each in customers)
    return seconds(work, workers), in_each


def _households(number: int) -> list[tuple[DemoOrder, ...]]:
    """Others in every round, as far as there are any, and each with a history."""
    known = [placed for placed in orders_by_household() if len(placed) > 1]
    start = number * ORDERS_PER_ROUND
    return [known[(start + index) % len(known)] for index in range(ORDERS_PER_ROUND)]


def _placed_at(order: DemoOrder, at: datetime) -> DemoOrder:
    return replace(order, ordered_at=at, data={**order.data, "createdAt": at})
