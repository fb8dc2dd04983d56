"""Token buckets, against buckets that count tokens."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.rate_limit import RateLimit, parse_limit
from shared.limits.token_bucket import Outcome, Scope, take, tightest

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = st.builds(RateLimit, burst=st.integers(1, 8), interval_seconds=st.integers(1, 20))
WAITS = st.lists(st.timedeltas(timedelta(0), timedelta(seconds=30)), max_size=40)


@given(LIMITS, WAITS)
def test_it_allows_exactly_what_a_bucket_of_tokens_allows(
    limit: RateLimit, waits: list[timedelta]
) -> None:
    now, full_at, tokens = NOW, None, Fraction(limit.burst)
    for wait in waits:
        now += wait
        back = Fraction(wait // timedelta(microseconds=1), limit.interval_seconds * 10**6)
        tokens = min(Fraction(limit.burst), tokens + back)

        taken = take(full_at, limit, now)

        assert taken.allowed is (tokens >= 1)
        tokens -= taken.allowed
        full_at = taken.full_at
        assert taken.remaining == int(tokens)
        assert taken.retry_after_seconds == (
            0 if tokens >= 1 else -((tokens - 1) * limit.interval_seconds // 1)
        )
        assert taken.reset_seconds == -((tokens - limit.burst) * limit.interval_seconds // 1)


@given(LIMITS, st.timedeltas(timedelta(0), timedelta(days=3650)))
def test_an_instant_that_lies_too_far_ahead_closes_no_bucket_for_longer_than_an_empty_one(
    limit: RateLimit, ahead: timedelta
) -> None:
    full_at = NOW + limit.burst * limit.interval + ahead

    refused = take(full_at, limit, NOW)

    assert not refused.allowed
    assert take(refused.full_at, limit, NOW + limit.interval).allowed


@given(LIMITS, st.timedeltas(timedelta(0), timedelta(days=3650)))
def test_another_instances_clock_that_is_ahead_gives_no_calls_back(
    limit: RateLimit, behind: timedelta
) -> None:
    """A bucket that was full long ago is full, and no fuller."""
    taken = take(NOW - behind, limit, NOW)
    assert (taken.allowed, taken.remaining) == (True, limit.burst - 1)


def test_the_bucket_that_decides_is_the_one_with_the_longest_wait_or_the_fewest_calls() -> None:
    def tried(burst: int, calls: int, seconds: int = 10) -> Outcome:
        limit, full_at = RateLimit(burst=burst, interval_seconds=seconds), None
        for _ in range(calls):
            taken = take(full_at, limit, NOW)
            full_at = taken.full_at
        return taken

    account, organization = Scope.ACCOUNT, Scope.ORGANIZATION
    for tries, expected in (
        ({account: tried(5, 1), organization: tried(3, 1)}, organization),
        ({account: tried(2, 3), organization: tried(3, 1)}, account),
        ({account: tried(2, 3, 10), organization: tried(2, 3, 20)}, organization),
        ({account: tried(1, 1), organization: tried(2, 3, 5)}, organization),
    ):
        assert tightest(tries) is expected


@pytest.mark.parametrize(
    "text", ["", "30", "30/", "/10", "0/10", "30/0", "-1/2", "1.5/2", "1/86401", "30 / 10", "OFF"]
)
def test_anything_but_calls_and_seconds_or_off_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 the text itself is all there is to it
        parse_limit(text)


def test_a_limit_is_written_as_it_is_read() -> None:
    assert parse_limit("off") is None
    limit = RateLimit(burst=30, interval_seconds=10)
    assert parse_limit(str(limit)) == limit
