"""Page tokens: a place in a list, in a form that callers can hand back but not read meaning into.

A token is signed with a key that depends on everything the list was asked for, so it is of no use
with other arguments, for another organisation, or after a change of a single character.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from shared.kernel.errors import InvalidParameterError

Argument = str | int | bool | None
Coordinate = str | int | datetime

_PURPOSE = b"page tokens 2"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class PageTokens:
    """Makes and reads the page tokens of every list."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, _PURPOSE, "sha256")

    def token(self, arguments: Sequence[Argument], place: Sequence[Coordinate]) -> str:
        """A token for this place in the list that these arguments ask for.

        The arguments begin with the name of the list and the organisation.
        """
        return self._serializer(arguments).dumps([_packed(part) for part in place])

    def place(self, arguments: Sequence[Argument], token: str) -> list[Coordinate]:
        """Return the place in a token. Raises InvalidParameterError for an invalid token."""
        try:
            packed = self._serializer(arguments).loads(token)
        except BadData as error:
            raise InvalidParameterError(
                "must be the nextPageToken of a call with the same arguments", parameter="pageToken"
            ) from error
        return [_unpacked(part) for part in packed]

    def _serializer(self, arguments: Sequence[Argument]) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._key,
            salt=json.dumps(list(arguments)).encode(),
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )


def _packed(part: Coordinate) -> str | int | list[int]:
    """An instant, which JSON does not have, as a list of its microseconds."""
    return [(part - _EPOCH) // _MICROSECOND] if isinstance(part, datetime) else part


def _unpacked(part: str | int | list[int]) -> Coordinate:
    return _EPOCH + part[0] * _MICROSECOND if isinstance(part, list) else part
