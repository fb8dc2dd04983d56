"""Ranges of ids are parted evenly, and counting leads to every order that is on one side only."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.audit.count_comparison import PART, CountComparison, count_all
from shared.audit.report import SLICES
from shared.audit.slices import slice_size
from shared.reconciliation.id_range import EVERY_ID, IdRange
from tests.support.examples import examples

IDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1)


@given(IDS, IDS, st.lists(IDS))
@settings(max_examples=examples(200))
def test_halves_part_the_ends_and_lose_no_id(one: str, other: str, ids: list[str]) -> None:
    assume(one != other)
    first, last = sorted((one, other))
    low, high = EVERY_ID.halves(first, last)
    assert first in low
    assert last in high
    for id in (*ids, first, last):
        assert (id in low) != (id in high)
    assert low.until is not None
    assert "/" not in low.until
    low.until.encode()


@dataclass(slots=True)
class SetCounts:
    """Counts two sets of ids, and what that costs."""

    order_ids: frozenset[str]
    entry_ids: frozenset[str]
    reads: int = 0
    calls: int = field(default=0)

    def orders(self, ids: IdRange) -> int:
        return self._count(self.order_ids, ids)

    def entries(self, ids: IdRange) -> int:
        return self._count(self.entry_ids, ids)

    def ends(self, ids: IdRange) -> tuple[str, str] | None:
        self.reads += 2
        actual = [id for id in self.entry_ids if id in ids]
        return (min(actual), max(actual)) if actual else None

    def _count(self, counted: Iterable[str], ids: IdRange) -> int:
        number = sum(id in ids for id in counted)
        self.reads += max(1, -(-number // 1000))
        self.calls += 1
        return number


def found(orders: Iterable[str], entries: Iterable[str]) -> tuple[CountComparison, SetCounts]:
    counts = SetCounts(frozenset(orders), frozenset(entries))
    return count_all(counts), counts


NUMBERED = [f"order_{number:05}" for number in range(2_000)]


@given(
    st.sets(st.sampled_from(NUMBERED), max_size=4),
    st.sets(st.sampled_from(["alleaves_1", "zz", "order_", *NUMBERED]), max_size=4),
)
@settings(max_examples=examples(60))
def test_what_is_on_one_side_only_is_in_a_range_that_differs(
    lost: set[str], superfluous: set[str]
) -> None:
    entries = set(NUMBERED) - superfluous
    orders = (set(NUMBERED) | superfluous) - lost
    counted, _ = found(orders, entries)
    assert (counted.orders, counted.entries) == (len(orders), len(entries))
    for ids in counted.differing:
        missing = sum(id in ids for id in orders) - sum(id in ids for id in entries)
        assert missing, "only ranges that differ"
    uneven = len(orders) - len(entries)
    assert (
        sum(
            sum(id in ids for id in orders) - sum(id in ids for id in entries)
            for ids in counted.differing
        )
        == uneven
    )


def test_a_lost_order_among_many_costs_few_reads() -> None:
    many = [f"order_{number:06}" for number in range(20_000)]
    counted, counts = found(many, set(many) - {"order_013579"})
    (ids,) = counted.differing
    assert "order_013579" in ids
    assert sum(id in ids for id in many) <= PART
    # All of them once on each side, twice that in halves, and a few for each halving.
    assert counts.reads <= 2 * 20 + 4 * 20 + 60


def test_equal_counts_end_it() -> None:
    counted, counts = found(NUMBERED, NUMBERED)
    assert counted == CountComparison(orders=2_000, entries=2_000, differing=())
    assert (counts.calls, counts.reads) == (2, 4)


def test_an_empty_ledger_is_one_range() -> None:
    counted, _ = found(NUMBERED, ())
    assert counted.differing == (EVERY_ID,)


@given(st.sets(st.integers(0, 10_000), max_size=400), st.lists(st.integers(0, 10_000), max_size=60))
@settings(max_examples=examples(100))
def test_every_order_is_in_one_of_thirty_nights(numbers: set[int], added: list[int]) -> None:
    """Also if orders are added during the nights."""
    ids, seen, after = set(numbers), set[int](), -1
    arriving = iter(added)
    for slice in range(SLICES):
        rest = sorted(id for id in ids if id > after)
        size = slice_size(len(rest), slice)
        night = rest if size is None else rest[:size]
        seen.update(night)
        after = night[-1] if night else after
        ids.update(each for each, _ in zip(arriving, range(2), strict=False))
    assert numbers <= seen
