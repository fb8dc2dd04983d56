"""Order lines: one per product of an order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from shared.kernel.compared_text import lowered
from shared.kernel.money import MAX_CENTS, line_cents, parse_decimal, scaled
from shared.orders.category import canonical_category
from shared.orders.fact import OrderLine, Rejection, RejectionCode
from shared.orders.fields import Reading, first_usable
from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.packed_lines import packed
from shared.orders.text import bounded_id, clean_text

MAX_PRODUCTS = 2_000
"""Distinct products in one order."""

MAX_BYTES = 240_000
"""Maximum compressed size of an order's lines, as they are stored. An event that changes them
carries them twice, and is not delivered above 512 KB."""

_LIST_FIELDS = ("items", "lineItems")
_ID_FIELDS = ("productId", "product_id", "id", "id_item", "sku", "skuId", "externalId")
_NAME_FIELDS = ("name", "productName", "item", "title")
_QUANTITY_FIELDS = ("qty", "quantity")
_PRICE_FIELDS = ("price", "unitPrice", "unit_price")
_LINE_TOTAL_FIELDS = ("totalPrice", "total")
_WORTH_FIELDS = (*_PRICE_FIELDS, *_LINE_TOTAL_FIELDS)
_CATEGORY_FIELDS = ("category", "productCategory", "type")

NO_PRODUCT = "unknown"
"""Id of the product of all items that have neither an id nor a name."""
_NO_NAME = "Unknown Item"
_MAX_NAME_LENGTH = 200
_ONE_UNIT = 1_000
_MAX_QUANTITY_MILLI = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLines:
    """The products of one order."""

    lines: tuple[OrderLine, ...] = ()
    """Sorted by product id, each id once."""
    warnings: tuple[str, ...] = ()
    """Paths of unusable fields, such as `items[2].price`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signs:
    """Signs in the items of one document that something was returned."""

    units_negated: bool = False
    """Units are returned ones, without a sign."""
    prices_unsigned: bool = False
    """A negative price marks returned units, not a discount."""


_AS_WRITTEN = _Signs()


def order_lines(
    data: Mapping[str, object],
    placeholders: Placeholders = STANDARD,
    *,
    of_return: bool = False,
    max_cents: int = MAX_CENTS,
) -> OrderLines | Rejection:
    """The lines of an order, those of the same product added up. No items is no lines.

    An item of quantity 0 is no line, nor is one with a negative price: that is a discount. Units
    below 0 came back, and so did their amount. The items of a return (`of_return`) are what came
    back however its writer signs them: in their units, in their prices, in both or not at all.

    An item that is no map, or that would take the sums of its product out of range, is left out;
    a price that cannot be used, or makes more than `max_cents`, counts as 0 and a quantity that
    cannot be used as 1. Each is warned of.
    """
    for field in _LIST_FIELDS:
        items = data.get(field)
        if items is None:
            continue
        if not isinstance(items, list):
            return Rejection(code=RejectionCode.ITEMS_INVALID, field=field)
        if items:
            signs = _signs_of_return(items) if of_return else _AS_WRITTEN
            return _lines_by_product(field, items, signs, max_cents, placeholders)
    return OrderLines()


def _signs_of_return(items: Iterable[object]) -> _Signs:
    maps = [item for item in items if isinstance(item, Mapping)]
    prices = [first_usable(item, _WORTH_FIELDS, parse_decimal).value or 0 for item in maps]
    return _Signs(
        units_negated=not any(_units(_quantity(item)) < 0 for item in maps),
        prices_unsigned=not any(price > 0 for price in prices),
    )


def _lines_by_product(
    field: str,
    items: Iterable[object],
    signs: _Signs,
    max_cents: int,
    placeholders: Placeholders,
) -> OrderLines | Rejection:
    by_product: dict[str, OrderLine] = {}
    warnings: list[str] = []
    for index, item in enumerate(items):
        path = f"{field}[{index}]"
        if not isinstance(item, Mapping):
            warnings.append(path)
            continue
        line, unusable = _line(item, signs, max_cents, placeholders)
        if line is None:
            continue
        line = _sum_of_lines(by_product.get(line.product_id), line)
        if abs(line.amount_cents) > MAX_CENTS or abs(line.quantity_milli) > _MAX_QUANTITY_MILLI:
            warnings.append(path)
            continue
        warnings.extend(f"{path}.{name}" for name in unusable)
        by_product[line.product_id] = line
        if len(by_product) > MAX_PRODUCTS:
            return Rejection(code=RejectionCode.ITEMS_TOO_MANY, field=field)
    sorted_lines = (by_product[product_id] for product_id in sorted(by_product))
    lines = tuple(line for line in sorted_lines if line.quantity_milli or line.amount_cents)
    if sum(map(_plain_bytes, lines)) > MAX_BYTES and len(packed(lines)) > MAX_BYTES:
        return Rejection(code=RejectionCode.ITEMS_TOO_MANY, field=field)
    return OrderLines(lines=lines, warnings=tuple(warnings))


