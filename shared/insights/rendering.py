"""Facts in words: number, rounding, unit, noun, direction and sign. Pure.

Rounding, halves away from zero:

* counts are exact; `about` has two significant digits, and is exact below 10;
* money below 100 has cents, then whole units, then two decimals of a million or a billion;
* rates have one decimal below 10% and above 99%, whole percent between; a rate that is neither 0
  nor 1 is never shown as such;
* units of products and ratios have one decimal below 10, whole numbers above. Ratios are rounded
  down, as they are lower bounds;
* changes have whole percent, those of rates one decimal of a percentage point.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from zoneinfo import ZoneInfo

from shared.kernel.facts import Comparison, Fact, FactUnit, Name, Words

MAX_NAME_LENGTH = 60
_SYMBOLS = {
    "AUD": "A$", "BRL": "R$", "CAD": "CA$", "CNY": "CN¥", "EUR": "€", "GBP": "£", "HKD": "HK$",
    "ILS": "₪", "INR": "₹", "JPY": "¥", "KRW": "₩", "MXN": "MX$", "NZD": "NZ$", "USD": "$",
}  # fmt: skip
"""Other currencies are shown by their code."""
_EXACT = Context(prec=400)
_ALMOST_UNCHANGED_BELOW = Decimal("0.5")
"""Percent; of rates a tenth of it in percentage points."""
_FRACTIONS = (
    (Decimal(1) / 10, "a tenth"),
    (Decimal(1) / 5, "a fifth"),
    (Decimal(1) / 4, "a quarter"),
    (Decimal(1) / 3, "a third"),
    (Decimal(2) / 5, "two fifths"),
    (Decimal(1) / 2, "half"),
    (Decimal(3) / 5, "three fifths"),
    (Decimal(2) / 3, "two thirds"),
    (Decimal(3) / 4, "three quarters"),
    (Decimal(4) / 5, "four fifths"),
    (Decimal(9) / 10, "nine tenths"),
)
FRACTION_TOLERANCE = Decimal("0.02")
"""Largest difference between a share and the fraction that it is rendered as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """An organisation's format of numbers and dates."""

    currency: str = "USD"
    """ISO 4217 code."""
    time_zone: ZoneInfo = ZoneInfo("UTC")


def phrase(fact: Fact, style: Style) -> str:
    """The value with everything that it counts.

    >>> from shared.kernel.facts import Words
    >>> lost = Words(one="customer who became Churned", many="customers who became Churned",
    ...              tail="in the last 30 days")
    >>> phrase(Fact(id="a", label="", value=1, unit=FactUnit.CUSTOMERS, words=lost), Style())
    '1 customer who became Churned in the last 30 days'
    """
    number = quantity(fact.value, fact.unit, style)
    if fact.value == 0 and fact.unit in (*_COUNTED, FactUnit.UNITS) and not fact.noun.lead:
        number = "no"
    return _with_words(number, fact.noun, singular=abs(fact.value) == 1)


def about(fact: Fact, style: Style) -> str:
    """The value rounded as in conversation, with everything that it counts."""
    if fact.unit is FactUnit.RATE:
        return _with_words(_about_rate(fact.value), fact.noun, singular=False)
    if fact.unit is FactUnit.TIMES:
        return phrase(fact, style)  # A lower bound, which stays one.
    rough = _two_digits(fact.value, fact.unit)
    if rough == fact.value and abs(fact.value) < 10:
        return phrase(fact, style)
    return _with_words(f"about {quantity(rough, fact.unit, style)}", fact.noun, singular=False)


def change(fact: Fact) -> str:
    """The direction and size of the change against what the fact is compared with.

    Raises ValueError for a fact that is not compared.
    """
    if fact.comparison is None:
        raise ValueError(f"{fact.id} is compared with nothing")
    return _change(fact, fact.comparison)


def share(fact: Fact) -> str:
    """The part that it is. Raises ValueError for a fact without one."""
    return _of(fact, percent)


