"""Keyed hashes stored in place of identities."""

import hmac

_KEY_LENGTH = 32


def keyed_hash(secret: bytes, *parts: str) -> str:
    """Return 32 lower-case hexadecimal characters: the beginning of an HMAC-SHA256 of the parts.

    Without the secret, the parts cannot be found by trying.
    """
    encoded_parts = [part.encode() for part in parts]
    # Each part after its own length: no two different lists of parts have the same encoding.
    message = b"".join(len(part).to_bytes(8, "big") + part for part in encoded_parts)
    return hmac.new(secret, message, "sha256").hexdigest()[:_KEY_LENGTH]
