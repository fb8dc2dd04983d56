"""Token buckets: some calls at once, then one more after each interval. Pure.

A bucket is kept as the one instant at which it is full again, and nothing else: every call moves
that instant one interval further, and a call is refused if it would lie more than `burst` intervals
ahead. (This is the generic cell rate algorithm.) A bucket without a stored instant is full.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.kernel.rate_limit import RateLimit

_SECOND = timedelta(seconds=1)


class CallKind(StrEnum):
    """Kind of call; calls of one kind share a limit."""

    SCAN = "scan"
    """Reads every customer, or thousands of them."""
    CHANGE = "change"
    """Changes rules, after which every customer is evaluated."""
    REFRESH = "refresh"
    """Refreshes an organisation's insights."""
    WORDING = "wording"
    """Has Claude word an organisation's insights: no call of an account."""


class Scope(StrEnum):
    """Owner of a limit."""

    ACCOUNT = "account"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One call's try at one bucket."""

    limit: RateLimit
    allowed: bool
    full_at: datetime
    """When the bucket is full again; unchanged if the call is refused."""
    remaining: int
    """Calls that would be allowed right after this one."""
    retry_after_seconds: int
    """Until a call would be allowed, rounded up; 0 where one would be now."""
    reset_seconds: int
    """Until the bucket is full again, rounded up."""


def take(full_at: datetime | None, limit: RateLimit, now: datetime) -> Outcome:
    """Take one call at `now` from a bucket that is full again at `full_at`.

    An instant further ahead than an empty bucket's counts as empty, whatever wrote it, so no bucket
    is closed for longer than `burst` intervals.
    """
    empty_at = now + limit.burst * limit.interval
    before = min(max(full_at or now, now), empty_at)
    after = before + limit.interval
    allowed = after <= empty_at
    if not allowed:
        after = before
    return Outcome(
        limit=limit,
        allowed=allowed,
        full_at=after,
        remaining=(empty_at - after) // limit.interval,
        retry_after_seconds=_seconds(after + limit.interval - empty_at),
        reset_seconds=_seconds(after - now),
    )


def tightest(tries: Mapping[Scope, Outcome]) -> Scope:
    """Return the deciding scope: of refusals the longest wait, else the fewest calls left."""

    def key(scope: Scope) -> tuple[bool, int, int]:
        outcome = tries[scope]
        return outcome.allowed, -outcome.retry_after_seconds, outcome.remaining

    return min(tries, key=key)


def _seconds(wait: timedelta) -> int:
    return max(0, -(-wait // _SECOND))
