"""The base: the table of orders from which the facts of a night are made.

Reading every change of every order costs kilobytes per order. So their newest states are kept,
typed, in a table that never changes, the base, and facts are made of it and of the changes since.
Its name holds the criteria of its validity: when it was made, and how many rows from before
`changed_since` the changelog had. A row that came later than `LATE`, was imported or is gone
changes that number, and then a base is made from all rows: facts never lack one. One statement
makes it, so it is complete or missing, even if a run is killed or another one makes a base
meanwhile.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LATE = timedelta(days=2)
"""Delay up to which a late row is read as a change. A delivery is tried for a day."""
FULL_EVERY = timedelta(days=7)
"""Time for which a base is valid."""

MADE_AT = "%Y%m%dT%H%M%S"
_DISTRUSTED = re.compile(r"order_bases_distrusted_(\d{8}T\d{6})")
_NAME = re.compile(r"order_base_(\d{8}T\d{6})_(\d+)_([0-9a-f]{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBase:
    """A table of the newest states of all orders."""

    made_at: datetime
    """Start of its creation, in whole seconds."""
    older_rows: int
    """Rows of the changelog from before `changed_since`, counted before it was made."""
    id: str
    """Eight random hexadecimal digits."""

    @property
    def table(self) -> str:
        """Its name."""
        return f"order_base_{self.made_at:{MADE_AT}}_{self.older_rows}_{self.id}"

    @property
    def changed_since(self) -> datetime:
        """Instant from which rows are read as changes, even if the base has them."""
        return changed_since(self.made_at)


def changed_since(made_at: datetime) -> datetime:
    """Return the instant from which rows count as changes of a base made at an instant."""
    return made_at - LATE


def order_bases(tables: Iterable[str]) -> list[OrderBase]:
    """Return the bases among some names of tables.

    >>> [base.older_rows for base in order_bases(["order_base_20261127T010000_120_1f0c2d3e", "x"])]
    [120]
    """
    return [
        OrderBase(
            made_at=datetime.strptime(name[1], MADE_AT).replace(tzinfo=UTC),
            older_rows=int(name[2]),
            id=name[3],
        )
        for table in tables
        if (name := _NAME.fullmatch(table))
    ]


def distrust_table(at: datetime) -> str:
    """The name of an empty table that says: bases made before this instant may be wrong."""
    return f"order_bases_distrusted_{at:{MADE_AT}}"


def distrusted_at(tables: Iterable[str]) -> datetime | None:
    """Return the latest instant before which bases may be wrong; None if there is none.

    >>> distrusted_at(["order_bases_distrusted_20261127T010000", "x"]).hour
    1
    """
    instants = [
        datetime.strptime(name[1], MADE_AT).replace(tzinfo=UTC)
        for table in tables
        if (name := _DISTRUSTED.fullmatch(table))
    ]
    return max(instants, default=None)


def newest_base(
    bases: Iterable[OrderBase], now: datetime, *, distrusted_at: datetime | None = None
) -> OrderBase | None:
    """Return the newest valid base; one from the future was made by a wrong clock."""
    young = [
        base
        for base in bases
        if base.made_at <= now < base.made_at + FULL_EVERY
        and (distrusted_at is None or base.made_at > distrusted_at)
    ]
    return max(young, key=lambda base: (base.made_at, base.id), default=None)
