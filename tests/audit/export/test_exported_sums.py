"""Sums of the ledger and of the export, by month, without what has changed since."""

import json
from datetime import UTC, date, datetime

from shared.audit.export.exported_sums import RecentChanges, exported_sums, month_ranges
from shared.audit.ports import UNDATED, DayRange, ExportedEntry, LedgerDocument
from shared.audit.sums import LedgerSums, Sum

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIRST, SECOND, THIRD = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)


def sums(counted: int = 0, cents: int = 0, others: int = 0) -> LedgerSums:
    return LedgerSums(counted=Sum(number=counted, total=cents), others=Sum(number=others))


def data(cents: int | None, day: str | None, *, counted: bool = True) -> str:
    return json.dumps({"counted": counted, "amount_cents": cents, "local_date": day})


def document(id: str, text: str | None) -> LedgerDocument:
    return LedgerDocument(order_id=id, name=id, read_at=NOW, written_at=NOW, entry=None, data=text)


def exported(id: str, text: str) -> ExportedEntry:
    return ExportedEntry(order_id=id, timestamp=NOW, data=text)


def test_every_month_between_the_first_and_the_last_is_compared_and_all_days_around() -> None:
    assert month_ranges([None, THIRD, FIRST], date(2026, 3, 5)) == [
        UNDATED,
        DayRange(first=None, end=FIRST),
        DayRange(first=FIRST, end=SECOND),
        DayRange(first=SECOND, end=THIRD),
        DayRange(first=THIRD, end=date(2026, 3, 1)),
        DayRange(first=date(2026, 3, 1), end=None),
    ]


def test_an_empty_export_is_compared_with_all_days() -> None:
    assert month_ranges([], date(2026, 1, 20)) == [
        UNDATED,
        DayRange(first=None, end=SECOND),
        DayRange(first=SECOND, end=THIRD),
        DayRange(first=THIRD, end=None),
    ]


def test_only_months_have_sums() -> None:
    months = {FIRST: sums(3, 30), None: sums(others=2)}
    assert exported_sums(months, DayRange(first=FIRST, end=SECOND)) == sums(3, 30)
    assert exported_sums(months, UNDATED) == sums(others=2)
    for days in (DayRange(first=None, end=FIRST), DayRange(first=SECOND, end=None)):
        assert exported_sums(months, days) == sums()


def test_orders_that_changed_since_are_left_out_of_both_sides() -> None:
    changed = RecentChanges(
        ids={"edited", "new", "gone"},
        ledger={
            "edited": document("edited", data(900, "2026-02-01")),
            "new": document("new", data(50, "2026-02-27")),
            "gone": document("gone", None),
        },
        exported={
            "edited": exported("edited", data(500, "2026-01-31")),
            "gone": exported("gone", data(None, None, counted=False)),
        },
    )
    assert changed.agree(sums(12, 1950), sums(11, 1500, 1))
    assert not changed.agree(sums(12, 1950), sums(11, 1501, 1))
    january, february = DayRange(first=SECOND, end=THIRD), DayRange(first=THIRD, end=None)
    assert changed.agree(sums(3, 10), sums(4, 510), january)
    assert changed.agree(sums(5, 960), sums(3, 10), february)
    assert changed.agree(sums(), sums(others=1), UNDATED)
    assert not changed.agree(sums(), sums(1, 0), january)


def test_rows_that_hold_nothing_of_ours_are_no_sums() -> None:
    changed = RecentChanges(ids={"odd"}, ledger={}, exported={"odd": exported("odd", "[]")})
    assert changed.agree(sums(1, 5), sums(1, 5))
