"""A customer's preferences, derived from spending."""

PREFERRED_CATEGORIES = 3


def preferred_categories(category_cents: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """Return the categories with the largest spend, given spend per category, largest first.

    >>> preferred_categories((("Flower", 900), ("Vape", 500), ("Edibles", 0)))
    ('Flower', 'Vape')
    """
    return tuple(category for category, cents in category_cents[:PREFERRED_CATEGORIES] if cents > 0)
