"""The delta: the table of changes since the base, from which the facts of an hour are made.

BigQuery bills a partition, a day in UTC, as a whole. Shops of many time zones have facts made in
many hours of a day, each of which would read every day since the base. So later changes are kept,
typed, in a second table, the delta, once a day; facts are made from the base, the delta and the
rows of the day. The delta of a day serves from `SETTLED` after midnight, when the rows of the day
before have come; as with a base, its name holds the number of rows older than those read beside it,
and another number means another delta.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.warehouse.order_base import MADE_AT, OrderBase

SETTLED = timedelta(hours=1)
"""Delay up to which a late row needs no new delta."""
SERVES = timedelta(days=1)
"""Longest time for which a delta is valid."""

_NAME = re.compile(r"order_delta_(\d{8}T\d{6})_(\d+)_([0-9a-f]{8})_([0-9a-f]{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDelta:
    """A table of the newest states of orders that changed since a base was made."""

    base_id: str
    made_at: datetime
    """Start of its creation, in whole seconds."""
    older_rows: int
    """Rows of the changelog from before `changed_since`, counted before it was made."""
    id: str
    """Eight random hexadecimal digits."""

    @property
    def table(self) -> str:
        """Its name."""
        return f"order_delta_{self.made_at:{MADE_AT}}_{self.older_rows}_{self.base_id}_{self.id}"

    @property
    def changed_since(self) -> datetime:
        """Instant from which rows are read as changes, even if the delta has them."""
        return day_began(self.made_at)


def day_began(now: datetime) -> datetime:
    """Return the instant from which rows are read beside the delta: a midnight in UTC, SETTLED ago
    or more.

    >>> day_began(datetime(2026, 11, 28, 0, 59, tzinfo=UTC)).isoformat()
    '2026-11-27T00:00:00+00:00'
    """
    settled = now.astimezone(UTC) - SETTLED
    return settled.replace(hour=0, minute=0, second=0, microsecond=0)


def order_deltas(tables: Iterable[str]) -> list[OrderDelta]:
    """Return the deltas among some names of tables.

    >>> names = ["order_delta_20261128T010000_120_1f0c2d3e_00000001", "x"]
    >>> [(delta.older_rows, delta.base_id) for delta in order_deltas(names)]
    [(120, '1f0c2d3e')]
    """
    return [
        OrderDelta(
            made_at=datetime.strptime(name[1], MADE_AT).replace(tzinfo=UTC),
            older_rows=int(name[2]),
            base_id=name[3],
            id=name[4],
        )
        for table in tables
        if (name := _NAME.fullmatch(table))
    ]


def newest_delta(
    deltas: Iterable[OrderDelta], base: OrderBase, now: datetime, *, older_rows: int
) -> OrderDelta | None:
    """Return the newest valid delta of a base, given the number of rows from before the day."""
    serving = [
        delta
        for delta in deltas
        if delta.base_id == base.id
        and delta.made_at <= now
        and delta.changed_since == day_began(now)
        and delta.older_rows == older_rows
    ]
    return max(serving, key=lambda delta: (delta.made_at, delta.id), default=None)
