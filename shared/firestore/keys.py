"""Keys inside documents and the choice of shards."""

import hashlib
import re
import zlib

_PLAIN_KEY = re.compile(r"(?!__)[A-Za-z0-9_-]{1,64}")


def map_key(text: str) -> str:
    """A key for a map field: the text itself where it is short and plain, else a hash of it.

    Firestore refuses empty keys, keys over 1,500 bytes and keys such as `__name__`.
    """
    if _PLAIN_KEY.fullmatch(text):
        return text
    return "h." + hashlib.sha256(text.encode()).hexdigest()[:24]


def shard_for(key: str, shards: int) -> str:
    """Stable choice of one of `shards` shards."""
    return str(zlib.crc32(key.encode()) % shards)
