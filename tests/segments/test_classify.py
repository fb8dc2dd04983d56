"""Each rule at its boundary instant and one millisecond either side; ageing against the rules."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.segments.classify import OrderTotals, Rule, classify, next_change
from shared.segments.customer import Customer, CustomerId, Moment, age
from shared.segments.rules import SegmentRules
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds

FIRST = datetime(2026, 1, 10, 9, 30, 15, 123456, tzinfo=UTC)
DEFAULTS = Thresholds()
MILLISECOND = timedelta(milliseconds=1)


def totals(
    orders: int, cents: int, first: datetime = FIRST, last: datetime | None = None
) -> OrderTotals:
    return OrderTotals(
        order_count=orders,
        lifetime_value_cents=cents,
        first_ordered_at=first,
        last_ordered_at=last or first,
    )


@pytest.mark.parametrize(
    ("days", "before", "at"),
    [
        (30, Segment.LOYAL, Segment.SLIPPING),
        (60, Segment.SLIPPING, Segment.AT_RISK),
        (90, Segment.AT_RISK, Segment.CHURNED),
    ],
)
def test_recency_rules_hold_from_the_exact_instant(days: int, before: Segment, at: Segment) -> None:
    last = FIRST + timedelta(days=200)
    customer = totals(2, 8000, last=last)
    boundary = last + timedelta(days=days)

    assert classify(customer, DEFAULTS, boundary - MILLISECOND).segment == before
    assert classify(customer, DEFAULTS, boundary).segment == at
    assert classify(customer, DEFAULTS, boundary + MILLISECOND).segment == at


def test_new_ends_at_the_exact_instant() -> None:
    customer = totals(2, 8000, last=FIRST + timedelta(days=20))
    boundary = FIRST + timedelta(days=30)

    assert classify(customer, DEFAULTS, boundary - MILLISECOND).rule == Rule.FIRST_ORDER_RECENT
    assert classify(customer, DEFAULTS, boundary).segment == Segment.LOYAL


@pytest.mark.parametrize(
    ("orders", "cents", "rule"),
    [
        (2, 499_99, Rule.HIGH_VALUE),
        (2, 500_00, Rule.VIP_LIFETIME_VALUE),
        (7, 7 * 60_00, Rule.LOYAL),
        (8, 8 * 50_00, Rule.VIP_ORDERS_AND_AOV),
        (8, 8 * 50_00 - 1, Rule.FREQUENT),
        (4, 4 * 75_00, Rule.HIGH_VALUE),
        (4, 4 * 75_00 - 1, Rule.LOYAL),
        (5, 5 * 75_00, Rule.LOYAL),
        (5, 5 * 60_00, Rule.LOYAL),
        (5, 5 * 60_00 - 1, Rule.FREQUENT),
        (4, 4 * 10_00, Rule.LOYAL),
        (1, 74_99, Rule.OTHERWISE),
        (1, 75_00, Rule.HIGH_VALUE),
        (1, 0, Rule.OTHERWISE),
    ],
)
def test_value_rules_one_cent_either_side(orders: int, cents: int, rule: Rule) -> None:
    last = FIRST + timedelta(days=100)
    customer = totals(orders, cents, first=FIRST, last=last)

    assert classify(customer, DEFAULTS, last).rule == rule


def test_average_is_compared_as_a_fraction_not_rounded() -> None:
    """3 orders for 224.99 average 74.9966…, which is less than 75 although it rounds to 75.00."""
    customer = totals(3, 224_99, last=FIRST + timedelta(days=100))

    assert classify(customer, DEFAULTS, FIRST + timedelta(days=100)).rule == Rule.LOYAL


def test_no_orders_and_no_dates_is_new() -> None:
    assert classify(OrderTotals(), DEFAULTS, FIRST).rule == Rule.NO_ORDERS
    assert next_change(OrderTotals(), DEFAULTS, FIRST, Segment.NEW) is None


def test_recency_comes_before_value() -> None:
    customer = totals(50, 9_000_00)

    assert classify(customer, DEFAULTS, FIRST + timedelta(days=95)).segment == Segment.CHURNED


def test_an_order_in_the_future_is_recent() -> None:
    assert classify(totals(1, 100), DEFAULTS, FIRST - timedelta(days=3)).segment == Segment.NEW


thresholds = st.builds(
    lambda days, new_days, counts, money: Thresholds(
        slipping_min_days=days[0],
        at_risk_min_days=days[1],
        churned_min_days=days[2],
        new_max_days=new_days,
        loyal_min_orders=counts[0],
        vip_min_orders=counts[1],
        frequent_min_orders=counts[2],
        high_value_max_orders=counts[3],
        vip_min_lifetime_value_cents=money[0],
        vip_min_aov_cents=money[1],
        high_value_min_aov_cents=money[2],
        frequent_max_aov_cents=money[3],
    ),
    st.lists(st.integers(1, 120), min_size=3, max_size=3, unique=True).map(sorted),
    st.integers(1, 150),
    st.lists(st.integers(1, 10), min_size=4, max_size=4),
    st.lists(st.integers(0, 40_000), min_size=4, max_size=4),
)
histories = st.builds(
    lambda orders, cents, gap: totals(
        orders, cents, last=FIRST + timedelta(microseconds=gap if orders > 1 else 0)
    ),
    st.integers(1, 12),
    st.integers(0, 100_000),
    st.integers(0, 150 * 86_400_000_000),
)


@given(history=histories, rules=thresholds, data=st.data())
def test_ageing_to_any_instant_gives_what_the_rules_give_at_it(
    history: OrderTotals, rules: Thresholds, data: st.DataObject
) -> None:
    assert history.last_ordered_at
    customer = Customer(id=CustomerId("org", "key"), totals=history)
    moment = Moment(now=FIRST, rules=SegmentRules(thresholds=rules), time_zone=ZoneInfo("UTC"))
    start = history.last_ordered_at
    current = classify(history, rules, start)
    customer = Customer(
        id=customer.id,
        totals=history,
        segment=current.segment,
        rule=current.rule,
        segment_since=start,
        last_transition_at=start,
        next_transition_at=next_change(history, rules, start, current.segment),
        thresholds_version=rules.version,
    )
    boundaries = [
        history.last_ordered_at + timedelta(days=days)
        for days in (rules.slipping_min_days, rules.at_risk_min_days, rules.churned_min_days)
    ] + [FIRST + timedelta(days=rules.new_max_days)]
    instant = data.draw(
        st.one_of(
            st.sampled_from(boundaries),
            st.sampled_from([boundary - MILLISECOND for boundary in boundaries]),
            st.sampled_from([boundary + MILLISECOND for boundary in boundaries]),
            st.integers(0, 400 * 86_400).map(lambda seconds: start + timedelta(seconds=seconds)),
        )
    )
    instant = max(instant, start)

    aged, steps = age(customer, moment, instant)

    assert aged.segment == classify(history, rules, instant).segment
    for step in steps:
        just_before = step.effective_at - timedelta(microseconds=1)
        assert step.effective_at in boundaries
        assert classify(history, rules, just_before).segment == step.from_segment
        assert classify(history, rules, step.effective_at).segment == step.to_segment
    assert aged.next_transition_at is None or aged.next_transition_at > instant
