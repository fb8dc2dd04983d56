"""What was bought: one line per product of an order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from shared.compared_text import lowered
from shared.money import MAX_CENTS, line_cents, parse_cents, parse_decimal, scaled
from shared.orders.category import canonical_category
from shared.orders.fact import OrderLine, Rejection, RejectionCode
from shared.orders.fields import first_usable
from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.packed_lines import packed
from shared.orders.text import bounded_id, clean_text

MAX_PRODUCTS = 2_000
"""Distinct products in one order."""

MAX_BYTES = 240_000
"""What the lines of one order may take compressed, which is how they are kept. An event that
changes them carries them twice, and is not delivered above 512 KB."""

_LIST_FIELDS = ("items", "lineItems")
_ID_FIELDS = ("productId", "product_id", "id", "id_item", "sku", "skuId", "externalId")
_NAME_FIELDS = ("name", "productName", "item", "title")
_QUANTITY_FIELDS = ("qty", "quantity")
_PRICE_FIELDS = ("price", "unitPrice", "unit_price")
_LINE_TOTAL_FIELDS = ("totalPrice", "total")
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
    """Paths of what could not be used, such as `items[2].price`."""


def order_lines(
    data: Mapping[str, object], placeholders: Placeholders = STANDARD
) -> OrderLines | Rejection:
    """The lines of an order, those of the same product added up. No items is no lines.

    An item that is no map, or that would take the sums of its product out of range, is left out;
    a price that cannot be used counts as 0 and a quantity that cannot be used as 1. Each is
    warned of.
    """
    for field in _LIST_FIELDS:
        items = data.get(field)
        if items is None:
            continue
        if not isinstance(items, list):
            return Rejection(code=RejectionCode.ITEMS_INVALID, field=field)
        if items:
            return _merged(field, items, placeholders)
    return OrderLines()


def _merged(
    field: str, items: Iterable[object], placeholders: Placeholders
) -> OrderLines | Rejection:
    by_product: dict[str, OrderLine] = {}
    warnings: list[str] = []
    for index, item in enumerate(items):
        path = f"{field}[{index}]"
        if not isinstance(item, Mapping):
            warnings.append(path)
            continue
        line, unusable = _line(item, placeholders)
        line = _added(by_product.get(line.product_id), line)
        if line.amount_cents > MAX_CENTS or line.quantity_milli > _MAX_QUANTITY_MILLI:
            warnings.append(path)
            continue
        warnings.extend(f"{path}.{name}" for name in unusable)
        by_product[line.product_id] = line
        if len(by_product) > MAX_PRODUCTS:
            return Rejection(code=RejectionCode.ITEMS_TOO_MANY, field=field)
    lines = tuple(by_product[product_id] for product_id in sorted(by_product))
    if sum(map(_plain_bytes, lines)) > MAX_BYTES and len(packed(lines)) > MAX_BYTES:
        return Rejection(code=RejectionCode.ITEMS_TOO_MANY, field=field)
    return OrderLines(lines=lines, warnings=tuple(warnings))


def _plain_bytes(line: OrderLine) -> int:
    """About what it takes before compression."""
    return 80 + sum(len(text.encode()) for text in (line.product_id, line.name, line.category))


def _line(item: Mapping[str, object], placeholders: Placeholders) -> tuple[OrderLine, list[str]]:
    """One item as a line, and the names of the fields that could not be used."""

    def named(value: object) -> str | None:
        text = clean_text(value)
        return None if text is None or text in placeholders else text

    name = first_usable(item, _NAME_FIELDS, named).value
    category = first_usable(item, _CATEGORY_FIELDS, named).value
    unusable = []

    quantity = first_usable(item, _QUANTITY_FIELDS, _quantity_milli)
    if quantity.value is None and quantity.path is not None:
        unusable.append(quantity.path)
    quantity_milli = quantity.value or _ONE_UNIT

    amount_cents = _amount_cents(item, quantity_milli)
    if amount_cents is None:
        prices = first_usable(item, (*_PRICE_FIELDS, *_LINE_TOTAL_FIELDS), parse_cents)
        unusable.append(prices.path or _PRICE_FIELDS[0])

    line = OrderLine(
        product_id=_product_id(item, name, placeholders),
        name=_NO_NAME if name is None else name[:_MAX_NAME_LENGTH].rstrip(),
        category=canonical_category(category),
        quantity_milli=quantity_milli,
        amount_cents=amount_cents or 0,
    )
    return line, unusable


def _product_id(item: Mapping[str, object], name: str | None, placeholders: Placeholders) -> str:
    """The id of the product, else its name as an id, so that equal products are one line."""
    product_id = first_usable(item, _ID_FIELDS, placeholders.real_id).value
    if product_id is None and name is not None:
        product_id = f"name:{lowered(name)}"
    return bounded_id(product_id or NO_PRODUCT)


def _quantity_milli(value: object) -> int | None:
    number = parse_decimal(value)
    milli = 0 if number is None else scaled(number, 3)
    return milli if 0 < milli <= _MAX_QUANTITY_MILLI else None


def _amount_cents(item: Mapping[str, object], quantity_milli: int) -> int | None:
    """Unit price times quantity; where there is no unit price, the total of the line."""
    price = first_usable(item, _PRICE_FIELDS, _unit_price).value
    if price is None:
        cents = first_usable(item, _LINE_TOTAL_FIELDS, parse_cents).value
    else:
        cents = line_cents(price, quantity_milli)
    return cents if cents is not None and 0 <= cents <= MAX_CENTS else None


def _unit_price(value: object) -> Decimal | None:
    number = parse_decimal(value)
    return number if number is not None and number >= 0 else None


def _added(earlier: OrderLine | None, line: OrderLine) -> OrderLine:
    """Both lines of one product as one, which keeps the name and category seen first."""
    if earlier is None:
        return line
    return replace(
        earlier,
        quantity_milli=earlier.quantity_milli + line.quantity_milli,
        amount_cents=earlier.amount_cents + line.amount_cents,
    )
