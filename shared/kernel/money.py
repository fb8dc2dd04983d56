"""Money: exact decimals in, whole cents out. Nothing here is ever summed as a float."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from math import isclose

MAX_CENTS = 10**12
"""Largest amount, either side of zero, that is accepted: ten billion in the main unit.

Far above any real order, and far below where sums of many would leave 64-bit integers.
"""

# Enough digits for every float and every accepted string, so that no step before the rounding to
# cents rounds, whatever the caller's own decimal context is.
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
_INT64_LIMIT = 2**63
_FLOAT_ERROR = 1e-15
"""Relative error of the sum of a few floats: between 4 and 9 last digits."""
_MAX_TEXT_LENGTH = 64

_CURRENCY = (
    r"(?:(?:US|CA|C|AU|A|NZ|MX)?\$|€|£|¥"
    r"|AUD|BRL|CAD|CHF|CNY|COP|CZK|DKK|EUR|GBP|HKD|ILS|INR|JMD|JPY|MXN|NOK|NZD|PLN|SEK|SGD|THB|USD"
    r"|UYU|ZAR)"
)
# A comma counts only between groups of three: "44,00" is a decimal comma somewhere else, not 4400.
_NUMBER = r"(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)"
_SIGNED = re.compile(
    rf"(?P<before>[+-]?)\s*(?:{_CURRENCY}\s*)?(?P<after>[+-]?)\s*(?P<number>{_NUMBER})"
    rf"(?:\s*{_CURRENCY})?",
    re.ASCII | re.IGNORECASE,
)
_PARENTHESISED = re.compile(
    rf"(?:{_CURRENCY}\s*)?\(\s*(?:{_CURRENCY}\s*)?(?P<number>{_NUMBER})(?:\s*{_CURRENCY})?\s*\)"
    rf"(?:\s*{_CURRENCY})?",
    re.ASCII | re.IGNORECASE,
)


def parse_decimal(value: object) -> Decimal | None:
    """The number written in a stored value, exactly; None if it is not one.

    Accepts 64-bit integers, finite floats (as the shortest decimal that prints them) and strings:
    an optional currency symbol or code on either side, an optional sign, commas between groups of
    three digits, and parentheses for a negative amount. A bool is not a number.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if -_INT64_LIMIT <= value < _INT64_LIMIT else None
    if isinstance(value, float):
        number = Decimal(float.__repr__(value))
        return number if number.is_finite() else None
    return _parse_text(value) if isinstance(value, str) else None


def parse_cents(value: object) -> int | None:
    """The amount written in a stored value, in cents, halves rounded away from zero.

    None if it is not a number. May exceed `MAX_CENTS`: whether that is an error is the caller's.

    >>> parse_cents("$1,234.565"), parse_cents("(5.00)"), parse_cents("44,00")
    (123457, -500, None)
    """
    number = parse_decimal(value)
    return None if number is None else scaled(number, 2)


def exact_cents(number: float) -> int | None:
    """Return the whole cents that a computed float stands for; None for a finer amount.

    A sum such as 0.1 + 0.2 misses its cent by the last digits of a float. So a float within a
    billionth of the main unit of a cent is that cent, and so is one within a few of its own last
    digits, which are coarser than that above some millions.

    >>> exact_cents(0.1 + 0.2), exact_cents(3 * 1.1), exact_cents(0.305)
    (30, 330, None)
    """
    cents = scaled(Decimal(number), 2)
    return cents if isclose(number, cents / 100, rel_tol=_FLOAT_ERROR, abs_tol=1e-9) else None


def scaled(number: Decimal, places: int) -> int:
    """`number` times 10 to the `places`, as a whole number; halves are rounded away from zero."""
    return int(_EXACT.quantize(_EXACT.scaleb(number, places), Decimal(1)))


def line_cents(unit_price: Decimal, quantity_milli: int) -> int:
    """Price of `quantity_milli` thousandths of a unit, in cents, rounded once at the end."""
    return scaled(_EXACT.multiply(unit_price, Decimal(quantity_milli)), 2 - 3)


def mean_cents(total_cents: int, count: int) -> int | None:
    """Mean of `count` amounts that add up to `total_cents`, halves up; None if there are none.

    >>> mean_cents(1001, 2)
    501
    """
    return (2 * total_cents + count) // (2 * count) if count > 0 else None


def _parse_text(text: str) -> Decimal | None:
    text = text.strip()
    if len(text) > _MAX_TEXT_LENGTH:
        return None
    if match := _PARENTHESISED.fullmatch(text):
        return -_unsigned(match["number"])
    match = _SIGNED.fullmatch(text)
    if match is None or (match["before"] and match["after"]):
        return None
    number = _unsigned(match["number"])
    return -number if "-" in (match["before"], match["after"]) else number


def _unsigned(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))
