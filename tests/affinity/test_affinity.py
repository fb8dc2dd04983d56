"""The figures of pairs, against published values, and what a night leaves of them."""

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.affinity.affinity import (
    NEXT_ORDER,
    SAME_BASKET,
    Relation,
    is_current,
    pairs_of,
    size_factor,
    top_pairs,
)
from shared.affinity.pair_selection import PairSelection, PairSort, select_pairs
from shared.affinity.pair_statistics import chance, lift_lower
from tests.affinity.pairs import pair
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

        assert here.lift_lower == pytest.approx(there.lift_lower)
        assert here.p_value == pytest.approx(there.p_value)
        assert (here.confidence_ab, here.confidence_ba) == (
            there.confidence_ba,
            there.confidence_ab,
        )


class TestSelection:
    PAIRS = [
        pair(40, 100, 100, 1_000, a="p1", b="p2"),
        pair(8, 10, 20, 1_000, a="p1", b="p3", category_b="z"),
        pair(100, 400, 300, 1_000, a="p2", b="p4", category_a="y"),
    ]

    def ids(self, **conditions: Any) -> list[str]:
        actual = select_pairs(self.PAIRS, PairSelection(limit=1, **conditions))
        return [each.a.id + each.b.id for each in actual]

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            (PairSort.LIFT_LOWER, ["p1p3", "p1p2", "p2p4"]),
            (PairSort.LIFT, ["p1p3", "p1p2", "p2p4"]),
            (PairSort.COUNT, ["p2p4", "p1p2", "p1p3"]),
            (PairSort.SUPPORT, ["p2p4", "p1p2", "p1p3"]),
            (PairSort.CONFIDENCE, ["p1p3", "p1p2", "p2p4"]),
            (PairSort.LIFT_ADJUSTED, ["p1p3", "p1p2", "p2p4"]),
            (PairSort.P_VALUE, ["p1p2", "p1p3", "p2p4"]),
            (PairSort.Q_VALUE, ["p1p2", "p1p3", "p2p4"]),
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
            return select_pairs(pairs, selection)[0].a.id

        assert (first(Relation.SAME_BASKET), first(Relation.NEXT_ORDER)) == ("p1", "p3")

    def test_equal_ones_are_in_order_of_their_ids(self) -> None:
        equal = [pair(8, 10, 20, 1_000, a="p1", b=f"p{number}") for number in (5, 3, 4)]
        for sort in PairSort:
            actual = select_pairs(equal, PairSelection(sort=sort, limit=10))
            assert [each.b.id for each in actual] == ["p3", "p4", "p5"]


class TestQuestion:
    TOTALS = {
        "orders": 100,
        "orders_cut": 1,
        "places_a": 200,
        "places_b": 200,
        "together": 500,
        "pairs_tested": 3,
        "pairs_found": 2,
    }

    def row(self, pairs: str | None, **orders: int) -> dict[str, Any]:
        """Products by number, in so many orders; each is beside 30 others."""
        products = [
            {
                "number": number,
                "id": f"p{number}",
                "name": f"Name\u2028{number}",
                "category": "x",
                "orders_a": orders.get(f"p{number}", 10),
                "orders_b": orders.get(f"p{number}", 10),
                "others_a": 30,
                "others_b": 30,
            }
            for number in range(12, 0, -1)
        ]
        lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in products)
        return {
            "org_id": "org",
            **self.TOTALS,
            "products": lines if pairs else None,
            "pairs": pairs,
        }

    def test_pairs_come_back_as_they_were(self) -> None:
        (result,) = SAME_BASKET.results(
            ORGANIZATION, [self.row("1:12:6:2,1:2:8:7,2:10:5:5", p1=20)]
        )

        assert result.name == "affinity"
        keys = [entry["key"] for entry in result.entries]
        assert keys == sorted(keys)
        assert is_current(result.summary)
        best, *_ = top_pairs(result.summary)
        assert result.summary["pairs_kept"] == 3
        # f = 100 × 500 ÷ 200²
        assert size_factor(result.summary) == 1.25
        actual = {
            (each.a.id, each.b.id): each
            for each in pairs_of(result.entries, result.summary, Relation.SAME_BASKET)
        }
        assert actual.keys() == {("p1", "p12"), ("p1", "p2"), ("p10", "p2")}, "A is the smaller id"
        first = actual["p1", "p2"]
        assert (first.count, first.customers, first.orders_a, first.orders_b) == (8, 7, 20, 10)
        assert first.expected == 1.25 * 20 * 10 / 100 == 2.5
        assert (first.lift, first.lift_adjusted) == (4, 3.2)
        assert first.lift_lower == lift_lower(8, 2.5)
        assert first.p_value == 3 * chance(8, 2.5), "more than 30 × 30 ÷ 500"
        assert actual["p10", "p2"].p_value == 3 * chance(5, 1.8), "30 × 30 ÷ 500 is more than 1.25"
        assert (best.a.id, best.b.id, best.a.name) == ("p1", "p2", "Name\u20281")

    def test_next_orders_keep_their_direction(self) -> None:
        (result,) = NEXT_ORDER.results(ORGANIZATION, [self.row("2:1:6:2")])
        (actual,) = pairs_of(result.entries, result.summary, Relation.NEXT_ORDER)
        assert (actual.a.id, actual.b.id) == ("p2", "p1")

    def test_orders_without_pairs_and_no_orders_at_all(self) -> None:
        (without_pairs,) = NEXT_ORDER.results(ORGANIZATION, [self.row(None)])
        (without_orders,) = NEXT_ORDER.results(ORGANIZATION, [])

        assert without_pairs.name == without_orders.name == "affinity_next_order"
        assert (without_pairs.entries, without_orders.entries) == ([], [])
        assert without_pairs.summary["orders"] == 100
        assert without_orders.summary["orders"] == 0
        assert size_factor(without_orders.summary) is None
        assert pairs_of([], without_orders.summary, Relation.NEXT_ORDER) == []
        assert top_pairs(without_orders.summary) == []

    def test_no_more_than_five_lead(self) -> None:
        pairs = ",".join(f"1:{number}:9:2" for number in range(2, 10))
        (result,) = SAME_BASKET.results(ORGANIZATION, [self.row(pairs)])

        assert [each.b.id for each in top_pairs(result.summary)] == ["p2", "p3", "p4", "p5", "p6"]
