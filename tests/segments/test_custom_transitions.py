"""Transitions of customers who are in custom segments too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.orders.fact import Contact
from shared.segments.classify import OrderTotals
from shared.segments.conditions.evaluate import CustomSegments
from shared.segments.conditions.parse import parse_definition
from shared.segments.customer import (
    Cause,
    CauseKind,
    Customer,
    CustomerId,
    Moment,
    age,
    evaluate,
)
from shared.segments.history import OrderHistory, PastOrder
from shared.segments.rules import SegmentRules
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds

DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LAST = FIRST + 40 * DAY
RECENT = {"event": "ordered", "when": {"inTheLastDays": 5}}
REACHABLE = {"field": "email", "operator": "exists"}
LOST = {"field": "segment", "operator": "in", "value": ["slipping", "at_risk", "churned"]}
BY_ORDER = Cause(kind=CauseKind.ORDER, order_id="o2")


def rules(
    revision: int, thresholds: Thresholds | None = None, **definitions: dict[str, Any]
) -> SegmentRules:
    thresholds = thresholds or Thresholds()
    return SegmentRules(
        revision=revision,
        thresholds=thresholds,
        custom=CustomSegments(
            {id: parse_definition(tree) for id, tree in definitions.items()},
            thresholds,
            ZoneInfo("UTC"),
        ),
    )


def moment(in_force: SegmentRules, now: datetime) -> Moment:
    return Moment(now=now, rules=in_force, time_zone=ZoneInfo("UTC"))


def customer(contact: Contact | None = None) -> Customer:
    """Somebody with an order on the first day and one forty days later."""
    return Customer(
        id=CustomerId("org", "key"),
        totals=OrderTotals(
            order_count=2,
            lifetime_value_cents=2000,
            first_ordered_at=FIRST,
            last_ordered_at=LAST,
        ),
        history=OrderHistory.of(
            PastOrder(at, at.date(), 1000, "online", "", ()) for at in (FIRST, LAST)
        ),
        contact=contact or Contact(email="ada@example.org"),
    )


def test_an_order_into_both_kinds_of_segments_is_one_step() -> None:
    actual, steps = evaluate(
        customer(), moment(rules(1, cs_recent=RECENT, cs_mail=REACHABLE), LAST), LAST, BY_ORDER
    )

    (step,) = steps
    assert (step.to_segment, step.entered, step.left) == (
        Segment.LOYAL,
        ("cs_mail", "cs_recent"),
        (),
    )
    assert actual.custom_segments == ("cs_mail", "cs_recent")
    assert actual.next_transition_at == LAST + 5 * DAY
    assert (actual.segment_since, actual.last_transition_at) == (LAST, LAST)


def test_leaving_a_custom_segment_does_not_begin_the_segment_anew() -> None:
    in_force = rules(1, cs_recent=RECENT)
    actual, _ = evaluate(customer(), moment(in_force, LAST), LAST, BY_ORDER)

    aged, steps = age(actual, moment(in_force, LAST + 40 * DAY), LAST + 40 * DAY)

    departure, slipping = steps
    assert (departure.effective_at, departure.left) == (LAST + 5 * DAY, ("cs_recent",))
    assert departure.from_segment == departure.to_segment == Segment.LOYAL
    assert departure.from_since == slipping.from_since == LAST
    assert (slipping.to_segment, slipping.effective_at) == (Segment.SLIPPING, LAST + 30 * DAY)
    assert (aged.segment_since, aged.last_transition_at) == (LAST + 30 * DAY, LAST + 30 * DAY)
    assert [step.cause.kind for step in steps] == [CauseKind.TIME, CauseKind.TIME]


def test_membership_that_follows_the_segment_is_in_the_same_step() -> None:
    in_force = rules(1, cs_lost=LOST)
    actual, _ = evaluate(customer(), moment(in_force, LAST), LAST, BY_ORDER)

    _, (step,) = age(actual, moment(in_force, LAST + 30 * DAY), LAST + 30 * DAY)

    assert (step.to_segment, step.entered) == (Segment.SLIPPING, ("cs_lost",))


def test_time_keeps_its_instant_where_only_custom_segments_have_changed() -> None:
    """The thresholds are the same, so what time has done under them still holds."""
    actual, _ = evaluate(customer(), moment(rules(1), LAST), LAST, BY_ORDER)
    now = LAST + 31 * DAY

    aged, steps = age(actual, moment(rules(2, cs_mail=REACHABLE), now), now)

    by_time, by_definition = steps
    assert (by_time.effective_at, by_time.to_segment) == (LAST + 30 * DAY, Segment.SLIPPING)
    assert (by_time.cause.kind, by_time.entered) == (CauseKind.TIME, ())
    assert (by_definition.effective_at, by_definition.entered) == (now, ("cs_mail",))
    assert by_definition.cause.kind == CauseKind.CUSTOM_SEGMENTS
    assert aged.is_under(rules(2))


def test_changed_thresholds_decide_anew_at_the_instant_they_are_noticed() -> None:
    actual, _ = evaluate(customer(), moment(rules(1), LAST), LAST, BY_ORDER)
    early = replace(Thresholds(), slipping_min_days=10)
    now = LAST + 31 * DAY

    _, (step,) = age(actual, moment(rules(2, early), now), now)

    assert (step.effective_at, step.to_segment) == (now, Segment.SLIPPING)
    assert step.cause.kind == CauseKind.THRESHOLDS


def test_a_deleted_custom_segment_is_left() -> None:
    actual, _ = evaluate(customer(), moment(rules(1, cs_mail=REACHABLE), LAST), LAST, BY_ORDER)

    aged, (step,) = age(actual, moment(rules(2), LAST + DAY), LAST + DAY)

    assert (step.left, aged.custom_segments) == (("cs_mail",), ())
    assert step.from_segment == step.to_segment == Segment.LOYAL


def test_an_address_that_goes_away_is_a_step() -> None:
    in_force = rules(1, cs_mail=REACHABLE)
    actual, _ = evaluate(customer(), moment(in_force, LAST), LAST, BY_ORDER)

    anonymous = replace(actual, contact=Contact())
    gone, (step,) = evaluate(anonymous, moment(in_force, LAST + DAY), LAST + DAY, BY_ORDER)

    assert (step.left, gone.custom_segments) == (("cs_mail",), ())


def test_nobody_without_orders_is_in_a_custom_segment() -> None:
    everybody = {"not": {"event": "ordered", "product": "nothing"}}
    in_force = rules(1, cs_all=everybody)
    actual, _ = evaluate(customer(), moment(in_force, LAST), LAST, BY_ORDER)
    assert actual.custom_segments == ("cs_all",)

    empty = replace(actual, totals=OrderTotals(), history=OrderHistory.of(()))
    emptied, (step,) = evaluate(empty, moment(in_force, LAST + DAY), LAST + DAY, BY_ORDER)

    assert (step.to_segment, step.left) == (None, ("cs_all",))
    assert (emptied.segment, emptied.custom_segments, emptied.next_transition_at) == (
        None,
        (),
        None,
    )


def test_rules_that_change_nothing_take_no_step_but_are_remembered() -> None:
    actual, _ = evaluate(customer(), moment(rules(1), LAST), LAST, BY_ORDER)

    aged, steps = age(actual, moment(rules(7), LAST + DAY), LAST + DAY)

    assert steps == []
    assert aged.rules_revision == 7
