"""A customer's counted orders, small enough to be kept in the customer's own document.

Custom segments ask what was bought, how often and when. Answering that from the ledger would take
one read per order, so the document of a customer carries them all, as bytes:

    1 byte   version of the encoding
    1 byte   1 where the oldest orders were left out, else 0
    the rest columns of numbers and one table of texts, as JSON, compressed with zlib; nothing
             at all where there are no orders

Columns compress several times better than rows, because neighbours look alike.
"""

import json
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, chain, islice
from typing import NamedTuple, TypeAlias

from shared.orders.fact import OrderFact

MAX_BYTES = 400_000
"""Maximum size of a history in its customer's document, which holds 1 MiB with everything else.

It is some five thousand orders of ten lines. Beyond it the oldest orders are left out.
"""

_VERSION = 1
_HEADER_BYTES = 2
_COMPRESSION_LEVEL = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# What one order, line or character takes at most before compression, which never adds more than
# the reserve. A history whose sum is within MAX_BYTES fits, so that it need not be tried; otherwise
# the size of its bytes takes the place of the sum.
_ORDER_BOUND = 72
_LINE_BOUND = 48
_CHARACTER_BOUND = 12
_RESERVE = 1_000
# The next attempt at a history that does not fit keeps a little less than what should fit.
_ATTEMPT = 0.98


class PastLine(NamedTuple):
    """One product in a past order."""

    product_id: str
    category: str
    quantity_milli: int
    amount_cents: int


class PastOrder(NamedTuple):
    """Record of a counted order, or of a return, in its customer's history.

    Nothing in it names a person.
    """

    ordered_at: datetime
    """UTC, microsecond precision."""
    local_date: date
    """Day of `ordered_at` in the organisation's time zone, as it was counted."""
    amount_cents: int
    """Order total less refunds; negative only for a return."""
    channel: str
    campaign_id: str
    """Empty if the order names no campaign."""
    lines: tuple[PastLine, ...]

    @property
    def is_return(self) -> bool:
        """Whether this is a return: it only reduces the customer's value."""
        return self.amount_cents < 0


def past_order(fact: OrderFact) -> PastOrder:
    """Return a counted order's record for the history of its customer."""
    return PastOrder(
        ordered_at=fact.ordered_at,
        local_date=fact.local_date,
        amount_cents=fact.amount_cents,
        channel=fact.channel,
        campaign_id=fact.campaign_id or "",
        lines=tuple(
            PastLine(line.product_id, line.category, line.quantity_milli, line.amount_cents)
            for line in fact.lines
        ),
    )


class OrderHistory:
    """Past orders as an immutable multiset: equal orders are kept as often as they were placed.

    Histories with equal orders are equal, and have equal bytes under one version of zlib. The bytes
    are decoded when the orders are first accessed, and added orders are merged then, all at once,
    so that adding many costs no more than sorting them. The bytes never exceed `MAX_BYTES`: the
    oldest orders are left out until the rest fits. From then on `truncated` is True for good, and
    an order older than all kept ones is not added, so that a truncated history is complete from its
    first order on.
    """

    __slots__ = ("_added", "_bound", "_data", "_orders", "_truncated")

    _data: bytes | None
    _orders: tuple[PastOrder, ...] | None
    """Sorted, and without those in `_added`. None if only `_data` is known."""
    _added: "_Additions | None"
    _truncated: bool
    _bound: int
    """Upper bound of the size of the bytes, without `_added`."""

    def __init__(self) -> None:
        self._data = None
        self._orders = ()
        self._added = None
        self._truncated = False
        self._bound = _RESERVE

    @classmethod
    def of(cls, orders: Iterable[PastOrder]) -> "OrderHistory":
        """The history of these orders, given in any order."""
        history = cls()
        for order in orders:
            history._added = order, history._added
        return history

    @classmethod
    def from_bytes(cls, data: bytes) -> "OrderHistory":
        """The history behind bytes that `to_bytes` made.

        Bytes of another version raise ValueError here; damaged ones do when the orders are looked
        at.
        """
        if len(data) < _HEADER_BYTES or data[0] != _VERSION or data[1] > 1:
            raise ValueError("The bytes are not an order history of a known version.")
        return _history(
            None, truncated=data[1] == 1, data=bytes(data), size_bound=len(data) + _RESERVE
        )

    def to_bytes(self) -> bytes:
        """The history in the form in which it is stored."""
        self._take_in()
        if self._data is None:
            self._encode()
        assert self._data is not None
        return self._data

    @property
    def orders(self) -> tuple[PastOrder, ...]:
        """All orders, earliest first; orders of one instant are sorted by what else they hold."""
        self._take_in()
        return self._decoded_orders()

    @property
    def truncated(self) -> bool:
        """Whether the oldest orders were left out because all of them would not have fitted."""
        self._take_in()
        return self._truncated

    def plus(self, order: PastOrder) -> "OrderHistory":
        """Return this history with one more order, at the same cost whatever its size."""
        if self._truncated:
            orders = self._decoded_orders()
            if not orders:
                return _history((order,), truncated=True, data=None, size_bound=self._bound)
            if order.ordered_at < orders[0].ordered_at:
                return self
        longer = _history(
            self._orders, truncated=self._truncated, data=self._data, size_bound=self._bound
        )
        longer._added = order, self._added
        return longer

    def minus(self, order: PastOrder) -> "OrderHistory":
        """This history without one order equal to `order`; itself where there is none."""
        orders = self.orders
        position = bisect_left(orders, order)
        if position == len(orders) or orders[position] != order:
            return self
        rest = orders[:position] + orders[position + 1 :]
        return _history(rest, truncated=self._truncated, data=None, size_bound=self._bound)

    def until(self, at: datetime) -> "OrderHistory":
        """The orders placed up to and including an instant."""
        orders = self.orders
        end = bisect_right(orders, at, key=_ordered_at)
        if end == len(orders):
            return self
        return _history(orders[:end], truncated=self._truncated, data=None, size_bound=self._bound)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OrderHistory):
            return NotImplemented
        settled = self._added is None and other._added is None
        if settled and self._data is not None and self._data == other._data:
            return True
        return self.orders == other.orders and self._truncated == other._truncated

    def __hash__(self) -> int:
        return hash((self.truncated, self.orders))

    def __repr__(self) -> str:
        return f"OrderHistory({len(self.orders)} orders, truncated={self._truncated})"

    def _decoded_orders(self) -> tuple[PastOrder, ...]:
        if self._orders is None:
            assert self._data is not None
            self._orders = _decode(self._data)
        return self._orders

    def _take_in(self) -> None:
        """Merge the added orders, and drop the oldest that do not fit."""
        if self._added is None:
            return
        new_orders = []
        rest: _Additions | None = self._added
        while rest:
            order, rest = rest
            new_orders.append(order)
        self._orders = tuple(sorted(chain(self._decoded_orders(), new_orders)))
        self._added = None
        self._data = None
        self._bound += _bound_of(new_orders)
        if self._bound > MAX_BYTES:
            self._encode()

    def _encode(self) -> None:
        """Encode the orders, and update the size."""
        orders = self._decoded_orders()
        data = _encode(orders, truncated=self._truncated)
        while len(data) > MAX_BYTES:
            self._truncated = True
            count = min(len(orders) - 1, int(len(orders) * _ATTEMPT * MAX_BYTES / len(data)))
            orders = orders[len(orders) - count :]
            data = _encode(orders, truncated=True)
        self._orders, self._data, self._bound = orders, data, len(data) + _RESERVE


