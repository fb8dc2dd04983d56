"""Candidates for suggestions, and the suggested ones."""

from hypothesis import given
from hypothesis import strategies as st

from shared.insights.rendering import Style, phrase
from shared.segments.thresholds import Thresholds
from shared.suggestions.filters import FilterField, FilterOperator
from shared.suggestions.suggestions import (
    MAX_SUGGESTIONS,
    GroupSize,
    candidates,
    suggestions,
)


def test_ids_and_names_are_different() -> None:
    actual = candidates(Thresholds())

    assert (
        len({each.id for each in actual}) == len({each.name for each in actual}) == len(actual) == 8
    )


def test_a_vip_who_need_not_have_spent_anything_is_no_loss() -> None:
    actual = {each.id for each in candidates(Thresholds(vip_min_lifetime_value_cents=0))}

    assert "lost_vips" not in actual


def test_no_second_order_is_due_where_everybody_slips_after_a_day() -> None:
    actual = {each.id for each in candidates(Thresholds(slipping_min_days=1))}

    assert "second_order_due" not in actual


@given(slipping=st.integers(1, 400), more=st.integers(1, 400))
def test_days_are_a_range_right_before_what_they_are_about(slipping: int, more: int) -> None:
    thresholds = Thresholds(
        slipping_min_days=slipping,
        at_risk_min_days=slipping + more,
        churned_min_days=slipping + more + 1,
    )
    for each in candidates(thresholds):
        for one in each.filters:
            if one.operator is FilterOperator.BETWEEN:
                assert one.field is FilterField.DAYS_SINCE_LAST_ORDER
                assert isinstance(one.value, tuple)
                least, most = one.value
                assert isinstance(least, int)
                assert isinstance(most, int)
                assert 0 <= least <= most
                assert most + 1 in (slipping, thresholds.churned_min_days)


@given(
    numbers=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 10**9)), min_size=8, max_size=8),
    times=st.integers(1, 2),
)
def test_those_with_somebody_come_by_lifetime_value(
    numbers: list[tuple[int, int]], times: int
) -> None:
    counted = [
        (candidate, GroupSize(customers=customers, lifetime_value_cents=cents))
        for candidate, (customers, cents) in zip(candidates(Thresholds()), numbers, strict=True)
    ] * times

    actual = suggestions(counted)

    enough = [each for each in counted if each[1].customers >= each[0].at_least]
    assert len(actual) == min(len(enough), MAX_SUGGESTIONS)
    values = [each.selected.lifetime_value_cents for each in actual]
    assert values == sorted((each.lifetime_value_cents for _, each in enough), reverse=True)[:8]


def test_one_customer_is_one_customer() -> None:
    (first, *_) = candidates(Thresholds())

    (actual,) = suggestions([(first, GroupSize(customers=1, lifetime_value_cents=123_456_05))])

    assert actual.reasoning.startswith(
        "1 customer is in this group, with a lifetime value of 123,456.05. "
    )


def test_every_fact_says_by_itself_what_it_counts() -> None:
    facts = {fact.id: fact for each in candidates(Thresholds()) for fact in each.facts}

    assert {id: phrase(fact, Style()) for id, fact in facts.items()} == {
        "recent_days": "the last 30 days",
        "soon_days": "within 7 days",
        "slipping_days": "30 days after the last order",
        "churned_days": "90 days after the last order",
        "vip_lifetime_value": "$500 in lifetime value, which makes a VIP",
        "orders": "1 order so far",
        "due_from_days": "15 days since the order",
        "due_to_days": "29 days since the order",
    }
