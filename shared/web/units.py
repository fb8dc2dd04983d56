"""Cents to the currency unit of the wire."""


def units(cents: int) -> float:
    """An amount in the currency unit: the float nearest to it, so that it prints as written."""
    return cents / 100


def units_or_none(cents: int | None) -> float | None:
    """Return the amount in currency units; None for no amount."""
    return None if cents is None else units(cents)
