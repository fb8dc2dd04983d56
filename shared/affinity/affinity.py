"""Product affinity: which products are bought together, in one basket or in consecutive orders.

Counted is presence. A product is in an order or is not, whatever its quantity and the number of its
lines, and a pair is of two distinct products.

* Same basket: of `orders` counted orders with at least one line, `orders_a` hold A, `orders_b` hold
  B and `count` hold both. A pair has no direction; A is the one with the smaller id.
* Next order: of `orders` orders that the same customer followed by another, `orders_a` have A in
  the first order, `orders_b` have B in the second and `count` have both. The pair A, B is another
  one than B, A.

Either way support = count ÷ orders, confidence A→B = count ÷ orders_a, confidence B→A = count ÷
orders_b, and lift = support ÷ (orders_a ÷ orders × orders_b ÷ orders) (Agrawal, Imielinski &
Swami 1993; Brin et al. 1997). Lift takes baskets to be of one size; for how much more often than by
chance they are together see `shared.affinity.pair_statistics`.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import nsmallest
from typing import Any

from shared.affinity.pair_statistics import (
    chance,
    false_discovery_rates,
    family_wise,
    lift_lower,
)
from shared.nightly.question import ComputedOrganization, Parameter, Row
from shared.nightly.result import KEY, Result

MINIMUM_COUNT = 5
"""Least number of orders, or of orders followed by another, with both products for a pair to be
reported."""
MAXIMUM_PAIRS = 5_000
"""Pairs kept per organisation by each way to sort them."""
TOP_PAIRS = 5
"""Pairs on the analytics page."""
_KEY_DIGITS = 9
_COUNTS = (
    "orders",
    "orders_cut",
    "places_a",
    "places_b",
    "together",
    "pairs_tested",
    "pairs_found",
)


class Relation(StrEnum):
    """Relation between the products of a pair; also the name of the result."""

    SAME_BASKET = "affinity"
    NEXT_ORDER = "affinity_next_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Id and name of a product; the name is that of its latest order."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPair:
    """Two products. Each product is in at least one order, so no denominator is 0."""

    a: Product
    b: Product
    orders: int
    orders_a: int
    orders_b: int
    count: int

    @property
    def support(self) -> float:
        """Part of the orders with both, 0 to 1."""
        return self.count / self.orders

    @property
    def confidence_ab(self) -> float:
        """Part of the orders with A that have B, 0 to 1."""
        return self.count / self.orders_a

    @property
    def confidence_ba(self) -> float:
        """Part of the orders with B that have A, 0 to 1."""
        return self.count / self.orders_b

    @property
    def lift(self) -> float:
        """Orders with both ÷ those expected if baskets were of one size."""
        return self.count * self.orders / (self.orders_a * self.orders_b)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(CountedPair):
    """A pair with its evidence."""

    customers: int
    """With both in one order, or in one and the next; an order by nobody counts as one of its
    own."""
    expected: float
    """Orders with both expected by chance, E."""
    lift_lower: float
    p_value: float
    """See `family_wise`."""
    q_value: float
    """See `false_discovery_rates`."""

    @property
    def lift_adjusted(self) -> float:
        """Orders with both ÷ those expected by chance; 1 is no relation."""
        return self.count / self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class AffinityQuestion:
    """Asks for the pairs of one relation.

    The result's entries are the products of the pairs kept, each with the pairs that it is the
    first of, as `pairs_of` reads them. Its summary holds the counts that the SQL answers with, see
    there, `pairs_kept`, `minimum_count`, and `top`: the first TOP_PAIRS pairs.
    """

    relation: Relation
    minimum_count: int = MINIMUM_COUNT
    maximum_pairs: int = MAXIMUM_PAIRS
    scan: str = field(default="pairs", init=False)
    sql: str = field(default="affinity", init=False)
    text_columns: Collection[str] = frozenset({"org_id", "products", "pairs"})

    @property
    def name(self) -> str:
        """Name of its only result: the relation."""
        return self.relation.value

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The relation and the limits."""
        return {
            "relations": [self.relation.value],
            "minimum_count": self.minimum_count,
            "maximum_pairs": self.maximum_pairs,
        }

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """One result, without entries and with zeros if there are no orders."""
        summary: dict[str, Any] = dict.fromkeys(_COUNTS, 0)
        entries: list[dict[str, Any]] = []
        for row in rows:
            summary = {name: row[name] for name in _COUNTS}
            entries = _entries(row)
        pairs = list(_ranked_pairs(entries, summary, self.relation))
        top = nsmallest(
            TOP_PAIRS,
            pairs,
            key=lambda each: (-each.bound, -each.pair.count, each.pair.a.id, each.pair.b.id),
        )
        yield Result(
            name=self.name,
            entries=entries,
            summary={
                **summary,
                "pairs_kept": len(pairs),
                "minimum_count": self.minimum_count,
                "top": [_top(each.pair) for each in top],
            },
        )


