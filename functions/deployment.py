"""What every deployed function shares: region, limits and retry."""

from collections.abc import Callable
from typing import Any, TypeVar

from firebase_functions import options, params

from shared.settings import CUSTOMER_KEY_SECRET

REGION = options.SupportedRegion.US_CENTRAL1
SECRET = params.SecretParam(CUSTOMER_KEY_SECRET)
EVENT_TIMEOUT_SECONDS = 60
CONCURRENCY = 4
"""Calls that an instance of one CPU takes at once: as many as it has threads."""
SCHEDULE_TIMEOUT_SECONDS = 540
"""The longest that the platform allows an event function."""
SCHEDULE_WORK_SECONDS = 480
"""When a scheduled function stops starting new work."""

F = TypeVar("F", bound=Callable[..., Any])


def retried(function: F) -> F:
    """Have the platform deliver a failed event again, for up to 24 hours.

    firebase-functions offers no such option for Firestore events and deploys them with
    `retry: false`, so a failing event would be dropped.
    """
    endpoint: Any = getattr(function, "__firebase_endpoint__")  # noqa: B009 set by the decorator
    endpoint.eventTrigger["retry"] = True
    return function
