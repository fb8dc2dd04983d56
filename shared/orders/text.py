"""Text from an order, in a form to be stored and compared."""

import re
from hashlib import sha256

from shared.kernel.compared_text import compared
from shared.kernel.document_ids import MAX_ID_LENGTH, is_reserved_name

_FIRESTORE_INTEGER_BITS = 64
_DIGEST_LENGTH = 32
# Without leading zeros: `0012` is a code that a number would lose the zeros of.
_INTEGER = re.compile(
    r"\+?(?P<sign>-?)(?P<digits>0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.0*)?", re.ASCII
)
# As spreadsheets write numbers of many digits: 5.55123E+09.
_EXPONENT = re.compile(
    r"(?P<sign>-?)(?P<whole>\d+)(?:[.,](?P<part>\d*))?E\+(?P<zeros>\d{1,3})", re.ASCII | re.I
)


def clean_text(value: object, max_length: int | None = None) -> str | None:
    """The string as compared text; None if it is no string or blank.

    Cut to `max_length` characters where that is given.
    """
    return compared(value)[:max_length].rstrip() or None if isinstance(value, str) else None


def id_text(value: object) -> str | None:
    """Return an id as text: a string that is not blank, or the decimal digits of a whole number.

    A bool is no id. A whole number is the same id however it is stored or written: as an integer, a
    float, or text with `.0` after it or commas in it. None for a number that a spreadsheet rounded
    to a few digits: it matches many ids.

    >>> id_text(17850.0), id_text("17,850"), id_text("17850.0"), id_text("5.55123E+09")
    ('17850', '17850', '17850', None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        # More bits than Firestore stores; `str` refuses integers of some thousand digits.
        return str(value) if value.bit_length() < _FIRESTORE_INTEGER_BITS else None
    text = clean_text(value)
    if text is None or not (text[-1].isdigit() or text[-1] == "."):
        return text
    if integer := _INTEGER.fullmatch(text):
        digits = integer["digits"].replace(",", "")
        return f"{integer['sign']}{digits}" if digits != "0" else digits
    if exponent := _EXPONENT.fullmatch(text):
        return _written_out(exponent)
    return text


def bounded_id(text: str) -> str:
    """Return the id itself if it can be a map key of at most 128 characters, else a stable
    stand-in.

    The stand-in is the beginning of the id, `~` and a hash of all of it, so that ids which differ
    only in their tails stay apart.
    """
    if len(text) <= MAX_ID_LENGTH and not is_reserved_name(text):
        return text
    digest = sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{text[: MAX_ID_LENGTH - _DIGEST_LENGTH - 1]}~{digest}"


def _written_out(exponent: re.Match[str]) -> str | None:
    """The digits of a number with an exponent where all of them are there, down to the ones."""
    part, zeros = exponent["part"] or "", int(exponent["zeros"])
    if len(part.rstrip("0")) > zeros or len(part) < zeros:
        return None
    digits = f"{exponent['whole']}{part[:zeros]}".lstrip("0")
    return f"{exponent['sign']}{digits}" if digits else "0"
