"""A customer's orders by product, category and channel, so that many conditions cost little."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate, chain

from shared.segments.first_order import first_order, largest_category
from shared.segments.history import OrderHistory

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_Entry = tuple[int, str, int, bool]
"""Position of an order, key of the category and cents of one line, and whether it was bought: not
of a return, and more units than came back."""


def micros(at: datetime) -> int:
    """An instant in whole microseconds since 1970, the form in which instants are compared here."""
    return (at - _EPOCH) // _MICROSECOND


def instant_of(at: int) -> datetime:
    """The instant behind `micros`."""
    return _EPOCH + timedelta(microseconds=at)


def category_key(category: str) -> str:
    """Return the key of a category, equal for all spellings that differ in case."""
    return category.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledOrderFilter:
    """A compiled order filter; an empty part accepts everything."""

    number: int
    """Equal numbers stand for equal filters."""
    products: tuple[str, ...]
    categories: frozenset[str]
    """Keys."""
    channels: frozenset[str]
    campaigns: frozenset[str]


class Matches:
    """The orders and returns that a filter accepts, earliest first, in parallel columns."""

    def __init__(
        self, positions: list[int], instants: list[int], cents: list[int], ordered: list[bool]
    ) -> None:
        self.positions = positions
        """Among all orders."""
        self.instants = instants
        self.cents = cents
        """Of the lines meant; of whole orders where no lines are named."""
        self.ordered = ordered
        """Whether it is a matching order; otherwise it only reduces the cents."""

    @cached_property
    def sums(self) -> list[int]:
        """Cents of the first n of them, for each n from 0."""
        return list(accumulate(self.cents, initial=0))

    @cached_property
    def counts(self) -> list[int]:
        """Return how many of the first n are orders, for each n from 0."""
        return list(accumulate(self.ordered, initial=0))

    @cached_property
    def only_grow(self) -> bool:
        """Whether nothing was returned, so that more orders are never worth less."""
        return all(self.ordered) and min(self.cents, default=0) >= 0


_NOTHING = Matches([], [], [], [])


class OrderIndex:
    """One history, indexed by the items ordered. Each part is built when it is first needed."""

    def __init__(self, history: OrderHistory) -> None:
        self._orders = history.orders
        self._first = first_order(history)
        self._found: dict[int, Matches] = {}

    @cached_property
    def days(self) -> list[int]:
        """Ordinals of the local dates of all orders."""
        return [order.local_date.toordinal() for order in self._orders]

    @cached_property
    def by_product(self) -> Mapping[str, list[_Entry]]:
        """Lines by product id, in the order of their orders."""
        index: dict[str, list[_Entry]] = {}
        keys: dict[str, str] = {}
        for position, order in enumerate(self._orders):
            for product_id, category, quantity_milli, cents in order.lines:
                key = keys.get(category)
                if key is None:
                    key = keys[category] = category_key(category)
                entry = (position, key, cents, quantity_milli > 0 and not order.is_return)
                if product_id in index:
                    index[product_id].append(entry)
                else:
                    index[product_id] = [entry]
        return index

    @cached_property
    def by_category(self) -> Mapping[str, list[_Entry]]:
        """Lines by key of the category."""
        index: dict[str, list[_Entry]] = {}
        for entry in chain.from_iterable(self.by_product.values()):
            if entry[1] in index:
                index[entry[1]].append(entry)
            else:
                index[entry[1]] = [entry]
        return index

    @cached_property
    def products_bought(self) -> frozenset[str]:
        """Ids of everything ever bought."""
        return _purchased_keys(self.by_product)

    @cached_property
    def categories_bought(self) -> frozenset[str]:
        """Keys of every category ever bought from."""
        return _purchased_keys(self.by_category)

    @cached_property
    def channels(self) -> frozenset[str]:
        """Every channel ordered through."""
        return frozenset(order.channel for order in self._orders if not order.is_return)

    @cached_property
    def first_category(self) -> frozenset[str]:
        """Key of the first order's largest category, if it has lines."""
        return _key_of(self._first and category_key(largest_category(self._first)))

    @property
    def first_channel(self) -> frozenset[str]:
        """Channel of the first order."""
        return _key_of(self._first and self._first.channel)

    @property
    def first_campaign(self) -> frozenset[str]:
        """Campaign of the first order, if it names one."""
        return _key_of(self._first and self._first.campaign_id)

    def matches(self, order_filter: CompiledOrderFilter) -> Matches:
        """Return the orders and returns that a filter accepts; computed once."""
        result = self._found.get(order_filter.number)
        if result is None:
            result = self._found[order_filter.number] = self._find(order_filter)
        return result

    @cached_property
    def _instants(self) -> list[int]:
        return [micros(order.ordered_at) for order in self._orders]

    def _find(self, order_filter: CompiledOrderFilter) -> Matches:
        if order_filter.products or order_filter.categories:
            index = self.by_product if order_filter.products else self.by_category
            keys = order_filter.products or order_filter.categories
            if index.keys().isdisjoint(keys):
                return _NOTHING
            cents, order_positions = _by_position(
                chain.from_iterable(index.get(key, ()) for key in keys), order_filter
            )
            positions: Iterable[int] = sorted(cents)
        else:
            cents = dict(enumerate(order.amount_cents for order in self._orders))
            order_positions = {at for at, amount in cents.items() if amount >= 0}
            positions = range(len(self._orders))
        orders = self._orders
        if order_filter.channels:
            positions = [at for at in positions if orders[at].channel in order_filter.channels]
        if order_filter.campaigns:
            positions = [at for at in positions if orders[at].campaign_id in order_filter.campaigns]
        instants = self._instants
        selection = list(positions)
        return Matches(
            selection,
            [instants[at] for at in selection],
            [cents[at] for at in selection],
            [at in order_positions for at in selection],
        )


def _by_position(
    lines: Iterable[_Entry], order_filter: CompiledOrderFilter
) -> tuple[dict[int, int], set[int]]:
    """The cents of the lines meant by position of their order, and where any was bought."""
    cents: dict[int, int] = {}
    order_positions: set[int] = set()
    both = order_filter.categories if order_filter.products else frozenset[str]()
    for position, category, amount, is_purchase in lines:
        if not both or category in both:
            cents[position] = cents.get(position, 0) + amount
            if is_purchase:
                order_positions.add(position)
    return cents, order_positions


def _key_of(text: str | None) -> frozenset[str]:
    return frozenset({text}) if text else frozenset()


def _purchased_keys(index: Mapping[str, list[_Entry]]) -> frozenset[str]:
    return frozenset(
        key for key, entries in index.items() if any(is_purchase for *_, is_purchase in entries)
    )
