"""Values kept in memory for a while, the least recently used of them given up for want of room."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

from shared.kernel.clock import Clock

T = TypeVar("T")


class TimedCache(Generic[T]):
    """Values by key, loaded again after a while. Safe to be used by several threads."""

    def __init__(
        self,
        load: Callable[[str], T],
        keep: timedelta,
        clock: Clock,
        *,
        max_cost: int,
        cost: Callable[[T], int] = lambda value: 1,
    ) -> None:
        """All values kept cost `max_cost` at most; one that costs more than that is kept alone."""
        self._load = load
        self._keep = keep
        self._clock = clock
        self._entries: LRUCache[str, tuple[datetime, T]] = LRUCache(
            max_cost, getsizeof=lambda entry: min(max(1, cost(entry[1])), max_cost)
        )
        self._lock = Lock()

    def get(self, key: str) -> T:
        """The value, loaded by now or within the last while. Raises what loading raises."""
        now = self._clock()
        with self._lock:
            entry = self._entries.get(key)
        if entry is not None and now - entry[0] < self._keep:
            return entry[1]
        return self.load(key)

    def load(self, key: str) -> T:
        """The value, loaded now and kept from then on."""
        now = self._clock()
        value = self._load(key)
        with self._lock:
            self._entries[key] = (now, value)
        return value

    def peek(self, key: str) -> T | None:
        """Return the value kept, however old; None if there is none."""
        with self._lock:
            entry = self._entries.get(key)
        return entry[1] if entry else None

    @property
    def total_cost(self) -> int:
        """Return the cost of all values kept."""
        with self._lock:
            return int(self._entries.currsize)

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)
