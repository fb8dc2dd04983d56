from datetime import UTC, date, datetime

import pytest

from shared.orders.fact import Rejection, RejectionCode
from shared.orders.ordered_at import ordered_at
from tests.orders.documents import fact_of, pos_sync_order

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "document",
    [
        {"createdAt": FIRST, "orderedAt": SECOND},
        {"orderedAt": FIRST, "date": SECOND},
        {"date": FIRST, "completedAt": SECOND},
        {"completedAt": FIRST},
        {"createdAt": None, "date": FIRST},
        {"createdAt": "soon", "date": "2026-01-01"},
    ],
)
def test_the_first_date_that_can_be_read_is_when_the_order_was_placed(
    document: dict[str, object],
) -> None:
    assert ordered_at(document) == FIRST


def test_an_order_without_a_date_is_rejected_and_not_dated_now() -> None:
    rejection = Rejection(code=RejectionCode.DATE_MISSING, field="createdAt")
    assert ordered_at({"updatedAt": FIRST}) == rejection


def test_an_order_whose_dates_cannot_be_read_is_rejected_naming_the_first() -> None:
    rejection = Rejection(code=RejectionCode.DATE_INVALID, field="orderedAt")
    assert ordered_at({"orderedAt": "soon", "completedAt": 0}) == rejection


@pytest.mark.parametrize(
    "created_at",
    [1_773_513_005_250, "2026-03-14T18:30:05.250Z", {"_seconds": 1_773_513_005}],
)
def test_epoch_iso_and_serialised_dates_keep_their_own_day(created_at: object) -> None:
    assert fact_of(pos_sync_order() | {"createdAt": created_at}).local_date == date(2026, 3, 14)


@pytest.mark.parametrize(
    ("created_at", "local_date"),
    [
        ("2026-03-01T07:59:59Z", date(2026, 2, 28)),
        ("2026-03-01T08:00:00Z", date(2026, 3, 1)),
        ("2026-07-01T06:59:59Z", date(2026, 6, 30)),
        ("2026-07-01T07:00:00Z", date(2026, 7, 1)),
    ],
)
def test_the_day_of_an_order_is_the_day_at_its_organisation_in_winter_and_summer(
    created_at: str, local_date: date
) -> None:
    assert fact_of(pos_sync_order() | {"createdAt": created_at}).local_date == local_date


@pytest.mark.parametrize("created_at", ["2026-03-01", "2026-03-01 00:00", "2026-03-01T23:59:59"])
def test_an_imported_date_is_a_day_of_the_organisation_and_not_of_utc(created_at: str) -> None:
    assert fact_of(pos_sync_order() | {"createdAt": created_at}).local_date == date(2026, 3, 1)
