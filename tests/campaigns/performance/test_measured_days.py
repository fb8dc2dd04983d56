"""Days of a campaign: nothing was bought on one, or it was not measured."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.campaigns.performance.measurement import (
    ArmTotals,
    DayTotals,
    Effect,
    Measurement,
    MeasurementState,
)
from shared.kernel.days import start_of

BERLIN = ZoneInfo("Europe/Berlin")
SENT_AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
WINDOW_DAYS = 7
ORDERED = DayTotals(day=date(2026, 11, 12), treated_orders=1, treated_cents=500)


def measured(at: datetime) -> Measurement:
    return Measurement(
        campaign_id="sc_000000000001",
        goal="winback",
        sent_at=SENT_AT,
        window_days=WINDOW_DAYS,
        measured_at=at,
        restated_at=None,
        state=MeasurementState.PRELIMINARY,
        is_sample=True,
        treated=ArmTotals(),
        held_out=ArmTotals(),
        revenue=Effect(),
        orders=Effect(),
        segments=(),
        days=(ORDERED,),
    )


@pytest.mark.parametrize(
    ("day", "in_window"),
    [(9, False), (10, True), (11, True), (16, True), (17, True), (18, False)],
)
def test_on_a_day_of_the_window_without_orders_both_arms_bought_nothing(
    day: int, in_window: bool
) -> None:
    """Orders of members outside of the sample are credited on days that have no totals."""
    on = date(2026, 11, day)
    found = measured(SENT_AT + timedelta(days=WINDOW_DAYS)).on(on, BERLIN)
    assert found == (DayTotals(day=on) if in_window else None)


def test_a_day_that_had_not_ended_is_not_known_to_be_without_orders() -> None:
    day = date(2026, 11, 13)
    midnight = datetime(2026, 11, 13, 23, tzinfo=UTC)
    assert measured(midnight - timedelta(microseconds=1)).on(day, BERLIN) is None
    assert measured(midnight).on(day, BERLIN) == DayTotals(day=day)


@given(st.dates(date(2026, 11, 1), date(2026, 11, 30)), st.integers(0, 30 * 24))
def test_nothing_is_said_of_what_came_after_the_measurement(day: date, hours: int) -> None:
    at = SENT_AT + timedelta(hours=hours)
    found = measured(at).on(day, BERLIN)
    if day == ORDERED.day:
        assert found == ORDERED
    elif found is not None:
        assert found == DayTotals(day=day)
        assert start_of(day, BERLIN) < at
