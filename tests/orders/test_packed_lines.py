"""Lines of orders as bytes: nothing is lost, the largest fit into an event twice."""

import zlib
from base64 import b64encode
from dataclasses import asdict
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.orders.fact import OrderLine, Rejection, RejectionCode
from shared.orders.lines import MAX_BYTES, MAX_PRODUCTS, OrderLines, order_lines
from shared.orders.packed_lines import packed, readable_lines, stored_lines

DELIVERED_BYTES = 512_000
"""Of an event. An update carries the document before and after."""

texts = st.text(max_size=12)
amounts = st.integers(-(10**12), 10**12)
lines = st.lists(
    st.builds(
        OrderLine,
        product_id=texts,
        name=texts,
        category=texts,
        quantity_milli=amounts,
        amount_cents=amounts,
    ),
    max_size=5,
).map(tuple)


@given(lines=lines)
def test_bytes_hold_every_line(lines: tuple[OrderLine, ...]) -> None:
    data = packed(lines)

    assert stored_lines(data) == lines
    assert readable_lines(data) == [asdict(line) for line in lines]
    assert packed(stored_lines(data)) == data


@given(lines=lines)
def test_lines_that_version_0_3_stored_as_maps_are_read(lines: tuple[OrderLine, ...]) -> None:
    assert stored_lines([asdict(line) for line in lines]) == lines


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x02", b"\x01x", b"\x01" + zlib.compress(b"[]"), packed([])[:0]]
)
def test_bytes_that_are_no_lines_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="order lines"):
        readable_lines(data)


def item(number: int, name: str) -> dict[str, object]:
    return {"productId": f"sku-{number:06}", "name": name, "category": "Grocery", "price": number}


def test_the_largest_order_fits_into_an_event_twice() -> None:
    """Version 0.3 took 500,000 bytes for it, so that an edit was never delivered."""
    words = ["Organic", "Whole", "Ground", "Roasted", "Coffee", "Almond", "Blend", "Family", "Pack"]
    random = Random(1)
    items = [item(n, " ".join(random.choices(words, k=12))) for n in range(MAX_PRODUCTS)]

    bought = order_lines({"items": items})

    assert isinstance(bought, OrderLines)
    assert len(bought.lines) == MAX_PRODUCTS
    assert len(packed(bought.lines)) < MAX_BYTES / 2
    assert 2 * MAX_BYTES < DELIVERED_BYTES


def test_lines_that_would_not_fit_are_reported_and_not_lost_at_their_first_edit() -> None:
    random = Random(2)
    items = [item(n, b64encode(random.randbytes(140)).decode()) for n in range(MAX_PRODUCTS)]

    actual = order_lines({"items": items})
    assert actual == Rejection(code=RejectionCode.ITEMS_TOO_MANY, field="items")
    assert isinstance(order_lines({"items": items[: MAX_PRODUCTS // 2]}), OrderLines)
