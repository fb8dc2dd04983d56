"""Contact details of the person who placed an order."""

import re
from collections.abc import Mapping
from functools import partial

from shared.orders.fact import Contact
from shared.orders.fields import field_at, first_usable
from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.people import (
    ACCOUNT_FIELDS,
    EMAIL_FIELDS,
    PHONE_FIELDS,
    real_email,
    real_phone,
)
from shared.orders.text import clean_text, id_text

_MAX_NAME_LENGTH = 200
_MAX_PHONE_LENGTH = 40
_NAME_FIELDS = ("customer.name", "customerName")
_NAME_PARTS = (("customer.firstName", "customer.lastName"), ("firstName", "lastName"))
_PLACEHOLDER_NAMES = frozenset({"unknown customer", "customer"})
# What a sync makes up for a person without a name: `alleaves_123`, `customer-9`.
_SYNTHETIC_NAME = re.compile(r"(?:alleaves|customer|cid)[_-]\d+", re.IGNORECASE)


def contact_of(data: Mapping[str, object], placeholders: Placeholders = STANDARD) -> Contact:
    """Name, e-mail address and phone of the customer; None for each that is a placeholder.

    The phone number stays as it was written.
    """
    return Contact(
        display_name=_display_name(data, placeholders),
        email=first_usable(
            data, EMAIL_FIELDS, partial(real_email, placeholders=placeholders)
        ).value,
        phone=first_usable(data, PHONE_FIELDS, partial(_phone, placeholders=placeholders)).value,
    )


def _phone(value: object, placeholders: Placeholders) -> str | None:
    if real_phone(value, placeholders) is None:
        return None
    text = id_text(value)
    return None if text is None else text[:_MAX_PHONE_LENGTH].rstrip()


def _display_name(data: Mapping[str, object], placeholders: Placeholders) -> str | None:
    full_names = [field_at(data, path) for path in _NAME_FIELDS]
    joined_names = [_joined(data, first, last) for first, last in _NAME_PARTS]
    not_names = _ids_and_addresses(data)
    for candidate in (*full_names, *joined_names):
        name = clean_text(candidate, _MAX_NAME_LENGTH)
        if (
            name is not None
            and name not in placeholders
            and not _is_synthetic_name(name, not_names)
        ):
            return name
    return None


def _joined(data: Mapping[str, object], first: str, last: str) -> str:
    parts = (clean_text(field_at(data, path)) for path in (first, last))
    return " ".join(part for part in parts if part is not None)


def _ids_and_addresses(data: Mapping[str, object]) -> frozenset[str]:
    """Return texts that some writers repeat as the name: the id, the address, or the part before
    its `@`."""
    ids = [id_text(field_at(data, path)) for path in (*ACCOUNT_FIELDS, *EMAIL_FIELDS)]
    lowered = {text.lower() for text in ids if text is not None}
    return frozenset(lowered | {text.rpartition("@")[0] for text in lowered})


def _is_synthetic_name(name: str, not_names: frozenset[str]) -> bool:
    lowered = name.lower()
    return (
        lowered in _PLACEHOLDER_NAMES
        or lowered in not_names
        or _SYNTHETIC_NAME.fullmatch(name) is not None
    )
