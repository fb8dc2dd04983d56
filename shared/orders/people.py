"""E-mail addresses, phone numbers and placeholders: what in an order stands for a real person."""

import re

from shared.orders.text import clean_text, id_text

EMAIL_FIELDS = ("customer.email", "customerEmail", "email")
PHONE_FIELDS = ("customer.phone", "customerPhone", "phone")
ACCOUNT_FIELDS = ("userId", "customerId")
"""The customer id of the point of sale on its orders, an account of the web shop on others."""

MAX_EMAIL_LENGTH = 320

_PLACEHOLDER_DOMAINS = frozenset({"alleaves.local", "unknown.local"})
_PLACEHOLDER_IDS = frozenset({"alleaves_customer", "checkout_customer"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NOT_A_DIGIT = re.compile(r"[^0-9]")
_FEWEST_DIGITS = 7
_MOST_DIGITS = 15
_NATIONAL_DIGITS = 10


def is_placeholder(text: str) -> bool:
    """Whether an id or e-mail address is one that writers put where they know nobody."""
    lowered = text.lower()
    _, at, domain = lowered.rpartition("@")
    return lowered in _PLACEHOLDER_IDS or (bool(at) and domain in _PLACEHOLDER_DOMAINS)


def real_email(value: object) -> str | None:
    """The address, trimmed and in lower case; None where it is none or a placeholder."""
    address = (clean_text(value) or "").lower()
    if len(address) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(address):
        return None
    return None if is_placeholder(address) else address


def real_id(value: object) -> str | None:
    """The id of an account; None where it is blank or a placeholder."""
    text = id_text(value)
    return None if text is None or is_placeholder(text) else text


def phone_digits(value: object) -> str | None:
    """The digits of a phone number, without the leading 1 of an eleven-digit one.

    None with fewer than 7 or more than 15 digits, and for one digit over and over (`0000000000`):
    nobody's number, typed to get past a form.
    """
    text = id_text(value)
    if text is None:
        return None
    digits = _NOT_A_DIGIT.sub("", text)
    if len(digits) == _NATIONAL_DIGITS + 1 and digits.startswith("1"):
        digits = digits[1:]
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS or len(set(digits)) == 1:
        return None
    return digits