def share_about(fact: Fact) -> str:
    """The part that it is, in a simple fraction where one is near. Raises ValueError as `share`."""
    return _of(fact, _about_rate)


def as_of(fact: Fact, style: Style) -> str:
    """The day, in the organisation's time zone, that it was computed on. Raises ValueError
    without."""
    if fact.origin is None:
        raise ValueError(f"{fact.id} does not say when it was computed")
    return f"as of {day(fact.origin.computed_at, style)}"


def name(subject: Name, escape: Callable[[str], str] = str) -> str:
    """Return the name in a form that fits a sentence: one line, no invisible or directional
    characters.

    The shop's own text is in quotation marks, so that it cannot be mistaken for a part of the
    sentence. `escape` makes it fit for where it is shown, such as `html.escape`.
    """
    visible = "".join(
        " " if unicodedata.category(each)[0] == "Z" or each in "\t\n\r" else each
        for each in unicodedata.normalize("NFC", subject.text)
        if unicodedata.category(each)[0] != "C" or each in "\t\n\r"
    )
    line = " ".join(visible.split())
    if len(line) > MAX_NAME_LENGTH:
        line = line[: MAX_NAME_LENGTH - 1].rstrip() + "…"
    if not subject.of_the_shop:
        return escape(line)
    inside = line.replace("“", "'").replace("”", "'").replace('"', "'")
    return f"“{escape(inside or 'unnamed')}”"


def quantity(value: int | float, unit: FactUnit, style: Style) -> str:
    """The rounded number with its sign, and its currency or percent sign."""
    match unit:
        case FactUnit.CENTS:
            return money(int(value), style)
        case FactUnit.RATE:
            return percent(value)
        case FactUnit.UNITS:
            return _one_decimal(value, ROUND_HALF_UP)
        case FactUnit.TIMES:
            return _one_decimal(value, ROUND_FLOOR)
        case _:
            return f"{int(value):,}"


def money(cents: int, style: Style) -> str:
    """An amount.

    >>> [money(cents, Style()) for cents in (12_34, -1_234_567, 999_999_60, 2_345_678_901_00)]
    ['$12.34', '-$12,346', '$1.00 million', '$2.35 billion']
    """
    units = Decimal(abs(cents)).scaleb(-2, _EXACT)
    whole = _rounded(units, "1")
    sign = "-" if cents < 0 else ""
    symbol = _SYMBOLS.get(style.currency, style.currency + " ")
    if units < 100:
        text = f"{units:.2f}".removesuffix(".00")
    elif whole < 10**6:
        text = f"{whole:,}"
    elif _rounded(units, "1e4") < 10**9:
        text = f"{_rounded(units, '1e4').scaleb(-6, _EXACT):.2f} million"
    else:
        text = f"{_rounded(units, '1e7').scaleb(-9, _EXACT):,.2f} billion"
    return f"{sign}{symbol}{text}"


def percent(part: float) -> str:
    """A part of something in percent.

    >>> [percent(part) for part in (0, 0.0004, 0.043, 0.2549, 0.996, 0.9999, 1)]
    ['0%', 'less than 0.1%', '4.3%', '25%', '99.6%', 'more than 99.9%', '100%']
    """
    exact = Decimal(part).scaleb(2, _EXACT)
    fine, whole = _rounded(exact, "0.1"), _rounded(exact, "1")
    if fine < Decimal("0.1") and part > 0:
        return "less than 0.1%"
    if fine > Decimal("99.9") and part < 1:
        return "more than 99.9%"
    if fine < 10 or fine > 99:
        return f"{_plain(fine)}%"
    return f"{whole}%"


