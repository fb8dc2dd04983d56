"""Retries of conflicting commits: number and delays."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from shared.kernel.errors import ConflictError, ContentionError

MAX_ATTEMPTS = 20
"""At conflicts. With the longest waits, still within the time that an event may take."""
FIRST_SECONDS = 0.05
LONGEST_SECONDS = 2.0

T = TypeVar("T")
Sleep = Callable[[float], None]
Wait = Callable[[int, float], float]
"""Seconds to wait after this many attempts (from 1), of which the last took this long."""


def back_off_seconds(attempt: int, took_seconds: float = 0) -> float:
    """A random wait after this many attempts (from 1): longer with each, two seconds at most.

    Random, so that those who got into each other's way do not do so again at the same time.
    """
    return random.uniform(0, min(LONGEST_SECONDS, FIRST_SECONDS * 2**attempt))


def paced(longest_seconds: float) -> Wait:
    """Random waits that grow from the time an attempt takes: what others need to finish.

    The longest is four times that, then eight times, and so on: it soon fits the number of workers
    that want the same documents.
    """

    def wait_seconds(attempt: int, took_seconds: float) -> float:
        return random.uniform(0, min(longest_seconds, 4 * took_seconds * attempt))

    return wait_seconds


def retry(
    attempt: Callable[[], T],
    *,
    on: type[Exception],
    attempts: int,
    sleep: Sleep = time.sleep,
    wait: Wait = back_off_seconds,
) -> T:
    """Return the result of the first attempt that does not raise `on`; raises the last one's
    error."""
    for number in range(1, attempts):
        began_at = time.monotonic()
        try:
            return attempt()
        except on:
            sleep(wait(number, time.monotonic() - began_at))
    return attempt()


def retry_conflicts(
    attempt: Callable[[], T],
    *,
    attempts: int = MAX_ATTEMPTS,
    sleep: Sleep = time.sleep,
    wait: Wait = back_off_seconds,
    what: str = "",
) -> T:
    """The result of the first attempt without a conflict.

    Each has to read again what it decides from. Raises ContentionError, naming `what` was given up,
    when as many attempts as allowed were in conflict.
    """
    try:
        return retry(attempt, on=ConflictError, attempts=attempts, sleep=sleep, wait=wait)
    except ConflictError as conflict:
        on_what = f" on {what}" if what else ""
        raise ContentionError(f"Gave up{on_what} after {attempts} conflicts.") from conflict
