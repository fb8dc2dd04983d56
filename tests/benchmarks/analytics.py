"""Cohorts and affinity through the client and the BigQuery emulator, against other ways to do it.

All contestants get the same orders, and each ends with the numbers in Python. The product's own
time is that of the query through the client and of the results made from it; loading and typing the
export is not in it, as the others get typed rows for nothing.

DuckDB gets hand-written SQL on typed tables, in process: what is left between it and the product is
the price of the client, the emulator's translation, and names, categories, ranking and all modes.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from random import Random

import duckdb
import pandas as pd
from efficient_apriori import itemsets_from_transactions

from shared.analytics.affinity import AffinityQuestion, Relation
from shared.analytics.cohorts import CohortQuestion, Granularity
from shared.computing.question import Question, parameters
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tests.benchmarks.ratio import Ratio
from tests.support.warehouse_facts import fact_row, organization
from tools.bigquery_emulator import bigquery_emulator

ORDERS_OF_COHORTS, CUSTOMERS, MONTHS = 1_000_000, 120_000, 60
ORDERS_OF_AFFINITY, PRODUCTS, LINES = 100_000, 500, 4
MINIMUM_COUNT = 5
LOAD_ROWS = 50_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = NOW - timedelta(days=MONTHS * 30)
RUNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as all contestants get it."""

    order_id: str
    customer: str
    ordered_at: datetime
    amount_cents: int
    products: tuple[str, ...] = ()


def cohort_orders() -> Iterator[Order]:
    """Of customers who come at any time, most of them early after their first order."""
    random = Random(60)
    whole = (NOW - FIRST).total_seconds()
    joined = [random.random() * whole for _ in range(CUSTOMERS)]
    for number in range(ORDERS_OF_COHORTS):
        customer = random.randrange(CUSTOMERS)
        since = joined[customer]
        seconds = since + (whole - since) * random.random() ** 3
        yield Order(
            order_id=f"o{number}",
            customer=f"c{customer}",
            ordered_at=FIRST + timedelta(seconds=int(seconds)),
            amount_cents=random.randrange(100, 20_000),
        )


def affinity_orders() -> Iterator[Order]:
    """Baskets in which a few products are in many."""
    random = Random(500)
    for number in range(ORDERS_OF_AFFINITY):
        size = 1 + min(random.randrange(2 * LINES), 3 * LINES)
        yield Order(
            order_id=f"o{number}",
            customer=f"c{number % 9_000}",
            ordered_at=FIRST + timedelta(seconds=number * 900),
            amount_cents=1000,
            products=tuple({f"p{int(PRODUCTS * random.random() ** 1.5):03}" for _ in range(size)}),
        )


def measure() -> list[Ratio]:
    """Cohorts, then affinity."""
    return [*_cohorts(), *_affinity()]


def _cohorts() -> list[Ratio]:
    orders = list(cohort_orders())
    what = f"cohorts by month, {len(orders):,} orders × {MONTHS} months"
    frame = pd.DataFrame(
        {
            "customer_key": [order.customer for order in orders],
            "local_date": pd.to_datetime([order.ordered_at.date() for order in orders]),
            "amount_cents": [order.amount_cents for order in orders],
        }
    )
    ours = _product(orders, CohortQuestion(granularity=Granularity.MONTH, breakdown=None))
    connection = duckdb.connect()
    connection.execute("CREATE TABLE orders AS SELECT * FROM frame")
    by_hand = _best(lambda: connection.execute(COHORTS_BY_HAND).fetchall())
    with_pandas = _best(lambda: _cohorts_with_pandas(frame))
    return [
        _ratio(what, "DuckDB by hand, in process", ours, by_hand, "≤ 2.00"),
        _ratio(what, "pandas", ours, with_pandas, "none"),
    ]


COHORTS_BY_HAND = """
WITH periods AS (
  SELECT customer_key, date_trunc('month', local_date) AS period, count(*) AS orders,
    sum(amount_cents) AS cents
  FROM orders GROUP BY ALL
),
placed AS (
  SELECT *, min(period) OVER w AS cohort, max(period) OVER w AS last FROM periods
  WINDOW w AS (PARTITION BY customer_key)
)
SELECT cohort, datediff('month', cohort, period) AS k, count(*), sum(orders), sum(cents),
  count(*) FILTER (WHERE period = last)
FROM placed GROUP BY ALL ORDER BY cohort, k
"""


