"""Ranges of ids with more or fewer orders than ledger entries: found by counting, not by reading.

An order and its ledger entry have the same id and the same names of organisations, so at any
instant there are as many of the one as of the other, in any range of ids.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.reconciliation.id_range import EVERY_ID, IdRange

PART = 300
"""Orders that are read instead of being counted in halves."""


class Counts(Protocol):
    """Counts of an organisation as of one instant: a read per thousand, and one at least."""

    def orders(self, ids: IdRange) -> int:
        """Orders that name the organisation."""
        ...

    def entries(self, ids: IdRange) -> int:
        """Ledger entries of such orders."""
        ...

    def ends(self, ids: IdRange) -> tuple[str, str] | None:
        """The first and the last id of such entries: two reads. None if there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CountComparison:
    """Ranges whose counts differ, and the counts."""

    orders: int
    entries: int
    differing: tuple[IdRange, ...]
    """Ranges with more orders than entries, or fewer."""


def count_all(counts: Counts) -> CountComparison:
    """Compare the counts of an organisation, and search for ranges that differ.

    Costs two reads per thousand orders; where they differ, twice that and a few for each halving.
    An order too many and one too few cancel out where no halving parts them.
    """
    orders, entries = counts.orders(EVERY_ID), counts.entries(EVERY_ID)
    differing = tuple(_differing(counts, EVERY_ID, orders, entries))
    return CountComparison(orders=orders, entries=entries, differing=differing)


def _differing(counts: Counts, ids: IdRange, orders: int, entries: int) -> Iterator[IdRange]:
    if orders == entries:
        return
    ends = counts.ends(ids) if max(orders, entries) > PART else None
    if ends is None or ends[0] == ends[1]:
        yield ids
        return
    low, high = ids.halves(*ends)
    low_orders, low_entries = counts.orders(low), counts.entries(low)
    yield from _differing(counts, low, low_orders, low_entries)
    yield from _differing(counts, high, orders - low_orders, entries - low_entries)