def _plain_bytes(line: OrderLine) -> int:
    """Return the approximate size before compression."""
    return 80 + sum(len(text.encode()) for text in (line.product_id, line.name, line.category))


def _line(
    item: Mapping[str, object], signs: _Signs, max_cents: int, placeholders: Placeholders
) -> tuple[OrderLine | None, list[str]]:
    """One item as a line, if it is one, and the names of the fields that could not be used."""

    def named(value: object) -> str | None:
        text = clean_text(value)
        return None if text is None or text in placeholders else text

    quantity = _quantity(item)
    units = _units(quantity)
    worth = first_usable(item, _WORTH_FIELDS, parse_decimal)
    if units == 0 or _is_discount(worth, units, signs):
        return None, []
    name = first_usable(item, _NAME_FIELDS, named).value
    category = first_usable(item, _CATEGORY_FIELDS, named).value
    unusable = []

    if quantity.value is None and quantity.path is not None:
        unusable.append(quantity.path)
    quantity_milli = -units if signs.units_negated else units

    amount_cents = _amount_cents(worth, quantity_milli)
    if amount_cents is None or abs(amount_cents) > max_cents:
        unusable.append(worth.path or _PRICE_FIELDS[0])
        amount_cents = 0

    line = OrderLine(
        product_id=_product_id(item, name, placeholders),
        name=_NO_NAME if name is None else name[:_MAX_NAME_LENGTH].rstrip(),
        category=canonical_category(category),
        quantity_milli=quantity_milli,
        amount_cents=amount_cents,
    )
    return line, unusable


def _product_id(item: Mapping[str, object], name: str | None, placeholders: Placeholders) -> str:
    """The id of the product, else its name as an id, so that equal products are one line."""
    product_id = first_usable(item, _ID_FIELDS, placeholders.real_id).value
    if product_id is None and name is not None:
        product_id = f"name:{lowered(name)}"
    return bounded_id(product_id or NO_PRODUCT)


def _quantity(item: Mapping[str, object]) -> Reading[int]:
    """Thousandths of units as they are written."""
    return first_usable(item, _QUANTITY_FIELDS, _quantity_milli)


def _units(quantity: Reading[int]) -> int:
    """One unit where the quantity cannot be read."""
    return _ONE_UNIT if quantity.value is None else quantity.value


def _quantity_milli(value: object) -> int | None:
    """Return the quantity in thousandths; None if it is unreadable, or not 0 and below a
    thousandth."""
    number = parse_decimal(value)
    if not number:
        return None if number is None else 0
    milli = scaled(number, 3)
    return milli if milli and abs(milli) <= _MAX_QUANTITY_MILLI else None


def _is_discount(worth: Reading[Decimal], units: int, signs: _Signs) -> bool:
    """A price below 0; the total of a line that came back is below 0 like its units."""
    if worth.value is None or worth.value >= 0 or signs.prices_unsigned:
        return False
    return worth.path in _PRICE_FIELDS or units > 0


def _amount_cents(worth: Reading[Decimal], quantity_milli: int) -> int | None:
    """Unit price times quantity, or the total of the line, with the sign of the quantity."""
    if worth.value is None:
        return None
    if worth.path in _PRICE_FIELDS:
        return line_cents(abs(worth.value), quantity_milli)
    cents = scaled(abs(worth.value), 2)
    return cents if quantity_milli > 0 else -cents


def _sum_of_lines(earlier: OrderLine | None, line: OrderLine) -> OrderLine:
    """Both lines of one product as one, which keeps the name and category seen first."""
    if earlier is None:
        return line
    return replace(
        earlier,
        quantity_milli=earlier.quantity_milli + line.quantity_milli,
        amount_cents=earlier.amount_cents + line.amount_cents,
    )
