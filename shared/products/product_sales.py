"""Sales of each product: all time, and in the last 7 and 30 full days. Pure.

A full day is over in the organisation's time zone: the last 7 are yesterday and the 6 days before.
So a sale enters the windows on the day after it and leaves them when they have passed, with or
without another order. A change, cancellation or refund corrects the day on which the order was
placed, so the sums are those of the orders that count now. A return is subtracted on its own day: a
day with a sale is one with more units sold than returned.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import nsmallest
from typing import Any

from shared.nightly.question import ComputedOrganization, Parameter, Row
from shared.nightly.result import KEY, Result

NAME = "product_sales"
WEEK_DAYS = 7
MONTH_DAYS = 30
TRENDING_ABOVE = 2
"""Units a day; a product that sells more is trending."""
TOP_PRODUCTS = 10
MAX_CATEGORIES = 1_000
"""Those with the most revenue are kept: with the state, which is one document."""

_PERIODS = ("all_time", "last_7_days", "last_30_days")
_REVENUE = 1
"""Place of the revenue of all time in the numbers of a row."""
_MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSales:
    """Some sales of one product."""

    quantity_milli: int = 0
    revenue_cents: int = 0


NOTHING = UnitSales()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSales:
    """The sales of one product, as of one local day."""

    product_id: str
    name: str
    """Name on the latest day with a sale; of several on that day, the last in alphabetical
    order."""
    all_time: UnitSales
    last_7_days: UnitSales
    last_30_days: UnitSales
    last_sale_on: date | None
    """The latest local day with a sale, today at the latest; None if no sale is left, as no more
    was sold than came back."""
    category: str | None = None
    """In the catalogue; None if that names none."""

    @property
    def velocity(self) -> float:
        """Units a day over the last 7 full days."""
        return self.last_7_days.quantity_milli / (WEEK_DAYS * _MILLI)

    @property
    def trending(self) -> bool:
        """Whether the velocity is above 2. There is a sale in the last 7 days then."""
        return self.last_7_days.quantity_milli > TRENDING_ABOVE * WEEK_DAYS * _MILLI


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesLine:
    """All-time revenue of one product or category."""

    id: str
    name: str
    revenue_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BestSellers:
    """Best sellers of all time, largest revenue first, then by id."""

    products: tuple[SalesLine, ...]
    """TOP_PRODUCTS at most."""
    categories: tuple[SalesLine, ...]
    """MAX_CATEGORIES at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSalesQuestion:
    """Sales of every product of each organisation. One entry per product, its key being the id."""

    name: str = NAME
    scan: str = NAME
    sql: str = "product_sales"
    text_columns: Collection[str] = frozenset(
        {"org_id", "product_id", "category", "name", "last_sale_on"}
    )

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """None."""
        return {}

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """One result, `product_sales`. Its products have no category yet."""
        products, categories = [], []
        for row in rows:
            if row["product_id"] is not None:
                products.append(row)
            else:
                categories.append(row)
        products.sort(key=lambda row: str(row["product_id"]))
        yield Result(
            name=NAME,
            entries=[_entry(row) for row in products],
            summary={
                "today": organization.today.isoformat(),
                "time_zone": organization.time_zone.key,
                "top_products": _best(products, "product_id", "name", TOP_PRODUCTS),
                "categories": _best(categories, "category", "category", MAX_CATEGORIES),
            },
        )


def stored_product(entry: Mapping[str, Any]) -> ProductSales:
    """A product from an entry of the result."""
    last_sale_on = entry["last_sale_on"]
    return ProductSales(
        product_id=entry[KEY],
        name=entry["name"],
        all_time=_unit_sales(entry["all_time"]),
        last_7_days=_unit_sales(entry["last_7_days"]),
        last_30_days=_unit_sales(entry["last_30_days"]),
        last_sale_on=None if last_sale_on is None else date.fromisoformat(last_sale_on),
        category=entry["category"],
    )


def last_full_day(summary: Mapping[str, Any]) -> date:
    """The last local day of both windows, from the summary of the result."""
    return date.fromisoformat(summary["today"]) - timedelta(days=1)


def stored_best_sellers(summary: Mapping[str, Any]) -> BestSellers | None:
    """The best sellers from the summary of the result; None in one that version 0.3 computed."""
    if "top_products" not in summary:
        return None
    return BestSellers(
        products=tuple(SalesLine(**line) for line in summary["top_products"]),
        categories=tuple(SalesLine(**line) for line in summary["categories"]),
    )


def _entry(row: Row) -> dict[str, Any]:
    return {
        KEY: row["product_id"],
        "name": row["name"],
        "category": None,
        **_sold_in_periods(row["numbers"]),
        "last_sale_on": row["last_sale_on"],
    }


def _sold_in_periods(numbers: Sequence[int | str]) -> dict[str, dict[str, int]]:
    """From quantity and revenue of each period in turn; large numbers are text."""
    whole = map(int, numbers)
    return {
        period: {"quantity_milli": next(whole), "revenue_cents": next(whole)} for period in _PERIODS
    }


def _unit_sales(numbers: Mapping[str, int]) -> UnitSales:
    return UnitSales(
        quantity_milli=numbers["quantity_milli"], revenue_cents=numbers["revenue_cents"]
    )


def _best(rows: Iterable[Row], id: str, name: str, at_most: int) -> list[dict[str, Any]]:
    best = nsmallest(at_most, rows, key=lambda row: (-int(row["numbers"][_REVENUE]), row[id]))
    return [
        {"id": row[id], "name": row[name], "revenue_cents": int(row["numbers"][_REVENUE])}
        for row in best
    ]
