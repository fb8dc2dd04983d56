import pytest

from shared.orders.fact import OrderLine, Rejection, RejectionCode
from shared.orders.lines import OrderLines, order_lines


def read(*items: object, of_return: bool = False) -> OrderLines:
    bought = order_lines({"items": list(items)}, of_return=of_return)
    assert isinstance(bought, OrderLines), bought
    return bought


def only_line(item: dict[str, object]) -> OrderLine:
    (line,) = read(item).lines
    return line


@pytest.mark.parametrize("key", ["productId", "product_id", "id", "id_item", "sku", "skuId"])
def test_a_product_is_known_by_any_of_its_ids(key: str) -> None:
    assert only_line({key: "p1", "price": 1}).product_id == "p1"
    assert only_line({key: 9001, "price": 1}).product_id == "9001"


def test_the_id_of_the_product_goes_before_the_others() -> None:
    item = {"externalId": "e", "sku": "s", "id": "i", "productId": "p", "price": 1}
    assert only_line(item).product_id == "p"


@pytest.mark.parametrize("placeholder", ["unknown", "Unknown", "", None, True, {}])
def test_the_placeholder_id_is_no_product(placeholder: object) -> None:
    item = {"productId": placeholder, "name": " House  LIGHTER ", "price": 1}
    assert only_line(item).product_id == "name:house lighter"
    assert only_line(item | {"sku": "s1"}).product_id == "s1"
    assert only_line({"productId": placeholder, "price": 1}).product_id == "unknown"


@pytest.mark.parametrize("key", ["name", "productName", "item", "title"])
def test_a_product_has_any_of_its_names(key: str) -> None:
    assert only_line({"productId": "p", key: " Blue\tDream ", "price": 1}).name == "Blue Dream"


def test_a_product_without_a_name_is_unknown() -> None:
    assert only_line({"productId": "p", "name": 7, "price": 1}).name == "Unknown Item"


@pytest.mark.parametrize("key", ["category", "productCategory", "type"])
def test_a_product_has_any_of_its_categories(key: str) -> None:
    assert only_line({"productId": "p", "price": 1, key: "gummies"}).category == "Edibles"


@pytest.mark.parametrize(
    ("item", "cents"),
    [
        ({"price": 18.0, "qty": 3}, 54_00),
        ({"price": "$18.00", "quantity": "3"}, 54_00),
        ({"unitPrice": 18, "quantity": 3, "total": 50}, 54_00),
        ({"unit_price": 18}, 18_00),
        ({"price": "n/a", "unitPrice": 18}, 18_00),
        ({"totalPrice": 50, "qty": 3}, 50_00),
        ({"total": 50, "qty": 3}, 50_00),
        ({"price": "n/a", "total": 50}, 50_00),
        ({"price": 0.1, "qty": 3}, 30),
        ({"price": 0.333, "qty": 3}, 1_00),
        ({"price": 9.99, "qty": 1.5}, 14_99),
        ({"price": 0, "total": 50}, 0),
    ],
)
def test_a_line_is_worth_price_times_quantity_else_its_total(
    item: dict[str, object], cents: int
) -> None:
    bought = read({"productId": "p", **item})
    assert bought.lines[0].amount_cents == cents
    assert bought.warnings == ()


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ({"price": "n/a"}, "items[0].price"),
        ({"price": 1e300}, "items[0].price"),
        ({"price": 10**9, "qty": 10**6}, "items[0].price"),
        ({"total": "n/a"}, "items[0].total"),
        ({}, "items[0].price"),
    ],
)
def test_a_price_that_cannot_be_used_is_zero_with_a_warning(
    item: dict[str, object], path: str
) -> None:
    bought = read({"productId": "p", **item})
    assert bought.lines[0].amount_cents == 0
    assert bought.warnings == (path,)


