"""Filter for a field with one of several values, null included."""

from collections.abc import Sequence

from google.cloud import firestore


def any_of(field: str, values: Sequence[str | None]) -> firestore.FieldFilter | firestore.Or:
    """Return the filter; null is separate, as Firestore's lists of values cannot hold it."""
    null = firestore.FieldFilter(field, "==", None)
    values_given = [value for value in values if value is not None]
    if not values_given:
        return null
    one_of = firestore.FieldFilter(field, "in", values_given)
    return firestore.Or([one_of, null]) if None in values else one_of
