"""A circuit breaker: after some failures in a row, calls are suspended for a while. Pure.

It is one for the installation, since an API that is down is so for every organisation: a hundred
tasks that each wait for its timeouts would cost more than they could find out. Once the time is
over calls are made again; the next failure opens it for twice as long, a success closes it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES = 5
"""In a row, over all organisations, that open it."""
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """State of the circuit breaker: recent failures, and until when it is open."""

    failures: int = 0
    """In a row."""
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether calls are suspended."""
        return self.open_until is not None and now < self.open_until

    def after(self, *, failed: bool, now: datetime) -> "Circuit":
        """The circuit after a call."""
        if not failed:
            return Circuit()
        failures = self.failures + 1
        if failures < FAILURES:
            return Circuit(failures=failures)
        doublings = min(failures - FAILURES, 10)
        return Circuit(
            failures=failures, open_until=now + min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)
        )
