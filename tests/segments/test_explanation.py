"""The sentence that says why a customer is in a segment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.segments.classify import OrderTotals, Rule
from shared.segments.conditions.evaluate import CustomSegments
from shared.segments.conditions.parse import parse_definition
from shared.segments.customer import Cause, CauseKind, Customer, CustomerId, Moment, evaluate
from shared.segments.explanation import explain, whole_days
from shared.segments.rules import SegmentRules
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEFAULTS = Thresholds()


def moment_under(thresholds: Thresholds) -> Moment:
    return Moment(now=NOW, rules=SegmentRules(thresholds=thresholds), time_zone=ZoneInfo("UTC"))


MOMENT = moment_under(DEFAULTS)


def customer(orders: int, cents: int, *, first: float, last: float) -> Customer:
    """A customer whose first and last orders were so many days ago, as stored now."""
    totals = OrderTotals(
        order_count=orders,
        lifetime_value_cents=cents,
        first_ordered_at=NOW - timedelta(days=first),
        last_ordered_at=NOW - timedelta(days=last),
    )
    state = Customer(id=CustomerId("o", "k"), totals=totals)
    return evaluate(state, MOMENT, NOW, Cause(kind=CauseKind.ORDER))[0]


@pytest.mark.parametrize(
    ("state", "rule", "sentence"),
    [
        (
            customer(1, 1000, first=95.5, last=95.5),
            Rule.CHURNED,
            "Churned: 95 days since the last order, which is at least 90.",
        ),
        (
            customer(1, 1000, first=60, last=60),
            Rule.AT_RISK,
            "At Risk: 60 days since the last order, which is at least 60 and less than 90.",
        ),
        (
            customer(1, 1000, first=59, last=31),
            Rule.SLIPPING,
            "Slipping: 31 days since the last order, which is at least 30 and less than 60.",
        ),
        (
            customer(1, 1000, first=1, last=1),
            Rule.FIRST_ORDER_RECENT,
            "New: 1 day since the first order, which is less than 30.",
        ),
        (
            customer(2, 123456, first=50, last=1),
            Rule.VIP_LIFETIME_VALUE,
            "VIP: a lifetime value of 1,234.56, which is at least 500.00.",
        ),
        (
            customer(9, 49999, first=50, last=1),
            Rule.VIP_ORDERS_AND_AOV,
            "VIP: 9 orders of 55.55 on average, which is at least 8 orders and at least 50.00 on "
            "average.",
        ),
        (
            customer(3, 30000, first=50, last=1),
            Rule.HIGH_VALUE,
            "High Value: 3 orders of 100.00 on average, which is fewer than 5 orders and at least "
            "75.00 on average.",
        ),
        (
            # 59.999 on average: never "60.00, which is less than 60.00".
            customer(7, 41999, first=50, last=1),
            Rule.FREQUENT,
            "Frequent: 7 orders of 59.99 on average, which is at least 5 orders and less than "
            "60.00 on average.",
        ),
        (
            customer(2, 2000, first=50, last=1),
            Rule.LOYAL,
            "Loyal: 2 orders, which is at least 2.",
        ),
        (
            customer(1, 2000, first=29.9, last=29.9),
            Rule.FIRST_ORDER_RECENT,
            "New: 29 days since the first order, which is less than 30.",
        ),
    ],
)
def test_each_rule_has_its_sentence(state: Customer, rule: Rule, sentence: str) -> None:
    explanation = explain(state, MOMENT)

    assert state.rule == rule
    assert explanation.sentence == sentence
    assert (explanation.stale, explanation.thresholds) == (False, DEFAULTS)


def test_no_rule_for_another_segment() -> None:
    early = replace(DEFAULTS, new_max_days=1)
    moment = moment_under(early)
    state = customer(1, 2000, first=10, last=10)
    decided, _ = evaluate(state, moment, NOW, Cause(kind=CauseKind.THRESHOLDS))

    assert explain(decided, moment).sentence == (
        "New: 1 order, and no rule for another segment applies."
    )


def test_the_next_transition_is_the_segment_that_time_alone_leads_to() -> None:
    transition = explain(customer(2, 2000, first=50, last=1), MOMENT).next_transition

    assert transition is not None
    assert (transition.at, transition.to_segment) == (NOW + timedelta(days=29), Segment.SLIPPING)


def test_nobody_is_somewhere_without_orders() -> None:
    explanation = explain(Customer(id=CustomerId("o", "k")), MOMENT)

    assert explanation.sentence == (
        "No order of this customer counts, so the customer is in no segment."
    )
    assert not explanation.stale
    assert explanation.next_transition is None


def test_a_segment_is_stale_from_the_instant_of_its_change() -> None:
    state = customer(2, 2000, first=50, last=1)
    due = state.next_transition_at
    assert due is not None

    assert not explain(state, replace(MOMENT, now=due - timedelta(microseconds=1))).stale
    assert explain(state, replace(MOMENT, now=due)).stale


def test_a_step_that_other_thresholds_no_longer_lead_to_is_not_announced() -> None:
    patient = replace(DEFAULTS, slipping_min_days=59)
    moment = moment_under(patient)

    explanation = explain(customer(2, 2000, first=50, last=1), moment)

    assert explanation.stale
    assert explanation.thresholds is None
    assert explanation.next_transition is None


def test_days_are_whole_and_never_negative() -> None:
    assert whole_days(None, NOW) is None
    assert whole_days(NOW - timedelta(hours=47, minutes=59), NOW) == 1
    assert whole_days(NOW - timedelta(hours=48), NOW) == 2
    assert whole_days(NOW + timedelta(days=3), NOW) == 0


def ruled(tree: dict[str, object], revision: int = 1) -> Moment:
    """Now, under a custom segment."""
    custom = CustomSegments({"cs_00000000000a": parse_definition(tree)}, DEFAULTS, ZoneInfo("UTC"))
    return Moment(
        now=NOW, rules=SegmentRules(revision=revision, custom=custom), time_zone=ZoneInfo("UTC")
    )


RECENT = ruled({"field": "daysSinceLastOrder", "operator": "less_than", "value": 7})


def test_a_custom_segment_that_changes_first_hides_no_change_of_the_segment() -> None:
    state = customer(2, 2000, first=50, last=1)
    state, _ = evaluate(state, RECENT, NOW, Cause(kind=CauseKind.CUSTOM_SEGMENTS))
    assert state.next_transition_at == NOW + timedelta(days=6)

    transition = explain(state, RECENT).next_transition

    assert transition is not None
    assert (transition.at, transition.to_segment) == (NOW + timedelta(days=29), Segment.SLIPPING)


def test_a_custom_segment_whose_time_is_over_says_nothing_of_the_segment() -> None:
    state = customer(2, 2000, first=50, last=1)
    state, _ = evaluate(state, RECENT, NOW, Cause(kind=CauseKind.CUSTOM_SEGMENTS))

    explanation = explain(state, replace(RECENT, now=NOW + timedelta(days=6)))

    assert explanation.stale
    assert explanation.sentence == "Loyal: 2 orders, which is at least 2."
    assert explanation.next_transition is not None
    assert explanation.next_transition.at == NOW + timedelta(days=29)


def test_custom_segments_that_changed_since_are_stale() -> None:
    state = customer(2, 2000, first=50, last=1)
    state, _ = evaluate(state, RECENT, NOW, Cause(kind=CauseKind.CUSTOM_SEGMENTS))
    newer = ruled({"field": "daysSinceLastOrder", "operator": "less_than", "value": 8}, revision=2)

    assert not explain(state, RECENT).stale
    assert explain(state, newer).stale
