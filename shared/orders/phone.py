"""Phone numbers: the digits of a number that can be dialled."""

import re

from shared.orders.text import clean_text, id_text

_FEWEST_DIGITS = 7
_MOST_DIGITS = 15
_NATIONAL_DIGITS = 10
_NOT_A_DIGIT = re.compile(r"[^0-9]")
_EXTENSION = re.compile(
    r"(?<=[0-9)])[\s,;.-]*(?:ext(?:ension|n)?|x|#)[\s.:=#]*[0-9]{0,7}$", re.IGNORECASE
)
# What a spreadsheet makes of a long number: 5.55123E+09. Its last digits are lost.
_EXPONENT = re.compile(r"[0-9]\s*e\s*[+-]?\s*[0-9]", re.IGNORECASE)


def phone_digits(value: object) -> str | None:
    """The digits of a phone number, without the leading 1 of an eleven-digit one.

    An extension (`x12`, `ext. 5`, `#5`) is cut off. None with fewer than 7 or more than 15 digits,
    for a number with an exponent, and for one digit over and over (`0000000000`): typed to get past
    a form.

    >>> phone_digits("+1 (555) 201-3344 ext. 5"), phone_digits("5.55123E+09")
    ('5552013344', None)
    """
    if isinstance(value, str) and _EXPONENT.search(clean_text(value) or ""):
        return None
    text = id_text(value)
    if text is None:
        return None
    digits = all_digits(text)
    if len(digits) == _NATIONAL_DIGITS + 1 and digits.startswith("1"):
        digits = digits[1:]
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS or len(set(digits)) == 1:
        return None
    return digits


def all_digits(text: str) -> str:
    """Every digit of a phone number, without those of its extension."""
    return _NOT_A_DIGIT.sub("", without_extension(text))


def without_extension(text: str) -> str:
    """A phone number as written, without its extension."""
    return _EXTENSION.sub("", text.rstrip())
