"""The keys of any number of orders, sorted outside of memory."""

import math
import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType

from shared.reconciliation.backfill import OrderKey

CACHE_KIBIBYTES = 8_192
"""Memory for its page cache."""

_CREATE = """
CREATE TABLE orders (
  org_id TEXT, customer TEXT, placed_at REAL, order_id TEXT, lines INTEGER,
  PRIMARY KEY (org_id, customer, placed_at, order_id)
) WITHOUT ROWID
"""
_INSERT = "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?)"
_SELECT = """
SELECT * FROM orders WHERE (org_id, customer, placed_at, order_id) > (?, ?, ?, ?)
ORDER BY org_id, customer, placed_at, order_id
"""


class OrderIndex:
    """A file in the folder for temporary files, some 150 bytes per order; gone with the block.

    For the thread that makes it.
    """

    def __init__(self) -> None:
        # A database without a name is a private file, written when the cache is full.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(_CREATE)

    def __enter__(self) -> "OrderIndex":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, keys: Iterable[OrderKey]) -> None:
        """Add keys; duplicates are ignored."""
        self._database.execute("BEGIN")
        self._database.executemany(_INSERT, keys)
        self._database.execute("COMMIT")

    def __len__(self) -> int:
        (count,) = self._database.execute("SELECT count(*) FROM orders").fetchone()
        return int(count)

    def after(self, place: OrderKey | None) -> Iterator[OrderKey]:
        """Keys in ascending order, from the first one above `place`."""
        above = place or OrderKey("", "", -math.inf, "", 0)
        return map(OrderKey._make, self._database.execute(_SELECT, above[:4]))
