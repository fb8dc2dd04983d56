"""Size of a value in Firestore, by its published rules."""

from collections.abc import Mapping
from typing import Any


def stored_bytes(value: Any) -> int:
    """Bytes that count towards the limit of a document, the document's own name left out."""
    match value:
        case None | bool():
            return 1
        case str():
            return len(value.encode()) + 1
        case bytes():
            return len(value)
        case Mapping():
            return sum(
                len(str(key).encode()) + 1 + stored_bytes(item) for key, item in value.items()
            )
        case list() | tuple():
            return sum(stored_bytes(item) for item in value)
        case _:
            return 8
