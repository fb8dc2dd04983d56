"""Facts derived from a base and the changes since equal those from every row of the export."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zlib import crc32

import pytest
from google.cloud import bigquery
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.order_base import FULL_EVERY, LATE, order_bases
from shared.warehouse.order_delta import SERVES, SETTLED, order_deltas
from shared.warehouse.typed_tables import FACTS_KEPT, with_facts
from shared.warehouse.warehouse import Warehouse
from tests.support.examples import examples
from tests.support.own_data import MAXIMUM_BYTES_BILLED, own_warehouse
from tests.support.warehouse_facts import Line, fact_row

NOW = datetime(2026, 3, 20, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FLOWER, TIN = ("p1", "Blue", "Flower", 1000, 500), ("p2", "Tin", "Edibles", 2000, 900)
REPEATED = ("p1", "Other", "X", -500, -250)
TABLES = ("order_entries", "order_facts", "order_lines")

Table = list[Mapping[str, Any]]


class Night:
    """Makes facts of one warehouse at instants of a clock of its own."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.now = NOW
        self.warehouse = Warehouse(
            warehouse.client,
            warehouse.dataset.dataset_id,
            maximum_bytes_billed=MAXIMUM_BYTES_BILLED,
            clock=lambda: self.now,
        )

    def facts(self) -> dict[str, Table]:
        """Make them and read all tables."""
        self.warehouse.refresh_facts()
        return self.read()

    def read(self) -> dict[str, Table]:
        return {name: self._table(name) for name in TABLES}

    def facts_in_full(self) -> dict[str, Table]:
        """The same from every row, whatever there is already."""
        full = Night(self.warehouse)
        full.now = self.now + 2 * FULL_EVERY
        return full.facts()

    def amounts(self) -> dict[str, int]:
        return {row["order_id"]: row["amount_cents"] for row in self.facts()["order_facts"]}

    def bases(self) -> list[str]:
        return [base.table for base in order_bases(self.tables())]

    def deltas(self) -> list[str]:
        return [delta.table for delta in order_deltas(self.tables())]

    def changes(self) -> list[str]:
        """Orders that were read from the changelog for these facts alone."""
        actual = self.rows("SELECT order_id FROM order_changes ORDER BY 1")
        return [row["order_id"] for row in actual]

    def tables(self) -> list[str]:
        actual = self.warehouse.client.list_tables(self.warehouse.dataset)
        return [table.table_id for table in actual]

    def _table(self, name: str) -> Table:
        columns = "* EXCEPT (lines)" if name == "order_entries" else "*"
        return sorted(self.rows(f"SELECT {columns} FROM {name}"), key=repr)

    def rows(self, query: str) -> Table:
        """The answer to a query of the facts made last."""
        text = with_facts(query, self.warehouse.facts)
        configuration = bigquery.QueryJobConfig(default_dataset=self.warehouse.dataset)
        return list(map(dict, self.warehouse.client.query(text, configuration).result()))


@pytest.fixture
def night(warehouse: Warehouse) -> Night:
    return Night(warehouse)


