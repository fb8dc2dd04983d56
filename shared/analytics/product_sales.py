"""What each product sold: all time, and in the last 7 and 30 full days. Pure.

A full day is over where the organisation is: the last 7 are yesterday and the 6 days before. So a
sale comes into the windows on the day after it and leaves each on its day, with or without another
order. An order that is changed, cancelled or refunded is taken back from the day it was placed on,
so the sums here are those of the orders that count now. A return takes its units off its own day:
a day with a sale is one on which more was sold than came back.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.analytics.counters import ProductDelta

WEEK_DAYS = 7
MONTH_DAYS = 30
TRENDING_ABOVE = 2
"""Units a day; a product that sells more is trending."""

_DAY = timedelta(days=1)
_MILLI = 1000

DaysOfProduct = Mapping[date, ProductDelta]
"""What one product sold, by day."""
DaySales = Mapping[str, ProductDelta]
"""What was sold on one day, by product id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """Some sales of one product."""

    quantity_milli: int = 0
    revenue_cents: int = 0

    def __add__(self, other: "Sold") -> "Sold":
        return Sold(
            quantity_milli=self.quantity_milli + other.quantity_milli,
            revenue_cents=self.revenue_cents + other.revenue_cents,
        )

    def __neg__(self) -> "Sold":
        return Sold(quantity_milli=-self.quantity_milli, revenue_cents=-self.revenue_cents)


NOTHING = Sold()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSales:
    """The sales of one product, as of one local day."""

    product_id: str
    name: str
    """As on the latest day with a sale that was looked at."""
    all_time: Sold
    last_7_days: Sold
    last_30_days: Sold
    earlier: Sold
    """What was sold before those 30 days."""
    last_sale_on: date | None
    """The latest local day with a sale, today at the latest; None where no sale is left, as no more
    was sold than came back."""
    category: str | None = None
    """In the catalogue; None where that names none."""

    @property
    def velocity(self) -> float:
        """Units a day over the last 7 full days."""
        return self.last_7_days.quantity_milli / (WEEK_DAYS * _MILLI)

    @property
    def trending(self) -> bool:
        """Whether the velocity is above 2. There is a sale in the last 7 days then."""
        return self.last_7_days.quantity_milli > TRENDING_ABOVE * WEEK_DAYS * _MILLI


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesOn:
    """Every product of an organisation, as of one local day."""

    today: date
    products: Mapping[str, ProductSales]
    """By product id."""


def first_full_day(today: date) -> date:
    """The first of the last 30 full days."""
    return today - MONTH_DAYS * _DAY


def first_day_needed(today: date, before: SalesOn | None) -> date:
    """The first day whose sales `product_sales` has to be given."""
    first = first_full_day(today)
    return first if before is None else min(first, first_full_day(before.today))


def product_sales(
    all_time: DaySales,
    days: Mapping[date, DaySales],
    today: date,
    before: SalesOn | None = None,
    added_to: Collection[str] = (),
) -> tuple[SalesOn, frozenset[str]]:
    """Every product with sales, and the ids of those whose last sale must be looked for.

    `all_time` takes in every day. `days` holds all days with sales from `first_day_needed` on,
    those to come included. `before` is what was computed last. The last sale of a product is told
    from `days` where there is one in them. An earlier one is taken over from `before` if what was
    sold before the 30 days of then still adds up to the same, and the product is not in `added_to`:
    those of which some may have been sold, since `before`, on a day before `days`. Else the last
    sale is among these days, and None here: see `with_last_sales`.
    """
    first = first_full_day(today)
    needed = first_day_needed(today, before)
    by_product: dict[str, dict[date, ProductDelta]] = {}
    for day, sold in days.items():
        for id, delta in sold.items():
            by_product.setdefault(id, {})[day] = delta
    products: dict[str, ProductSales] = {}
    sought = set()
    for id, delta in all_time.items():
        total = _sold(delta)
        if total == NOTHING:
            continue
        sales = by_product.get(id, {})
        any_left = total.quantity_milli > 0
        sold_on = [day for day, on in sales.items() if on.quantity_milli > 0 and day <= today]
        last_sale_on = max(sold_on, default=None) if any_left else None
        product = ProductSales(
            product_id=id,
            name=delta.name if last_sale_on is None else sales[last_sale_on].name,
            all_time=total,
            last_7_days=_between(sales, today - WEEK_DAYS * _DAY, today),
            last_30_days=_between(sales, first, today),
            earlier=total + -_between(sales, first, None),
            last_sale_on=last_sale_on,
        )
        if any_left and last_sale_on is None:
            known = before.products.get(id) if before else None
            if (
                before is not None
                and known is not None
                and id not in added_to
                and known.last_sale_on is not None
                and known.last_sale_on < needed
                and known.earlier == total + -_between(sales, first_full_day(before.today), None)
            ):
                product = replace(product, name=known.name, last_sale_on=known.last_sale_on)
            else:
                sought.add(id)
        products[id] = product
    return SalesOn(today=today, products=products), frozenset(sought)


def with_last_sales(
    sales: SalesOn, sought: frozenset[str], days: Iterable[tuple[date, DaySales]]
) -> SalesOn:
    """The same with the last sales that were looked for, in these days, the newest first.

    Takes no more of the days than it needs.
    """
    left = set(sought)
    if not left:
        return sales
    found = dict(sales.products)
    for day, sold in days:
        for id in left & sold.keys():
            if sold[id].quantity_milli > 0:
                found[id] = replace(found[id], name=sold[id].name, last_sale_on=day)
                left.remove(id)
        if not left:
            break
    return replace(sales, products=found)


def _sold(delta: ProductDelta) -> Sold:
    return Sold(quantity_milli=delta.quantity_milli, revenue_cents=delta.revenue_cents)


def _between(sales: DaysOfProduct, first: date, end: date | None) -> Sold:
    """Sales from `first` to the day before `end`, or to the last one."""
    total = NOTHING
    for day, delta in sales.items():
        if first <= day and (end is None or day < end):
            total += _sold(delta)
    return total
