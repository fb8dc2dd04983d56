"""Which products go together: in one basket, or from one order to the customer's next.

Counted is presence. A product is in an order or is not, whatever its quantity and the number of its
lines, and a pair is of two distinct products.

* Same basket: of `orders` counted orders with at least one line, `orders_a` hold A, `orders_b` hold
  B and `count` hold both. A pair has no direction; A is the one with the smaller id.
* Next order: of `orders` steps from an order to the same customer's next one, `orders_a` have A in
  the first order, `orders_b` have B in the second and `count` have both. The pair A, B is another
  one than B, A.

Either way support = count ÷ orders, confidence A→B = count ÷ orders_a, confidence B→A = count ÷
orders_b, and lift = support ÷ (orders_a ÷ orders × orders_b ÷ orders): how many times as often
they are together as they would be by chance (Agrawal, Imielinski & Swami 1993; Brin et al. 1997).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, sqrt
from typing import Any

from shared.computing.question import ComputedOrganization, Parameter, Row
from shared.computing.result import KEY, Result
from shared.orders.lines import NO_PRODUCT

MINIMUM_COUNT = 5
"""Orders or steps with both products, below which a pair is not told."""
MAXIMUM_PRODUCTS = 100
"""Products of one order that pairs are made of."""
MAXIMUM_PAIRS = 5_000
"""Pairs kept per organisation."""
TOP_PAIRS = 5
"""Pairs on the analytics page."""
_KEY_DIGITS = 6
_Z = 1.959964
"""97.5 % quantile of the standard normal distribution."""


class Relation(StrEnum):
    """How the products of a pair are related; the name of the result."""

    SAME_BASKET = "affinity"
    NEXT_ORDER = "affinity_next_order"


class PairSort(StrEnum):
    """What pairs are ranked by, best first."""

    LIFT_LOWER = "liftLower"
    LIFT = "lift"
    COUNT = "count"
    SUPPORT = "support"
    CONFIDENCE = "confidence"
    P_VALUE = "pValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """As on its latest order."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two products. Each product is in at least one order, so no denominator is 0."""

    a: Product
    b: Product
    orders: int
    orders_a: int
    orders_b: int
    count: int
    p_value: float
    """See `p_value`; corrected for the number of pairs tested."""

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
        """Orders with both ÷ those expected by chance; 1 is no relation."""
        return self.count * self.orders / (self.orders_a * self.orders_b)

    @property
    def lift_lower(self) -> float:
        """See `lift_lower`."""
        return lift_lower(self.count, self.orders_a, self.orders_b, self.orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSelection:
    """Which pairs, in which order, and how many. Every condition must be met."""

    relation: Relation = Relation.SAME_BASKET
    minimum_count: int = MINIMUM_COUNT
    minimum_support: float = 0.0
    minimum_lift: float = 0.0
    product_id: str | None = None
    """Of either product."""
    category: str | None = None
    """Of either product."""
    sort: PairSort = PairSort.LIFT_LOWER
    limit: int

    @property
    def last_key(self) -> str | None:
        """Key of the last entry that it takes to answer; None where it takes all."""
        plain = PairSelection(
            relation=self.relation,
            minimum_count=min(self.minimum_count, MINIMUM_COUNT),
            limit=self.limit,
        )
        return _key(self.limit) if self == plain else None


def lift_lower(count: int, orders_a: int, orders_b: int, orders: int) -> float:
    """Lower end of the 95 % credibility interval of lift: what pairs are ranked by.

    With O = count and E = orders_a × orders_b ÷ orders, the count expected by chance, lift is
    O ÷ E. Shrunken by ½ on either side, it has a gamma distribution with shape k = O + ½ and rate
    E + ½ (Norén, Hopstadius & Bate 2013, Statistical Methods in Medical Research 22(1), 57–69).
    Its 2.5 % quantile is k (1 − 1 ÷ 9k − 1.96 ÷ 3√k)³ ÷ (E + ½) (Wilson & Hilferty 1931, PNAS
    17(12), 684–688).

    The ½ keeps rare products in check. Three orders with two products that are in no others have a
    lift of orders ÷ 3, however many there are, and a lower bound of no more than 1.7:

    >>> round(lift_lower(3, 3, 3, 100_000), 2)
    1.66
    >>> round(lift_lower(400, 1_000, 2_000, 10_000), 2)
    1.81
    """
    shape = count + 0.5
    rate = orders_a * orders_b / orders + 0.5
    return float(shape * (1 - 1 / (9 * shape) - _Z / (3 * sqrt(shape))) ** 3 / rate)


def p_value(count: int, orders_a: int, orders_b: int, orders: int, *, pairs_tested: int) -> float:
    """Chance of so many orders with both, or more, for any of the pairs, were all independent.

    The upper tail of the hypergeometric distribution: Fisher's exact test, one-sided (Fisher 1935,
    The Design of Experiments), times the number of pairs tested, at most 1 (Bonferroni; Dunn 1961,
    Journal of the American Statistical Association 56, 52–64). All pairs of products that could
    reach the minimum count are tested, whether or not they are ever together. 0 where it is less
    than a float can tell.

    The lady tasting tea, who names the four cups of eight that had milk in first:

    >>> round(p_value(4, 4, 4, 8, pairs_tested=1) * 70, 6)
    1.0
    """
    return min(1.0, _upper_tail(count, orders_a, orders_b, orders) * pairs_tested)


def _upper_tail(count: int, with_a: int, with_b: int, orders: int) -> float:
    """P(X ≥ count), X being the orders with both when `with_b` of `orders` are drawn at random.

    Added up from `count` on towards the end of the shorter tail, by the ratio of neighbours.
    """
    neither = orders - with_a - with_b
    fewest, most = max(0, -neither), min(with_a, with_b)
    if count <= fewest:
        return 1.0
    if count * orders > with_a * with_b:
        term = total = _probability(count, with_a, with_b, orders)
        for both in range(count, most):
            term *= (with_a - both) * (with_b - both) / ((both + 1) * (neither + both + 1))
            total += term
            if term < total * 1e-17:
                break
        return min(1.0, total)
    term = total = _probability(count - 1, with_a, with_b, orders)
    for both in range(count - 1, fewest, -1):
        term *= both * (neither + both) / ((with_a - both + 1) * (with_b - both + 1))
        total += term
        if term < total * 1e-17:
            break
    return max(0.0, 1.0 - total)


def _probability(both: int, with_a: int, with_b: int, orders: int) -> float:
    """P(X = both)."""
    return exp(
        _log_choose(with_a, both)
        + _log_choose(orders - with_a, with_b - both)
        - _log_choose(orders, with_b)
    )


def _log_choose(of: int, taken: int) -> float:
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffinityQuestion:
    """Asks for the pairs of one relation.

    The result's entries are the pairs as `pair_of` reads them, best first by `lift_lower`, ties by
    count and ids. Its summary holds `orders`, `orders_cut`, `pairs_tested` and `pairs_found`, see
    the SQL, `minimum_count`, and `top`: the first TOP_PAIRS entries.
    """

    relation: Relation
    minimum_count: int = MINIMUM_COUNT
    maximum_products: int = MAXIMUM_PRODUCTS
    maximum_pairs: int = MAXIMUM_PAIRS

    @property
    def name(self) -> str:
        """That of its only result."""
        return self.relation.value

    @property
    def sql(self) -> str:
        """Named as the result is."""
        return self.relation.value

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The limits."""
        return {
            "minimum_count": self.minimum_count,
            "maximum_products": self.maximum_products,
            "maximum_pairs": self.maximum_pairs,
            "no_product": NO_PRODUCT,
        }

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """One result, without entries and with zeros where there are no orders."""
        totals = dict.fromkeys(("orders", "orders_cut", "pairs_tested", "pairs_found"), 0)
        products: dict[int, Row] = {}
        for row in rows:
            totals = {name: row[name] for name in totals}
            if row["number"] is not None:
                products[row["number"]] = row
        pairs = sorted(
            _pairs(products, totals["orders"], totals["pairs_tested"]),
            key=lambda pair: (-pair.lift_lower, -pair.count, pair.a.id, pair.b.id),
        )
        entries = [_entry(place, pair) for place, pair in enumerate(pairs, start=1)]
        yield Result(
            name=self.name,
            entries=entries,
            summary={
                **totals,
                "minimum_count": self.minimum_count,
                "top": entries[:TOP_PAIRS],
            },
        )


def _pairs(products: Mapping[int, Row], orders: int, pairs_tested: int) -> Iterator[Pair]:
    """The pairs of the SQL's rows, which are products by number."""
    for a in products.values():
        for partner in a["partners"].split(",") if a["partners"] else ():
            number, count = map(int, partner.split(":"))
            b = products[number]
            orders_a, orders_b = a["orders_a"], b["orders_b"]
            yield Pair(
                a=_product(a),
                b=_product(b),
                orders=orders,
                orders_a=orders_a,
                orders_b=orders_b,
                count=count,
                p_value=p_value(count, orders_a, orders_b, orders, pairs_tested=pairs_tested),
            )


def _product(row: Row) -> Product:
    return Product(id=row["product_id"], name=row["name"], category=row["category"])


SAME_BASKET = AffinityQuestion(relation=Relation.SAME_BASKET)
NEXT_ORDER = AffinityQuestion(relation=Relation.NEXT_ORDER)


def pair_of(entry: Mapping[str, Any], orders: int) -> Pair:
    """The pair in an entry of a result whose summary has so many `orders`."""
    return Pair(
        a=Product(id=entry["id_a"], name=entry["name_a"], category=entry["category_a"]),
        b=Product(id=entry["id_b"], name=entry["name_b"], category=entry["category_b"]),
        orders=orders,
        orders_a=entry["orders_a"],
        orders_b=entry["orders_b"],
        count=entry["count"],
        p_value=entry["p_value"],
    )


def top_pairs(summary: Mapping[str, Any]) -> list[Pair]:
    """The best pairs, from the summary alone."""
    return [pair_of(entry, summary["orders"]) for entry in summary["top"]]


def selected(pairs: Iterable[Pair], selection: PairSelection) -> list[Pair]:
    """All pairs that meet the conditions, whatever the limit, best first.

    Of those that rank the same, the earlier comes first.
    """
    found = [pair for pair in pairs if _is_selected(pair, selection)]
    found.sort(key=lambda pair: _rank(pair, selection))
    return found


def _is_selected(pair: Pair, selection: PairSelection) -> bool:
    products: Sequence[Product] = (pair.a, pair.b)
    return (
        pair.count >= selection.minimum_count
        and pair.support >= selection.minimum_support
        and pair.lift >= selection.minimum_lift
        and (
            selection.product_id is None
            or any(product.id == selection.product_id for product in products)
        )
        and (
            selection.category is None
            or any(product.category == selection.category for product in products)
        )
    )


def _rank(pair: Pair, selection: PairSelection) -> float:
    """Smaller is better."""
    match selection.sort:
        case PairSort.LIFT_LOWER:
            return -pair.lift_lower
        case PairSort.LIFT:
            return -pair.lift
        case PairSort.COUNT | PairSort.SUPPORT:
            return -pair.count
        case PairSort.CONFIDENCE if selection.relation is Relation.NEXT_ORDER:
            return -pair.confidence_ab
        case PairSort.CONFIDENCE:
            return -max(pair.confidence_ab, pair.confidence_ba)
        case PairSort.P_VALUE:
            return pair.p_value


def _entry(place: int, pair: Pair) -> dict[str, Any]:
    return {
        KEY: _key(place),
        "id_a": pair.a.id,
        "name_a": pair.a.name,
        "category_a": pair.a.category,
        "orders_a": pair.orders_a,
        "id_b": pair.b.id,
        "name_b": pair.b.name,
        "category_b": pair.b.category,
        "orders_b": pair.orders_b,
        "count": pair.count,
        "p_value": pair.p_value,
    }


def _key(place: int) -> str:
    return f"{place:0{_KEY_DIGITS}}"
