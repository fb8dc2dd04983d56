"""Samples for predictions, in SQL: as of each cutoff, and equal to a plain fold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.nightly.question import ComputedOrganization
from shared.predictions.question import NAME, WINDOWS, PredictionSamplesQuestion
from shared.warehouse.answers import NightAnswers
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.predictions.prediction_fold import Placed, folded, parsed
from tests.support.complete_journey import exported
from tests.support.own_data import own_warehouse
from tests.support.warehouse_facts import asked_night, fact_row, organization
from tools.demo.orders import demo_orders

NOW = datetime(2026, 3, 30, 3, tzinfo=UTC)
"""The day after the clocks change in Berlin."""
BERLIN = ZoneInfo("Europe/Berlin")
HORIZON_DAYS = 30

Samples = dict[int, dict[str, Any]]


def shop(org_id: str = "org", horizon_days: int = HORIZON_DAYS) -> ComputedOrganization:
    today = NOW.astimezone(BERLIN).date()
    return replace(organization(org_id, BERLIN.key, today=today), churn_horizon_days=horizon_days)


def placed(customer: str, days_ago: float, cents: int = 1000) -> Placed:
    at = NOW - timedelta(days=days_ago)
    return Placed(
        customer=customer, ordered_at=at, local_date=at.astimezone(BERLIN).date(), cents=cents
    )


def row_of(number: int, order: Placed, org_id: str = "org", **fields: Any) -> ChangelogRow:
    return fact_row(
        f"{org_id}-{number}",
        org_id=org_id,
        customer=order.customer,
        ordered_at=order.ordered_at,
        local_date=order.local_date,
        amount_cents=order.cents,
        **fields,
    )


def asked(
    warehouse: Warehouse,
    shops: Sequence[ComputedOrganization],
    question: PredictionSamplesQuestion | None = None,
) -> Mapping[str, Samples]:
    question = question or PredictionSamplesQuestion()
    night = asked_night(warehouse, [question], shops, NOW)
    actual = {}
    for each in shops:
        own = NightAnswers(warehouse, night.facts or "").of(each.org_id, [question])
        assert own is not None
        actual[each.org_id] = parsed(own.rows.get(NAME, ()))
    return actual


def expected(orders: Iterable[Placed], horizon_days: int = HORIZON_DAYS) -> Samples:
    return folded(
        orders,
        now=NOW,
        horizon_days=horizon_days,
        windows=WINDOWS,
    )


PAST = [
    placed("once", 130),
    placed("twice a day", 100),
    placed("twice a day", 100 - 1 / 24),
    placed("regular", 119.5, 500),
    placed("regular", 91, 700),
    placed("regular", 61, 0),
    placed("at the cutoff", 90),
    placed("at the cutoff", 60),
    placed("returned", 118, 5000),
    placed("returned", 88, -4000),
    placed("only a return", 110, -300),
    placed("return first", 115, -300),
    placed("return first", 95, 300),
]
"""Nothing of it after cutoff 2, which is 60 days ago."""
FUTURE = [
    placed("once", 59),
    placed("regular", 1, 99_999),
    placed("returned", 2, -1_000),
    placed("only a return", 3),
    placed("new", 5),
    placed("ahead", -2),
    placed("once", -1, 77),
]


def test_it_equals_a_fold_of_the_orders_one_by_one(warehouse: Warehouse) -> None:
    warehouse.load([row_of(n, order) for n, order in enumerate([*PAST, *FUTURE])])
    actual = asked(warehouse, [shop()])
    assert actual["org"] == expected([*PAST, *FUTURE])
    assert sorted(actual["org"]) == [0, 1, 2, 3, 4]


def before_window(samples: Samples) -> list[tuple[int, list[list[int]], dict[Any, int]]]:
    """Return what is known of customers at each cutoff, without their later orders."""
    return [
        (cutoff, [line[:6] for line in own["sample"]], own["statistics"])
        for cutoff, own in sorted(samples.items())
        if cutoff >= 2
    ]


def test_planted_future_orders_change_nothing_as_of_an_earlier_cutoff(bigquery_host: str) -> None:
    with own_warehouse() as without, own_warehouse() as planted:
        without.load([row_of(n, order) for n, order in enumerate(PAST)])
        planted.load([row_of(n, order) for n, order in enumerate([*PAST, *FUTURE])])
        bare, full = asked(without, [shop()])["org"], asked(planted, [shop()])["org"]
    assert before_window(bare) == before_window(full)
    assert len(before_window(bare)) == 3
    # Windows that were over before the first of the planted orders are as they were, too.
    for cutoff in (3, 4):
        assert [line[6:8] for line in bare[cutoff]["sample"]] == [
            line[6:8] for line in full[cutoff]["sample"]
        ]


def test_orders_that_do_not_count_and_strangers_are_left_out(warehouse: Warehouse) -> None:
    order = placed("c1", 40)
    warehouse.load(
        [
            row_of(1, order),
            row_of(2, placed("c1", 20), counted=False),
            row_of(3, placed("c2", 45), counted=False),
            fact_row("stranger", customer=None, ordered_at=order.ordered_at),
            row_of(4, placed("c1", 35), org_id="other"),
        ]
    )
    assert asked(warehouse, [shop()])["org"] == expected([order])


def test_each_organisation_has_its_own_horizon_and_customers(warehouse: Warehouse) -> None:
    random = Random(15)
    own: dict[str, list[Placed]] = {}
    for org_id in ("org_a", "org_b", "org_without"):
        own[org_id] = [
            placed(f"c{random.randrange(12)}", random.uniform(-5, 300), random.randrange(-200, 900))
            for _ in range(0 if org_id == "org_without" else 60)
        ]
    warehouse.load(
        [row_of(n, each, org_id) for org_id, orders in own.items() for n, each in enumerate(orders)]
    )
    horizons = {"org_a": 7, "org_b": 60, "org_without": 90}
    actual = asked(warehouse, [shop(org_id, days) for org_id, days in horizons.items()])
    assert actual == {org_id: expected(orders, horizons[org_id]) for org_id, orders in own.items()}
    assert actual["org_without"] == {}


def test_a_sample_is_the_beginning_of_the_keys_at_every_cutoff(warehouse: Warehouse) -> None:
    class Small(PredictionSamplesQuestion):
        @property
        def parameters(self) -> Mapping[str, Any]:
            return {"windows": WINDOWS, "sampled_customers": 3, "most_customers": 5}

    orders = [placed(f"{key:x}", 200 - key * 11) for key in range(16)]
    warehouse.load([row_of(n, order) for n, order in enumerate(orders)])
    actual = asked(warehouse, [shop()], Small())["org"]
    for cutoff, full in expected(orders).items():
        assert actual[cutoff]["sample"] == full["sample"][:3]
        assert sum(actual[cutoff]["statistics"].values()) == min(5, full["customers"])
        assert actual[cutoff]["customers"] == full["customers"]
        assert actual[cutoff]["window_cents"] == full["window_cents"]


def test_households_of_a_year_equal_the_fold(bigquery_host: str) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    orders = demo_orders(NOW, at_most=24)
    by_shop: dict[str, list[Placed]] = {}
    for order in orders:
        row = Placed(
            customer=order.data["userId"],
            ordered_at=order.ordered_at,
            local_date=order.ordered_at.astimezone(zone).date(),
            cents=round(order.data["totals"]["total"] * 100),
        )
        by_shop.setdefault(order.data["brandId"], []).append(row)
    today = NOW.astimezone(zone).date()
    shops = [organization(org_id, zone.key, today=today) for org_id in by_shop]
    with own_warehouse() as warehouse:
        warehouse.load([exported(order, zone) for order in orders])
        actual = asked(warehouse, shops)
    for org_id, placed_orders in by_shop.items():
        assert actual[org_id] == folded(placed_orders, now=NOW, horizon_days=90, windows=WINDOWS)


@pytest.mark.parametrize("kept", [0, 2])
def test_a_night_gives_a_task_only_the_answers_it_asks_for(warehouse: Warehouse, kept: int) -> None:
    warehouse.load([row_of(1, placed("c", 40))])
    question = PredictionSamplesQuestion()
    night = asked_night(warehouse, [question], [shop()], NOW)
    own = NightAnswers(warehouse, night.facts or "").of("org", [question] if kept else [])
    assert own is not None
    assert own.orders == 1
    assert len(own.rows.get(NAME, ())) == kept
