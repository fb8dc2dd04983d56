"""Products in the next order, in SQL, against plain counts."""

from dataclasses import replace
from itertools import pairwise, product
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.affinity.affinity import (
    NEXT_ORDER,
)
from shared.warehouse.warehouse import Warehouse
from tests.affinity.asked_pairs import EXAMPLES, START, ask, counts, order, plain_next_order
from tests.support.examples import examples


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

        actual = ask(warehouse, rows, NEXT_ORDER, ["org_x", "org_y", "org_z"])

        assert [result.entries for result in actual.values()] == [[], [], []]
        assert [result.summary["orders"] for result in actual.values()] == [9, 9, 0]

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

        actual = ask(
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
            assert counts(actual[org]) == plain_next_order(steps, 2)
            assert actual[org].summary["orders"] == len(steps)