SAME_BASKET = AffinityQuestion(relation=Relation.SAME_BASKET)
NEXT_ORDER = AffinityQuestion(relation=Relation.NEXT_ORDER)


def is_current(summary: Mapping[str, Any]) -> bool:
    """Whether a result has the current form: one of version 0.3 has not."""
    return "together" in summary


def size_factor(summary: Mapping[str, Any]) -> float | None:
    """Return f: the ratio of the number of pairs to that for baskets of one size; None without
    pairs."""
    places = summary["places_a"] * summary["places_b"]
    return summary["orders"] * summary["together"] / places if places else None


def pairs_of(
    entries: Iterable[Mapping[str, Any]], summary: Mapping[str, Any], relation: Relation
) -> list[Pair]:
    """All pairs kept in a result, in no order."""
    pairs = list(_ranked_pairs(entries, summary, relation))
    pairs_tested = summary["pairs_tested"]
    chances = [chance(each.pair.count, each.most_expected) for each in pairs]
    rates = false_discovery_rates(chances, pairs_tested)
    return [
        Pair(
            a=each.pair.a,
            b=each.pair.b,
            orders=each.pair.orders,
            orders_a=each.pair.orders_a,
            orders_b=each.pair.orders_b,
            count=each.pair.count,
            customers=each.customers,
            expected=each.expected,
            lift_lower=each.bound,
            p_value=family_wise(probability, pairs_tested),
            q_value=rate,
        )
        for each, probability, rate in zip(pairs, chances, rates, strict=True)
    ]


def top_pairs(summary: Mapping[str, Any]) -> list[CountedPair]:
    """The best pairs, from the summary alone."""
    return [
        CountedPair(
            a=Product(id=entry["id_a"], name=entry["name_a"], category=entry["category_a"]),
            b=Product(id=entry["id_b"], name=entry["name_b"], category=entry["category_b"]),
            orders=summary["orders"],
            orders_a=entry["orders_a"],
            orders_b=entry["orders_b"],
            count=entry["count"],
        )
        for entry in summary["top"]
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _RankedPair:
    """A pair with the statistics it is ranked by."""

    pair: CountedPair
    customers: int
    expected: float
    most_expected: float
    bound: float


def _entries(row: Row) -> list[dict[str, Any]]:
    """Return the products of a row, by number, each with its pairs."""
    if row["products"] is None:
        return []
    pairs: defaultdict[str, list[str]] = defaultdict(list)
    for text in row["pairs"].split(","):
        first, _, rest = text.partition(":")
        pairs[first].append(rest)
    products = (json.loads(line) for line in row["products"].split("\n"))
    return [
        {
            KEY: f"{product['number']:0{_KEY_DIGITS}}",
            **product,
            "pairs": ",".join(pairs[str(product["number"])]),
        }
        for product in sorted(products, key=lambda product: int(product["number"]))
    ]


def _ranked_pairs(
    entries: Iterable[Mapping[str, Any]], summary: Mapping[str, Any], relation: Relation
) -> Iterator[_RankedPair]:
    by_number = {entry["number"]: entry for entry in entries}
    products = {
        number: Product(id=entry["id"], name=entry["name"], category=entry["category"])
        for number, entry in by_number.items()
    }
    orders, together = summary["orders"], summary["together"]
    places = summary["places_a"] * summary["places_b"]
    for first, entry in by_number.items():
        for text in entry["pairs"].split(",") if entry["pairs"] else ():
            second, count, customers = map(int, text.split(":"))
            other = by_number[second]
            orders_a, orders_b = entry["orders_a"], other["orders_b"]
            expected = orders_a * orders_b * together / places
            wide = entry["others_a"] * other["others_b"] / together
            a, b = products[first], products[second]
            if relation is Relation.SAME_BASKET and b.id < a.id:
                a, b, orders_a, orders_b = b, a, orders_b, orders_a
            yield _RankedPair(
                pair=CountedPair(
                    a=a, b=b, orders=orders, orders_a=orders_a, orders_b=orders_b, count=count
                ),
                customers=customers,
                expected=expected,
                most_expected=max(expected, wide),
                bound=lift_lower(count, expected),
            )


def _top(pair: CountedPair) -> dict[str, Any]:
    return {
        "id_a": pair.a.id,
        "name_a": pair.a.name,
        "category_a": pair.a.category,
        "orders_a": pair.orders_a,
        "id_b": pair.b.id,
        "name_b": pair.b.name,
        "category_b": pair.b.category,
        "orders_b": pair.orders_b,
        "count": pair.count,
    }
