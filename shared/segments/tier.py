"""The tier of a customer, as the dashboard's list of customers has it."""

from enum import StrEnum

GOLD_ABOVE_CENTS = 2_000_00
SILVER_ABOVE_CENTS = 500_00


class Tier(StrEnum):
    """A customer's tier, lowest first."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


def tier_of(lifetime_value_cents: int) -> Tier:
    """Return the tier for a lifetime value; both bounds are strict.

    >>> tier_of(500_00), tier_of(500_01)
    (<Tier.BRONZE: 'bronze'>, <Tier.SILVER: 'silver'>)
    """
    if lifetime_value_cents > GOLD_ABOVE_CENTS:
        return Tier.GOLD
    return Tier.SILVER if lifetime_value_cents > SILVER_ABOVE_CENTS else Tier.BRONZE
