"""Real orders as rows of the export."""

from shared.warehouse.changelog import ChangelogRow
from tests.support.warehouse_facts import fact_row
from tools.demo_orders import DemoOrder


def exported(order: DemoOrder) -> ChangelogRow:
    """The import of one order."""
    data = order.data
    return fact_row(
        order.order_id,
        org_id=data["brandId"],
        customer=data["userId"],
        ordered_at=order.ordered_at,
        amount_cents=round(data["totals"]["total"] * 100),
        lines=[
            (
                item["productId"],
                item["name"],
                item["category"],
                item["qty"] * 1000,
                round(item["price"] * item["qty"] * 100),
            )
            for item in data["items"]
        ],
        operation="IMPORT",
    )
