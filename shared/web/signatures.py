"""Calls that are signed instead of signed in: those of programs, for one organisation.

    X-Signature: t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256 of "<t>.<path>.<body>">

The key is derived from the installation's secret for each organisation, so that nothing is stored
and no organisation can sign for another one. `path` is the one below the URL of the function.
"""

import hmac
import re
from datetime import UTC, datetime, timedelta

from shared.kernel.errors import NotFoundError, UnauthenticatedError
from shared.kernel.keyed_hash import keyed_hash

HEADER = "X-Signature"
SCHEME = "eventSignature"
REPLAY_WINDOW = timedelta(minutes=5)
"""Maximum difference between the time of a signature and now, either way."""

_FORM = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def signing_key(secret: bytes, org_id: str) -> str:
    """The key that an organisation's sender signs with: 32 hexadecimal characters."""
    return keyed_hash(secret, "signed calls", org_id)


def signature(key: str, path: str, body: bytes, at: datetime) -> str:
    """The value of the header for a call."""
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={_digest(key, seconds, path, body)}"


def check_signature(key: str, signature: str, path: str, body: bytes, now: datetime) -> None:
    """Raise NotFoundError for a wrong signature, UnauthenticatedError for an old one.

    A wrong signature is answered like a campaign that does not exist, so that callers cannot
    discover organisations.
    """
    form = _FORM.fullmatch(signature)
    if form is None:
        raise UnauthenticatedError(f"{HEADER} must be t=<seconds>,v1=<hexadecimal HMAC-SHA256>.")
    seconds, digest = form.groups()
    if not hmac.compare_digest(digest, _digest(key, seconds, path, body)):
        raise NotFoundError("There is no such campaign.")
    signed_at = datetime.fromtimestamp(min(int(seconds), 2**37), UTC)
    if abs(now - signed_at) > REPLAY_WINDOW:
        minutes = REPLAY_WINDOW // timedelta(minutes=1)
        raise UnauthenticatedError(f"The call was not signed within {minutes} minutes of now.")


def _digest(key: str, seconds: str, path: str, body: bytes) -> str:
    message = f"{seconds}.{path}.".encode() + body
    return hmac.new(key.encode(), message, "sha256").hexdigest()
