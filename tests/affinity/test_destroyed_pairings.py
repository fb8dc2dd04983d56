"""No pair is significant in baskets that are products of chance.

Real baskets are shuffled so that every basket keeps its number of products and every product its
number of baskets, and everything else is random: swap randomisation (Gionis et al. 2007, ACM
Transactions on Knowledge Discovery from Data 1(3)).
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy
import pytest

from shared.affinity.affinity import SAME_BASKET, Pair, pairs_of
from tests.affinity.asked_pairs import real_frame
from tests.support.warehouse_facts import organization

Numbers = Any
"""An array of whole numbers."""

SHUFFLES = 20
HOUSEHOLDS = 40
SIGNIFICANT = 0.05


def shuffled(baskets: Numbers, products: Numbers, random: numpy.random.Generator) -> Numbers:
    """The products in another order: swaps between two baskets that leave both sets of products."""
    products, width = products.copy(), int(products.max()) + 1
    there = numpy.zeros((baskets.max() + 1, width), dtype=bool)
    for _ in range(40):
        there[...] = False
        there[baskets, products] = True
        order = random.permutation(len(baskets))
        half = len(order) // 2
        one, two = order[:half], order[half : 2 * half]
        new_one = baskets[one] * width + products[two]
        new_two = baskets[two] * width + products[one]
        fine = ~(there[baskets[one], products[two]] | there[baskets[two], products[one]])
        values, times = numpy.unique(
            numpy.concatenate([new_one[fine], new_two[fine]]), return_counts=True
        )
        twice = values[times > 1]
        fine &= ~(numpy.isin(new_one, twice) | numpy.isin(new_two, twice))
        first, second = one[fine], two[fine]
        products[first], products[second] = products[second].copy(), products[first].copy()
    return products


def pairs_found(baskets: Numbers, products: Numbers) -> list[Pair]:
    """Return the product's pairs for such baskets, each of a customer of its own."""
    present = numpy.zeros((baskets.max() + 1, products.max() + 1), dtype=numpy.float32)
    present[baskets, products] = 1
    sizes = present.sum(axis=1)
    others = (present.T @ (sizes - 1)).round().astype(int)
    together = (present.T @ present).round().astype(int)
    single = together.diagonal()
    often = int((single >= SAME_BASKET.minimum_count).sum())
    a, b = numpy.nonzero(numpy.triu(together, 1) >= SAME_BASKET.minimum_count)
    row = {
        "org_id": "org",
        "orders": len(sizes),
        "orders_cut": 0,
        "places_a": int(sizes.sum()),
        "places_b": int(sizes.sum()),
        "together": int(others.sum()),
        "pairs_tested": often * (often - 1) // 2,
        "pairs_found": len(a),
        "products": "\n".join(
            json.dumps(
                {
                    "number": number,
                    "id": f"p{number}",
                    "name": "",
                    "category": "",
                    "orders_a": int(single[number]),
                    "orders_b": int(single[number]),
                    "others_a": int(others[number]),
                    "others_b": int(others[number]),
                }
            )
            for number in range(len(single))
        ),
        "pairs": ",".join(
            f"{x}:{y}:{together[x, y]}:2" for x, y in zip(a.tolist(), b.tolist(), strict=True)
        ),
    }
    (result,) = SAME_BASKET.results(organization(today=date(2026, 11, 23)), [row])
    return pairs_of(result.entries, result.summary, SAME_BASKET.relation)


@pytest.fixture(scope="module")
def real() -> tuple[Numbers, Numbers]:
    """Basket and product of each line."""
    frame = real_frame(HOUSEHOLDS)
    names = sorted({name for _, _, types in frame for name in types})
    column = {name: number for number, name in enumerate(names)}
    lines = [(place, column[name]) for place, (_, _, types) in enumerate(frame) for name in types]
    baskets, products = numpy.array(lines).T
    return baskets, products


def smallest(real: tuple[Numbers, Numbers]) -> Iterator[tuple[float, float]]:
    """The smallest p and q of each shuffle."""
    baskets, products = real
    random = numpy.random.default_rng(2026)
    for _ in range(SHUFFLES):
        products = shuffled(baskets, products, random)
        actual = pairs_found(baskets, products)
        assert len(actual) > 5_000
        yield min(pair.p_value for pair in actual), min(pair.q_value for pair in actual)


def test_shuffling_keeps_sizes_and_frequencies(real: tuple[Numbers, Numbers]) -> None:
    baskets, products = real
    other = shuffled(baskets, products, numpy.random.default_rng(1))
    assert sorted(products) == sorted(other)
    assert len(set(zip(baskets.tolist(), other.tolist(), strict=True))) == len(products)
    assert (products != other).mean() > 0.9


def test_pairs_that_mean_nothing_are_not_significant(real: tuple[Numbers, Numbers]) -> None:
    """With one size of baskets taken for all, each shuffle had hundreds of significant pairs."""
    actual = list(smallest(real))
    assert sum(p < SIGNIFICANT for p, _ in actual) <= 1
    assert sum(q < SIGNIFICANT for _, q in actual) <= 1


def test_pairs_that_mean_something_are(real: tuple[Numbers, Numbers]) -> None:
    actual = pairs_found(*real)
    assert sum(pair.p_value < SIGNIFICANT for pair in actual) > 20
    assert sum(pair.q_value < SIGNIFICANT for pair in actual) > 50
