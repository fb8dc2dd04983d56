"""The figures of pairs, against textbook values and exact arithmetic."""

import math
from datetime import date
from fractions import Fraction
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.analytics.affinity import (
    NEXT_ORDER,
    SAME_BASKET,
    Pair,
    PairSelection,
    PairSort,
    Product,
    Relation,
    lift_lower,
    p_value,
    pair_of,
    selected,
    top_pairs,
)
from tests.support.warehouse_facts import organization

ORGANIZATION = organization(today=date(2026, 11, 23))


@st.composite
def tables(draw: st.DrawFn, *, most: int = 200) -> tuple[int, int, int, int]:
    """Count, orders with A, orders with B and orders, as they may occur."""
    orders = draw(st.integers(1, most))
    orders_a = draw(st.integers(1, orders))
    orders_b = draw(st.integers(1, orders))
    fewest, most_together = max(1, orders_a + orders_b - orders), min(orders_a, orders_b)
    return draw(st.integers(fewest, most_together)), orders_a, orders_b, orders


def pair(
    *table: int, a: str = "a", b: str = "b", category_a: str = "x", category_b: str = "y"
) -> Pair:
    count, orders_a, orders_b, orders = table
    return Pair(
        a=Product(id=a, name=a.upper(), category=category_a),
        b=Product(id=b, name=b.upper(), category=category_b),
        orders=orders,
        orders_a=orders_a,
        orders_b=orders_b,
        count=count,
        p_value=p_value(*table, pairs_tested=1),
    )


def lower_gamma(shape: float, x: float) -> float:
    """The regularised lower incomplete gamma function, by its power series."""
    term = total = 1 / shape
    step = shape
    while term > total * 1e-16:
        step += 1
        term *= x / step
        total += term
    return total * math.exp(shape * math.log(x) - x - math.lgamma(shape))


class TestFigures:
    def test_published_pairs_of_groceries(self) -> None:
        """Counts of the arules project's Groceries: other vegetables (1,903) ~ whole milk (2,513),
        beef (516) ~ root vegetables (1,072), of 9,835 baskets."""
        vegetables_milk = pair(736, 1_903, 2_513, 9_835)
        beef_roots = pair(171, 516, 1_072, 9_835)

        for each, expected in (
            (vegetables_milk, (0.0748, 0.3868, 0.2929, 1.514)),
            (beef_roots, (0.0174, 0.3314, 0.1595, 3.040)),
        ):
            figures = (each.support, each.confidence_ab, each.confidence_ba)
            assert tuple(round(figure, 4) for figure in figures) == expected[:3]
            assert round(each.lift, 3) == expected[3]

    @given(tables())
    def test_they_are_what_they_are_called(self, table: tuple[int, int, int, int]) -> None:
        count, orders_a, orders_b, orders = table
        each = pair(*table)

        assert each.support == pytest.approx(float(Fraction(count, orders)))
        assert 0 < each.support <= min(each.confidence_ab, each.confidence_ba)
        assert max(each.confidence_ab, each.confidence_ba) <= 1
        exact = Fraction(count, orders) / (Fraction(orders_a, orders) * Fraction(orders_b, orders))
        assert each.lift == pytest.approx(float(exact))

    @given(tables())
    def test_a_pair_reads_the_same_from_the_other_side(
        self, table: tuple[int, int, int, int]
    ) -> None:
        count, orders_a, orders_b, orders = table
        here, there = pair(*table), pair(count, orders_b, orders_a, orders)

        assert here.lift_lower == there.lift_lower
        assert here.p_value == pytest.approx(there.p_value)
        assert (here.confidence_ab, here.confidence_ba) == (
            there.confidence_ba,
            there.confidence_ab,
        )


