"""The retention score: 0 to 100, from orders, the predicted churn and the loyalty programme.

Four parts: recency up to 30, frequency and money up to 30, the inverse of churn up to 25, and
engagement up to 15. Deterministic: the same facts are the same score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.segments.crm_profile import LoyaltyTier
from shared.segments.segment import Segment

_RECENCY = ((7, 30), (14, 28), (30, 22), (45, 16), (60, 10), (90, 5), (180, 2))
"""Points up to so many days since the latest order."""
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
_BY_SEGMENT = {
    Segment.VIP: 22,
    Segment.LOYAL: 20,
    Segment.FREQUENT: 18,
    Segment.HIGH_VALUE: 18,
    Segment.NEW: 16,
    Segment.SLIPPING: 10,
    Segment.AT_RISK: 5,
    Segment.CHURNED: 0,
}
"""In place of the churn probability where no model is in force."""
_UNKNOWN_SEGMENT = 12


class RetentionTier(StrEnum):
    """Bands of the score, lowest first."""

    DORMANT = "dormant"
    AT_RISK = "at_risk"
    ENGAGED = "engaged"
    CHAMPION = "champion"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionFacts:
    """What a score follows from; None for what is not known."""

    days_since_last_order: int | None
    order_count: int
    lifetime_value_cents: int
    churn_percent: int | None
    segment: Segment | None
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
        money = _reached(_MONEY_CENTS, facts.lifetime_value_cents) or 1
    return RetentionScore(
        recency=recency,
        frequency_monetary=_reached(_FREQUENCY, facts.order_count) + money,
        churn_inverse=_churn_inverse(facts),
        engagement=_reached(_LOYALTY_POINTS, facts.points or 0)
        + _reached(_STREAK, facts.purchase_streak or 0)
        + (_TIERS[facts.tier] if facts.tier else 0),
    )


def _churn_inverse(facts: RetentionFacts) -> int:
    if facts.churn_percent is not None:
        return ((100 - facts.churn_percent) * _CHURN_POINTS + 50) // 100
    return _BY_SEGMENT[facts.segment] if facts.segment else _UNKNOWN_SEGMENT


def _reached(steps: Sequence[tuple[int, int]], value: int) -> int:
    """The points of the highest step that the value reaches; steps begin with the highest."""
    return next((points for least, points in steps if value >= least), 0)