_Additions: TypeAlias = "tuple[PastOrder, _Additions | None]"
"""Orders that are not sorted in yet, the latest one added first: histories share what they have in
common."""


def _history(
    orders: tuple[PastOrder, ...] | None, *, truncated: bool, data: bytes | None, size_bound: int
) -> OrderHistory:
    history = OrderHistory()
    history._orders = orders
    history._truncated = truncated
    history._data = data
    history._bound = size_bound
    return history


EMPTY = OrderHistory()
"""The history of a customer without counted orders."""


def _ordered_at(order: PastOrder) -> datetime:
    return order.ordered_at


def _bound_of(orders: Sequence[PastOrder]) -> int:
    texts = {order.channel for order in orders} | {order.campaign_id for order in orders}
    count = 0
    for order in orders:
        count += len(order.lines)
        for product_id, category, _, _ in order.lines:
            texts.add(product_id)
            texts.add(category)
    characters = sum(map(len, texts)) + len(texts)
    return len(orders) * _ORDER_BOUND + count * _LINE_BOUND + characters * _CHARACTER_BOUND


def _encode(orders: tuple[PastOrder, ...], *, truncated: bool) -> bytes:
    header = bytes((_VERSION, truncated))
    if not orders:
        return header
    texts: dict[str, int] = {}

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts))

    instants = [(order.ordered_at - _EPOCH) // _MICROSECOND for order in orders]
    lines = [line for order in orders for line in order.lines]
    columns = [
        [later - earlier for earlier, later in zip((0, *instants), instants, strict=False)],
        [
            order.local_date.toordinal() - order.ordered_at.astimezone(UTC).toordinal()
            for order in orders
        ],
        [order.amount_cents for order in orders],
        [number(order.channel) for order in orders],
        [number(order.campaign_id) for order in orders],
        [len(order.lines) for order in orders],
        [number(line.product_id) for line in lines],
        [number(line.category) for line in lines],
        [line.quantity_milli for line in lines],
        [line.amount_cents for line in lines],
    ]
    plain = json.dumps([list(texts), *columns], separators=(",", ":"))
    return header + zlib.compress(plain.encode(), _COMPRESSION_LEVEL)


def _decode(data: bytes) -> tuple[PastOrder, ...]:
    if len(data) == _HEADER_BYTES:
        return ()
    try:
        return tuple(_orders(json.loads(zlib.decompress(data[_HEADER_BYTES:]))))
    except (zlib.error, ValueError, TypeError, IndexError, OverflowError) as error:
        raise ValueError("The bytes are a damaged order history.") from error


def _orders(columns: list[list[int]]) -> Iterator[PastOrder]:
    texts: list[str]
    texts, deltas, offsets, amounts, channels, campaigns, counts, *of_lines = columns  # type: ignore[assignment]
    products, categories, quantities, cents = of_lines
    if sum(counts) != len(products):
        raise ValueError("The lines do not add up.")
    text = texts.__getitem__
    lines = map(
        PastLine._make,
        zip(map(text, products), map(text, categories), quantities, cents, strict=True),
    )
    rows = zip(accumulate(deltas), offsets, amounts, channels, campaigns, counts, strict=True)
    for instant, offset, amount, channel, campaign, count in rows:
        ordered_at = _EPOCH + timedelta(microseconds=instant)
        yield PastOrder(
            ordered_at,
            date.fromordinal(ordered_at.toordinal() + offset),
            amount,
            text(channel),
            text(campaign),
            tuple(islice(lines, count)),
        )