def _cohorts_with_pandas(frame: pd.DataFrame) -> object:
    month = frame["local_date"].dt.year * 12 + frame["local_date"].dt.month
    periods = (
        frame.assign(month=month)
        .groupby(["customer_key", "month"], sort=False)["amount_cents"]
        .agg(["size", "sum"])
        .reset_index()
    )
    first = periods.groupby("customer_key", sort=False)["month"].transform("min")
    cells = periods.assign(cohort=first, k=periods["month"] - first).groupby(["cohort", "k"])
    return cells.agg(customers=("size", "size"), orders=("size", "sum"), cents=("sum", "sum"))


def _affinity() -> list[Ratio]:
    orders = list(affinity_orders())
    what = f"affinity, {len(orders):,} orders × {PRODUCTS} products"
    frame = pd.DataFrame(
        [(order.order_id, product) for order in orders for product in order.products],
        columns=["order_id", "product_id"],
    )
    ours = _product(orders, AffinityQuestion(relation=Relation.SAME_BASKET))
    connection = duckdb.connect()
    connection.execute("CREATE TABLE lines AS SELECT * FROM frame")
    by_hand = _best(
        lambda: connection.execute(
            "SELECT a.product_id, b.product_id, count(*) AS n FROM lines a JOIN lines b "
            "ON a.order_id = b.order_id AND a.product_id < b.product_id "
            "GROUP BY ALL HAVING n >= ? ORDER BY n DESC LIMIT 5000",
            [MINIMUM_COUNT],
        ).fetchall()
    )
    baskets = [order.products for order in orders]
    miner = _once(
        lambda: itemsets_from_transactions(
            baskets, min_support=MINIMUM_COUNT / len(baskets), max_length=2
        )
    )
    with_pandas = _best(lambda: _pairs_with_pandas(frame))
    return [
        _ratio(what, "DuckDB by hand, in process", ours, by_hand, "≤ 2.00"),
        _ratio(what, "pandas", ours, with_pandas, "none"),
        _ratio(what, "efficient-apriori, the same pairs", ours, miner, "≤ 0.10"),
    ]


def _pairs_with_pandas(frame: pd.DataFrame) -> object:
    pairs = frame.merge(frame, on="order_id")
    pairs = pairs[pairs["product_id_x"] < pairs["product_id_y"]]
    counts = pairs.groupby(["product_id_x", "product_id_y"]).size()
    return counts[counts >= MINIMUM_COUNT]


def _product(orders: list[Order], question: Question) -> float:
    """Seconds from the question to its results, the best of some."""
    shop = organization("org", today=NOW.date())
    with _warehouse() as warehouse:
        for start in range(0, len(orders), LOAD_ROWS):
            warehouse.load(_row(order) for order in orders[start : start + LOAD_ROWS])
        warehouse.refresh_facts()

        def ask() -> object:
            rows = warehouse.rows(question.sql, parameters(question, [shop], NOW))
            return list(chain.from_iterable([r.entries] for r in question.results(shop, rows)))

        return _best(ask)


def _row(order: Order) -> ChangelogRow:
    return fact_row(
        order.order_id,
        customer=order.customer,
        ordered_at=order.ordered_at,
        amount_cents=order.amount_cents,
        lines=[(product, product, "category", 1000, 250) for product in order.products],
        operation="IMPORT",
    )


@contextmanager
def _warehouse() -> Iterator[Warehouse]:
    with tempfile.TemporaryDirectory() as folder, bigquery_emulator(log_folder=Path(folder)) as up:
        os.environ.update(up.environment)
        warehouse = Warehouse(bigquery_client("demo-bench"), "bench", maximum_bytes_billed=10**12)
        warehouse.prepare()
        yield warehouse


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _best(work: Callable[[], object]) -> float:
    """Seconds of the quickest of some runs: what else the machine does only makes it slower."""
    return min(_once(work) for _ in range(RUNS))


def _ratio(what: str, baseline: str, ours: float, theirs: float, goal: str) -> Ratio:
    return Ratio(
        what=what,
        baseline=baseline,
        value=ours / theirs,
        goal=goal,
        figures=f"{ours:.2f} s / {theirs:.2f} s",
    )
