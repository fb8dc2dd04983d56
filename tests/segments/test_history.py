"""Orders of a customer as bytes: nothing is lost, equal orders are equal bytes, size is bounded."""

import zlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.orders.fact import OrderFact, OrderLine
from shared.segments import history as history_module
from shared.segments.history import (
    EMPTY,
    MAX_BYTES,
    OrderHistory,
    PastLine,
    PastOrder,
    past_order,
)
from tests.benchmarks.history import past_orders as regular_orders
from tests.segments.segment_strategies import order_lists, past_orders

START = datetime(2026, 1, 1, tzinfo=UTC)
texts = st.text(max_size=12)
amounts = st.integers(0, 10**12)
any_orders = st.builds(
    PastOrder,
    ordered_at=st.datetimes(
        datetime(1980, 1, 1),  # noqa: DTZ001
        datetime(2199, 12, 31),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    local_date=st.dates(date(1979, 12, 31), date(2200, 1, 1)),
    amount_cents=amounts,
    channel=texts,
    campaign_id=texts,
    lines=st.lists(st.builds(PastLine, texts, texts, amounts, amounts), max_size=4).map(tuple),
)


def large_order(number: int, random: Random) -> PastOrder:
    """An order that hardly compresses, about 4 KB of it."""
    lines = tuple(
        PastLine(random.randbytes(30).hex(), random.randbytes(10).hex(), 1_000, 5_00)
        for _ in range(100)
    )
    day = START + timedelta(days=number)
    return PastOrder(day, day.date(), 5_00, "online", "", lines)


@given(orders=st.lists(any_orders, max_size=6))
def test_bytes_hold_everything(orders: list[PastOrder]) -> None:
    history = OrderHistory.of(orders)
    again = OrderHistory.from_bytes(history.to_bytes())

    assert again.orders == history.orders == tuple(sorted(orders))
    assert again == history
    assert hash(again) == hash(history)
    assert again.to_bytes() == history.to_bytes()
    assert not again.truncated
    for order in again.orders:
        assert order.ordered_at.tzinfo is UTC
        assert type(order) is PastOrder
        assert all(type(line) is PastLine for line in order.lines)


@settings(deadline=None)
@given(orders=order_lists(), removed=order_lists(), random=st.randoms(use_true_random=False))
def test_plus_and_minus_are_those_of_a_multiset(
    orders: list[PastOrder], removed: list[PastOrder], random: Random
) -> None:
    removed = removed + orders[:2]
    history = EMPTY
    expected: Counter[PastOrder] = Counter()
    for order in orders:
        history = OrderHistory.from_bytes(history.to_bytes()).plus(order)
        expected[order] += 1
    random.shuffle(removed)
    for order in removed:
        shorter = history.minus(order)
        assert (shorter is history) == (not expected[order])
        history = shorter
        expected -= Counter({order: 1})

    assert Counter(history.orders) == expected
    assert history == OrderHistory.of(expected.elements())
    assert history.to_bytes() == OrderHistory.of(expected.elements()).to_bytes()


@given(orders=order_lists(min_size=1), order=past_orders(), index=st.integers(0, 5))
def test_until_takes_what_was_placed_by_then(
    orders: list[PastOrder], order: PastOrder, index: int
) -> None:
    history = OrderHistory.of(orders)
    at = orders[index % len(orders)].ordered_at

    assert history.until(at) == OrderHistory.of(o for o in orders if o.ordered_at <= at)
    assert history.until(at - timedelta(microseconds=1)) == OrderHistory.of(
        o for o in orders if o.ordered_at < at
    )
    assert history.until(max(o.ordered_at for o in orders)) is history
    assert history.plus(order).minus(order) == history


def test_an_instant_of_another_zone_is_the_same_order() -> None:
    order = large_order(1, Random(1))
    elsewhere = order._replace(ordered_at=order.ordered_at.astimezone(timezone(timedelta(hours=9))))

    assert OrderHistory.of([order]) == OrderHistory.of([elsewhere])
    assert OrderHistory.of([order]).to_bytes() == OrderHistory.of([elsewhere]).to_bytes()
    assert OrderHistory.of([order]).minus(elsewhere) == EMPTY


def test_an_order_that_counts_becomes_a_past_order() -> None:
    fact = OrderFact(
        org_id="o",
        customer_key="k",
        ordered_at=START,
        local_date=date(2025, 12, 31),
        amount_cents=12_00,
        lines=(
            OrderLine(
                product_id="p1",
                name="Blue",
                category="Flower",
                quantity_milli=1_500,
                amount_cents=9_00,
            ),
        ),
        channel="online",
        campaign_id=None,
        coupon_code="TEN",
        exclusion=None,
    )

    assert past_order(fact) == PastOrder(
        ordered_at=START,
        local_date=date(2025, 12, 31),
        amount_cents=12_00,
        channel="online",
        campaign_id="",
        lines=(PastLine("p1", "Flower", 1_500, 9_00),),
    )
    assert past_order(replace(fact, campaign_id="spring")).campaign_id == "spring"


def test_nothing_is_known_of_no_orders() -> None:
    assert EMPTY.orders == ()
    assert OrderHistory.of([]) == EMPTY
    assert OrderHistory.from_bytes(EMPTY.to_bytes()) == EMPTY
    assert EMPTY.to_bytes() == b"\x01\x00"
    assert EMPTY != "history"
    assert repr(EMPTY) == "OrderHistory(0 orders, truncated=False)"


def test_a_history_is_decoded_when_it_is_looked_at() -> None:
    data = OrderHistory.of([large_order(1, Random(1))]).to_bytes()
    damaged = OrderHistory.from_bytes(data[:-20])

    assert damaged.to_bytes() == data[:-20]
    with pytest.raises(ValueError, match="damaged"):
        _ = damaged.orders


@pytest.mark.parametrize(
    "plain", [b"", b"{}", b"[]", b"[1,2]", b'[["a"],[1],[1],[1],[7],[0],[0],[],[],[],[]]']
)
def test_bytes_that_decode_to_something_else_are_damaged(plain: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        _ = OrderHistory.from_bytes(b"\x01\x00" + zlib.compress(plain)).orders


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x00\x00", b"\x02\x00", b"\x01\x02", b"{}"])
def test_bytes_of_another_version_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="known version"):
        OrderHistory.from_bytes(data)


def test_the_oldest_orders_are_left_out_of_what_is_too_large() -> None:
    random = Random(1)
    orders = [large_order(number, random) for number in range(150)]

    history = OrderHistory.of(orders)

    assert history.truncated
    assert MAX_BYTES * 0.9 < len(history.to_bytes()) <= MAX_BYTES
    kept = len(history.orders)
    assert history.orders == tuple(orders[-kept:])
    again = OrderHistory.from_bytes(history.to_bytes())
    assert again.truncated
    assert again == history


def test_a_history_grows_to_its_bound_and_stays_there() -> None:
    random = Random(2)
    orders = [large_order(number, random) for number in range(100)]
    history = OrderHistory.of(orders[:70])
    assert not history.truncated
    for order in orders[70:]:
        history = OrderHistory.from_bytes(history.to_bytes()).plus(order)
        assert len(history.to_bytes()) <= MAX_BYTES
        assert history.orders[-1] == order
    assert history.truncated
    assert history.orders == tuple(orders[-len(history.orders) :])

    # Complete from its first order on: what is older is not taken in, and not taken out.
    assert history.plus(orders[0]) is history
    assert history.minus(orders[0]) is history
    shorter = history
    for order in history.orders[1:]:
        shorter = shorter.minus(order)
        assert shorter.truncated
    assert shorter != OrderHistory.of(shorter.orders)
    assert shorter.until(START).orders == ()
    assert shorter.until(START).truncated
    assert OrderHistory.from_bytes(shorter.until(START).to_bytes()).truncated


def test_orders_added_one_by_one_are_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every order from the 202nd on had all of them encoded: 57 seconds for 4,000 orders."""
    encoded: list[int] = []

    def counted(orders: tuple[PastOrder, ...], *, truncated: bool) -> bytes:
        encoded.append(len(orders))
        return encode(orders, truncated=truncated)

    encode = history_module._encode
    monkeypatch.setattr(history_module, "_encode", counted)
    orders = regular_orders(2_000)
    history = EMPTY
    for order in orders:
        history = history.plus(order)
    assert encoded == []

    assert history.orders == tuple(sorted(orders))
    assert history.to_bytes() == history.to_bytes()
    assert encoded == [2_000]
    # What was learned of the size spares the next attempts.
    for order in regular_orders(100):
        history = history.plus(order)
        assert len(history.orders) > 2_000
    assert encoded == [2_000]


def test_histories_that_share_orders_do_not_share_what_is_added() -> None:
    first, second, third = regular_orders(3)
    start = EMPTY.plus(first)
    left, right = start.plus(second), start.plus(third)

    assert Counter(left.orders) == Counter([first, second])
    assert Counter(right.orders) == Counter([first, third])
    assert start.orders == (first,)
    assert OrderHistory.from_bytes(start.to_bytes()).plus(second) == left


def test_bytes_of_version_0_3_are_read() -> None:
    data = (
        "0100789c358c510a03210c44efe2770a26bb517a80f612b2144aa508a28b167afd4e7669082fc36492945c6f"
        "b5b4ecc895f6989f3e4cce7d94f68640ef6c10e05efb370f88dbab3c6b9e6ea3c43144d120aca21e45cbaac1"
        "ff0b810b930d16ecf4703c3128b41c3467250503450b22447cde5eed1fd4f603f4ee2a94"
    )
    placed_at = datetime(2026, 1, 1, 8, 30, 15, 250_000, tzinfo=UTC)
    bought = (PastLine("p1", "Flower", 1_500, 9_00), PastLine("p2", "Edibles", 1_000, 3_00))

    assert OrderHistory.from_bytes(bytes.fromhex(data)).orders == (
        PastOrder(placed_at, date(2025, 12, 31), 12_00, "online", "spring", bought),
        PastOrder(placed_at + timedelta(days=40), date(2026, 2, 10), 5_00, "in_store", "", ()),
    )


def test_one_order_that_is_too_large_alone_is_left_out() -> None:
    random = Random(3)
    lines = tuple(
        PastLine(random.randbytes(60).hex(), random.randbytes(50).hex(), 1_000, 5_00)
        for _ in range(4_000)
    )
    order = PastOrder(START, START.date(), 5_00, "online", "", lines)

    history = EMPTY.plus(order)

    assert history.orders == ()
    assert history.truncated
    assert len(history.to_bytes()) <= MAX_BYTES


def test_a_hundred_orders_of_ten_lines_take_a_few_kilobytes() -> None:
    random = Random(4)
    products = [(f"{random.randrange(10**6)}", f"Category {number % 8}") for number in range(300)]
    orders = []
    for number in range(100):
        at = START + timedelta(days=3 * number, seconds=random.randrange(80_000))
        lines = tuple(
            PastLine(id, category, 1_000, random.randrange(100, 3_000))
            for id, category in sorted(random.sample(products, 10))
        )
        orders.append(PastOrder(at, at.date(), 50_00, "in_store", "", lines))

    assert len(OrderHistory.of(orders).to_bytes()) < 10_000
