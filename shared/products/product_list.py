"""Lists of products: which ones, in which order, a page at a time. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.products.product_sales import ProductSales
from shared.segments.contact_search import folded


class ProductSort(StrEnum):
    """Sort keys of products."""

    REVENUE = "revenue"
    UNITS = "units"
    VELOCITY = "velocity"
    LAST_SALE = "lastSale"
    REVENUE_LAST_7_DAYS = "revenueLast7Days"
    UNITS_LAST_7_DAYS = "unitsLast7Days"
    REVENUE_LAST_30_DAYS = "revenueLast30Days"
    UNITS_LAST_30_DAYS = "unitsLast30Days"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSelection:
    """Filters and sort order of products. A product must meet every filter."""

    sort: ProductSort = ProductSort.REVENUE
    descending: bool = True
    trending: bool | None = None
    category: str | None = None
    search: str | None = None
    """A part of the name or of the id; case and accents do not matter."""

    @property
    def arguments(self) -> list[str | bool | None]:
        """Everything that distinguishes one list from another."""
        return [self.sort, self.descending, self.trending, self.category, self.search]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPlace:
    """A place in a list: right behind the product with this value and id."""

    value: int
    product_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """Some products in a row."""

    products: tuple[ProductSales, ...]
    matching: int
    """Products on all pages."""
    next: ProductPlace | None
    """Place of the next page; None on the last one."""


NEVER = 0
"""The value of a product without a sale, which is last in either order."""

_VALUES: Mapping[ProductSort, Callable[[ProductSales], int]] = {
    ProductSort.REVENUE: lambda product: product.all_time.revenue_cents,
    ProductSort.UNITS: lambda product: product.all_time.quantity_milli,
    # The same order as that of its seventh.
    ProductSort.VELOCITY: lambda product: product.last_7_days.quantity_milli,
    ProductSort.LAST_SALE: lambda product: (
        product.last_sale_on.toordinal() if product.last_sale_on else NEVER
    ),
    ProductSort.REVENUE_LAST_7_DAYS: lambda product: product.last_7_days.revenue_cents,
    ProductSort.UNITS_LAST_7_DAYS: lambda product: product.last_7_days.quantity_milli,
    ProductSort.REVENUE_LAST_30_DAYS: lambda product: product.last_30_days.revenue_cents,
    ProductSort.UNITS_LAST_30_DAYS: lambda product: product.last_30_days.quantity_milli,
}


def product_page(
    products: Iterable[ProductSales],
    selection: ProductSelection,
    *,
    size: int,
    after: ProductPlace | None = None,
) -> ProductPage:
    """The first products of the list, or those behind a place; the id decides between equals.

    A product whose value does not change between two pages appears on exactly one of them.
    """
    value_of = _VALUES[selection.sort]

    def key(value: int, product_id: str) -> tuple[bool, int, str]:
        last = selection.sort is ProductSort.LAST_SALE and value == NEVER
        return last, -value if selection.descending else value, product_id

    matching = [product for product in products if _matches(product, selection)]
    behind = sorted(
        (
            product
            for product in matching
            if after is None
            or key(value_of(product), product.product_id) > key(after.value, after.product_id)
        ),
        key=lambda product: key(value_of(product), product.product_id),
    )
    page = tuple(behind[:size])
    more = len(behind) > size
    return ProductPage(
        products=page,
        matching=len(matching),
        next=ProductPlace(value=value_of(page[-1]), product_id=page[-1].product_id)
        if more
        else None,
    )


def _matches(product: ProductSales, selection: ProductSelection) -> bool:
    if selection.trending is not None and product.trending is not selection.trending:
        return False
    if selection.category is not None and (
        product.category is None or folded(product.category) != folded(selection.category)
    ):
        return False
    if selection.search is None:
        return True
    looked_for = folded(selection.search)
    return looked_for in folded(product.name) or looked_for in folded(product.product_id)
