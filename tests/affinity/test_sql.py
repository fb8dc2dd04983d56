"""Products in the same order, in SQL, against plain counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.affinity.affinity import (
    SAME_BASKET,
    Pair,
    size_factor,
)
from shared.affinity.pair_selection import PairSelection, PairSort, select_pairs
from shared.affinity.pair_statistics import lift_lower
from shared.warehouse.warehouse import Warehouse
from tests.affinity.asked_pairs import (
    EXAMPLES,
    NOW,
    START,
    TODAY,
    ask,
    counts,
    line,
    order,
    pairs,
    plain_same_basket,
    real_baskets,
)
from tests.support.examples import examples
from tests.support.warehouse_facts import answers, organization


class TestSameBasket:
    def test_presence_counts_and_nothing_else(self, warehouse: Warehouse) -> None:
        rows = [order(number, ["b", "a"]) for number in range(5)]
        rows += [order(number, ["a"]) for number in range(5, 8)]
        rows.append(
            order(8, [], lines=[line("a", quantity=90), line("b"), line("a"), line("b"), line("c")])
        )
        rows += [order(9, ["a", "b"], counted=False), order(10, [])]

        result = ask(warehouse, rows)["org"]

        (pair,) = pairs(result)
        assert counts(result) == {("a", "b"): (6, 9, 6)}
        assert (pair.a.name, pair.b.name, pair.a.category) == ("Product a", "Product b", "Flower")
        assert (pair.support, pair.confidence_ab, pair.confidence_ba) == (6 / 9, 6 / 9, 1)
        assert pair.customers == 6
        assert {name: result.summary[name] for name in ("orders", "orders_cut")} == {
            "orders": 9,
            "orders_cut": 0,
        }
        assert (result.summary["pairs_tested"], result.summary["pairs_found"]) == (1, 1)

    def test_duplicates_edits_and_deletes(self, warehouse: Warehouse) -> None:
        rows = [order(number, ["a", "b"]) for number in range(7)]
        late = START + timedelta(days=90)
        rows += rows[:4] + rows[:2]
        rows.append(order(5, ["a"], operation="UPDATE", timestamp=late, event_id="edited"))
        rows.append(order(6, [], operation="DELETE", timestamp=late, event_id="deleted"))
        rows.append(order(6, ["a", "b"], timestamp=late - timedelta(days=1), event_id="late"))

        result = ask(warehouse, rows)["org"]

        assert result.summary["orders"] == 6
        assert counts(result) == {("a", "b"): (5, 6, 5)}

    def test_four_orders_are_no_pair_and_five_are(self, warehouse: Warehouse) -> None:
        rows = [order(number, ["a", "b", "c"]) for number in range(4)]
        rows += [order(4, ["a", "b"]), order(5, ["c"])]

        result = ask(warehouse, rows)["org"]

        assert counts(result) == {("a", "b"): (5, 5, 5)}
        assert (result.summary["pairs_tested"], result.summary["pairs_found"]) == (3, 1)

    def test_equal_pairs_are_in_order_of_their_ids(self, warehouse: Warehouse) -> None:
        rows = [order(number, ["Z", "é", "b", "a"]) for number in range(5)]
        rows += [order(number, ["other"]) for number in range(5, 50)]

        result = ask(warehouse, rows)["org"]

        ids = sorted(["Z", "é", "b", "a"])
        assert [(each.a.id, each.b.id) for each in pairs(result)] == list(combinations(ids, 2))

    def test_names_are_those_of_the_latest_order(self, warehouse: Warehouse) -> None:
        rows = [order(number, ["a", "b"]) for number in range(5)]
        same = {"ordered_at": START + timedelta(days=9)}
        rows.append(order(7, [], **same, lines=[line("a", name="Last")]))
        rows.append(order(6, [], **same, lines=[line("a", name="Before")]))

        (pair,) = pairs(ask(warehouse, rows)["org"])

        assert (pair.a.name, pair.b.name) == ("Last", "Product b")

    def test_items_that_nothing_identifies_are_no_product(self, warehouse: Warehouse) -> None:
        rows = [order(number, ["a", "unknown"]) for number in range(6)]
        rows.append(order(6, ["unknown"]))

        result = ask(warehouse, rows)["org"]

        assert (result.entries, result.summary["orders"]) == ([], 7)
        assert result.summary["pairs_tested"] == 0

    def test_organisations_do_not_meet(self, warehouse: Warehouse) -> None:
        rows = []
        for number in range(5):
            rows.append(order(number, ["a", "b"], order_id=f"x{number}", org_id="org_x"))
            rows.append(order(number, ["b", "c"], order_id=f"y{number}", org_id="org_y"))
            rows.append(order(number, ["a", "c"], order_id=f"z{number}", org_id="org_left_out"))

        actual = ask(
            warehouse, rows, organizations=["org_empty", "org_x", "org_y", "org_zero_orders"]
        )

        assert {org: set(counts(result)) for org, result in actual.items()} == {
            "org_empty": set(),
            "org_x": {("a", "b")},
            "org_y": {("b", "c")},
            "org_zero_orders": set(),
        }
        assert {org: result.summary["orders"] for org, result in actual.items()} == {
            "org_empty": 0,
            "org_x": 5,
            "org_y": 5,
            "org_zero_orders": 0,
        }

    def test_a_basket_of_five_hundred_items_is_cut(self, warehouse: Warehouse) -> None:
        """To its 100 products in the most orders, of equal ones the first by id."""
        everything = [f"p{number:03}" for number in range(500)]
        often = everything[400:450]
        rows = [order(number, everything) for number in range(5)]
        rows += [order(number, often[:2]) for number in range(5, 9)]
        rows += [order(number, often) for number in range(9, 12)]

        result = ask(warehouse, rows)["org"]

        taken = sorted(everything[:50] + often)
        actual = counts(result)
        assert result.summary["orders_cut"] == 5
        assert result.summary["pairs_tested"] == 500 * 499 // 2
        assert result.summary["pairs_found"] == 100 * 99 // 2 == len(actual)
        assert set(actual) == set(combinations(taken, 2))
        assert actual["p400", "p401"] == (12, 12, 12)
        assert actual["p400", "p402"] == (8, 12, 8)
        assert actual["p000", "p402"] == (5, 5, 8)

    def test_rare_products_do_not_fill_a_basket(self, warehouse: Warehouse) -> None:
        """Products in fewer orders than the minimum are left out before baskets are cut."""
        rows = [
            order(number, ["a", "b", *(f"once_{number}_{each}" for each in range(200))])
            for number in range(5)
        ]

        result = ask(warehouse, rows)["org"]

        assert (result.summary["orders_cut"], result.summary["pairs_tested"]) == (0, 1)
        assert counts(result) == {("a", "b"): (5, 5, 5)}

    def test_the_best_pairs_by_each_sort_are_kept(self, warehouse: Warehouse) -> None:
        """So the first pairs of every list are those of all pairs that were found."""
        rows = real_baskets(20)
        everything = ask(warehouse, rows)["org"]
        few = answers(
            warehouse,
            replace(SAME_BASKET, maximum_pairs=25),
            [organization(today=TODAY)],
            NOW,
        )["org"]["affinity"]

        assert everything.summary["pairs_kept"] == everything.summary["pairs_found"] > 1_000
        assert 25 <= few.summary["pairs_kept"] < 150
        assert few.summary["pairs_found"] == everything.summary["pairs_found"]
        assert few.summary["top"] == everything.summary["top"]
        all_pairs, few_pairs = pairs(everything), pairs(few)
        for sort in PairSort:
            selection = PairSelection(sort=sort, limit=1)
            best = select_pairs(all_pairs, selection)[:25]
            actual = select_pairs(few_pairs, selection)[:25]
            assert ranks(actual, sort) == pytest.approx(ranks(best, sort)), sort
        known = {(each.a.id, each.b.id): each.q_value for each in all_pairs}
        assert all(pair.q_value >= known[pair.a.id, pair.b.id] * (1 - 1e-9) for pair in few_pairs)

    def test_a_pair_needs_two_customers(self, warehouse: Warehouse) -> None:
        """Half of the best pairs of a hundred households came from one household."""
        rows = [order(number, ["a", "b"], customer="one") for number in range(8)]
        rows += [order(number, ["c", "d"], customer=f"c{number % 2}") for number in range(8, 16)]
        rows += [order(number, ["e", "f"], customer=None) for number in range(16, 21)]
        rows += [order(number, ["other"]) for number in range(21, 40)]

        result = ask(warehouse, rows)["org"]

        actual = {(each.a.id, each.b.id): each.customers for each in pairs(result)}
        assert actual == {("c", "d"): 2, ("e", "f"): 5}
        assert result.summary["pairs_found"] == 2

    def test_what_is_expected_takes_the_sizes_of_orders_into_account(
        self, warehouse: Warehouse
    ) -> None:
        rows = [order(number, ["a", "b", "c", "d"]) for number in range(6)]
        rows += [order(number, ["a"]) for number in range(6, 12)]
        rows += [order(number, ["unknown"]) for number in range(12, 14)]

        result = ask(warehouse, rows)["org"]

        assert result.summary["orders"] == 14
        # f = 14 × (6 × 4 × 3) ÷ (6 × 4 + 6)²
        factor = 14 * 72 / 30**2
        assert size_factor(result.summary) == pytest.approx(factor)
        actual = {(each.a.id, each.b.id): each for each in pairs(result)}
        assert actual["a", "b"].expected == pytest.approx(factor * 12 * 6 / 14)
        assert actual["a", "b"].lift_adjusted == pytest.approx(actual["a", "b"].lift / factor)
        assert actual["c", "d"].lift_lower == lift_lower(6, actual["c", "d"].expected)

    @settings(
        max_examples=examples(3),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        shops=st.lists(
            st.lists(st.sets(st.sampled_from("abcdef"), max_size=5), max_size=40),
            min_size=25,
            max_size=50,
        )
    )
    def test_it_is_a_plain_count(self, warehouse: Warehouse, shops: list[list[set[str]]]) -> None:
        example = next(EXAMPLES)
        by_organization = {
            f"org_{example}_{number:02}": baskets for number, baskets in enumerate(shops)
        }
        rows = [
            order(place, basket, order_id=f"{org}_{place}", org_id=org)
            for org, baskets in by_organization.items()
            for place, basket in enumerate(baskets)
        ]

        actual = ask(
            warehouse,
            rows,
            replace(SAME_BASKET, minimum_count=2),
            organizations=list(by_organization),
        )

        for org, baskets in by_organization.items():
            with_lines = [basket for basket in baskets if basket]
            assert counts(actual[org]) == plain_same_basket(with_lines, 2)
            assert actual[org].summary["orders"] == len(with_lines)


def ranks(found: Sequence[Pair], sort: PairSort) -> list[float]:
    """Return the figures that the sort compares."""
    figures = {
        PairSort.LIFT_LOWER: "lift_lower",
        PairSort.LIFT: "lift",
        PairSort.LIFT_ADJUSTED: "lift_adjusted",
        PairSort.COUNT: "count",
        PairSort.SUPPORT: "support",
        PairSort.P_VALUE: "p_value",
        PairSort.Q_VALUE: "p_value",
    }
    if sort is PairSort.CONFIDENCE:
        return [max(each.confidence_ab, each.confidence_ba) for each in found]
    return [getattr(each, figures[sort]) for each in found]
