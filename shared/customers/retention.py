"""The retention score: 0 to 100, from orders, the predicted churn and the loyalty programme.

Four parts: recency up to 30, frequency and money up to 30, the inverse of churn up to 25, and
engagement up to 15. Deterministic: the same facts are the same score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.segments.crm_profile import LoyaltyTier

_RECENCY = ((7, 30), (14, 28), (30, 22), (45, 16), (60, 10), (90, 5), (180, 2))
"""Points up to this many days since the latest order."""
_FREQUENCY = ((20, 15), (12, 13), (8, 11), (5, 9), (3, 7), (2, 5), (1, 3))
_MONEY_CENTS = ((2000_00, 15), (1000_00, 13), (500_00, 11), (250_00, 8), (100_00, 5), (50_00, 3))
_LOYALTY_POINTS = ((1000, 6), (500, 5), (200, 4), (100, 3), (50, 2), (10, 1))
_STREAK = ((10, 5), (6, 4), (4, 3), (2, 2), (1, 1))
_TIERS = {
    LoyaltyTier.PLATINUM: 4,
    LoyaltyTier.GOLD: 3,
    LoyaltyTier.SILVER: 2,
    LoyaltyTier.BRONZE: 1,
}
_CHURN_POINTS = 25


class RetentionTier(StrEnum):
    """Bands of the score, lowest first."""

    DORMANT = "dormant"
    AT_RISK = "at_risk"
    ENGAGED = "engaged"
    CHAMPION = "champion"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionFacts:
    """Inputs of a retention score; None for unknown ones."""

    days_since_last_order: int | None
    order_count: int
    lifetime_value_cents: int
    churn_percent: int
    points: int | None
    purchase_streak: int | None
    tier: LoyaltyTier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionScore:
    """A score by its parts."""

    recency: int
    frequency_monetary: int
    churn_inverse: int
    engagement: int
    reasons: tuple[str, ...]
    """One sentence for each part, in the order of the parts."""

    @property
    def total(self) -> int:
        """From 0 to 100."""
        return self.recency + self.frequency_monetary + self.churn_inverse + self.engagement

    @property
    def tier(self) -> RetentionTier:
        """The band of the total."""
        if self.total >= 80:
            return RetentionTier.CHAMPION
        if self.total >= 55:
            return RetentionTier.ENGAGED
        return RetentionTier.AT_RISK if self.total >= 30 else RetentionTier.DORMANT


def retention_score(facts: RetentionFacts) -> RetentionScore:
    """The score of these facts."""
    days = facts.days_since_last_order
    recency = next((each for most, each in _RECENCY if days is not None and days <= most), 0)
    money = 0
    if facts.order_count:
        money = _points_for(_MONEY_CENTS, facts.lifetime_value_cents) or 1
    frequency_monetary = _points_for(_FREQUENCY, facts.order_count) + money
    churn_inverse = ((100 - facts.churn_percent) * _CHURN_POINTS + 50) // 100
    engagement = (
        _points_for(_LOYALTY_POINTS, facts.points or 0)
        + _points_for(_STREAK, facts.purchase_streak or 0)
        + (_TIERS[facts.tier] if facts.tier else 0)
    )
    return RetentionScore(
        recency=recency,
        frequency_monetary=frequency_monetary,
        churn_inverse=churn_inverse,
        engagement=engagement,
        reasons=(
            f"{_last_order(days)}: {recency} of 30.",
            f"{_number_of(facts.order_count, 'order')}, lifetime value "
            f"{facts.lifetime_value_cents / 100:,.2f}: {frequency_monetary} of 30.",
            f"Churn probability {facts.churn_percent} %: {churn_inverse} of {_CHURN_POINTS}.",
            f"{_loyalty(facts)}: {engagement} of 15.",
        ),
    )


def _last_order(days: int | None) -> str:
    return "No order" if days is None else f"Last order {_number_of(days, 'day')} ago"


def _loyalty(facts: RetentionFacts) -> str:
    parts = []
    if facts.points is not None:
        parts.append(_number_of(facts.points, "point"))
    if facts.purchase_streak is not None:
        parts.append(f"purchase streak {facts.purchase_streak}")
    if facts.tier is not None:
        parts.append(f"tier {facts.tier.value}")
    text = ", ".join(parts) or "nothing known of loyalty"
    return text[0].upper() + text[1:]


def _number_of(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _points_for(levels: Sequence[tuple[int, int]], value: int) -> int:
    """The points of the highest level that the value reaches; levels begin with the highest."""
    return next((points for least, points in levels if value >= least), 0)
