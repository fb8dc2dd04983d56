"""A transition's record of the earlier state and of its cause."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.reconciliation.stores.customer_codec import transition, transition_document
from shared.segments.causes_in_words import cause_in_words
from shared.segments.classify import OrderTotals
from shared.segments.customer import (
    Cause,
    CauseKind,
    Customer,
    CustomerId,
    Moment,
    age,
    evaluate,
)
from shared.segments.rules import SegmentRules

START = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = Cause(kind=CauseKind.ORDER, order_id="o1")


def moment(days: int) -> Moment:
    return Moment(now=START + timedelta(days=days), rules=SegmentRules(), time_zone=ZoneInfo("UTC"))


def test_each_step_says_since_when_the_segment_left_was_held() -> None:
    totals = OrderTotals(
        order_count=1, lifetime_value_cents=100, first_ordered_at=START, last_ordered_at=START
    )
    customer = Customer(id=CustomerId("org", "key"), totals=totals)

    customer, first = evaluate(customer, moment(0), START, ORDER)
    customer, aged = age(customer, moment(95), moment(95).now)

    steps = first + aged
    assert [step.from_since for step in steps] == [
        None,
        *(START + timedelta(days=days) for days in (0, 30, 60)),
    ]
    for step in steps:
        assert transition(transition_document(step)) == step


def test_a_step_stored_before_steps_said_so_can_be_read() -> None:
    _, (step,) = evaluate(
        Customer(
            id=CustomerId("org", "key"),
            totals=OrderTotals(order_count=1, first_ordered_at=START, last_ordered_at=START),
        ),
        moment(0),
        START,
        ORDER,
    )
    document = transition_document(step)
    del document["from_since"]
    assert transition(document) == step


@pytest.mark.parametrize("kind", CauseKind)
def test_every_cause_has_words(kind: CauseKind) -> None:
    assert cause_in_words(Cause(kind=kind)).endswith(".")
