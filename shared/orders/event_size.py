"""Size of an order in the events that its writes cause.

Firestore delivers no event above 512 KB, and an update carries the document before and after. So an
order of more than half of that is counted when it is created, and its edits may be lost until the
nightly audit.
"""

from collections.abc import Mapping
from datetime import datetime

MAX_EVENT_BYTES = 512_000
_ENVELOPE_BYTES = 12_000
"""More than the names, times and attributes of an event take."""
LARGE_BYTES = (MAX_EVENT_BYTES - _ENVELOPE_BYTES) // 2
"""By `event_bytes`: an edit of a larger order may not be delivered."""

_TIMESTAMP_BYTES = 20
_UNKNOWN_BYTES = 200
"""More than a reference or a place on the map takes."""


def event_bytes(value: object) -> int:
    """Bytes of a value in Firestore's protobuf encoding, or a few more.

    Takes a tenth of the time that reading an order does.
    """
    match value:
        case str():
            return 1 + _with_length(
                len(value) if value.isascii() else len(value.encode(errors="surrogatepass"))
            )
        case None | bool():
            return 2
        case int():
            return 2 + value.bit_length() // 7 if value >= 0 else 11
        case float():
            return 9
        case dict() | Mapping():
            return _with_length(sum(_entry_bytes(str(key), item) for key, item in value.items()))
        case list() | tuple():
            return _with_length(sum(_with_length(event_bytes(item)) for item in value))
        case bytes():
            return 1 + _with_length(len(value))
        case datetime():
            return _TIMESTAMP_BYTES
        case _:
            return _UNKNOWN_BYTES


def _entry_bytes(key: str, item: object) -> int:
    name = len(key) if key.isascii() else len(key.encode(errors="surrogatepass"))
    return _with_length(_with_length(name) + _with_length(event_bytes(item)))


def _with_length(size: int) -> int:
    """With a tag of one byte, and the length itself."""
    return size + (2 if size < 1 << 7 else 3 if size < 1 << 14 else 4)