def change(order_id: str, at: datetime, cents: int = 1000, **fields: Any) -> ChangelogRow:
    return fact_row(
        order_id,
        ordered_at=NOW - DAY,
        timestamp=at,
        amount_cents=cents,
        event_id=f"{order_id}-{at.timestamp()}",
        **fields,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write of an order: its kind, its time, and its delay until the changelog."""

    order_id: str
    operation: str
    age: timedelta
    cents: int
    org_id: str
    counted: bool
    lines: Sequence[Line]

    def row(self, now: datetime) -> ChangelogRow:
        at = now - self.age
        row = change(
            self.order_id,
            at,
            self.cents,
            operation=self.operation,
            org_id=self.org_id,
            counted=self.counted,
            lines=self.lines,
        )
        # The same instant and event are the same content: a delivery that comes twice.
        return replace(
            row, event_id="" if self.operation == "IMPORT" else f"{crc32(repr(self).encode())}"
        )


def writes(operations: Sequence[str], hours_late: Sequence[int]) -> st.SearchStrategy[Write]:
    """Of a few orders, so that many concern the same one."""
    return st.builds(
        Write,
        order_id=st.sampled_from([f"o{number}" for number in range(8)]),
        operation=st.sampled_from(operations),
        age=st.sampled_from(hours_late).map(lambda hours: hours * HOUR),
        cents=st.sampled_from([-700, 0, 1000]),
        org_id=st.sampled_from(["a", "b"]),
        counted=st.sampled_from([True, True, False]),
        lines=st.sampled_from([(), (FLOWER,), (FLOWER, TIN, REPEATED)]),
    )


WITHIN_TWO_DAYS = st.lists(
    writes(["CREATE", "UPDATE", "UPDATE", "DELETE"], [0, 1, 20, 47]), max_size=16
)
LATER_OR_IMPORTED = st.lists(
    writes(["UPDATE", "UPDATE", "DELETE", "IMPORT"], [49, 24 * 5, 24 * 30]), max_size=4
)
NIGHTS = st.lists(
    st.tuples(
        st.one_of(
            WITHIN_TWO_DAYS,
            WITHIN_TWO_DAYS,
            st.builds(list.__add__, WITHIN_TWO_DAYS, LATER_OR_IMPORTED),
        ),
        st.sampled_from([HOUR, DAY, 3 * DAY, 6 * DAY]),
    ),
    min_size=2,
    max_size=3,
)


@pytest.mark.usefixtures("bigquery_host")
@settings(max_examples=examples(15))
@given(nights=NIGHTS, repeated=st.booleans())
def test_any_history_is_what_all_of_its_rows_say(
    nights: list[tuple[list[Write], timedelta]], repeated: bool
) -> None:
    """Updates, deletions, orders made again, deliveries that are late or come twice, imports."""
    with own_warehouse() as warehouse:
        night = Night(warehouse)
        exported: list[ChangelogRow] = []
        delivered = 0
        for changes, passed in nights:
            again = exported[delivered:] if repeated else []
            delivered = len(exported)
            for row in (write.row(night.now) for write in changes):
                # Two imports of one order with different content have no order.
                if row.operation != "IMPORT" or not any(
                    _same_import(row, each) for each in exported
                ):
                    exported.append(row)
            warehouse.load([*exported[delivered:], *again])
            night.warehouse.refresh_facts()
            night.now += passed
        actual = night.read()
        assert actual == night.facts_in_full()
        assert {row["order_id"]: row["data"] for row in actual["order_entries"]} == _newest(
            exported
        )


def _same_import(row: ChangelogRow, other: ChangelogRow) -> bool:
    return other.operation == "IMPORT" and other.document_id == row.document_id


def _newest(rows: Sequence[ChangelogRow]) -> dict[str, str | None]:
    """Return the last state of each order, as Python reads it."""
    ordered = sorted(rows, key=lambda row: (row.operation != "IMPORT", row.timestamp, row.event_id))
    newest = {row.document_id: row for row in ordered}
    return {id: row.data for id, row in newest.items() if row.operation != "DELETE"}


def test_changes_are_read_and_not_everything(night: Night) -> None:
    night.warehouse.load([change("old", NOW - 9 * DAY, 1), change("edited", NOW - 9 * DAY, 2)])
    assert night.amounts() == {"old": 1, "edited": 2}
    (base,) = night.bases()
    night.now += DAY
    night.warehouse.load([change("edited", night.now, 3), change("new", night.now - LATE, 4)])
    assert night.amounts() == {"old": 1, "edited": 3, "new": 4}
    assert night.bases() == [base]
    (delta,) = (delta for delta in order_deltas(night.tables()) if delta.made_at == night.now)
    changed = night.rows(
        f"SELECT order_id FROM `{night.warehouse.dataset.dataset_id}.{delta.table}` ORDER BY 1"
    )
    assert [row["order_id"] for row in changed] == ["edited", "new"]
    assert night.changes() == ["edited"]


def test_an_hour_reads_the_rows_of_its_day(night: Night) -> None:
    """Changes of earlier days are in a table that is made once a day."""
    night.warehouse.load([change("old", NOW - 9 * DAY, 1), change("yesterday", NOW - DAY, 2)])
    assert night.amounts() == {"old": 1, "yesterday": 2}
    (delta,) = night.deltas()
    night.now += HOUR
    night.warehouse.load([change("old", night.now, 3), change("new", night.now, 4)])
    assert night.amounts() == {"old": 3, "yesterday": 2, "new": 4}
    assert (night.deltas(), night.changes()) == ([delta], ["new", "old"])
    night.warehouse.load([change("old", night.now + SETTLED, 5), change("new", NOW, 6)])
    night.now += SETTLED
    assert night.amounts() == {"old": 5, "yesterday": 2, "new": 4}
    night.now = datetime(2026, 3, 21, tzinfo=UTC) + SETTLED - timedelta(seconds=1)
    assert night.amounts() == {"old": 5, "yesterday": 2, "new": 4}
    assert night.deltas() == [delta]
    night.now += timedelta(seconds=1)
    assert night.amounts() == {"old": 5, "yesterday": 2, "new": 4}
    assert (len(night.deltas()), night.changes(), len(night.bases())) == (2, [], 1)


def test_a_row_of_yesterday_that_comes_late_is_not_lacking(night: Night) -> None:
    night.warehouse.load([change("o1", NOW - 9 * DAY, 1)])
    night.facts()
    night.warehouse.load([change("late", NOW - 4 * HOUR, 5)])
    night.now += HOUR
    assert night.amounts() == {"o1": 1, "late": 5}
    assert (len(night.bases()), len(night.deltas())) == (1, 2)
    assert night.amounts() == {"o1": 1, "late": 5}
    assert len(night.deltas()) == 2


def test_a_row_that_comes_while_a_delta_is_made_is_not_lacking(night: Night) -> None:
    make = Warehouse._make_entries

    def make_late(self: Warehouse, table: str, since: datetime) -> None:
        make(self, table, since)
        if table.startswith("order_delta_"):
            night.warehouse.load([change("late", NOW - 4 * HOUR, 5)])

    with patch.object(Warehouse, "_make_entries", make_late):
        assert night.amounts() == {}
    assert night.amounts() == {"late": 5}
    assert len(night.bases()) == 1


def test_a_delta_is_deleted_when_no_facts_are_made_of_it(night: Night) -> None:
    night.facts()
    (first,) = night.deltas()
    night.now += SERVES + FACTS_KEPT
    night.facts()
    assert first in night.deltas()
    night.now += timedelta(seconds=1)
    night.facts()
    assert first not in night.deltas()


def test_everything_is_read_once_a_week(night: Night) -> None:
    night.warehouse.load([change("o1", NOW - 9 * DAY)])
    night.facts()
    night.now += FULL_EVERY - timedelta(seconds=1)
    night.facts()
    assert len(night.bases()) == 1
    night.now += timedelta(seconds=1)
    night.facts()
    assert len(night.bases()) == 2


def test_a_base_is_deleted_when_no_facts_are_made_of_it(night: Night) -> None:
    night.facts()
    (first,) = night.bases()
    night.now += FULL_EVERY
    night.facts()
    night.now += FACTS_KEPT
    night.facts()
    assert first in night.bases()
    night.now += timedelta(seconds=1)
    night.facts()
    assert first not in night.bases()
    views = [table for table in night.tables() if table.startswith("order_entries_")]
    assert len(views) == 2


@pytest.mark.parametrize(
    "late",
    [change("late", NOW - 30 * DAY, 5), change("late", NOW, 5, operation="IMPORT")],
    ids=["later than two days", "imported"],
)
def test_what_no_window_holds_is_not_lacking(night: Night, late: ChangelogRow) -> None:
    night.warehouse.load([change("o1", NOW - 9 * DAY, 1)])
    night.facts()
    night.warehouse.load([late])
    night.now += DAY
    assert night.amounts() == {"o1": 1, "late": 5}
    assert len(night.bases()) == 2
    assert night.amounts() == {"o1": 1, "late": 5}
    assert len(night.bases()) == 2


def test_a_row_that_comes_while_a_base_is_made_is_not_lacking(night: Night) -> None:
    """It is counted as unknown to the base, whether or not the base has it."""
    make = Warehouse._make_entries

    def make_late(self: Warehouse, table: str, since: datetime) -> None:
        make(self, table, since)
        if table.startswith("order_base_"):
            night.warehouse.load([change("late", NOW - 30 * DAY, 5)])

    with patch.object(Warehouse, "_make_entries", make_late):
        assert night.amounts() == {}
    assert night.amounts() == {"late": 5}


def test_an_order_that_moves_to_another_organisation_is_there_once(night: Night) -> None:
    night.warehouse.load([change("o1", NOW - 9 * DAY, org_id="a")])
    night.facts()
    night.warehouse.load([change("o1", NOW, org_id="b")])
    assert [row["org_id"] for row in night.facts()["order_entries"]] == ["b"]


def test_facts_are_never_changed_by_later_ones(night: Night) -> None:
    night.warehouse.load([change("o1", NOW - 9 * DAY, 1, lines=[FLOWER])])
    night.facts()
    night.warehouse.load([change("o2", NOW, 2, lines=[TIN])])
    before, facts = night.facts(), night.warehouse.facts
    night.warehouse.load([change("o1", NOW, 3), change("o2", NOW + HOUR, operation="DELETE")])
    night.now += FACTS_KEPT
    assert night.amounts() == {"o1": 3}
    night.warehouse.facts = facts
    assert night.read() == before


def test_two_may_make_facts_at_once(night: Night) -> None:
    """An audit, a computation and a tool know nothing of each other."""
    night.warehouse.load([change("o1", NOW - 9 * DAY, 1), change("o2", NOW, 2)])
    makers = [Night(night.warehouse) for _ in range(3)]
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(Night.amounts, makers)) == [{"o1": 1, "o2": 2}] * 3
    assert night.amounts() == {"o1": 1, "o2": 2}
    assert len(night.bases()) <= 3


class Killed(BaseException):
    """The platform ends a function."""


@contextmanager
def killed_after(statements: int) -> Iterator[None]:
    """End whoever runs one statement more."""
    run, left = Warehouse._run, statements

    def run_some(self: Warehouse, *arguments: Any, **names: Any) -> Any:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return run(self, *arguments, **names)

    with patch.object(Warehouse, "_run", run_some), pytest.raises(Killed):
        yield


def test_whoever_is_ended_leaves_nothing_that_misleads_the_next(night: Night) -> None:
    night.warehouse.load([change("o1", NOW - 9 * DAY, 1), change("o2", NOW, 2)])
    statements = ["latest view", "count", "base", "delta", "changes", "views", "facts"]
    for number in range(len(statements)):
        with killed_after(number):
            night.warehouse.refresh_facts()
    assert night.amounts() == {"o1": 1, "o2": 2}
    assert len(night.bases()) == 1, "one that is complete is used"
