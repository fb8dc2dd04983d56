"""The values in a definition: read from JSON within bounds, and written as JSON again."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from shared.kernel.errors import DefinitionError
from shared.kernel.instants import EARLIEST, LATEST, parse_instant
from shared.kernel.money import MAX_CENTS, exact_cents, parse_decimal, scaled
from shared.orders.channel import IN_STORE, ONLINE, UNKNOWN, channel_named
from shared.orders.text import bounded_id, clean_text, id_text
from shared.predictions.risk import RiskLevel
from shared.segments.conditions.fields import Field, FieldType, Vocabulary
from shared.segments.conditions.nodes import Value
from shared.segments.crm_profile import Consent, LoyaltyTier
from shared.segments.segment import Segment, segment_named
from shared.segments.thresholds import whole_number
from shared.segments.tier import Tier

MAX_TEXT_LENGTH = 128
MAX_TIMES = 1_000_000
MAX_DAYS = 36_500
_LARGEST = {FieldType.DAYS: MAX_DAYS, FieldType.PERCENT: 100}

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})",
    re.ASCII,
)
_FIRST_DATE, _END_DATE = EARLIEST.date(), LATEST.date()
_CENTS_DECIMALS = 2


def field_value(field: Field, value: object, at: str) -> Value:
    """One value to compare a field with."""
    if field.vocabulary is not None:
        return text(field.vocabulary, value, at)
    if field.type is FieldType.MONEY:
        return cents(value, at)
    if field.type is FieldType.DATE:
        return date_or_instant(value, at)
    return whole(value, 0, _LARGEST.get(field.type, MAX_TIMES), at)


def cents(value: object, at: str) -> int:
    """Parse an amount of money in cents. Finer amounts are refused: rounding would move the bound.

    A float that was computed, such as 0.1 + 0.2, is the cent that it stands for.
    """
    number = parse_decimal(value)
    if number is None or not 0 <= number <= Decimal(MAX_CENTS).scaleb(-_CENTS_DECIMALS):
        raise DefinitionError(at, f"must be an amount of money from 0 to {MAX_CENTS // 100}")
    if isinstance(value, float):
        amount = exact_cents(value)
    else:
        amount = scaled(number, _CENTS_DECIMALS)
        amount = amount if Decimal(amount).scaleb(-_CENTS_DECIMALS) == number else None
    if amount is None:
        raise DefinitionError(at, "must be an amount of money with at most two decimals")
    return amount


def whole(value: object, least: int, most: int, at: str) -> int:
    """A whole number within bounds, also as digits in text, which is what form fields give."""
    number = whole_number(value)
    if number is None or not least <= number <= most:
        raise DefinitionError(at, f"must be a whole number from {least} to {most}")
    return number


def local_date(value: object, at: str) -> date:
    """A day, `YYYY-MM-DD`."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:  # a month 13, a 30th of February
            day = _END_DATE
        if _FIRST_DATE <= day < _END_DATE:
            return day
    raise DefinitionError(at, f"must be a date such as 2026-01-31, {_date_bounds()}")


def date_or_instant(value: object, at: str) -> date | datetime:
    """A day, or an instant in ISO 8601 that names its offset."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        instant = parse_instant(value)
        if instant is not None:
            return instant
    elif isinstance(value, str) and _DATE.fullmatch(value):
        return local_date(value, at)
    raise DefinitionError(
        at,
        "must be a date such as 2026-01-31, or an instant with its offset such as "
        f"2026-01-31T18:00:00Z, {_date_bounds()}",
    )


def text(vocabulary: Vocabulary, value: object, at: str) -> str:
    """One text of a vocabulary, as the rest of the product spells it.

    White space around it is ignored. Categories are kept as they were written, so that whoever
    wrote the definition finds it unchanged.
    """
    if not isinstance(value, str):
        raise DefinitionError(at, "must be text")
    if len(value) > MAX_TEXT_LENGTH:
        raise DefinitionError(at, f"must be text of at most {MAX_TEXT_LENGTH} characters")
    plain = clean_text(value)
    if plain is None:
        raise DefinitionError(at, "must not be blank")
    allowed_words = words(vocabulary)
    match vocabulary:
        case Vocabulary.PRODUCT:
            return bounded_id(id_text(plain) or plain)
        case Vocabulary.SEGMENT:
            plain = segment_named(plain) or ""
        case Vocabulary.CHANNEL:
            plain = channel_named(plain) or plain.lower()
        case _ if allowed_words:
            plain = plain.lower()
    return plain if allowed_words is None else _member(plain, allowed_words, at)


def words(vocabulary: Vocabulary) -> tuple[str, ...] | None:
    """All texts of a vocabulary; None if they are not of a fixed list."""
    match vocabulary:
        case Vocabulary.TIER:
            return tuple(Tier)
        case Vocabulary.LOYALTY_TIER:
            return tuple(LoyaltyTier)
        case Vocabulary.CONSENT:
            return tuple(Consent)
        case Vocabulary.RISK:
            return tuple(RiskLevel)
        case Vocabulary.SEGMENT:
            return tuple(Segment)
        case Vocabulary.CHANNEL:
            return (IN_STORE, ONLINE, UNKNOWN)
        case _:
            return None


def value_json(field: Field, value: Value) -> object:
    """Return the value as JSON; `field_value` reads it back."""
    if isinstance(value, int) and field.type is FieldType.MONEY:
        return money_json(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def money_json(amount_cents: int) -> int | float:
    """An amount in the main unit: a whole number where it is one."""
    whole_units, rest = divmod(amount_cents, 100)
    return amount_cents / 100 if rest else whole_units


def _member(word: str, allowed_words: tuple[str, ...], at: str) -> str:
    if word not in allowed_words:
        raise DefinitionError(at, f"must be one of: {', '.join(allowed_words)}")
    return str(word)


def _date_bounds() -> str:
    return f"from {_FIRST_DATE} to before {_END_DATE}"
