"""Cost of folding a customer's orders into a history: one by one, against all at once.

The baseline sorts the same orders as a list and encodes them.
"""

import time
from datetime import UTC, datetime, timedelta
from random import Random

from shared.segments.history import EMPTY, OrderHistory, PastLine, PastOrder
from tests.benchmarks.ratio import Ratio

ORDERS = 8_000
LINES = 10
PRODUCTS = 300
ROUNDS = 5


def measure() -> list[Ratio]:
    """The fastest of some rounds of each, in turns."""
    orders = past_orders(ORDERS)
    folding, encoding = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        history = EMPTY
        for order in orders:
            history = history.plus(order)
        folded = history.to_bytes()
        folding.append(time.perf_counter() - started)

        started = time.perf_counter()
        encoded = OrderHistory.of(orders).to_bytes()
        encoding.append(time.perf_counter() - started)
        assert folded == encoded
    took, base = min(folding), min(encoding)
    return [
        Ratio(
            what=f"fold of {ORDERS:,} orders of {LINES} lines, one by one",
            baseline="all encoded once",
            value=took / base,
            goal="≤ 1.50, in ≤ 0.5 s",
            figures=f"{took:.2f} s / {base:.2f} s",
        )
    ]


def past_orders(count: int) -> list[PastOrder]:
    """Orders of a regular customer, in no order."""
    random = Random(1)
    products = [(f"{random.randrange(10**6)}", f"Category {n % 8}") for n in range(PRODUCTS)]
    orders = []
    for number in range(count):
        at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=3 * number)
        lines = tuple(
            PastLine(id, category, 1_000, random.randrange(100, 3_000))
            for id, category in sorted(random.sample(products, LINES))
        )
        orders.append(PastOrder(at, at.date(), 50_00, "in_store", "", lines))
    random.shuffle(orders)
    return orders
