"""All real orders into the warehouse and every question of a night answered, against the demo.

The demo takes a sample of the same orders through the whole product; here it is all of them, of all
households, from the export on.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from shared.computation.questions import QUESTIONS
from tests.benchmarks.ratio import Ratio
from tests.support.complete_journey import exported
from tests.support.loaded_warehouse import loaded_warehouse
from tests.support.warehouse_facts import answers, order_counts, organization
from tools.demo.orders import ORGANIZATIONS, DemoOrder, demo_orders
from tools.stack.firebase_cli import ROOT

EVERY_HOUSEHOLD = sys.maxsize


def measure() -> list[Ratio]:
    """From the orders in memory to the answers in memory."""
    now = datetime.now(UTC)
    orders = demo_orders(now, at_most=EVERY_HOUSEHOLD)
    imported = _seconds(lambda: _compute(orders, now))
    demo = _seconds(
        lambda: subprocess.run(
            [sys.executable, "-m", "tools.demo.run", "--no-wait"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    )
    return [
        Ratio(
            what=f"{len(orders):,} orders imported, and all questions answered",
            baseline="the demo",
            value=imported / demo,
            goal="≤ 1.00",
            figures=f"{imported:.0f} s / {demo:.0f} s",
        )
    ]


def _compute(orders: list[DemoOrder], now: datetime) -> None:
    shops = [organization(org_id, today=now.date()) for org_id in sorted(ORGANIZATIONS)]
    with loaded_warehouse(map(exported, orders)) as warehouse:
        actual = answers(warehouse, QUESTIONS, shops, now)
        assert sum(order_counts(warehouse).values()) == len(orders)
        assert all(len(actual[shop.org_id]) == len(QUESTIONS) for shop in shops)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
