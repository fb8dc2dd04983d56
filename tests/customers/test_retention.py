"""The retention score."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.customers.retention import RetentionFacts, RetentionTier, retention_score
from shared.segments.crm_profile import LoyaltyTier

NOBODY = RetentionFacts(
    days_since_last_order=None,
    order_count=0,
    lifetime_value_cents=0,
    churn_percent=100,
    points=None,
    purchase_streak=None,
    tier=None,
)
BEST = RetentionFacts(
    days_since_last_order=0,
    order_count=20,
    lifetime_value_cents=2000_00,
    churn_percent=0,
    points=1000,
    purchase_streak=10,
    tier=LoyaltyTier.PLATINUM,
)
whole = st.integers(0, 10**9)
facts = st.builds(
    RetentionFacts,
    days_since_last_order=st.none() | whole,
    order_count=whole,
    lifetime_value_cents=st.integers(-(10**9), 10**9),
    churn_percent=st.integers(0, 100),
    points=st.none() | whole,
    purchase_streak=st.none() | whole,
    tier=st.none() | st.sampled_from(LoyaltyTier),
)


@pytest.mark.parametrize(
    ("known", "part", "expected"),
    [
        ({"days_since_last_order": 7}, "recency", 30),
        ({"days_since_last_order": 8}, "recency", 28),
        ({"days_since_last_order": 45}, "recency", 16),
        ({"days_since_last_order": 180}, "recency", 2),
        ({"days_since_last_order": 181}, "recency", 0),
        ({}, "recency", 0),
        ({"order_count": 5, "lifetime_value_cents": 250_00}, "frequency_monetary", 17),
        ({"order_count": 1, "lifetime_value_cents": 10_00}, "frequency_monetary", 4),
        ({}, "frequency_monetary", 0),
        ({"churn_percent": 0}, "churn_inverse", 25),
        ({"churn_percent": 100}, "churn_inverse", 0),
        ({"churn_percent": 50}, "churn_inverse", 13),
        ({"points": 200, "purchase_streak": 4, "tier": LoyaltyTier.GOLD}, "engagement", 10),
    ],
)
def test_parts(known: dict[str, Any], part: str, expected: int) -> None:
    assert getattr(retention_score(replace(NOBODY, **known)), part) == expected


def test_reasons_name_the_facts_and_the_points_of_each_part() -> None:
    known = replace(BEST, days_since_last_order=1, order_count=1, churn_percent=8)
    assert retention_score(known).reasons == (
        "Last order 1 day ago: 30 of 30.",
        "1 order, lifetime value 2,000.00: 18 of 30.",
        "Churn probability 8 %: 23 of 25.",
        "1,000 points, purchase streak 10, tier platinum: 15 of 15.",
    )
    assert retention_score(replace(NOBODY, purchase_streak=2)).reasons[0] == "No order: 0 of 30."
    assert retention_score(replace(NOBODY, purchase_streak=2)).reasons[3] == (
        "Purchase streak 2: 2 of 15."
    )


def test_the_best_customer_has_a_hundred() -> None:
    score = retention_score(BEST)

    assert (score.total, score.tier) == (100, RetentionTier.CHAMPION)


@given(facts, st.integers(0, 100), whole)
def test_it_stays_within_bounds_and_follows_churn_and_points(
    known: RetentionFacts, percent: int, points: int
) -> None:
    score = retention_score(replace(known, churn_percent=percent, points=points))

    assert 0 <= score.total <= 100
    assert 0 <= score.recency <= 30
    assert 0 <= score.frequency_monetary <= 30
    assert 0 <= score.churn_inverse <= 25
    assert 0 <= score.engagement <= 15
    for lower, more in ((max(0, percent - 1), points), (percent, points + 1)):
        better = retention_score(replace(known, churn_percent=lower, points=more))
        assert better.total >= score.total
