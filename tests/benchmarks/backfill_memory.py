"""Growth of a backfill's memory with ten times as many orders.

The process that is measured is a new one, which does what the tool does.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice

from shared.firestore import paths
from shared.kernel.settings import CUSTOMER_KEY_SECRET
from tests.benchmarks.installation import SECRET, new_client, orders, write_documents
from tests.benchmarks.ratio import Ratio
from tools.backfill import DEFAULT_WORKERS
from tools.stack.firebase_cli import ROOT

FEW, MANY = 10_000, 100_000
WRITE_SIZE = 10_000
WRITERS, COMMIT_SIZE = 4, 400
GOAL = 1.25

LOOP = f"""
from shared.backfill.job import add_orders, count_orders, read_orders
from shared.backfill.order_index import OrderIndex
from tools.connection import connect

def peak():
    # Not ru_maxrss, which a new process takes over from the one that started it.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

services = connect(None)
before = peak()
with OrderIndex() as index:
    add_orders(index, read_orders(services, None))
    totals = count_orders(services, index, workers={DEFAULT_WORKERS})
print(before, peak(), totals.orders)
"""


def measure() -> list[Ratio]:
    """The largest resident set with many orders, against that with few."""
    few, many = _peak_megabytes(FEW), _peak_megabytes(MANY)
    return [
        Ratio(
            what=f"memory of a backfill of {MANY:,} orders",
            baseline=f"of {FEW:,} orders",
            value=many[1] / few[1],
            goal=f"≤ {GOAL}",
            figures=f"{many[1]:.0f} MB / {few[1]:.0f} MB, {few[0]:.0f} MB before the first",
        )
    ]


def _peak_megabytes(count: int) -> tuple[float, float]:
    """Before the backfill and after it."""
    client = new_client()
    documents = _documents(count)
    while part := list(islice(documents, WRITE_SIZE)):
        write_documents(client, part, writers=WRITERS, commit_size=COMMIT_SIZE)
    answer = subprocess.run(
        [sys.executable, "-c", LOOP],
        check=True,
        cwd=ROOT,
        env={
            **os.environ,
            "GOOGLE_CLOUD_PROJECT": client.project,
            CUSTOMER_KEY_SECRET: SECRET.decode(),
        },
        capture_output=True,
        text=True,
    )
    before, after, counted = map(int, answer.stdout.splitlines()[-1].split())
    assert counted == count
    return before / 1000, after / 1000


def _documents(count: int) -> Iterator[tuple[str, dict[str, object]]]:
    """The real orders over and over, each time of other people."""
    copies = ((number // len(orders()), number % len(orders())) for number in range(count))
    for copy, index in copies:
        order = orders()[index]
        data = {**order.data, "userId": f"{order.data['userId']}-{copy}"}
        yield paths.order(f"{order.order_id}-{copy}"), data
