"""Tables that serve an instant, by their names alone."""

from datetime import UTC, datetime, timedelta

from shared.warehouse.order_base import FULL_EVERY, newest_base, order_bases
from shared.warehouse.order_delta import newest_delta, order_deltas

NOW = datetime(2026, 3, 20, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_delta_serves_its_base_and_day_alone() -> None:
    bases = order_bases(
        ["order_base_20260319T030000_1_0000000a", "order_base_20260319T030000_1_0000000b"]
    )
    (delta,) = order_deltas(["order_delta_20260320T030000_7_0000000a_00000001"])

    def found(base: int, now: datetime, rows: int) -> bool:
        return newest_delta([delta], bases[base], now, older_rows=rows) is not None

    assert found(0, NOW, 7)
    assert found(0, NOW + 21 * HOUR, 7)
    assert not found(0, NOW + 22 * HOUR, 7), "of yesterday"
    assert not found(0, NOW - timedelta(seconds=1), 7), "made by a clock that is wrong"
    assert not found(1, NOW, 7), "of another base"
    assert not found(0, NOW, 8), "older rows than it knows"


def test_a_base_from_the_future_is_none() -> None:
    """A clock that was wrong must not stop those made by the right one."""
    bases = order_bases(
        ["order_base_20260320T030000_1_00000000", "order_base_20260320T030001_2_00000000"]
    )
    right = datetime(2026, 3, 20, 3, tzinfo=UTC)
    assert newest_base(bases, right) == bases[0]
    assert newest_base(bases, right + timedelta(seconds=1)) == bases[1]
    assert newest_base(bases, right - timedelta(seconds=1)) is None
    assert newest_base(bases, right + 2 * FULL_EVERY) is None
