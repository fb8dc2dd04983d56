"""Days of an organisation, and the identity of a list."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.kernel.instants import EARLIEST, LATEST
from shared.segments.contact_search import Search
from shared.segments.crm_profile import Consent, LoyaltyTier
from shared.segments.customer_selection import CustomerSort, LocalDays, Selection
from shared.segments.segment import Segment

ZONES = [
    *("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Pacific/Kiritimati"),
    # Clocks put on and back at or around midnight.
    *("America/Sao_Paulo", "Asia/Beirut", "America/St_Johns", "America/Havana", "Africa/Cairo"),
]
days = st.dates(date(1979, 12, 31), date(2199, 12, 28))


@given(
    zone=st.sampled_from(ZONES),
    day=days,
    offset=st.timedeltas(timedelta(days=-2), timedelta(days=2)),
    length=st.integers(0, 3),
)
@example(zone="America/St_Johns", day=date(2009, 10, 31), offset=timedelta(hours=26.6), length=0)
@example(zone="Pacific/Apia", day=date(2011, 12, 29), offset=timedelta(hours=33.9), length=0)
@example(zone="America/Sao_Paulo", day=date(2018, 11, 3), offset=timedelta(hours=26.9), length=0)
@example(zone="UTC", day=date(2200, 1, 1), offset=timedelta(days=2), length=3)
@example(zone="Asia/Beirut", day=date(2023, 3, 25), offset=timedelta(hours=21.9), length=0)
def test_no_instant_of_the_days_is_outside_their_limits(
    zone: str, day: date, offset: timedelta, length: int
) -> None:
    listed = LocalDays(first=day, last=day + timedelta(days=length), time_zone=ZoneInfo(zone))
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) + offset
    begin, end = listed.begin, listed.end

    assert begin is not None
    assert end is not None
    # No order was placed at any other instant.
    if instant in listed and EARLIEST <= instant < LATEST:
        assert begin <= instant < end
    local = instant.astimezone(ZoneInfo(zone)).date()
    assert (instant in listed) is (day <= local <= day + timedelta(days=length))
    # Limits are at most a day wide of the mark: where a whole day is left out.
    assert end - begin <= timedelta(days=length + 2)


def test_limits_are_midnights_as_a_rule() -> None:
    day = date(2026, 11, 23)
    listed = LocalDays(first=day, last=day, time_zone=ZoneInfo("America/New_York"))

    assert listed.begin == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert listed.end == datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.mark.parametrize("day", [date.min, date(1900, 1, 1), date(2500, 1, 1), date.max])
def test_days_outside_all_that_is_stored_are_days_too(day: date) -> None:
    for zone in ZONES:
        before = LocalDays(last=day, time_zone=ZoneInfo(zone))
        after = LocalDays(first=day, time_zone=ZoneInfo(zone))
        now = datetime(2026, 11, 23, tzinfo=UTC)

        assert (now in after, now in before) == (day.year < 2026, day.year > 2026)
        assert (now >= after.begin, now < before.end) == (now in after, now in before)  # type: ignore[operator]


def test_no_two_lists_have_the_same_arguments() -> None:
    lists = [
        Selection(),
        Selection(segment=Segment.NEW),
        Selection(custom_segment="cs_000000000001"),
        Selection(search=Search(("ab",))),
        Selection(search=Search(("ab", "cd"))),
        Selection(last_order=LocalDays(first=date(2026, 1, 1))),
        Selection(last_order=LocalDays(last=date(2026, 1, 1))),
        Selection(last_order=LocalDays(last=date(2026, 1, 1), time_zone=ZoneInfo("Asia/Tokyo"))),
        Selection(tier=LoyaltyTier.GOLD),
        Selection(tag="gold"),
        Selection(email_consent=Consent.DENIED),
        Selection(sms_consent=Consent.DENIED),
        Selection(min_spent_cents=1),
        Selection(max_spent_cents=1),
        Selection(min_spent_cents=0),
        *(Selection(sort=sort) for sort in CustomerSort if sort is not CustomerSort.LAST_ORDER),
    ]
    lists += [replace(each, descending=False) for each in lists]

    assert len({str(each.arguments) for each in lists}) == len(lists)
