"""Text from an order, made fit to be stored and compared."""

import re
from hashlib import sha256

from shared.document_ids import MAX_ID_LENGTH, is_reserved_name

_SURROGATES = re.compile(r"[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_FIRESTORE_INTEGER_BITS = 64
_DIGEST_LENGTH = 32


def clean_text(value: object, max_length: int | None = None) -> str | None:
    """The string, trimmed and on one line; None where it is no string or blank.

    Surrogates are removed because they cannot be encoded; control characters and runs of white
    space become one space each. Cut to `max_length` characters where that is given.
    """
    if not isinstance(value, str):
        return None
    text = " ".join(_CONTROLS.sub(" ", _SURROGATES.sub("", value)).split())
    return text[:max_length].rstrip() or None


def id_text(value: object) -> str | None:
    """An id as text: a string that is not blank, or the decimal digits of a whole number.

    A bool is no id. A whole number stored as a float is the same id as the integer.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        # More bits than Firestore stores; `str` refuses integers of some thousand digits.
        return str(value) if value.bit_length() < _FIRESTORE_INTEGER_BITS else None
    return clean_text(value)


def bounded_id(text: str) -> str:
    """The id itself where it can be a map key of at most 128 characters, else a stable stand-in.

    The stand-in is the beginning of the id, `~` and a hash of all of it, so that ids which differ
    only in their tails stay apart.
    """
    if len(text) <= MAX_ID_LENGTH and not is_reserved_name(text):
        return text
    digest = sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{text[: MAX_ID_LENGTH - _DIGEST_LENGTH - 1]}~{digest}"
