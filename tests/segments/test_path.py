"""A path from orders is where the classification of the orders up to each instant says."""

from datetime import UTC, datetime, timedelta
from itertools import zip_longest

from hypothesis import given
from hypothesis import strategies as st

from shared.segments.path import PlacedOrder, path, segment_at, totals_until
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds

START = datetime(2026, 1, 1, tzinfo=UTC)
DEFAULTS = Thresholds()
MICROSECOND = timedelta(microseconds=1)

# Whole days and amounts near the thresholds, so that boundaries meet orders and one another.
order_times = st.integers(0, 300).map(lambda days: START + timedelta(days=days)) | st.integers(
    0, 300 * 24 * 3600
).map(lambda seconds: START + timedelta(seconds=seconds, microseconds=7))
histories = st.lists(st.tuples(order_times, st.sampled_from([0, 5000, 7500, 30_000])), max_size=12)
limits = st.sampled_from([DEFAULTS, Thresholds(new_max_days=200), Thresholds(slipping_min_days=1)])


@given(orders=histories, thresholds=limits, until=order_times)
def test_at_every_instant_it_is_where_the_orders_up_to_it_are(
    orders: list[PlacedOrder], thresholds: Thresholds, until: datetime
) -> None:
    steps = list(path(orders, thresholds, until))

    place = None
    for step, following in zip_longest(steps, steps[1:]):
        assert step.from_segment == place
        assert step.to_segment != place
        place = step.to_segment
        end = following.effective_at if following else until + MICROSECOND
        assert step.effective_at < end
        for at in (step.effective_at, end - MICROSECOND):
            assert segment_at(totals_until(orders, at), thresholds, at) == place
    assert segment_at(totals_until(orders, until), thresholds, until) == place


@given(orders=histories, first=order_times, second=order_times)
def test_a_path_can_be_cut_in_two(
    orders: list[PlacedOrder], first: datetime, second: datetime
) -> None:
    early, late = sorted((first, second))
    until = list(path(orders, DEFAULTS, early))
    after = list(path(orders, DEFAULTS, late, after=early))
    assert until + after == list(path(orders, DEFAULTS, late))


@given(orders=histories, until=order_times)
def test_the_order_of_the_orders_makes_no_difference(
    orders: list[PlacedOrder], until: datetime
) -> None:
    assert list(path(orders[::-1], DEFAULTS, until)) == list(path(orders, DEFAULTS, until))


def test_time_moves_at_its_exact_instants() -> None:
    steps = list(path([(START, 1000)], DEFAULTS, START + timedelta(days=90)))

    assert [(step.to_segment, step.effective_at - START) for step in steps] == [
        (Segment.NEW, timedelta()),
        (Segment.SLIPPING, timedelta(days=30)),
        (Segment.AT_RISK, timedelta(days=60)),
        (Segment.CHURNED, timedelta(days=90)),
    ]


def test_an_order_at_the_instant_of_a_boundary_comes_before_time() -> None:
    again = START + timedelta(days=30)

    steps = list(path([(START, 1000), (again, 1000)], DEFAULTS, again))

    assert [step.to_segment for step in steps] == [Segment.NEW, Segment.LOYAL]


def test_nobody_without_orders_has_a_path() -> None:
    assert list(path([], DEFAULTS, START)) == []
    assert list(path([(START, 1)], DEFAULTS, START - MICROSECOND)) == []
    assert segment_at(totals_until([], START), DEFAULTS, START) is None
