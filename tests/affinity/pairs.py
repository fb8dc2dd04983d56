"""A pair of products with its figures, as they are in orders of one size."""

from shared.affinity.affinity import Pair, Product
from shared.affinity.pair_statistics import chance, lift_lower


def pair(
    *table: int, a: str = "a", b: str = "b", category_a: str = "x", category_b: str = "y"
) -> Pair:
    """Of the orders with both, with A and with B, and of all orders."""
    count, orders_a, orders_b, orders = table
    expected = orders_a * orders_b / orders
    return Pair(
        a=Product(id=a, name=a.upper(), category=category_a),
        b=Product(id=b, name=b.upper(), category=category_b),
        orders=orders,
        orders_a=orders_a,
        orders_b=orders_b,
        count=count,
        customers=2,
        expected=expected,
        lift_lower=lift_lower(count, expected),
        p_value=chance(count, expected),
        q_value=chance(count, expected),
    )
