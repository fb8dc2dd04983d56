"""How long to wait before trying again what somebody else was in the way of."""

import random

FIRST_SECONDS = 0.05
LONGEST_SECONDS = 2.0


def back_off_seconds(attempt: int) -> float:
    """A random wait after so many attempts (from 1): longer with each, two seconds at most.

    Random, so that those who got into each other's way do not do so again at the same time.
    """
    return random.uniform(0, min(LONGEST_SECONDS, FIRST_SECONDS * 2**attempt))