class TestLowerBound:
    @given(tables(most=100_000))
    def test_it_is_below_lift(self, table: tuple[int, int, int, int]) -> None:
        assert 0 < lift_lower(*table) < pair(*table).lift

    @pytest.mark.parametrize("count", [5, 10, 50, 150])
    @pytest.mark.parametrize("expected", [0.1, 3, 20])
    def test_it_is_the_quantile_it_claims_to_be(self, count: int, expected: float) -> None:
        orders = 1_000_000
        lower = lift_lower(count, orders, round(expected * 10), orders * 10)

        below = lower_gamma(count + 0.5, lower * (expected + 0.5))
        assert below == pytest.approx(0.025, abs=0.002)

    def test_a_fluke_of_three_orders_does_not_lead(self) -> None:
        orders = 10_000
        solid = pair(400, 1_000, 2_000, orders)
        for fluke in (pair(3, 3, 3, orders), pair(3, 4, 30, orders), pair(3, 10, 10, orders)):
            assert fluke.lift > 100 > solid.lift
            assert fluke.lift_lower < 1.7 < solid.lift_lower

    def test_the_same_lift_on_more_orders_ranks_higher(self) -> None:
        bounds = [lift_lower(10 * n, 50 * n, 100 * n, 1_000 * n) for n in (1, 2, 10, 100, 10_000)]

        assert bounds == sorted(bounds)
        assert bounds[-1] == pytest.approx(2, abs=0.02)


class TestPValue:
    @given(tables())
    def test_it_is_the_exact_upper_tail(self, table: tuple[int, int, int, int]) -> None:
        count, orders_a, orders_b, orders = table
        tail = sum(
            math.comb(orders_a, both) * math.comb(orders - orders_a, orders_b - both)
            for both in range(count, min(orders_a, orders_b) + 1)
        )
        exact = float(Fraction(tail, math.comb(orders, orders_b)))

        assert p_value(*table, pairs_tested=1) == pytest.approx(exact, rel=1e-9, abs=1e-12)

    def test_it_is_corrected_for_all_pairs_tested(self) -> None:
        once = p_value(10, 20, 30, 200, pairs_tested=1)

        assert p_value(10, 20, 30, 200, pairs_tested=50) == pytest.approx(50 * once)
        assert p_value(10, 20, 30, 200, pairs_tested=1_000_000) == 1

    def test_large_organisations(self) -> None:
        """Exact, and neither slow nor out of range."""
        deviation = math.sqrt(100_000 * 0.1 * 0.9 * 0.99)
        for count in (10_100, 9_900):
            normal = 1 - NormalDist(10_000, deviation).cdf(count - 0.5)
            exact = p_value(count, 100_000, 1_000_000, 10_000_000, pairs_tested=1)
            assert exact == pytest.approx(normal, abs=0.001)
        assert p_value(90_000, 100_000, 1_000_000, 10_000_000, pairs_tested=1) == 0


