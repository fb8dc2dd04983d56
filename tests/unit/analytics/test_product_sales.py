"""Sales by product, against a plain fold over orders that come, change and go."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.analytics.counters import ProductDelta
from shared.analytics.product_sales import (
    NOTHING,
    DaySales,
    ProductSales,
    SalesOn,
    Sold,
    first_day_needed,
    product_sales,
    with_last_sales,
)
from shared.analytics.segment_history import start_of

TODAY = date(2026, 3, 30)
"""The day after the clocks went forward in Berlin."""
BERLIN = ZoneInfo("Europe/Berlin")
PRODUCTS = ("p1", "p2", "no such/key.")


@dataclass(frozen=True)
class Line:
    """One product of one order that counts; below 0 what came back."""

    day: date
    product: str
    quantity_milli: int
    cents: int


def by_day(lines: list[Line]) -> dict[date, dict[str, ProductDelta]]:
    days: dict[date, dict[str, ProductDelta]] = {}
    for line in lines:
        sold = days.setdefault(line.day, {}).setdefault(
            line.product, ProductDelta(name=f"{line.product} of {line.day}")
        )
        sold.quantity_milli += line.quantity_milli
        sold.revenue_cents += line.cents
    return days


def all_time(days: Mapping[date, DaySales]) -> DaySales:
    total: dict[str, ProductDelta] = {}
    for sold in days.values():
        for id, delta in sold.items():
            sum_ = total.setdefault(id, ProductDelta(name="an old name"))
            sum_.quantity_milli += delta.quantity_milli
            sum_.revenue_cents += delta.revenue_cents
    return total


def computed(lines: list[Line], today: date, before: SalesOn | None = None) -> SalesOn:
    """As a run does it: from the days it needs, then from older ones if it has to."""
    days = by_day(lines)
    needed = first_day_needed(today, before)
    recent = {day: sold for day, sold in days.items() if day >= needed}
    found, sought = product_sales(all_time(days), recent, today, before)

    def older() -> Iterator[tuple[date, DaySales]]:
        assert sought, "no older day is read for nothing"
        yield from sorted(((d, s) for d, s in days.items() if d < needed), reverse=True)

    return with_last_sales(found, sought, older())


def folded(lines: list[Line], today: date) -> dict[str, ProductSales]:
    """The definitions, word for word."""

    def total(chosen: list[Line]) -> Sold:
        return Sold(
            quantity_milli=sum(line.quantity_milli for line in chosen),
            revenue_cents=sum(line.cents for line in chosen),
        )

    found = {}
    for id in {line.product for line in lines}:
        mine = [line for line in lines if line.product == id]
        ages = [(today - line.day).days for line in mine]
        units: Counter[date] = Counter()
        for line in mine:
            units[line.day] += line.quantity_milli
        past = [day for day, sold in units.items() if sold > 0 and day <= today]
        if sum(units.values()) <= 0:
            past = []
        if total(mine) == NOTHING:
            continue
        found[id] = ProductSales(
            product_id=id,
            name=f"{id} of {max(past)}" if past else "an old name",
            all_time=total(mine),
            last_7_days=total([m for m, age in zip(mine, ages, strict=True) if 1 <= age <= 7]),
            last_30_days=total([m for m, age in zip(mine, ages, strict=True) if 1 <= age <= 30]),
            earlier=total([m for m, age in zip(mine, ages, strict=True) if age > 30]),
            last_sale_on=max(past, default=None),
        )
    return found


LINES = st.builds(
    Line,
    day=st.integers(-3, 90).map(lambda age: TODAY - timedelta(days=age)),
    product=st.sampled_from(PRODUCTS),
    quantity_milli=st.integers(1, 20_000) | st.integers(-9_000, -1),
    cents=st.integers(0, 10_000),
)


SOLD_LONG_AGO_AND_RETURNED = [
    Line(TODAY - timedelta(days=60), "p1", 1, 0),
    Line(TODAY - timedelta(days=50), "p1", -1, 0),
    Line(TODAY + timedelta(days=1), "p1", 1, 0),
]
"""Nothing is left of what was sold before the windows, and yet the last sale is there."""


@given(st.lists(LINES, max_size=15))
@example(SOLD_LONG_AGO_AND_RETURNED)
def test_windows_are_those_of_the_definition(lines: list[Line]) -> None:
    assert computed(lines, TODAY).products == folded(lines, TODAY)


@given(
    st.lists(LINES, max_size=8),
    st.lists(
        st.tuples(st.lists(LINES, max_size=3), st.integers(0, 5), st.integers(0, 40)), max_size=4
    ),
)
def test_what_was_computed_before_changes_nothing(
    lines: list[Line], steps: list[tuple[list[Line], int, int]]
) -> None:
    """Orders come, the oldest are taken back, days pass; every run is as good as a first one."""
    today = TODAY
    before = computed(lines, today)
    number = 0
    for more, taken_back, days in steps:
        lines = sorted(lines, key=lambda line: line.day)[taken_back:]
        for line in more:
            # No two sets of these add up to the same, so that none takes another's place unseen.
            lines.append(replace(line, cents=10**6 * 2**number))
            number += 1
        today += timedelta(days=days)

        before = computed(lines, today, before)

        assert before.products == folded(lines, today)


def test_a_sale_comes_in_on_the_next_day_and_leaves_on_its_day() -> None:
    lines = [Line(TODAY, "p1", 1_000, 500)]
    one = Sold(quantity_milli=1_000, revenue_cents=500)
    before = None
    for age in range(33):
        before = computed(lines, TODAY + timedelta(days=age), before)
        product = before.products["p1"]
        assert product.last_7_days == (one if 1 <= age <= 7 else NOTHING)
        assert product.last_30_days == (one if 1 <= age <= 30 else NOTHING)
        assert product.last_sale_on == TODAY
        assert product.all_time == one


AROUND_A_CHANGE = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from([datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]),
    st.integers(-10 * 24 * 60, 10 * 24 * 60),
)


@given(ordered_at=AROUND_A_CHANGE, now=AROUND_A_CHANGE)
def test_days_are_local_ones_when_the_clocks_change(ordered_at: datetime, now: datetime) -> None:
    """Days of 23 and 25 hours count as one, from midnight to midnight."""
    today = now.astimezone(BERLIN).date()
    lines = [Line(ordered_at.astimezone(BERLIN).date(), "p1", 1_000, 500)]
    begins = start_of(today - timedelta(days=7), BERLIN)
    within = begins <= ordered_at < start_of(today, BERLIN)
    assert computed(lines, today).products["p1"].last_7_days.revenue_cents == 500 * within


@pytest.mark.parametrize(
    ("quantity_milli", "trending"), [(14_000, False), (14_001, True), (13_999, False)]
)
def test_trending_is_more_than_two_a_day(quantity_milli: int, trending: bool) -> None:
    lines = [Line(TODAY - timedelta(days=3), "p1", quantity_milli, 1)]
    product = computed(lines, TODAY).products["p1"]
    assert product.velocity == quantity_milli / 7_000
    assert product.trending is trending
    assert computed(lines, TODAY + timedelta(days=5)).products["p1"].trending is False


def test_what_is_taken_back_altogether_is_no_product() -> None:
    assert computed([], TODAY).products == {}
    days: dict[date, DaySales] = {TODAY: {"p1": ProductDelta(name="p1")}}
    assert product_sales(all_time(days), days, TODAY) == (
        SalesOn(today=TODAY, products={}),
        frozenset(),
    )


def test_what_came_back_is_no_sale_and_leaves_none_where_all_did() -> None:
    sold = Line(TODAY - timedelta(days=20), "p1", 2_000, 900)
    one_back = Line(TODAY - timedelta(days=3), "p1", -1_000, -400)
    product = computed([sold, one_back], TODAY).products["p1"]
    assert product.last_sale_on == sold.day
    assert product.last_7_days == Sold(quantity_milli=-1_000, revenue_cents=-400)
    assert (product.velocity, product.trending) == (-1 / 7, False)

    all_back = replace(one_back, quantity_milli=-2_000)
    before = None
    for age in (0, 10, 40):
        before = computed([sold, all_back], TODAY + timedelta(days=age), before)
        assert before.products["p1"].last_sale_on is None


def test_a_last_sale_that_is_taken_back_gives_way_to_the_one_before() -> None:
    old = [Line(TODAY - timedelta(days=age), "p1", 1_000, 500 + age) for age in (80, 60)]
    recent = Line(TODAY - timedelta(days=20), "p1", 1_000, 100)
    before = computed([*old, recent], TODAY)

    without_recent = computed(old, TODAY, before)
    assert without_recent.products["p1"].last_sale_on == TODAY - timedelta(days=60)
    without_newer = computed(old[:1], TODAY + timedelta(days=1), without_recent)
    assert without_newer.products["p1"].last_sale_on == TODAY - timedelta(days=80)