@pytest.mark.parametrize(
    ("item", "quantity_milli"),
    [
        ({"qty": 2, "quantity": 5}, 2_000),
        ({"quantity": 5}, 5_000),
        ({"qty": "2"}, 2_000),
        ({"qty": "n/a", "quantity": 5}, 5_000),
        ({"qty": 3.5}, 3_500),
        ({"qty": 0.001}, 1),
        ({"qty": 0.1 + 0.2}, 300),
        ({}, 1_000),
        ({"qty": None}, 1_000),
    ],
)
def test_a_quantity_is_exact_in_thousandths_and_one_where_missing(
    item: dict[str, object], quantity_milli: int
) -> None:
    bought = read({"productId": "p", "price": 1, **item})
    assert bought.lines[0].quantity_milli == quantity_milli
    assert bought.warnings == ()


@pytest.mark.parametrize("quantity", ["two", float("nan"), True, 0.0001, 1e300, []])
def test_a_quantity_that_cannot_be_used_is_one_with_a_warning(quantity: object) -> None:
    bought = read({"productId": "p", "price": 7, "qty": quantity})
    assert (bought.lines[0].quantity_milli, bought.lines[0].amount_cents) == (1_000, 7_00)
    assert bought.warnings == ("items[0].qty",)


@pytest.mark.parametrize("quantity", [0, "0", 0.0, "0.00", -0.0])
def test_an_item_of_quantity_0_is_no_line(quantity: object) -> None:
    assert read({"productId": "p", "price": 7, "qty": quantity}) == OrderLines()


@pytest.mark.parametrize(
    "item",
    [
        {"price": -5},
        {"price": "(5.00)", "qty": 2},
        {"unitPrice": -5, "qty": -1},
        {"total": -5},
        {"totalPrice": "-5", "qty": 1},
    ],
)
def test_an_item_with_a_negative_price_is_a_discount_and_no_product(
    item: dict[str, object],
) -> None:
    bought = read({"productId": "p", "price": 20}, {"name": "10% off", **item})
    assert [(line.product_id, line.amount_cents) for line in bought.lines] == [("p", 20_00)]
    assert bought.warnings == ()


@pytest.mark.parametrize(
    "item",
    [
        {"price": 4, "qty": -2},
        {"price": "$4.00", "quantity": "(2)"},
        {"total": -8, "qty": -2},
        {"total": 8, "qty": -2},
    ],
)
def test_units_below_0_are_taken_off_with_their_amount(item: dict[str, object]) -> None:
    line = only_line({"productId": "p", **item})
    assert (line.quantity_milli, line.amount_cents) == (-2_000, -8_00)


@pytest.mark.parametrize(
    "item",
    [
        {"price": 4, "qty": 2},
        {"price": 4, "qty": -2},
        {"price": -4, "qty": 2},
        {"price": -4, "qty": -2},
        {"total": 8, "qty": 2},
        {"total": -8, "qty": 2},
        {"total": -8, "qty": -2},
    ],
)
def test_the_items_of_a_return_came_back_whatever_their_signs(item: dict[str, object]) -> None:
    (line,) = read({"productId": "p", **item}, of_return=True).lines
    assert (line.quantity_milli, line.amount_cents) == (-2_000, -8_00)


def test_a_return_may_take_something_else_instead_and_give_its_discount_back() -> None:
    exchanged = read(
        {"productId": "back", "price": 20, "qty": -1},
        {"productId": "taken", "price": 5, "qty": 1},
        of_return=True,
    )
    assert [line.amount_cents for line in exchanged.lines] == [-20_00, 5_00]
    discounted = read(
        {"productId": "back", "price": 20}, {"name": "10% off", "price": -2}, of_return=True
    )
    assert [(line.product_id, line.amount_cents) for line in discounted.lines] == [("back", -20_00)]


def test_a_product_that_came_back_in_the_same_order_is_no_line_unless_its_price_changed() -> None:
    bought = {"productId": "p", "price": 5}
    assert read(bought, bought | {"qty": -1}).lines == ()
    (line,) = read(bought, bought | {"qty": -1, "price": 4}).lines
    assert (line.quantity_milli, line.amount_cents) == (0, 1_00)


