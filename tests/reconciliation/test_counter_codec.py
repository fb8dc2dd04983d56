"""Counter changes as documents: never more increments than Firestore takes in one."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from google.cloud.firestore import Increment
from hypothesis import given
from hypothesis import strategies as st

from shared.reconciliation.counters import CategoryDelta, DailyDelta, SegmentCountsDelta
from shared.reconciliation.stores.counter_codec import (
    daily_delta,
    daily_increments,
    segment_counts_delta,
    segment_counts_increments,
)

MOST = 500
"""Increments that Firestore takes in one document of a commit."""

COUNTS = st.dictionaries(
    st.sampled_from(["customers", "orders", "lifetime_value_cents"]),
    st.integers(-9, 9),
    min_size=1,
).map(Counter)
NAMES = st.integers(0, 10**6).map("name_{}".format)


def increments(value: object) -> int:
    if isinstance(value, Mapping):
        return sum(map(increments, value.values()))
    return isinstance(value, Increment)


def merged(value: Any) -> Any:
    """The document that an absent one becomes by merging these."""
    if isinstance(value, Mapping):
        return {name: merged(each) for name, each in value.items()}
    return value.value if isinstance(value, Increment) else value


def test_a_customer_who_leaves_a_hundred_custom_segments_for_a_hundred_others() -> None:
    """These are 609 increments, with the order's own."""
    delta = SegmentCountsDelta(
        segments={name: Counter(customers=1, orders=1, lifetime_value_cents=1) for name in "ab"},
        custom={
            f"cs_{number}": Counter(customers=1, orders=1, lifetime_value_cents=1)
            for number in range(200)
        },
        rules=Counter(before=-1, after=1),
        totals=Counter(orders=1),
    )

    documents = list(segment_counts_increments(delta))

    assert sum(map(increments, documents)) == 609
    assert max(map(increments, documents)) < MOST


@given(
    segments=st.dictionaries(NAMES, COUNTS, max_size=9),
    custom=st.dictionaries(NAMES, COUNTS, max_size=300),
    rules=st.dictionaries(NAMES, st.integers(-9, 9), max_size=600).map(Counter),
)
def test_segment_counts_in_parts_are_the_whole(
    segments: dict[str, Counter[str]], custom: dict[str, Counter[str]], rules: Counter[str]
) -> None:
    delta = SegmentCountsDelta(segments=segments, custom=custom, rules=rules)

    documents = list(segment_counts_increments(delta))

    actual = SegmentCountsDelta()
    for document in documents:
        assert increments(document) < MOST
        actual.add(segment_counts_delta(merged(document)))
    assert actual == delta


@given(
    channels=st.dictionaries(NAMES, COUNTS, max_size=300),
    flows=st.dictionaries(NAMES, st.integers(-9, 9), max_size=600).map(Counter),
    categories=st.dictionaries(NAMES, st.integers(-9, 9), max_size=400),
)
def test_days_in_parts_are_the_whole(
    channels: dict[str, Counter[str]], flows: Counter[str], categories: dict[str, int]
) -> None:
    delta = DailyDelta(
        channels=channels,
        flows=flows,
        categories={name: CategoryDelta(revenue_cents=sold) for name, sold in categories.items()},
    )

    documents = list(daily_increments(delta, date(2026, 11, 23)))

    actual = DailyDelta()
    for document in documents:
        assert document["date"] == "2026-11-23"
        assert increments(document) < MOST
        actual.add(daily_delta(merged(document)))
    assert actual == delta