class TestSelection:
    PAIRS = [
        pair(40, 100, 100, 1_000, a="p1", b="p2"),
        pair(8, 10, 20, 1_000, a="p1", b="p3", category_b="z"),
        pair(100, 400, 300, 1_000, a="p2", b="p4", category_a="y"),
    ]

    def ids(self, **conditions: Any) -> list[str]:
        found = selected(self.PAIRS, PairSelection(limit=1, **conditions))
        return [each.a.id + each.b.id for each in found]

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            (PairSort.LIFT_LOWER, ["p1p3", "p1p2", "p2p4"]),
            (PairSort.LIFT, ["p1p3", "p1p2", "p2p4"]),
            (PairSort.COUNT, ["p2p4", "p1p2", "p1p3"]),
            (PairSort.SUPPORT, ["p2p4", "p1p2", "p1p3"]),
            (PairSort.CONFIDENCE, ["p1p3", "p1p2", "p2p4"]),
            (PairSort.P_VALUE, ["p1p2", "p1p3", "p2p4"]),
        ],
    )
    def test_best_first(self, sort: PairSort, expected: list[str]) -> None:
        assert self.ids(sort=sort) == expected

    def test_conditions_are_inclusive_and_all_must_be_met(self) -> None:
        assert self.ids(minimum_count=40) == ["p1p2", "p2p4"]
        assert self.ids(minimum_support=0.1) == ["p2p4"]
        assert self.ids(minimum_lift=4) == ["p1p3", "p1p2"]
        assert self.ids(product_id="p2") == ["p1p2", "p2p4"]
        assert self.ids(product_id="p2", minimum_lift=4) == ["p1p2"]
        assert self.ids(category="y") == ["p1p2", "p2p4"]
        assert self.ids(category="z") == ["p1p3"]
        assert self.ids(product_id="p9") == []

    def test_what_is_asked_of_a_next_order_is_what_follows(self) -> None:
        pairs = [
            pair(8, 80, 10, 1_000, a="p1", b="p2"),
            pair(8, 20, 30, 1_000, a="p3", b="p4"),
        ]

        def first(relation: Relation) -> str:
            selection = PairSelection(sort=PairSort.CONFIDENCE, limit=1, relation=relation)
            return selected(pairs, selection)[0].a.id

        assert (first(Relation.SAME_BASKET), first(Relation.NEXT_ORDER)) == ("p1", "p3")

    def test_equal_ones_stay_in_order(self) -> None:
        equal = [pair(8, 10, 20, 1_000, a="p1", b=f"p{number}") for number in (5, 3, 4)]
        for sort in PairSort:
            found = selected(equal, PairSelection(sort=sort, limit=10))
            assert [each.b.id for each in found] == ["p5", "p3", "p4"]

    def test_the_first_entries_answer_a_plain_question(self) -> None:
        assert PairSelection(limit=20).last_key == "000020"
        assert PairSelection(limit=20, relation=Relation.NEXT_ORDER).last_key == "000020"
        for conditions in (
            {"minimum_count": 6},
            {"minimum_support": 0.01},
            {"minimum_lift": 1.0},
            {"product_id": "p1"},
            {"category": "x"},
            {"sort": PairSort.LIFT},
        ):
            assert PairSelection(limit=20, **conditions).last_key is None


class TestQuestion:
    TOTALS = {"orders": 100, "orders_cut": 1, "pairs_tested": 3, "pairs_found": 2}

    def row(
        self, number: int | None, partners: str | None = None, *, orders: int = 10
    ) -> dict[str, Any]:
        known = number is not None
        return {
            "org_id": "org",
            **self.TOTALS,
            "number": number,
            "product_id": f"p{number}" if known else None,
            "name": f"Name {number}" if known else None,
            "category": "x" if known else None,
            "orders_a": orders if known else None,
            "orders_b": orders if known else None,
            "partners": partners,
        }

    def test_pairs_come_back_as_they_were(self) -> None:
        (result,) = SAME_BASKET.results(
            ORGANIZATION, [self.row(1, "3:6,2:8", orders=20), self.row(2), self.row(3)]
        )

        assert result.name == "affinity"
        assert [entry["key"] for entry in result.entries] == ["000001", "000002"]
        assert result.summary == {
            **self.TOTALS,
            "minimum_count": 5,
            "top": list(result.entries),
        }
        best = pair_of(result.entries[0], result.summary["orders"])
        assert best == Pair(
            a=Product(id="p1", name="Name 1", category="x"),
            b=Product(id="p2", name="Name 2", category="x"),
            orders=100,
            orders_a=20,
            orders_b=10,
            count=8,
            p_value=p_value(8, 20, 10, 100, pairs_tested=3),
        )
        assert top_pairs(result.summary)[0] == best

    def test_orders_without_pairs_and_no_orders_at_all(self) -> None:
        (without_pairs,) = NEXT_ORDER.results(ORGANIZATION, [self.row(None)])
        (without_orders,) = NEXT_ORDER.results(ORGANIZATION, [])

        assert without_pairs.name == without_orders.name == "affinity_next_order"
        assert (without_pairs.entries, without_orders.entries) == ([], [])
        assert without_pairs.summary["orders"] == 100
        assert without_orders.summary["orders"] == 0
        assert top_pairs(without_orders.summary) == []

    def test_no_more_than_five_lead(self) -> None:
        others = range(2, 9)
        partners = ",".join(f"{number}:9" for number in others)
        rows = [self.row(1, partners), *(self.row(number) for number in others)]
        (result,) = SAME_BASKET.results(ORGANIZATION, rows)

        assert [each.b.id for each in top_pairs(result.summary)] == ["p2", "p3", "p4", "p5", "p6"]