def test_a_line_above_what_an_organisation_believes_is_worth_nothing_with_a_warning() -> None:
    items = [{"productId": "p", "price": 10**9}, {"productId": "q", "price": 100, "qty": -2}]
    bought = order_lines({"items": items}, max_cents=200_00)
    assert isinstance(bought, OrderLines)
    assert [line.amount_cents for line in bought.lines] == [0, -200_00]
    assert bought.warnings == ("items[0].price",)


def test_the_same_product_twice_in_one_order_is_one_line_with_both() -> None:
    bought = read(
        {"productId": "p2", "name": "Second", "price": 1},
        {"productId": "p1", "name": "First", "category": "Flower", "price": 10, "qty": 2},
        {"productId": "p1", "name": "first again", "price": 5},
    )
    assert bought.lines == (
        OrderLine(
            product_id="p1",
            name="First",
            category="Flower",
            quantity_milli=3_000,
            amount_cents=25_00,
        ),
        OrderLine(
            product_id="p2",
            name="Second",
            category="Other",
            quantity_milli=1_000,
            amount_cents=1_00,
        ),
    )


def test_a_sum_that_leaves_the_range_leaves_the_item_out_with_a_warning() -> None:
    most = {"productId": "p", "price": 10**10}
    bought = read(most, {"productId": "p", "price": 0.01}, {"productId": "q", "price": 1})
    assert [line.amount_cents for line in bought.lines] == [10**12, 1_00]
    assert bought.warnings == ("items[1]",)


@pytest.mark.parametrize("item", [None, "Blue Dream", 7, ["p1"], b"p1"])
def test_an_item_that_is_no_map_is_left_out_with_a_warning(item: object) -> None:
    bought = read(item, {"productId": "p", "price": 1})
    assert [line.product_id for line in bought.lines] == ["p"]
    assert bought.warnings == ("items[0]",)


@pytest.mark.parametrize("document", [{}, {"items": None}, {"items": []}, {"lineItems": []}])
def test_an_order_without_items_has_no_lines(document: dict[str, object]) -> None:
    assert order_lines(document) == OrderLines()


def test_items_are_found_under_their_other_name() -> None:
    bought = order_lines({"items": [], "lineItems": [{"sku": "p", "price": "x"}]})
    assert isinstance(bought, OrderLines)
    assert bought.lines[0].product_id == "p"
    assert bought.warnings == ("lineItems[0].price",)


@pytest.mark.parametrize("items", ["p1, p2", 3, {"0": {"productId": "p"}}, True])
def test_items_that_are_no_list_reject_the_order(items: object) -> None:
    rejection = Rejection(code=RejectionCode.ITEMS_INVALID, field="items")
    assert order_lines({"items": items}) == rejection


def test_more_than_two_thousand_products_reject_the_order() -> None:
    items = [{"productId": str(n), "price": 1} for n in range(2_001)]
    rejection = Rejection(code=RejectionCode.ITEMS_TOO_MANY, field="items")
    assert order_lines({"items": items}) == rejection
    assert len(read(*items[:2_000], *items[:2_000]).lines) == 2_000


def test_a_long_id_is_cut_and_stays_apart_from_others_that_begin_alike() -> None:
    first, second = (only_line({"productId": "p" * 300 + end, "price": 1}) for end in "ab")
    assert first.product_id != second.product_id
    assert len(first.product_id) == 128
    assert first.product_id.startswith("p" * 95 + "~")


@pytest.mark.parametrize("reserved", ["__name__", "____", "__a\u2028b__"])
def test_an_id_that_cannot_be_a_map_key_is_replaced(reserved: str) -> None:
    product_id = only_line({"productId": reserved, "price": 1}).product_id
    assert not product_id.endswith("__")


def test_names_and_ids_can_be_stored() -> None:
    line = only_line({"productId": "p\ud800\x00 1", "name": "N\udfff" + "n" * 500, "price": 1})
    assert line.product_id == "p 1"
    assert line.name == "N" + "n" * 199
