"""Timeouts of calls to the warehouse."""

from typing import Any

from google.cloud import bigquery

CALL_SECONDS = 20.0
"""Longest time for one call; twice that with retries."""
QUERY_SECONDS = 300.0
"""Longest time for one query or load."""
RETRY = bigquery.DEFAULT_RETRY.with_delay(initial=0.2, maximum=4.0).with_timeout(2 * CALL_SECONDS)
CALL: dict[str, Any] = {"retry": RETRY, "timeout": CALL_SECONDS}
