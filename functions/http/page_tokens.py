"""Page tokens: a place in a list, in a form that callers can hand back but not read meaning into.

A token is signed with a key that depends on everything the list was asked for, so it is of no use
with other arguments, for another organisation, or after a change of a single character.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from shared.errors import InvalidParameterError
from shared.storage.organization_reader import CustomerCursor, CustomerList, CustomerSort

_PURPOSE = b"customer page tokens 1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class PageTokens:
    """Makes and reads the page tokens of customer lists."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, _PURPOSE, "sha256")

    def token(self, org_id: str, wanted: CustomerList, cursor: CustomerCursor) -> str:
        """A token for this place in this list."""
        value = cursor.value
        number = (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value
        return self._serializer(org_id, wanted).dumps([number, cursor.customer_key])

    def cursor(self, org_id: str, wanted: CustomerList, token: str) -> CustomerCursor:
        """The place a token stands for. Raises InvalidParameterError for any other token."""
        try:
            number, customer_key = self._serializer(org_id, wanted).loads(token)
        except BadData as error:
            raise InvalidParameterError(
                "must be a nextPageToken of a call with the same arguments", parameter="pageToken"
            ) from error
        is_instant = wanted.sort is CustomerSort.LAST_ORDER
        value = _EPOCH + number * _MICROSECOND if is_instant else number
        return CustomerCursor(value=value, customer_key=customer_key)

    def _serializer(self, org_id: str, wanted: CustomerList) -> URLSafeSerializer:
        arguments = [
            org_id,
            wanted.segment.value if wanted.segment else None,
            wanted.sort.value,
            wanted.descending,
        ]
        return URLSafeSerializer(
            self._key,
            salt=json.dumps(arguments).encode(),
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
