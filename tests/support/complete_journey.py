"""Real orders as rows of the export."""

from zoneinfo import ZoneInfo

from shared.warehouse.changelog import ChangelogRow
from tests.support.warehouse_facts import fact_row
from tools.demo.orders import DemoOrder

UTC = ZoneInfo("UTC")


def exported(order: DemoOrder, time_zone: ZoneInfo = UTC) -> ChangelogRow:
    """The import of one order, on its day in the time zone."""
    data = order.data
    return fact_row(
        order.order_id,
        org_id=data["brandId"],
        customer=data["userId"],
        ordered_at=order.ordered_at,
        local_date=order.ordered_at.astimezone(time_zone).date(),
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
