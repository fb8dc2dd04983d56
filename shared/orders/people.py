"""E-mail addresses and phone numbers of an order that identify a real person."""

import re

from shared.kernel.compared_text import lowered
from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.phone import phone_digits

EMAIL_FIELDS = ("customer.email", "customerEmail", "email")
PHONE_FIELDS = ("customer.phone", "customerPhone", "phone")
ACCOUNT_FIELDS = ("userId", "customerId")
"""The customer id of the point of sale on its orders, an account of the web shop on others."""

MAX_EMAIL_LENGTH = 320

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def real_email(value: object, placeholders: Placeholders = STANDARD) -> str | None:
    """The address, trimmed and in lower case; None if it is none or a placeholder."""
    address = lowered(value) if isinstance(value, str) else ""
    if len(address) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(address):
        return None
    return None if address in placeholders else address


def real_phone(value: object, placeholders: Placeholders = STANDARD) -> str | None:
    """The digits of a phone number; None if it is none or a placeholder."""
    digits = phone_digits(value)
    return None if digits is None or digits in placeholders else digits
