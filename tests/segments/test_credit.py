"""Credit equals an independent fold, whatever comes when."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.segments.credit import NOTHING, Credit, credited
from shared.segments.history import PastOrder
from shared.segments.touch import EventKind, Touch, with_touch

START = datetime(2026, 1, 1, tzinfo=UTC)


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def order(at: int, cents: int = 1_000) -> PastOrder:
    instant = hour(at)
    return PastOrder(instant, instant.date(), cents, "online", "", ())


def touch(at: int, campaign: str = "a", days: int = 7, *, engaged: bool = False) -> Touch:
    sent = Touch(campaign_id=campaign, channel="email", window_days=days)
    sent = sent.with_event(EventKind.SENT, hour(at))
    return sent.with_event(EventKind.OPENED, hour(at + 1)) if engaged else sent


def by_campaign(history: list[PastOrder], touches: list[Touch]) -> dict[str, Credit]:
    actual: dict[str, Credit] = {}
    for key, credit in credited(history, touches).items():
        actual[key.campaign_id] = actual.get(key.campaign_id, NOTHING) + credit
    return actual


orders = st.lists(st.builds(order, st.integers(0, 900), st.integers(-2_000, 5_000)), max_size=8)
# One message of a campaign per customer: a second event of it is the same touch.
touches = st.lists(
    st.builds(
        touch,
        st.integers(0, 900),
        st.sampled_from("abcd"),
        st.integers(1, 30),
        engaged=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda each: each.campaign_id,
)


def folded(history: list[PastOrder], sent: list[Touch]) -> dict[str, tuple[int, int, int, int]]:
    """Order by order and message by message, without sorting anything."""
    actual: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in history:
        last: Any = None
        for each in sent:
            assert each.sent_at
            if each.sent_at > one.ordered_at:
                continue
            if last is None or (each.sent_at, each.campaign_id) > (last.sent_at, last.campaign_id):
                last = each
        if last and one.ordered_at - last.sent_at < timedelta(days=last.window_days):
            sums = actual[last.campaign_id]
            is_order = int(one.amount_cents >= 0)
            sums[0] += is_order
            sums[1] += one.amount_cents
            if last.is_engaged:
                sums[2] += is_order
                sums[3] += one.amount_cents
    return {key: (sums[0], sums[1], sums[2], sums[3]) for key, sums in actual.items()}


def as_tuple(credit: Credit) -> tuple[int, int, int, int]:
    return (
        credit.orders,
        credit.revenue_cents,
        credit.engaged_orders,
        credit.engaged_revenue_cents,
    )


@given(orders, touches, st.randoms(use_true_random=False))
def test_credit_is_what_a_plain_fold_gives_in_any_order(
    history: list[PastOrder], sent: list[Touch], random: Any
) -> None:
    expected = folded(history, sent)
    mixed_orders, mixed_touches = list(history), sent + sent[:1]
    random.shuffle(mixed_orders)
    random.shuffle(mixed_touches)
    actual = by_campaign(mixed_orders, mixed_touches)
    assert {key: as_tuple(credit) for key, credit in actual.items()} == expected


@given(orders, touches)
def test_each_order_is_credited_on_its_own_day(history: list[PastOrder], sent: list[Touch]) -> None:
    for day in {one.local_date for one in history}:
        alone = [one for one in history if one.local_date == day]
        actual = {key: each for key, each in credited(history, sent).items() if key.day == day}
        assert actual == credited(alone, sent)


@given(
    st.lists(st.tuples(st.sampled_from(list(EventKind)), st.integers(0, 900)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_a_touch_is_the_same_whatever_comes_when_and_how_often(
    events: list[tuple[EventKind, int]], random: Any
) -> None:
    blank = Touch(campaign_id="a", channel="email", window_days=7)
    plain = repeated = blank
    for kind, at in events:
        plain = plain.with_event(kind, hour(at))
    mixed = events * 2
    random.shuffle(mixed)
    for kind, at in mixed:
        repeated = repeated.with_event(kind, hour(at))
    assert plain == repeated
    assert with_touch(with_touch((), blank), plain) == (plain,)


@given(orders, touches)
def test_an_order_is_credited_once_at_most(history: list[PastOrder], sent: list[Touch]) -> None:
    actual = by_campaign(history, sent).values()
    assert sum(each.orders for each in actual) <= sum(not each.is_return for each in history)
    assert all(each.engaged_orders <= each.orders for each in actual)
    # Nobody is credited for what they did before, or without, a message.
    assert credited(history, []) == {}


def test_the_last_campaign_before_the_order_has_it() -> None:
    sent = [touch(0, "early", 30), touch(48, "late", 7)]
    assert set(by_campaign([order(50)], sent)) == {"late"}
    assert set(by_campaign([order(47)], sent)) == {"early"}
    # The later one has overtaken the earlier one, whose window still lasts.
    assert credited([order(48 + 7 * 24)], sent) == {}


def test_the_window_begins_with_the_message_and_ends_before_its_last_instant() -> None:
    sent = [touch(10, days=1)]
    counted = [at for at in (9, 10, 33, 34) if credited([order(at)], sent)]
    assert counted == [10, 33]


def test_a_return_takes_its_amount_off_and_is_no_order() -> None:
    sent = [touch(0, engaged=True)]
    actual = by_campaign([order(1, 5_000), order(2, -2_000)], sent)["a"]
    assert as_tuple(actual) == (1, 3_000, 1, 3_000)
