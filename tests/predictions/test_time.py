"""Predictions move with time at their exact instants, and conditions on them with them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.predictions.model import PublishedModel
from shared.predictions.scoring import score
from shared.segments.conditions.evaluate import CustomSegments
from shared.segments.conditions.parse import parse_definition
from shared.segments.customer import Cause, CauseKind, Customer, CustomerId, Moment, age, evaluate
from shared.segments.rules import SegmentRules
from shared.segments.thresholds import Thresholds
from tests.predictions.models import churn_models, published, value_models
from tests.segments.segment_fold import Person
from tests.segments.segment_strategies import people
from tests.segments.test_custom_segments import subject
from tests.support.examples import examples

MICROSECOND = timedelta(microseconds=1)
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

MODELS = st.builds(published, churn_models(), value_models(), st.sampled_from((7, 30, 90, 365)))
BUYERS = people().filter(lambda person: any(order.amount_cents >= 0 for order in person.orders))
PERCENTS = st.integers(0, 100)
AMOUNTS = st.sampled_from((0, 1, 25, "50", 99.99, 100, 1000))
ORDERED = ("equals", "not_equals", "greater_than", "less_than", "at_least", "at_most")


def customer(person: Person) -> Customer:
    known = subject(person)
    return Customer(id=CustomerId("org", "key"), totals=known.totals, history=known.history)


def moment(model: PublishedModel, at: datetime) -> Moment:
    return Moment(now=at, rules=SegmentRules(revision=1, model=model), time_zone=ZoneInfo("UTC"))


def last_order(person: Person) -> datetime:
    actual = subject(person).totals.last_ordered_at
    assert actual
    return actual


def compare(operator: str, ours: float, wanted: list[float]) -> bool:
    match operator:
        case "greater_than":
            return ours > wanted[0]
        case "less_than":
            return ours < wanted[0]
        case "at_least":
            return ours >= wanted[0]
        case "at_most":
            return ours <= wanted[0]
        case "between":
            return wanted[0] <= ours <= wanted[1]
        case "not_in" | "not_equals":
            return ours not in wanted
        case _:
            return ours in wanted


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a condition on predictions."""
    field = draw(st.sampled_from(("churnRisk", "churnProbability", "predictedLtv")))
    if draw(st.integers(0, 9)) == 0:
        return {"field": field, "operator": draw(st.sampled_from(("exists", "not_exists")))}
    values = {
        "churnRisk": st.sampled_from(("low", "medium", "high", "critical")),
        "churnProbability": PERCENTS,
        "predictedLtv": AMOUNTS,
    }[field]
    shape = draw(st.integers(0, 2))
    if shape == 0 or (field == "churnRisk" and shape == 2):
        operator = draw(st.sampled_from(("in", "not_in")))
        return {
            "field": field,
            "operator": operator,
            "value": draw(st.lists(values, min_size=1, max_size=4)),
        }
    if shape == 1:
        named = ("equals", "not_equals") if field == "churnRisk" else ORDERED
        return {
            "field": field,
            "operator": draw(st.sampled_from(named)),
            "value": draw(values),
        }
    pair: list[Any] = draw(st.lists(values, min_size=2, max_size=2))
    ends = sorted(pair, key=float)
    return {"field": field, "operator": "between", "value": ends}


def holds(condition: dict[str, Any], model: PublishedModel, person: Person, at: datetime) -> bool:
    """The condition as it reads."""
    actual = score(model, customer(person), max(at, last_order(person)))
    assert actual
    operator, field = condition["operator"], condition["field"]
    missing = field == "predictedLtv" and actual.value is None
    if operator == "exists":
        return not missing
    if missing:
        return str(operator).startswith("not_")
    if operator == "not_exists":
        return False
    listed = condition["value"] if isinstance(condition["value"], list) else [condition["value"]]
    if field == "churnRisk":
        return (actual.level.value in listed) is not str(operator).startswith("not_")
    if field == "churnProbability":
        return compare(operator, actual.percent, listed)
    assert actual.value
    return compare(operator, actual.value.cents, [round(float(each) * 100) for each in listed])


@settings(_UNHURRIED, max_examples=examples(300))
@given(model=MODELS, person=BUYERS, days=st.floats(0, 4_000))
def test_ageing_ends_where_scoring_at_the_instant_does(
    model: PublishedModel, person: Person, days: float
) -> None:
    at = last_order(person)
    actual, _ = evaluate(customer(person), moment(model, at), at, Cause(kind=CauseKind.TIME))
    until = at + timedelta(days=days)

    aged, steps = age(actual, moment(model, until), until)

    expected = score(model, customer(person), until)
    assert expected
    assert aged.prediction
    assert aged.prediction.risk is expected.level
    assert aged.prediction.ltv_cents == (expected.value.cents if expected.value else None)
    # A level is no step.
    assert all(step.from_segment != step.to_segment for step in steps)
    assert aged.next_transition_at is None or aged.next_transition_at > until


@settings(_UNHURRIED, max_examples=examples(150))
@given(model=MODELS, person=BUYERS)
def test_each_stored_change_is_one_and_none_is_left_out(
    model: PublishedModel, person: Person
) -> None:
    """From change to change: before each the stored level and value hold, from it on they do not,
    unless a segment changes then."""
    at = last_order(person)
    actual, _ = evaluate(customer(person), moment(model, at), at, Cause(kind=CauseKind.TIME))
    while actual.next_transition_at is not None:
        change = actual.next_transition_at
        assert actual.prediction
        just_before = score(model, customer(person), change - MICROSECOND)
        assert just_before
        assert just_before.level is actual.prediction.risk
        assert (just_before.value and just_before.value.cents) == actual.prediction.ltv_cents
        following, steps = age(actual, moment(model, change), change)
        assert steps or following.prediction != actual.prediction
        assert following.prediction
        assert list(type(actual.prediction.risk)).index(following.prediction.risk) >= list(
            type(actual.prediction.risk)
        ).index(actual.prediction.risk)
        actual = following


@settings(_UNHURRIED, max_examples=examples(400))
@given(model=MODELS, person=BUYERS, condition=conditions(), days=st.floats(-1, 600))
def test_conditions_on_predictions_read_what_is_scored_and_know_their_next_change(
    model: PublishedModel, person: Person, condition: dict[str, Any], days: float
) -> None:
    segments = CustomSegments(
        {"cs_0123456789ab": parse_definition(condition)}, Thresholds(), ZoneInfo("UTC"), model
    )
    at = (last_order(person) + timedelta(days=days)).astimezone(UTC)

    actual = segments.memberships(subject(person), at)

    held = holds(condition, model, person, at)
    assert bool(actual.segment_ids) is held
    change = actual.next_change_at
    if change is not None:
        assert change > at
        assert holds(condition, model, person, change) is not held
        assert holds(condition, model, person, change - MICROSECOND) is held
    for later in (1, 7, 14, 28, 56, 100, 112, 224, 400, 3_649):
        instant = last_order(person) + timedelta(days=later)
        if at < instant and (change is None or instant < change):
            assert holds(condition, model, person, instant) is held


@settings(_UNHURRIED, max_examples=examples(60))
@given(person=BUYERS, condition=conditions())
def test_without_a_model_nothing_is_predicted(person: Person, condition: dict[str, Any]) -> None:
    segments = CustomSegments(
        {"cs_0123456789ab": parse_definition(condition)}, Thresholds(), ZoneInfo("UTC")
    )
    membership = segments.memberships(subject(person), last_order(person))
    assert bool(membership.segment_ids) is str(condition["operator"]).startswith("not_")
    assert membership.next_change_at is None
