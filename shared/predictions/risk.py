"""Risk levels: bands of the churn probability."""

from enum import StrEnum


class RiskLevel(StrEnum):
    """Level of risk that a customer stays away, lowest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


LEVEL_FROM_PERCENT = {
    RiskLevel.LOW: 0,
    RiskLevel.MEDIUM: 26,
    RiskLevel.HIGH: 51,
    RiskLevel.CRITICAL: 76,
}
"""The whole percent from which each level begins."""


def level_of(percent: int) -> RiskLevel:
    """The level of a churn probability in whole percent, rounded down.

    >>> level_of(25), level_of(26)
    (<RiskLevel.LOW: 'low'>, <RiskLevel.MEDIUM: 'medium'>)
    """
    return max(
        (start, level) for level, start in LEVEL_FROM_PERCENT.items() if start <= max(percent, 0)
    )[1]