def day(at: datetime, style: Style) -> str:
    """The date of an instant in the organisation's time zone.

    >>> in_denver = Style(time_zone=ZoneInfo("America/Denver"))
    >>> day(datetime.fromisoformat("2026-11-27T03:00Z"), in_denver)
    '26 November 2026'
    """
    local = at.astimezone(style.time_zone)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_COUNTED = (FactUnit.CUSTOMERS, FactUnit.DAYS, FactUnit.ORDERS, FactUnit.RECORDS)


def month(of: date) -> str:
    """The name of the month that a day is in.

    >>> month(date(2026, 3, 31))
    'March 2026'
    """
    return f"{_MONTHS[of.month - 1]} {of.year}"


def _with_words(number: str, words: Words, *, singular: bool) -> str:
    noun = words.one if singular and words.one else words.many
    return " ".join(part for part in (words.lead, number, noun, words.tail) if part)


def _change(fact: Fact, comparison: Comparison) -> str:
    now, then = Decimal(fact.value), Decimal(comparison.value)
    if now == then:
        words = "unchanged from" if comparison.over_time else "the same as"
        return f"{words} {comparison.to}"
    is_rate = fact.unit is FactUnit.RATE
    if not is_rate and then <= 0:  # Percent of nothing are nothing.
        if not comparison.over_time:
            return f"{'above' if now > then else 'below'} {comparison.to}"
        base = "zero" if then == 0 else "below zero"
        return f"{'up' if now > then else 'down'} from {base} in {comparison.to}"
    difference = abs(_EXACT.subtract(now, then))
    size = difference.scaleb(2, _EXACT) if is_rate else _EXACT.divide(difference * 100, then)
    least = _ALMOST_UNCHANGED_BELOW / 10 if is_rate else _ALMOST_UNCHANGED_BELOW
    if size < least:
        words = "almost unchanged from" if comparison.over_time else "almost the same as"
        return f"{words} {comparison.to}"
    if is_rate:
        points = _plain(_rounded(size, "0.1"))
        amount = f"{points} percentage point{'' if points == '1' else 's'}"
    else:
        amount = f"{_rounded(size, '1'):,}%"
    if comparison.over_time:
        return f"{'up' if now > then else 'down'} {amount} on {comparison.to}"
    return f"{amount} {'above' if now > then else 'below'} {comparison.to}"


def _of(fact: Fact, number: Callable[[float], str]) -> str:
    if fact.share is None:
        raise ValueError(f"{fact.id} is no part of anything")
    return f"{number(fact.share.part)} of {fact.share.of}"


def _about_rate(part: float) -> str:
    exact = Decimal(part)
    nearest, words = min(_FRACTIONS, key=lambda each: abs(each[0] - exact))
    if abs(nearest - exact) <= FRACTION_TOLERANCE:
        return f"about {words}"
    text = percent(part)
    return text if " " in text or part in (0, 1) else f"about {text}"


def _two_digits(value: int | float, unit: FactUnit) -> int | float:
    if value == 0:
        return value
    exact = Decimal(value)
    place = exact.adjusted() - 1
    if unit is FactUnit.CENTS:
        place = max(place, 2 if abs(value) >= 10_00 else place)
    elif unit in _COUNTED:
        place = max(place, 0)
    rough = _rounded(exact, f"1e{place}")
    return int(rough) if isinstance(value, int) else float(rough)


def _one_decimal(value: float, rounding: str) -> str:
    exact = Decimal(value)
    fine = exact.quantize(Decimal("0.1"), rounding, _EXACT)
    if fine == 0 and value > 0:
        return "less than 0.1"
    if abs(fine) < 10:
        return _plain(fine)
    return f"{exact.quantize(Decimal(1), rounding, _EXACT):,}"


def _rounded(number: Decimal, to: str) -> Decimal:
    return number.quantize(Decimal(to), ROUND_HALF_UP, _EXACT)


def _plain(number: Decimal) -> str:
    """One decimal, or none where it is 0."""
    return f"{number:,.0f}" if number == number.to_integral_value(ROUND_DOWN) else f"{number:,.1f}"
