"""Limits of calls: a burst at once, and one more after each interval."""

import re
from dataclasses import dataclass
from datetime import timedelta

MAX_NUMBER = 86_400
_FORM = re.compile(r"(\d{1,5})/(\d{1,5})", re.ASCII)
OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A number of calls at once, and one more after each interval in seconds."""

    burst: int
    interval_seconds: int

    def __str__(self) -> str:
        return f"{self.burst}/{self.interval_seconds}"

    @property
    def interval(self) -> timedelta:
        """Time that one call takes to come back."""
        return timedelta(seconds=self.interval_seconds)


def parse_limit(text: str) -> RateLimit | None:
    """The limit in `burst/seconds`, None for `off`. Raises ValueError on anything else."""
    if text == OFF:
        return None
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(text)
    burst, seconds = map(int, match.groups())
    if not (1 <= burst <= MAX_NUMBER and 1 <= seconds <= MAX_NUMBER):
        raise ValueError(text)
    return RateLimit(burst=burst, interval_seconds=seconds)
