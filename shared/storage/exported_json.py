"""Documents as the export has them: the JSON of the firestore-bigquery-export extension."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.storage.ledger_codec import plain_instant

_EPOCH = datetime.fromtimestamp(0, UTC)


def exported_json(document: Mapping[str, Any]) -> str:
    """The document; timestamps become `{"_seconds": n, "_nanoseconds": n}`."""
    return json.dumps(document, default=_timestamp)


def _timestamp(value: object) -> dict[str, int]:
    if not isinstance(value, datetime):
        raise TypeError(f"A ledger entry holds no {type(value).__name__}.")
    since = plain_instant(value) - _EPOCH
    return {
        "_seconds": since // timedelta(seconds=1),
        "_nanoseconds": since % timedelta(seconds=1) // timedelta(microseconds=1) * 1000,
    }
