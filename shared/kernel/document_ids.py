"""Firestore names: which strings may be a document id or a map key."""

import re

MAX_ID_LENGTH = 128
"""Characters. Firestore allows 1,500 bytes; no id in use comes near this."""

_CONTROL_OR_SURROGATE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_RESERVED = re.compile(r"__.*__", re.DOTALL)


def is_reserved_name(name: str) -> bool:
    """Whether Firestore keeps this name for itself, as a document id and as a map key."""
    return _RESERVED.fullmatch(name) is not None


def is_document_id(value: str) -> bool:
    """Whether the string can be used as the id of one document, and is worth being one."""
    return (
        bool(value.strip())
        and len(value) <= MAX_ID_LENGTH
        and "/" not in value
        and value not in (".", "..")
        and not is_reserved_name(value)
        and _CONTROL_OR_SURROGATE.search(value) is None
    )
