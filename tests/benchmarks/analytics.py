"""Cohorts and affinity through the client and the BigQuery emulator, against other ways to do it.

All contestants get the same orders, and each ends with the numbers in Python. The product's own
time is that of the query through the client and of the results made from it; loading and typing the
export is not in it, as the others get typed rows for nothing.

Pairs need two customers, and the best by each sort are kept with how many customers they have.

DuckDB gets hand-written SQL on typed tables of one organisation, in process, for the same answer:
the difference from the product is the price of the client, of the emulator's translation, and of
many organisations. efficient-apriori counts pairs, and no more: for the same answer it is asked for
the orders of each pair too, from which its customers follow, and the pairs are ranked in Python.
Behind the figures stands how long the product's query takes for an organisation without orders:
what client and emulator take whatever the data.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from itertools import chain
from math import log
from operator import itemgetter
from random import Random
from typing import Any

import duckdb
import pandas as pd
from efficient_apriori import itemsets_from_transactions

from shared.affinity.affinity import MAXIMUM_PAIRS, MINIMUM_COUNT, AffinityQuestion, Relation
from shared.affinity.pair_statistics import lift_lower
from shared.cohorts.cohorts import CohortQuestion
from shared.cohorts.period import Granularity
from shared.nightly.question import ComputedOrganization, Question, scans
from shared.warehouse.answers import NightTables
from shared.warehouse.changelog import ChangelogRow
from tests.benchmarks.ratio import Ratio
from tests.support.loaded_warehouse import loaded_warehouse
from tests.support.warehouse_facts import fact_row, organization

ORDERS_OF_COHORTS, CUSTOMERS, MONTHS = 1_000_000, 120_000, 60
ORDERS_OF_AFFINITY, PRODUCTS = 100_000, 500
BASKETS = (4, 9)
"""Products of an order, about: as many as in the baskets of Groceries and of Complete Journey."""
CATEGORY = "category"
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


def affinity_orders(basket: int) -> Iterator[Order]:
    """Orders of about so many products, a few of which are in many orders."""
    random = Random(500)
    for number in range(ORDERS_OF_AFFINITY):
        size = 1 + random.randrange(2 * basket)
        yield Order(
            order_id=f"o{number}",
            customer=f"c{number % 9_000}",
            ordered_at=FIRST + timedelta(seconds=number * 900),
            amount_cents=1000,
            products=tuple({f"p{int(PRODUCTS * random.random() ** 1.5):03}" for _ in range(size)}),
        )


def measure() -> list[Ratio]:
    """Cohorts, then affinity."""
    return [*_cohorts(), *chain.from_iterable(map(_affinity, BASKETS))]


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


PAIRS_BY_HAND = """
WITH sized AS (SELECT *, count(*) OVER (PARTITION BY order_id) AS size FROM lines),
products AS (
  SELECT product_id, count(*) AS n, sum(size - 1) AS others, arg_max(name, ordered_at) AS name,
    arg_max(category, ordered_at) AS category
  FROM sized GROUP BY ALL HAVING n >= $minimum
),
total AS (
  SELECT count(DISTINCT order_id) AS orders, count(*) AS places, sum(size - 1) AS together
  FROM sized
),
met AS (
  SELECT a.product_id AS a, b.product_id AS b, a.customer, count(*) AS orders
  FROM lines a JOIN lines b ON a.order_id = b.order_id AND a.product_id < b.product_id
  GROUP BY ALL
),
pairs AS (
  SELECT a, b, sum(orders) AS n, count(*) AS customers
  FROM met GROUP BY ALL HAVING n >= $minimum AND customers > 1
),
expected AS (
  SELECT pairs.*, pa.n AS na, pb.n AS nb, orders, pa.n * pb.n * together / places ** 2 AS e,
    greatest(e, pa.others * pb.others / together) AS most
  FROM pairs JOIN products pa ON pa.product_id = a JOIN products pb ON pb.product_id = b, total
),
scored AS (
  SELECT *,
    (n + 0.5) * (1 - 1 / (9 * (n + 0.5)) - 1.959964 / (3 * sqrt(n + 0.5))) ** 3
      / (e + 0.5) AS lower,
    CASE WHEN n > most THEN n * ln(n / most) - n + most + 0.5 * ln(n) + 1 / (12 * n)
      + ln(1 - most / (n + 1)) ELSE 0 END AS surprise
  FROM expected
),
kept AS (
  (FROM scored ORDER BY lower DESC LIMIT $maximum)
  UNION (FROM scored ORDER BY n / e DESC LIMIT $maximum)
  UNION (FROM scored ORDER BY n DESC LIMIT $maximum)
  UNION (FROM scored ORDER BY n / least(na, nb) DESC LIMIT $maximum)
  UNION (FROM scored ORDER BY surprise DESC LIMIT $maximum)
)
SELECT kept.*, pa.name, pa.category, pb.name, pb.category,
  (SELECT count(*) FROM scored) AS found
