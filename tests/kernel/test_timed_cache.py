"""Contents, lifetime and size of the cache."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.timed_cache import TimedCache

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Source:
    """Gives the length of each key, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.now = NOW

    def load(self, key: str) -> int:
        self.asked[key] += 1
        return len(key)

    def cache(self, max_cost: int) -> TimedCache[int]:
        return TimedCache(
            self.load, MINUTE, lambda: self.now, max_cost=max_cost, cost=lambda value: value
        )


def test_a_value_is_loaded_again_after_its_time() -> None:
    source = Source()
    cache = source.cache(100)
    for seconds, asked in ((0, 1), (59, 1), (60, 2), (61, 2)):
        source.now = NOW + timedelta(seconds=seconds)
        assert cache.get("abc") == 3
        assert source.asked["abc"] == asked
    assert cache.load("abc") == 3
    assert source.asked["abc"] == 3
    assert (cache.peek("abc"), cache.peek("b")) == (3, None)


def test_what_was_not_used_for_longest_is_given_up() -> None:
    source = Source()
    cache = source.cache(6)
    for key in ("aa", "bb", "cc", "aa", "dd"):
        cache.get(key)

    assert [cache.peek(key) for key in ("aa", "bb", "cc", "dd")] == [2, None, 2, 2]


def test_what_costs_more_than_all_may_is_kept_alone() -> None:
    source = Source()
    cache = source.cache(5)
    cache.get("a")
    cache.get("b" * 50)

    assert (len(cache), cache.total_cost, cache.peek("b" * 50)) == (1, 5, 50)


def test_what_cannot_be_loaded_leaves_everything_as_it_is() -> None:
    def load(key: str) -> int:
        return int(key)

    cache = TimedCache(load, MINUTE, lambda: NOW, max_cost=5)
    cache.get("1")
    with pytest.raises(ValueError, match="invalid literal"):
        cache.get("x")
    assert (cache.peek("1"), cache.peek("x"), len(cache)) == (1, None, 1)


@given(st.lists(st.text("ab", max_size=12), max_size=60), st.integers(1, 40))
def test_it_never_costs_more_than_it_may(keys: list[str], max_cost: int) -> None:
    cache = Source().cache(max_cost)
    for key in keys:
        assert cache.get(key) == len(key)
        assert cache.total_cost <= max_cost
        assert len(cache) <= max_cost


def test_many_threads_at_once() -> None:
    cache = Source().cache(50)
    keys = [f"{'x' * (number % 9)}{number % 40}" for number in range(4000)]
    with ThreadPoolExecutor(8) as executor:
        assert list(executor.map(cache.get, keys)) == [len(key) for key in keys]
    assert cache.total_cost <= 50
