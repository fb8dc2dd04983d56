"""Timeouts and retries of the reads of a page.

The client library's own limits are minutes, which is longer than a function may take: the caller
would get no response instead of an honest error.
"""

from typing import Any

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type

READ_SECONDS = 8.0
"""Longest time for one read, retries included. A page takes six at most, one after another; one
that goes through customers or transitions takes one more per two thousand of them."""

UNAVAILABLE = (
    exceptions.Aborted,
    exceptions.Cancelled,
    exceptions.RetryError,
    exceptions.ServerError,
    exceptions.TooManyRequests,
)
"""Errors of a read that may succeed later."""

READ_LIMITS: dict[str, Any] = {
    "retry": Retry(
        predicate=if_exception_type(exceptions.InternalServerError, exceptions.ServiceUnavailable),
        initial=0.1,
        maximum=1.0,
        timeout=READ_SECONDS,
    ),
    "timeout": READ_SECONDS,
}
"""Arguments of every read that an HTTP caller waits for."""