FROM kept
JOIN products pa ON pa.product_id = a JOIN products pb ON pb.product_id = b
"""


def _affinity(basket: int) -> list[Ratio]:
    orders = list(affinity_orders(basket))
    lines = sum(len(order.products) for order in orders) / len(orders)
    what = f"affinity, {len(orders):,} orders × {lines:.1f} of {PRODUCTS} products"
    frame = pd.DataFrame(
        [
            (
                order.order_id,
                order.customer,
                order.ordered_at.replace(tzinfo=None),
                product,
                product,
                CATEGORY,
            )
            for order in orders
            for product in order.products
        ],
        columns=["order_id", "customer", "ordered_at", "product_id", "name", "category"],
    )
    ours = _product(orders, AffinityQuestion(relation=Relation.SAME_BASKET))
    connection = duckdb.connect()
    connection.execute("CREATE TABLE lines AS SELECT * FROM frame")
    limits = {"minimum": MINIMUM_COUNT, "maximum": MAXIMUM_PAIRS}
    by_hand = _best(lambda: connection.execute(PAIRS_BY_HAND, limits).fetchall())
    baskets = [order.products for order in orders]
    customers = [order.customer for order in orders]
    counting = _once(lambda: _mined(baskets, with_orders=False))
    mining = _once(lambda: _best_mined(baskets, customers))
    with_pandas = _best(lambda: _pairs_with_pandas(frame[["order_id", "product_id"]]))
    return [
        _ratio(what, "DuckDB by hand, in process", ours, by_hand, "≤ 2.00"),
        _ratio(what, "pandas, counts alone", ours, with_pandas, "none"),
        _ratio(what, "efficient-apriori, counts alone", ours, counting, "none"),
        _ratio(what, "efficient-apriori, ranked in Python", ours, mining, "≤ 0.125"),
    ]


def _mined(baskets: Sequence[tuple[str, ...]], *, with_orders: bool) -> dict[int, Any]:
    itemsets: dict[int, Any]
    itemsets, _ = itemsets_from_transactions(
        baskets,
        min_support=MINIMUM_COUNT / len(baskets),
        max_length=2,
        output_transaction_ids=with_orders,
    )
    return itemsets


def _best_mined(baskets: Sequence[tuple[str, ...]], customers: Sequence[str]) -> object:
    """The best pairs of two customers by each sort, with how many customers they have."""
    itemsets = _mined(baskets, with_orders=True)
    places = sum(map(len, baskets))
    together = sum(len(basket) * (len(basket) - 1) for basket in baskets)
    orders = {product: actual.itemset_count for (product,), actual in itemsets[1].items()}
    others: Counter[str] = Counter()
    for basket in baskets:
        for product in basket:
            others[product] += len(basket) - 1
    ranked = []
    for (a, b), actual in itemsets[2].items():
        met = len({customers[number] for number in actual.members})
        if met < 2:
            continue
        count = actual.itemset_count
        expected = orders[a] * orders[b] * together / places**2
        most = max(expected, others[a] * others[b] / together)
        surprise = 0.0
        if count > most:
            surprise = count * log(count / most) - count + most + 0.5 * log(count)
            surprise += 1 / (12 * count) + log(1 - most / (count + 1))
        lower, confidence = lift_lower(count, expected), count / min(orders[a], orders[b])
        ranked.append((a, b, met, count, lower, count / expected, confidence, surprise))
    return {
        pair
        for sort in range(3, 8)
        for pair in nlargest(MAXIMUM_PAIRS, ranked, key=itemgetter(sort))
    }


def _pairs_with_pandas(frame: pd.DataFrame) -> object:
    pairs = frame.merge(frame, on="order_id")
    pairs = pairs[pairs["product_id_x"] < pairs["product_id_y"]]
    counts = pairs.groupby(["product_id_x", "product_id_y"]).size()
    return counts[counts >= MINIMUM_COUNT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds from a question to its results, the best of some."""

    seconds: float
    without_orders: float


def _product(orders: list[Order], question: Question) -> Times:
    shop = organization("org", today=NOW.date())
    empty = organization("empty", today=NOW.date())
    (scan,) = scans([question])
    with loaded_warehouse(map(_row, orders)) as warehouse:
        tables = NightTables(warehouse)

        def best(of: ComputedOrganization) -> float:
            facts = tables.make_facts([of])

            def ask() -> object:
                rows = warehouse.rows(scan.sql, scan.parameters(NOW))
                return list(question.results(of, rows))

            assert warehouse.facts == facts
            return _best(ask)

        return Times(seconds=best(shop), without_orders=best(empty))


def _row(order: Order) -> ChangelogRow:
    return fact_row(
        order.order_id,
        customer=order.customer,
        ordered_at=order.ordered_at,
        amount_cents=order.amount_cents,
        lines=[(product, product, CATEGORY, 1000, 250) for product in order.products],
        operation="IMPORT",
    )


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _best(work: Callable[[], object]) -> float:
    """Seconds of the quickest of some runs: what else the machine does only makes it slower."""
    return min(_once(work) for _ in range(RUNS))


def _ratio(what: str, baseline: str, ours: Times, theirs: float, goal: str) -> Ratio:
    return Ratio(
        what=what,
        baseline=baseline,
        value=ours.seconds / theirs,
        goal=goal,
        figures=f"{ours.seconds:.2f} s / {theirs:.2f} s; {ours.without_orders:.2f} s for no orders",
    )
